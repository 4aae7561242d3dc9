//! The key of every environment against every caller. A key policy whose principal is the account
//! only lets the caller's own policy count, so what is judged is this lock alone, and then both.

use std::collections::BTreeMap;

use provision_core::policy::evaluation::{Answer, Judge};
use provision_core::policy::{Document, Effect};
use serde_json::{Value, json};

use crate::estate::{
    ACCOUNT, OTHER_ACCOUNT, Place, REGION, Role, Secret, VIA_SECRETS_MANAGER, places, roles,
    secrets,
};
use crate::evaluation::{Request, allows, decided};

const USE: [&str; 3] = ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"];
/// Never for anybody, by this policy
const NEVER: [&str; 5] = [
    "kms:CreateGrant",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:GetPublicKey",
    "kms:ReEncryptFrom",
    "kms:ReplicateKey",
];
const MANAGE: [&str; 4] =
    ["kms:DescribeKey", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:EnableKeyRotation"];

/// A caller, and what the key is to it
struct Caller {
    arn: String,
    account: &'static str,
    role: Option<Role>,
}

fn callers() -> Vec<Caller> {
    let person = |account, path: &str| Caller {
        arn: format!("arn:aws:iam::{account}:{path}"),
        account,
        role: None,
    };
    let mut callers = vec![
        person(ACCOUNT, "role/deploy"),
        person(ACCOUNT, "role/ops/deploy"),
        person(ACCOUNT, "user/proj/alice"),
        person(OTHER_ACCOUNT, "role/deploy"),
        person(OTHER_ACCOUNT, "role/proj/prod/proj-prod-app"),
    ];
    callers.extend(roles().into_iter().map(|r| Caller {
        arn: r.arn(),
        account: ACCOUNT,
        role: Some(r),
    }));
    callers
}

fn request(caller: &Caller, action: &str, key: &str, context: &[(&str, &str)]) -> Request {
    let root = format!("arn:aws:iam::{}:root", caller.account);
    let mut context: BTreeMap<String, Vec<String>> =
        context.iter().map(|(k, v)| ((*k).to_owned(), vec![(*v).to_owned()])).collect();
    context.insert("aws:PrincipalArn".into(), vec![caller.arn.clone()]);
    Request {
        principal: Some(("AWS".into(), vec![caller.arn.clone(), root])),
        action: action.into(),
        resource: Some(key.into()),
        context,
    }
}

/// Whether the key of `place` lets `caller` do `action` for `secret` through Secrets Manager
fn wanted(place: Place, caller: &Caller, action: &str, secret: &Secret) -> bool {
    if caller.account != ACCOUNT || !place.serves(&secret.name) || !USE.contains(&action) {
        return false;
    }
    match &caller.role {
        // a role of this environment that reads anything; which secret is for its own policy to say
        Some(role) if role.place.project == place.project => {
            action == "kms:Decrypt" && role.place == place && !role.reads.is_empty()
        }
        // whoever is no role of this project and whose own policy allows it
        _ => true,
    }
}

/// Returns every call on the key of `place`, and whether it is to pass
fn calls(place: Place) -> Vec<(Request, bool)> {
    let key = place.key();
    let via = ("kms:ViaService", VIA_SECRETS_MANAGER);
    let elsewhere = ("kms:ViaService", "secretsmanager.us-east-1.amazonaws.com");
    let parameters = ("kms:ViaService", "ssm.us-west-2.amazonaws.com");
    let secrets = secrets();
    let mut calls = Vec::new();
    for caller in &callers() {
        let mut call = |action, context: &[_], wanted| {
            calls.push((request(caller, action, &key, context), wanted));
        };
        let account = ("kms:CallerAccount", caller.account);
        let another = if caller.account == ACCOUNT { OTHER_ACCOUNT } else { ACCOUNT };
        for action in MANAGE {
            call(action, &[account], caller.account == ACCOUNT);
        }
        for secret in &secrets {
            let of_secret = ("kms:EncryptionContext:SecretARN", secret.arn.as_str());
            for action in USE.into_iter().chain(NEVER) {
                let wanted = wanted(place, caller, action, secret);
                call(action, &[via, account, of_secret], wanted);
                if !wanted {
                    continue;
                }
                // what is wrong in one way only
                call(action, &[account, of_secret], false);
                call(action, &[elsewhere, account, of_secret], false);
                call(action, &[parameters, account, of_secret], false);
                call(action, &[via, ("kms:CallerAccount", another), of_secret], false);
                call(action, &[via, account], false);
                call(action, &[], false);
            }
        }
    }
    calls
}

/// Returns the first call that `policy` decides otherwise
fn violation(calls: &[(Request, bool)], policy: &Document) -> Option<String> {
    let judge = Judge::of(policy);
    for (request, _) in calls {
        // two evaluators, written apart: on good policies and on broken ones they agree
        let allowed = Answer::from(allows(policy, request));
        assert_eq!(decided(&judge, request), allowed, "{request:?} by {policy}");
    }
    calls
        .iter()
        .find(|(request, wanted)| allows(policy, request) != *wanted)
        .map(|(request, wanted)| format!("{request:?} should be {wanted}"))
}

#[test]
fn each_key_opens_exactly_for_its_environment() {
    for place in places() {
        assert_eq!(violation(&calls(place), &place.key_policy()), None);
    }
}

#[test]
fn a_value_is_decrypted_only_where_both_locks_open() {
    let keys = places().into_iter().map(|place| (place, place.key_policy())).collect::<Vec<_>>();
    let secrets = secrets();
    let mut opened = 0;
    for role in roles() {
        let policy = role.policy();
        let caller = Caller { arn: role.arn(), account: ACCOUNT, role: Some(role.clone()) };
        for (place, key_policy) in &keys {
            for secret in &secrets {
                let context = [
                    ("kms:ViaService", VIA_SECRETS_MANAGER),
                    ("kms:CallerAccount", ACCOUNT),
                    ("kms:EncryptionContext:SecretARN", secret.arn.as_str()),
                ];
                let request = request(&caller, "kms:Decrypt", &place.key(), &context);
                let both = allows(&policy, &request) && allows(key_policy, &request);
                let wanted = *place == role.place && role.reads(secret);
                assert_eq!(both, wanted, "{} {} {}", role.name, place.key(), secret.arn);
                opened += usize::from(both);
            }
        }
    }
    // 4 reads in each of 4 places, one of them under 2 suffixes, and 1 of an overridden name
    assert_eq!(opened, 4 * 5 + 1);
}

#[test]
fn nothing_in_a_key_policy_is_written_with_a_wildcard() {
    for place in places() {
        for statement in place.key_policy().statements {
            assert_eq!(statement.effect, Effect::Allow);
            for action in statement.actions.named() {
                assert!(!action.contains(['*', '?']), "{action}");
                assert!(!NEVER.contains(&action.as_str()), "{action}");
            }
            let principals = statement.principals.unwrap();
            let root = format!("arn:aws:iam::{ACCOUNT}:root");
            assert_eq!(principals.named(), &BTreeMap::from([("AWS".into(), [root].into())]));
        }
    }
}

/// Returns the policy with `edit` applied to the statement `sid`
fn edited(policy: &Document, sid: &str, edit: impl Fn(&mut Value)) -> Document {
    let mut value = policy.to_value();
    let statements = value["Statement"].as_array_mut().unwrap();
    edit(statements.iter_mut().find(|s| s["Sid"] == sid).unwrap());
    Document::from_value(&value).unwrap()
}

#[test]
fn the_matrix_finds_every_way_of_breaking_a_key_policy() {
    let place = places()[0];
    let policy = place.key_policy();
    let calls = calls(place);
    let read = |edit: fn(&mut Value)| edited(&policy, "ReadViaSecretsManager", edit);
    let operate = |edit: fn(&mut Value)| edited(&policy, "OperateViaSecretsManager", edit);
    let administer = |edit: fn(&mut Value)| edited(&policy, "AccountAdministersKey", edit);
    let without = |operator: &'static str, key: &'static str| {
        move |s: &mut Value| {
            s["Condition"][operator].as_object_mut().unwrap().remove(key).unwrap();
        }
    };
    let both = ["ReadViaSecretsManager", "OperateViaSecretsManager"];
    let conditions =
        [("StringEquals", "kms:ViaService"), ("StringLike", "kms:EncryptionContext:SecretARN")];
    for sid in both {
        for (operator, key) in conditions {
            let broken = edited(&policy, sid, without(operator, key));
            assert!(violation(&calls, &broken).is_some(), "{sid} without {key}: not found");
        }
    }
    let replaced = |old: &str, new: &str| {
        let text = policy.to_string();
        assert!(text.contains(old), "{old}");
        Document::parse(&text.replace(old, new)).unwrap()
    };
    for (how, broken) in [
        ("no account", edited(&policy, both[1], without("StringEquals", "kms:CallerAccount"))),
        ("any reader", read(|s| s["Condition"]["ArnEquals"] = json!({}))),
        ("readers by name", replaced("role/proj/prod/", "role/")),
        (
            "readers of the project",
            read(|s| {
                let all = format!("arn:aws:iam::{ACCOUNT}:role/proj/*");
                s["Condition"]["ArnEquals"]["aws:PrincipalArn"] = json!(all);
            }),
        ),
        ("readers that encrypt", read(|s| s["Action"] = json!(USE))),
        ("functions that operate", operate(|s| s["Condition"]["ArnNotLike"] = json!({}))),
        ("functions of projects that begin alike", replaced("role/proj/*", "role/proj*")),
        ("operators that decrypt only", operate(|s| s["Action"] = json!("kms:Decrypt"))),
        ("grants", operate(|s| s["Action"] = json!(["kms:CreateGrant", "kms:Decrypt"]))),
        ("every action", administer(|s| s["Action"] = json!("kms:*"))),
        ("an account that decrypts", administer(|s| s["Action"] = json!(["kms:D*", "kms:P*"]))),
        ("an account that cannot manage", administer(|s| s["Action"] = json!("kms:DescribeKey"))),
        ("everybody", administer(|s| s["Principal"] = json!("*"))),
        ("another account", replaced(&format!("{ACCOUNT}:root"), "210987654321:root")),
        ("secrets of the project", replaced("secret:proj/prod/*", "secret:proj/*")),
        ("environments that begin alike", replaced("secret:proj/prod/*", "secret:proj/prod*")),
        ("another region's service", replaced("us-west-2.amazonaws", "us-east-1.amazonaws")),
        ("another region's secrets", replaced(&format!(":{REGION}:"), ":us-east-1:")),
    ] {
        assert_ne!(broken, policy, "{how}: changes nothing");
        assert!(violation(&calls, &broken).is_some(), "{how}: not found");
    }
}
