//! What a plan does, and that it leads where it should.

use provision_core::actual::{Actual, Alias, ResourcePolicy, Rotation, ValueState};
use provision_core::desired::Desired;
use provision_core::diff::{destroy, diff, prune, restore};
use provision_core::name::{PolicyName, RoleName, SecretName};
use provision_core::plan::{Action, Plan, Remark};
use provision_core::policy::Document;
use provision_core::show::show;

use crate::world::{KEY, MANIFEST, apply, arn, desired, make, nothing};

fn ids(plan: &Plan) -> Vec<String> {
    plan.changes.iter().map(provision_core::plan::Change::id).collect()
}

fn made() -> (Desired, Actual) {
    let desired = desired(MANIFEST, "dev");
    let actual = apply(&nothing(), &diff(&desired, &nothing()));
    (desired, actual)
}

fn secret(name: &str) -> SecretName {
    SecretName::parse(name).unwrap()
}

fn role(name: &str) -> RoleName {
    RoleName::parse(name).unwrap()
}

#[test]
fn from_nothing_the_key_comes_first_and_the_access_to_secrets_last() {
    let plan = diff(&desired(MANIFEST, "dev"), &nothing());
    assert_eq!(
        ids(&plan),
        [
            "key alias/shop/dev#create_key",
            "key alias/shop/dev#rotate_key",
            "alias alias/shop/dev#create_alias",
            "secret shop/dev/api-keys#create_secret",
            "secret shop/dev/config#create_secret",
            "role shop-dev-web#create_role",
            "role shop-dev-web#attach_policy:arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
            "role shop-dev-web#put_role_policy:secrets-access",
            "role shop-dev-worker#create_role",
            "role shop-dev-worker#put_role_policy:secrets-access",
            "key alias/shop/dev#finish_key",
        ]
    );
    assert_eq!(plan.widening().count(), 0, "what a new environment grants is no growth");
    assert!(plan.blockers.is_empty());
}

#[test]
fn after_an_apply_nothing_is_to_do() {
    let (desired, actual) = made();
    let plan = diff(&desired, &actual);
    assert_eq!(ids(&plan), [""; 0]);
    assert!(plan.blockers.is_empty());
}

#[test]
fn a_run_that_ends_after_any_change_is_taken_up_again_without_asking_anew() {
    let desired = desired(MANIFEST, "dev");
    let full = diff(&desired, &nothing());
    for end in 0..=full.changes.len() {
        let mut state = nothing();
        full.changes[..end].iter().for_each(|change| make(&mut state, change));
        let rest = diff(&desired, &state);
        assert_eq!(ids(&rest), ids(&full)[end..], "after {end}");
        assert_eq!(rest.widening().count(), 0, "after {end}");
        assert!(diff(&desired, &apply(&state, &rest)).is_empty(), "after {end}");
    }
}

#[test]
fn each_drift_is_one_change_that_mends_it() {
    let access = PolicyName::parse("secrets-access").unwrap();
    let foreign = Document::parse(
        r#"{"Statement":{"Sid":"X","Effect":"Allow","Action":"s3:*","Resource":"*"}}"#,
    )
    .unwrap();
    type Edit = Box<dyn Fn(&mut Actual)>;
    let cases: Vec<(&str, Edit, &str)> = vec![
        (
            "a description",
            Box::new(|a| {
                a.secrets.get_mut(&secret("shop/dev/api-keys")).unwrap().description = "x".into();
            }),
            "secret shop/dev/api-keys#update_secret",
        ),
        (
            "the key of a secret",
            Box::new(|a| a.secrets.get_mut(&secret("shop/dev/config")).unwrap().kms_key = None),
            "secret shop/dev/config#update_secret",
        ),
        (
            "rotation off",
            Box::new(|a| a.key.as_mut().unwrap().rotation = Rotation::Off),
            "key alias/shop/dev#rotate_key",
        ),
        (
            "another rotation",
            Box::new(|a| a.key.as_mut().unwrap().rotation = Rotation::Every(90)),
            "key alias/shop/dev#rotate_key",
        ),
        (
            "the key's description",
            Box::new(|a| a.key.as_mut().unwrap().description = "x".into()),
            "key alias/shop/dev#describe_key",
        ),
        (
            "the key's policy",
            Box::new({
                let foreign = foreign.clone();
                move |a| a.key.as_mut().unwrap().policy = foreign.clone()
            }),
            "key alias/shop/dev#put_key_policy",
        ),
        (
            "the alias is gone",
            Box::new(|a| a.key.as_mut().unwrap().alias = Alias::Absent),
            "alias alias/shop/dev#create_alias",
        ),
        (
            "trust",
            Box::new(|a| {
                a.roles.get_mut(&role("shop-dev-web")).unwrap().trust = Document::parse(
                    r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}}"#,
                )
                .unwrap();
            }),
            "role shop-dev-web#put_trust",
        ),
        (
            "a policy too many",
            Box::new({
                let foreign = foreign.clone();
                move |a| {
                    let role = a.roles.get_mut(&role("shop-dev-web")).unwrap();
                    role.inline.insert(PolicyName::parse("extra").unwrap(), foreign.clone());
                }
            }),
            "role shop-dev-web#delete_role_policy:extra",
        ),
        (
            "a managed policy too many",
            Box::new(|a| {
                let role = a.roles.get_mut(&role("shop-dev-worker")).unwrap();
                role.attached.insert(arn("arn:aws:iam::aws:policy/AdministratorAccess"));
            }),
            "role shop-dev-worker#detach_policy:arn:aws:iam::aws:policy/AdministratorAccess",
        ),
        (
            "another text in a policy",
            Box::new({
                let access = access.clone();
                move |a| {
                    let role = a.roles.get_mut(&role("shop-dev-web")).unwrap();
                    role.inline.insert(access.clone(), foreign.clone());
                }
            }),
            "role shop-dev-web#put_role_policy:secrets-access",
        ),
    ];
    for (what, edit, id) in cases {
        let (desired, mut actual) = made();
        edit(&mut actual);
        let plan = diff(&desired, &actual);
        assert_eq!(ids(&plan), [id], "{what}");
        assert!(diff(&desired, &apply(&actual, &plan)).is_empty(), "{what}");
    }
}

