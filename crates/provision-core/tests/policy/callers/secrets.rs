//! Values, and secrets with the limits on what is done to them.

use super::{
    ASKED, BreakGlass, CALLERS, Calls, DELETERS, KEY, MAKERS, NOBODY, OTHER_KEY, OURS, READERS,
    Told, Writer, secret,
};

/// Adds the calls of Secrets Manager, and those that rotation needs
pub(super) fn add(calls: &mut Calls) {
    values(calls);
    secrets(calls);
    limits(calls);
}

/// Names that are nearly those of the environment's secrets, and none of them
const FOREIGN: [(&str, &str); 8] = [
    ("us-west-2", "proj/production/api-keys-AbC123"),
    ("us-west-2", "proj/prod2/api-keys-AbC123"),
    ("us-west-2", "proj2/prod/api-keys-AbC123"),
    ("us-west-2", "xproj/prod/api-keys-AbC123"),
    ("us-west-2", "proj/prod-AbC123"),
    ("us-west-2", "api-keys-AbC123"),
    ("us-east-1", "proj/prod/api-keys-AbC123"),
    ("eu-west-1", "proj/prod/api-keys-AbC123"),
];
const MANAGED: [&str; 8] = [
    "secretsmanager:CancelRotateSecret",
    "secretsmanager:DeleteResourcePolicy",
    "secretsmanager:DeleteSecret",
    "secretsmanager:RemoveRegionsFromReplication",
    "secretsmanager:RestoreSecret",
    "secretsmanager:TagResource",
    "secretsmanager:UpdateSecret",
    "secretsmanager:ValidateResourcePolicy",
];

fn values(calls: &mut Calls) {
    let touch = [
        "secretsmanager:GetSecretValue",
        "secretsmanager:PutSecretValue",
        "secretsmanager:UpdateSecretVersionStage",
    ];
    for name in ["api-keys", "config", "database"] {
        let arn = secret("us-west-2", &format!("proj/prod/{name}-AbC123"));
        calls.add(&touch, &arn, &[], &[Writer], READERS);
    }
    let near = ["api-keys-admin", "api-keys2", "api-keys-", "api", "api-keys/nested", "API-KEYS"];
    for name in near {
        let arn = secret("us-west-2", &format!("proj/prod/{name}-AbC123"));
        calls.add(&touch, &arn, &[], NOBODY, READERS);
    }
    for (region, name) in FOREIGN {
        calls.add(&touch, &secret(region, name), &[], NOBODY, READERS);
    }
    let arn = secret("us-west-2", "proj/prod/api-keys-AbC123");
    calls.add(&["secretsmanager:BatchGetSecretValue"], &arn, &[], NOBODY, READERS);
    calls.add(&["secretsmanager:GetRandomPassword"], "*", &[], NOBODY, NOBODY);
}

