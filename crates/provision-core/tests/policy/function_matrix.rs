//! Every function's role against every secret, key and log group, each policy judged alone: by
//! another's evaluator (iam-rs), and then with the policy broken, which it must find.

use std::collections::BTreeSet;

use iam_rs::{
    Arn, Context, Decision, IAMPolicy, IAMRequest, Principal, PrincipalId, evaluate_policy,
};
use provision_core::policy::Document;
use provision_core::policy::evaluation::{Answer, Judge};
use serde_json::Value;

use crate::estate::{
    ACCOUNT, OTHER_ACCOUNT, REGION, Role, Secret, VIA_SECRETS_MANAGER, places, roles, secrets,
};
use crate::evaluation::{Request, decided};

/// What a reader never needs
const OTHER_SECRET_ACTIONS: [&str; 7] = [
    "BatchGetSecretValue",
    "DeleteSecret",
    "DescribeSecret",
    "ListSecrets",
    "PutResourcePolicy",
    "PutSecretValue",
    "UpdateSecretVersionStage",
];
const OTHER_KEY_ACTIONS: [&str; 6] =
    ["CreateGrant", "DescribeKey", "Encrypt", "GenerateDataKey", "PutKeyPolicy", "ReEncryptFrom"];

/// One call, and what the manifest says of it
struct Call {
    action: String,
    resource: String,
    context: Vec<(&'static str, String)>,
    wanted: bool,
}

fn calls(role: &Role) -> Vec<Call> {
    let mut calls = Vec::new();
    let mut call = |action: String, resource: &str, context: &[(&'static str, &str)], wanted| {
        let context = context.iter().map(|(key, value)| (*key, (*value).to_owned())).collect();
        calls.push(Call { action, resource: resource.to_owned(), context, wanted });
    };
    for secret in secrets() {
        let reads = role.reads(&secret);
        call("secretsmanager:GetSecretValue".into(), &secret.arn, &[], reads);
        for action in OTHER_SECRET_ACTIONS {
            call(format!("secretsmanager:{action}"), &secret.arn, &[], false);
        }
        for place in places() {
            let key = place.key();
            let wanted = reads && place == role.place;
            for (context, right) in decrypt_contexts(&secret) {
                call("kms:Decrypt".into(), &key, &context, wanted && right);
            }
            let (through_secrets_manager, _) = &decrypt_contexts(&secret)[0];
            for action in OTHER_KEY_ACTIONS {
                call(format!("kms:{action}"), &key, through_secrets_manager, false);
            }
        }
    }
    for owner in roles() {
        let group = format!("arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{}", owner.log_group());
        let stream = format!("{group}:log-stream:2026/01/01/[$LATEST]x");
        for action in ["CreateLogStream", "PutLogEvents"] {
            call(format!("logs:{action}"), &stream, &[], owner == *role);
        }
        call("logs:CreateLogGroup".into(), &group, &[], false);
        call("logs:GetLogEvents".into(), &stream, &[], false);
    }
    calls
}

/// The ways to ask for a decryption, and which of them is right
fn decrypt_contexts(secret: &Secret) -> Vec<(Vec<(&'static str, &str)>, bool)> {
    let via = ("kms:ViaService", VIA_SECRETS_MANAGER);
    let elsewhere = ("kms:ViaService", "secretsmanager.us-east-1.amazonaws.com");
    let parameters = ("kms:ViaService", "ssm.us-west-2.amazonaws.com");
    let account = ("kms:CallerAccount", ACCOUNT);
    let other_account = ("kms:CallerAccount", OTHER_ACCOUNT);
    let of_secret = ("kms:EncryptionContext:SecretARN", secret.arn.as_str());
    vec![
        (vec![via, account, of_secret], true),
        (vec![account, of_secret], false),
        (vec![elsewhere, account, of_secret], false),
        (vec![parameters, account, of_secret], false),
        (vec![via, other_account, of_secret], false),
        (vec![via, of_secret], false),
        (vec![via, account], false),
        (vec![], false),
    ]
}

/// Returns the calls that `policy` decides otherwise than the manifest of `role`
fn violations(role: &Role, policy: &Document) -> Vec<String> {
    let judge = Judge::of(policy);
    let policy = IAMPolicy::from_json(&policy.to_string()).unwrap();
    let principal = Principal::Aws(PrincipalId::String(role.arn()));
    let mut found = Vec::new();
    for Call { action, resource, context, wanted } in calls(role) {
        let told = context
            .iter()
            .fold(Context::new(), |told, (key, value)| told.with_string(*key, value.clone()));
        let request = IAMRequest::new_with_context(
            principal.clone(),
            action.clone(),
            Arn::parse(&resource).unwrap(),
            told,
        );
        let allowed = evaluate_policy(&policy, &request).unwrap() == Decision::Allow;
        let own = Request {
            principal: Some(("AWS".into(), vec![role.arn()])),
            action: action.clone(),
            resource: Some(resource.clone()),
            context: context.iter().map(|(k, v)| ((*k).to_owned(), vec![v.clone()])).collect(),
        };
        assert_eq!(decided(&judge, &own), Answer::from(allowed), "{own:?}");
        if allowed != wanted {
            found.push(format!("{} {action} {resource} {context:?}: {allowed}", role.name));
        }
    }
    found
}

#[test]
fn each_role_does_exactly_what_the_manifest_says() {
    let mut allowed = 0;
    for role in roles() {
        assert_eq!(violations(&role, &role.policy()), [""; 0]);
        allowed += calls(&role).iter().filter(|call| call.wanted).count();
    }
    // 4 places of 4 roles, each with its own logs (2 calls); 4 reads in each place, one of them
    // under 2 suffixes, and 1 of an overridden name; each is a read and a decryption
    assert_eq!(allowed, 4 * 4 * 2 + (4 * 5 + 1) * 2);
}

/// Returns the policy with `old` replaced by `new` in every text of it
fn replaced(policy: &Document, old: &str, new: &str) -> Document {
    Document::parse(&policy.to_string().replace(old, new)).unwrap()
}

/// Returns the policy without the condition `key`
fn without_condition(policy: &Document, key: &str) -> Document {
    let mut value = policy.to_value();
    for statement in value["Statement"].as_array_mut().unwrap() {
        if let Some(Value::Object(operators)) = statement.get_mut("Condition") {
            for keys in operators.values_mut() {
                keys.as_object_mut().unwrap().remove(key);
            }
        }
    }
    Document::from_value(&value).unwrap()
}

#[test]
fn the_matrix_finds_every_way_of_breaking_a_policy() {
    let role = roles().into_iter().find(|role| role.name == "proj-prod-app").unwrap();
    let policy = role.policy();
    let key = role.place.key();
    let broken = [
        ("any suffix", replaced(&policy, "-??????", "-*")),
        ("any continuation", replaced(&policy, "-??????", "*")),
        ("five characters", replaced(&policy, "-??????", "-?????")),
        ("no suffix", replaced(&policy, "-??????", "")),
        ("the whole environment", replaced(&policy, "api-keys-??????", "*")),
        ("environments that begin alike", replaced(&policy, "/prod/", "/prod*/")),
        ("projects that begin alike", replaced(&policy, ":proj/", ":proj*/")),
        ("any project", replaced(&policy, ":proj/", ":*/")),
        ("every action on secrets", replaced(&policy, "secretsmanager:Get", "secretsmanager:*Get")),
        ("another action on secrets", replaced(&policy, "GetSecretValue", "DescribeSecret")),
        ("every action on the key", replaced(&policy, "kms:Decrypt", "kms:*")),
        ("grants of the key", replaced(&policy, "kms:Decrypt", "kms:CreateGrant")),
        ("every key", replaced(&policy, &key, "*")),
        ("keys that begin alike", replaced(&policy, &key, &format!("{key}*"))),
        ("the key's alias", replaced(&policy, &key, "arn:aws:kms:us-west-2:123456789012:alias/p")),
        ("without the service", without_condition(&policy, "kms:ViaService")),
        ("without the account", without_condition(&policy, "kms:CallerAccount")),
        ("without the secret", without_condition(&policy, "kms:EncryptionContext:SecretARN")),
        ("the service of another region", replaced(&policy, "us-west-2.ama", "us-east-1.ama")),
        ("log groups that begin alike", replaced(&policy, "proj-prod-app:*", "proj-prod-app*")),
        ("every action on logs", replaced(&policy, "logs:PutLogEvents", "logs:*")),
    ];
    let mut different = BTreeSet::from([policy.to_string()]);
    for (how, broken) in broken {
        assert!(different.insert(broken.to_string()), "{how}: changes nothing of its own");
        assert!(!violations(&role, &broken).is_empty(), "{how}: not found");
    }
}