#[test]
fn a_value_that_is_there_is_never_part_of_a_plan() {
    let (desired, mut actual) = made();
    for secret in actual.secrets.values_mut() {
        secret.value = ValueState::Current;
    }
    assert!(diff(&desired, &actual).is_empty());
}

#[test]
fn a_default_that_came_later_is_noted_and_not_applied() {
    let (_, actual) = made();
    let later = MANIFEST.replace("keys: [BASE_URL]", "keys: { BASE_URL: { default: http://x } }");
    let later = later.replace("TOKEN: { required: true }", "REALM: { default: main }");
    let plan = diff(&desired(&later, "dev"), &actual);
    assert!(plan.is_empty());
    let notes: Vec<String> =
        plan.notes.iter().map(|n| format!("{} {}", n.resource, n.remark)).collect();
    assert!(notes.iter().any(|n| n.contains("api-keys") && n.contains("`REALM`")), "{notes:?}");
    assert!(notes.iter().any(|n| n.contains("config") && n.contains("`BASE_URL`")), "{notes:?}");
    assert!(!notes.iter().any(|n| n.contains("CLIENT_ID")), "{notes:?}");
}

#[test]
fn what_is_no_longer_declared_is_kept_and_noted() {
    let (_, actual) = made();
    let less = MANIFEST
        .replace("  config:\n    keys: [BASE_URL]\n", "")
        .replace("[api-keys, config]", "[api-keys]")
        .replace("  worker:\n    reads: [config]\n    logs: own\n", "");
    let plan = diff(&desired(&less, "dev"), &actual);
    let undeclared: Vec<String> = plan
        .notes
        .iter()
        .filter(|n| matches!(n.remark, Remark::Undeclared | Remark::UndeclaredRole))
        .map(|n| n.resource.to_string())
        .collect();
    assert_eq!(undeclared, ["secret shop/dev/config", "role shop-dev-worker"]);
    assert!(plan.changes.iter().all(|c| !matches!(c.action, Action::DeleteSecret { .. })));
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let (desired, actual) = made();
    let bytes = |a: &Actual| serde_json::to_string(&destroy(&desired, a)).unwrap();
    assert_eq!(bytes(&actual), bytes(&actual.clone()));
    let text = show(&diff(&desired, &nothing()));
    assert_eq!(text, show(&diff(&desired, &nothing())));
}

#[test]
fn a_plan_survives_its_file() {
    let plan = diff(&desired(MANIFEST, "dev"), &nothing());
    let text = serde_json::to_string(&plan).unwrap();
    assert_eq!(serde_json::from_str::<Plan>(&text).unwrap(), plan);
}

#[test]
fn destroying_deletes_the_key_last_and_restoring_brings_back() {
    let (desired, actual) = made();
    let plan = destroy(&desired, &actual);
    let ids = ids(&plan);
    assert_eq!(ids.first().unwrap(), "secret shop/dev/api-keys#delete_secret");
    assert_eq!(ids.last().unwrap(), "key alias/shop/dev#schedule_key_deletion");
    let gone = apply(&actual, &plan);
    assert!(gone.roles.is_empty());
    assert!(destroy(&desired, &gone).is_empty());
    assert_eq!(diff(&desired, &gone).blockers.len(), 3, "key and secrets wait to be deleted");

    let back = apply(&gone, &restore(&desired, &gone));
    let rest = diff(&desired, &back);
    assert!(rest.blockers.is_empty());
    assert!(diff(&desired, &apply(&back, &rest)).is_empty());
    assert_eq!(back.key.unwrap().arn, arn(KEY), "the same key");
}

/// What a plan prints
fn text(plan: &Plan) -> String {
    show(plan).iter().map(|line| format!("{}\n", line.text)).collect()
}