fn secrets(calls: &mut Calls) {
    let seen = ["secretsmanager:DescribeSecret", "secretsmanager:ListSecretVersionIds"];
    let read = ["secretsmanager:GetResourcePolicy"];
    let own = secret("us-west-2", "proj/prod/api-keys-AbC123");
    // under the environment's prefix and no longer declared
    let undeclared = secret("us-west-2", "proj/prod/old-AbC123");
    calls.add(&["secretsmanager:ListSecrets"], "*", &[], READERS, NOBODY);
    calls.add(&seen, &own, &[], &CALLERS, NOBODY);
    calls.add(&seen, &undeclared, &[], READERS, NOBODY);
    // a secret with a name of its own that is no longer declared is known by its tags
    let renamed = secret("us-west-2", "legacy/old-AbC123");
    calls.add(&seen, &renamed, &OURS, READERS, NOBODY);
    for without in [[1, 2], [0, 2], [0, 1]] {
        let told = without.map(|tag| OURS[tag].clone());
        calls.add(&seen, &renamed, &told, NOBODY, NOBODY);
    }
    calls.add(&read, &own, &[], READERS, NOBODY);
    let copy = secret("us-east-1", "proj/prod/api-keys-AbC123");
    calls.add(&seen, &copy, &[], READERS, NOBODY);
    for arn in [&own, &undeclared] {
        for action in MANAGED {
            let may = match action {
                "secretsmanager:DeleteSecret" | "secretsmanager:RemoveRegionsFromReplication" => {
                    DELETERS
                }
                _ => MAKERS,
            };
            calls.add(&[action], arn, &[], may, NOBODY);
        }
    }
    for (region, name) in FOREIGN {
        calls.add(&MANAGED, &secret(region, name), &[], NOBODY, NOBODY);
    }
    let rotated = secret("us-west-2", "proj/prod/database-AbC123");
    calls.add(&["secretsmanager:RotateSecret"], &rotated, &[], MAKERS, NOBODY);
    calls.add(&["secretsmanager:RotateSecret"], &own, &[], NOBODY, NOBODY);
    let function = "arn:aws:lambda:us-west-2:123456789012:function:proj-prod-";
    let call = ["lambda:InvokeFunction"];
    calls.add(&call, &format!("{function}rotator"), &[], MAKERS, NOBODY);
    calls.add(&call, &format!("{function}app"), &[], NOBODY, NOBODY);
    calls.add(&["lambda:CreateFunction"], &format!("{function}app"), &[], NOBODY, NOBODY);
    for never in ["StopReplicationToReplica", "UntagResource", "GetSecretValue*"] {
        calls.add(&[&format!("secretsmanager:{never}")], &own, &[], NOBODY, NOBODY);
    }
}

fn limits(calls: &mut Calls) {
    let own = secret("us-west-2", "proj/prod/new-AbC123");
    let create = ["secretsmanager:CreateSecret"];
    let mut asked = ASKED.to_vec();
    asked.push(("secretsmanager:KmsKeyId", Told::Text(KEY)));
    calls.only_with(&create, &own, &asked, MAKERS);
    calls.add(&create, &secret("us-west-2", "proj/prod/new"), &asked, MAKERS, NOBODY);
    for (region, name) in FOREIGN {
        calls.add(&create, &secret(region, name), &asked, NOBODY, NOBODY);
    }
    let to = |regions| ("secretsmanager:AddReplicaRegions", Told::Texts(regions));
    let copy = ["secretsmanager:ReplicateSecretToRegions"];
    let with = |extra: (&'static str, Told)| [asked.clone(), vec![extra]].concat();
    calls.add(&create, &own, &with(to(&["us-east-1"])), MAKERS, NOBODY);
    calls.add(&copy, &own, &[to(&["us-east-1"])], MAKERS, NOBODY);
    for regions in [&["eu-west-1"][..], &["us-east-1", "eu-west-1"]] {
        calls.add(&create, &own, &with(to(regions)), NOBODY, MAKERS);
        calls.add(&copy, &own, &[to(regions)], NOBODY, MAKERS);
    }

    let update = ["secretsmanager:UpdateSecret"];
    let key = |key| ("secretsmanager:KmsKeyId", Told::Text(key));
    calls.add(&update, &own, &[key(KEY)], MAKERS, NOBODY);
    calls.add(&update, &own, &[key(OTHER_KEY)], NOBODY, MAKERS);

    let put = ["secretsmanager:PutResourcePolicy"];
    let block = |on| ("secretsmanager:BlockPublicPolicy", Told::Flag(on));
    calls.add(&put, &own, &[block(true)], MAKERS, NOBODY);
    calls.add(&put, &own, &[block(false)], NOBODY, MAKERS);
    calls.add(&put, &own, &[], NOBODY, MAKERS);

    let delete = ["secretsmanager:DeleteSecret"];
    let force = |on| ("secretsmanager:ForceDeleteWithoutRecovery", Told::Flag(on));
    let window = |days| ("secretsmanager:RecoveryWindowInDays", Told::Number(days));
    calls.add(&delete, &own, &[window(14.0), force(false)], DELETERS, NOBODY);
    calls.add(&delete, &own, &[window(30.0)], DELETERS, NOBODY);
    for days in [7.0, 13.0] {
        calls.add(&delete, &own, &[window(days)], &[BreakGlass], MAKERS);
    }
    calls.add(&delete, &own, &[force(true)], &[BreakGlass], MAKERS);
}
