//! What the boundary allows by itself.

use super::{
    COPY_KEY, COPY_OF_SECRET, Call, FROM, KEY, NOBODY, OWN_SECRET, Told, VIA, VIA_COPY, in_iam,
    of_secret, secret,
};

/// What Lambda says of a call that comes from the inside of a function
const FUNCTION: (&str, Told) = (
    "lambda:SourceFunctionArn",
    Told::Text("arn:aws:lambda:us-west-2:123456789012:function:proj-prod-app"),
);

/// What the boundary alone says of a call
pub(crate) fn boundary_calls() -> Vec<(Call, bool)> {
    let call = |action: &str, resource: &str, context: &[(&'static str, Told)], wanted| {
        let (action, resource) = (action.to_owned(), resource.to_owned());
        (Call { action, resource, context: context.to_vec(), may: NOBODY, never: NOBODY }, wanted)
    };
    let mut calls = Vec::new();
    let used = |arn| [VIA, FROM, of_secret(arn)];
    let rotated = "arn:aws:secretsmanager:us-west-2:123456789012:secret:proj/prod/database-AbC123";
    let foreign = "arn:aws:secretsmanager:us-west-2:123456789012:secret:proj2/prod/config-AbC123";
    for (action, key, context, wanted) in [
        ("kms:Decrypt", KEY, &used(OWN_SECRET)[..], true),
        ("kms:Decrypt", KEY, &used(OWN_SECRET)[1..], false),
        ("kms:Decrypt", KEY, &used(OWN_SECRET)[..2], false),
        ("kms:Decrypt", KEY, &used(foreign), false),
        ("kms:Decrypt", COPY_KEY, &[VIA_COPY, FROM, of_secret(COPY_OF_SECRET)], true),
        ("kms:Decrypt", COPY_KEY, &[VIA, FROM, of_secret(COPY_OF_SECRET)], false),
        ("kms:GenerateDataKey", KEY, &used(rotated), true),
        ("kms:GenerateDataKey", KEY, &used(OWN_SECRET), false),
        ("kms:Encrypt", KEY, &used(rotated), false),
        ("kms:CreateGrant", KEY, &used(OWN_SECRET), false),
        ("kms:PutKeyPolicy", KEY, &[], false),
    ] {
        calls.push(call(action, key, context, wanted));
    }
    for (action, region, name, wanted) in [
        ("GetSecretValue", "us-west-2", "proj/prod/config", true),
        ("GetSecretValue", "us-east-1", "proj/prod/config", true),
        ("GetSecretValue", "eu-west-1", "proj/prod/config", false),
        ("GetSecretValue", "us-west-2", "proj/production/config", false),
        ("PutSecretValue", "us-west-2", "proj/prod/database", true),
        ("UpdateSecretVersionStage", "us-west-2", "proj/prod/database", true),
        ("PutSecretValue", "us-west-2", "proj/prod/config", false),
        ("PutSecretValue", "us-west-2", "proj/prod/database-admin", false),
        ("DeleteSecret", "us-west-2", "proj/prod/config", false),
        ("PutResourcePolicy", "us-west-2", "proj/prod/config", false),
        ("ListSecrets", "us-west-2", "proj/prod/config", false),
    ] {
        let arn = secret(region, &format!("{name}-AbC123"));
        let action = format!("secretsmanager:{action}");
        calls.push(call(&action, &arn, &[FUNCTION], wanted));
        // the role in the hands of somebody who made it trust them
        calls.push(call(&action, &arn, &[], false));
    }
    let group = "arn:aws:logs:us-west-2:123456789012:log-group:/aws/lambda/proj-prod-app";
    let role = in_iam("role/proj/prod/proj-prod-app");
    let function = "arn:aws:lambda:us-west-2:123456789012:function:proj-prod-app";
    for (action, resource, wanted) in [
        ("logs:PutLogEvents", format!("{group}:log-stream:x"), true),
        ("logs:DeleteLogGroup", group.to_owned(), false),
        ("iam:PutRolePolicy", role.clone(), false),
        ("iam:PassRole", role.clone(), false),
        ("sts:AssumeRole", role, false),
        ("lambda:CreateFunction", function.to_owned(), false),
        ("dynamodb:GetItem", "arn:aws:dynamodb:us-west-2:123456789012:table/t".to_owned(), false),
    ] {
        calls.push(call(action, &resource, &[], wanted));
    }
    calls
}