#[test]
fn a_policy_that_goes_is_shown_with_its_text_where_the_role_stays() {
    let (desired, mut actual) = made();
    let foreign =
        r#"{"Statement":{"Sid":"Stray","Effect":"Allow","Action":"s3:*","Resource":"*"}}"#;
    let inline = &mut actual.roles.get_mut(&role("shop-dev-web")).unwrap().inline;
    inline.insert(PolicyName::parse("extra").unwrap(), Document::parse(foreign).unwrap());
    let text_of_plan = text(&diff(&desired, &actual));
    assert!(text_of_plan.contains("Stray") && text_of_plan.contains("s3:*"), "{text_of_plan}");
    assert!(!text(&destroy(&desired, &actual)).contains("Stray"), "all of the role goes");
}

#[test]
fn a_copy_under_another_key_is_shown_with_both_keys() {
    let copied = MANIFEST.replace("dev: {}", "dev: { replicas: [us-east-1] }");
    let desired = desired(&copied, "dev");
    let mut actual = apply(&nothing(), &diff(&desired, &nothing()));
    let other = "arn:aws:kms:us-east-1:123456789012:key/by-hand";
    let copies = |a: &mut Actual, key: Option<String>| {
        let secret = a.secrets.get_mut(&secret("shop/dev/config")).unwrap();
        secret.replicas.values_mut().for_each(|copy| copy.kms_key.clone_from(&key));
    };
    copies(&mut actual, Some(other.into()));
    let plan = diff(&desired, &actual);
    let ours = actual.replica_keys.values().next().unwrap().arn.to_string();
    let shown = text(&plan);
    assert!(shown.contains(&format!("removed from us-east-1, where it is under {other}")));
    assert!(shown.contains(&format!("in us-east-1 under {ours}")), "{shown}");
    copies(&mut actual, None);
    assert!(text(&diff(&desired, &actual)).contains("under the key that AWS manages"));
    assert!(diff(&desired, &apply(&actual, &plan)).is_empty());
}

#[test]
fn whatever_is_counted_is_listed() {
    let (desired, mut actual) = made();
    let mark = provision_core::desired::UNFINISHED_TAG;
    actual.key.as_mut().unwrap().tags.insert(mark.0.into(), mark.1.into());
    let plan = diff(&desired, &actual);
    assert_eq!(ids(&plan), ["key alias/shop/dev#finish_key"]);
    let shown = text(&plan);
    assert!(shown.contains("KMS key  alias/shop/dev") && shown.contains("1 to change"), "{shown}");
    // where the key is shown anyway the mark says nothing more
    assert!(!text(&diff(&desired, &nothing())).contains("finished"));
}

#[test]
fn a_policy_on_a_secret_that_is_no_longer_declared_is_told_without_reading_it() {
    let with = "  config:\n    resource_policy: { deny_insecure: true }\n";
    let before = desired(&MANIFEST.replace("  config:\n", with), "dev");
    let actual = apply(&nothing(), &diff(&before, &nothing()));
    let config = secret("shop/dev/config");
    let unread = |mut actual: Actual| {
        actual.secrets.get_mut(&config).unwrap().resource_policy = ResourcePolicy::Unread;
        actual
    };
    let after = desired(MANIFEST, "dev");
    let plan = diff(&after, &unread(actual.clone()));
    assert!(plan.is_empty());
    let told = |plan: &Plan| plan.notes.iter().any(|n| n.remark == Remark::UndeclaredPolicy);
    assert!(told(&plan));
    // pruning reads it; the tag goes after the policy
    let plan = prune(&after, &actual);
    let id = |what: &str| format!("secret shop/dev/config#{what}");
    assert_eq!(ids(&plan), [id("delete_resource_policy"), id("tag")]);
    let pruned = apply(&actual, &plan);
    assert!(!told(&diff(&after, &unread(pruned.clone()))) && prune(&after, &pruned).is_empty());
    // declared again: the tag comes before the policy
    let plan = diff(&before, &pruned);
    assert_eq!(ids(&plan), [id("tag"), id("put_resource_policy")]);
    assert!(diff(&before, &apply(&pruned, &plan)).is_empty());
}

#[test]
fn a_window_that_is_no_longer_declared_goes() {
    let rotation =
        "lambda_arn: \"arn:aws:lambda:eu-west-1:123456789012:function:r\", every_days: 9";
    let with = |more: &str| {
        let keys = "    keys: [BASE_URL]\n";
        MANIFEST.replace(keys, &format!("{keys}    rotation: {{ {rotation}{more} }}\n"))
    };
    let before = desired(&with(", window: 3h"), "dev");
    let mut actual = apply(&nothing(), &diff(&before, &nothing()));
    let config = secret("shop/dev/config");
    actual.secrets.get_mut(&config).unwrap().value = ValueState::Current;
    let actual = apply(&actual, &diff(&before, &actual));
    assert_eq!(actual.secrets[&config].rotation.as_ref().unwrap().window_hours, Some(3));
    let after = desired(&with(""), "dev");
    let plan = diff(&after, &actual);
    assert_eq!(ids(&plan), ["secret shop/dev/config#set_rotation"]);
    assert!(text(&plan).contains("within 3 hours"), "{}", text(&plan));
    assert!(diff(&after, &apply(&actual, &plan)).is_empty());
}
