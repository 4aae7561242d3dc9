//! What a plan refuses, and what it asks for apart.

use provision_core::actual::{KeyState, SecretState};
use provision_core::diff::{destroy, diff, prune, restore};
use provision_core::name::{PolicyName, Region, RoleName, SecretName};
use provision_core::plan::{Plan, Protection, Reason, Remark, Resource};
use provision_core::policy::Document;

use crate::world::{MANIFEST, apply, arn, desired, nothing};

#[test]
fn a_resource_of_somebody_else_blocks_the_plan_and_survives_a_destroy() {
    let desired = desired(MANIFEST, "dev");
    let mut actual = apply(&nothing(), &diff(&desired, &nothing()));
    let name = SecretName::parse("shop/dev/config").unwrap();
    actual.secrets.get_mut(&name).unwrap().tags.remove("managed-by");
    let role = RoleName::parse("shop-dev-web").unwrap();
    actual.roles.get_mut(&role).unwrap().tags.insert("project".into(), "other".into());
    actual.key.as_mut().unwrap().tags.clear();

    let plan = diff(&desired, &actual);
    assert_eq!(plan.blockers.len(), 3);
    assert!(plan.blockers.iter().all(|b| matches!(b.reason, Reason::Foreign(_))));
    assert!(plan.blockers.iter().all(|b| b.reason.hint().contains("adopt")));
    assert!(plan.changes.is_empty());

    let plan = destroy(&desired, &actual);
    let touched = |resource: &Resource| plan.changes.iter().any(|c| c.resource == *resource);
    assert!(!touched(&Resource::Secret(name)));
    assert!(!touched(&Resource::Role(role)));
    assert!(plan.changes.iter().all(|c| c.resource.kind() != "key"));
    let kept = plan.notes.iter().filter(|note| matches!(note.remark, Remark::NotOurs(_)));
    let kept: Vec<&str> = kept.map(|note| note.resource.kind()).collect();
    assert_eq!(kept, ["key", "secret", "role"]);
}

#[test]
fn a_secret_of_an_aws_service_blocks_the_plan() {
    let desired = desired(MANIFEST, "dev");
    let mut actual = apply(&nothing(), &diff(&desired, &nothing()));
    let name = SecretName::parse("shop/dev/config").unwrap();
    actual.secrets.get_mut(&name).unwrap().owning_service = Some("rds".into());
    let plan = diff(&desired, &actual);
    assert_eq!(plan.blockers[0].reason, Reason::OwnedByService("rds".into()));
}

#[test]
fn a_secret_of_an_aws_service_is_left_alone_whatever_its_tags() {
    let before = desired(MANIFEST, "dev");
    let mut actual = apply(&nothing(), &diff(&before, &nothing()));
    let name = SecretName::parse("shop/dev/old").unwrap();
    let mut old = actual.secrets.values().next().unwrap().clone();
    old.owning_service = Some("rds".into());
    actual.secrets.insert(name.clone(), old);
    let told = Remark::OwnedByService("rds".into());
    let plan = prune(&before, &actual);
    assert!(plan.is_empty() && plan.notes.iter().any(|note| note.remark == told), "{plan:#?}");
    let plan = destroy(&before, &actual);
    let resource = Resource::Secret(name.clone());
    assert!(plan.changes.iter().all(|change| change.resource != resource));
    // it lies under the key, and nobody could read it any more
    assert_eq!(plan.blockers[0].reason, Reason::KeyInUse(name));
}

#[test]
fn a_key_that_is_taken_back_under_live_roles_opens_no_way_around_the_question() {
    let before = desired(MANIFEST, "dev");
    let mut actual = apply(&nothing(), &diff(&before, &nothing()));
    actual.key.as_mut().unwrap().state = KeyState::PendingDeletion(None);
    let back = apply(&actual, &restore(&before, &actual));
    let more = desired(&format!("{MANIFEST}  reporter:\n    reads: [api-keys]\n"), "dev");
    let plan = diff(&more, &back);
    assert!(plan.blockers.is_empty() && plan.widening().count() == 3, "{plan:#?}");
}

#[test]
fn a_key_that_is_made_anew_under_live_roles_is_told() {
    let desired = desired(MANIFEST, "dev");
    let mut actual = apply(&nothing(), &diff(&desired, &nothing()));
    assert!(diff(&desired, &actual).notes.iter().all(|note| note.remark != Remark::Elsewhere));
    actual.key = None;
    actual.secrets.clear();
    let plan = diff(&desired, &actual);
    assert!(plan.notes.iter().any(|note| note.remark == Remark::Elsewhere));
    assert!(diff(&desired, &nothing()).notes.is_empty());
}

#[test]
fn what_waits_to_be_deleted_blocks_the_plan_with_restore_as_the_way_out() {
    let desired = desired(MANIFEST, "dev");
    let mut actual = apply(&nothing(), &diff(&desired, &nothing()));
    let name = SecretName::parse("shop/dev/config").unwrap();
    actual.secrets.get_mut(&name).unwrap().state =
        SecretState::PendingDeletion("2030-01-01".into());
    actual.key.as_mut().unwrap().state = KeyState::PendingDeletion(None);
    let plan = diff(&desired, &actual);
    assert_eq!(plan.blockers.len(), 2);
    assert!(plan.blockers.iter().all(|b| b.reason.hint().contains("restore")));
}

#[test]
fn a_key_that_was_disabled_is_not_enabled_behind_somebodys_back() {
    let desired = desired(MANIFEST, "dev");
    let mut actual = apply(&nothing(), &diff(&desired, &nothing()));
    actual.key.as_mut().unwrap().state = KeyState::Disabled;
    let plan = diff(&desired, &actual);
    assert_eq!(plan.blockers[0].reason, Reason::KeyState("Disabled".into()));
    assert!(plan.is_empty());
}

#[test]
fn a_new_reader_in_an_environment_that_exists_widens() {
    let before = desired(MANIFEST, "dev");
    let actual = apply(&nothing(), &diff(&before, &nothing()));
    let more = format!("{MANIFEST}  reporter:\n    reads: [api-keys]\n");
    let plan = diff(&desired(&more, "dev"), &actual);
    let widening: Vec<String> = plan.widening().map(|c| c.id()).collect();
    assert_eq!(
        widening,
        [
            "key alias/shop/dev#put_key_policy",
            "role shop-dev-reporter#attach_policy:arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
            "role shop-dev-reporter#put_role_policy:secrets-access",
        ]
    );
    let text: String = plan.widening().flat_map(|c| &c.growth).map(|g| format!("{g}\n")).collect();
    assert!(text.contains("shop-dev-reporter"), "{text}");
}

#[test]
fn a_function_that_reads_more_widens_and_one_that_reads_less_does_not() {
    let before = desired(MANIFEST, "dev");
    let actual = apply(&nothing(), &diff(&before, &nothing()));
    let more = MANIFEST.replace("reads: [config]", "reads: [config, api-keys]");
    let plan = diff(&desired(&more, "dev"), &actual);
    let widening: Vec<String> = plan.widening().map(|c| c.id()).collect();
    assert_eq!(widening, ["role shop-dev-worker#put_role_policy:secrets-access"]);

    let less = MANIFEST.replace("reads: [api-keys, config]", "reads: [api-keys]");
    let plan = diff(&desired(&less, "dev"), &actual);
    assert_eq!(plan.changes.len(), 1);
    assert_eq!(plan.widening().count(), 0);
}

#[test]
fn a_managed_policy_for_a_role_that_is_finished_widens() {
    let before = desired(MANIFEST, "dev");
    let actual = apply(&nothing(), &diff(&before, &nothing()));
    let policy = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess";
    let more = MANIFEST.replace("logs: own", &format!("logs: own\n    policies: [\"{policy}\"]"));
    let plan = diff(&desired(&more, "dev"), &actual);
    let growth: Vec<String> =
        plan.widening().flat_map(|c| &c.growth).map(ToString::to_string).collect();
    assert_eq!(growth, [format!("may all that `{policy}` grants")]);
}

#[test]
fn a_policy_that_somebody_took_away_is_not_given_back_without_asking() {
    let desired = desired(MANIFEST, "dev");
    let mut actual = apply(&nothing(), &diff(&desired, &nothing()));
    let role = actual.roles.get_mut(&RoleName::parse("shop-dev-web").unwrap()).unwrap();
    role.inline.clear();
    role.attached.clear();
    let plan = diff(&desired, &actual);
    assert_eq!(plan.changes.len(), 2);
    assert_eq!(plan.widening().count(), 2);
}

#[test]
fn a_key_that_a_secret_of_somebody_else_needs_is_not_deleted() {
    let desired = desired(MANIFEST, "dev");
    let mut actual = apply(&nothing(), &diff(&desired, &nothing()));
    let name = SecretName::parse("shop/dev/config").unwrap();
    actual.secrets.get_mut(&name).unwrap().tags.remove("managed-by");
    let plan = destroy(&desired, &actual);
    assert_eq!(plan.blockers.len(), 1);
    assert_eq!(plan.blockers[0].reason, Reason::KeyInUse(name));
}

#[test]
fn the_key_of_a_region_in_which_the_environment_lives_now_is_not_deleted() {
    let copied = MANIFEST.replace("dev: {}", "dev: { replicas: [us-east-1] }");
    let before = desired(&copied, "dev");
    let mut actual = apply(&nothing(), &diff(&before, &nothing()));
    let keys = |plan: &Plan| plan.changes.iter().filter(|c| c.resource.kind() == "key").count();
    assert_eq!(keys(&destroy(&before, &actual)), 2);
    let (region, name) = (Region::parse("us-east-1").unwrap(), "shop/dev/config");
    actual.apart.insert(region, SecretName::parse(name).unwrap());
    // as long as nothing is to go there, it is nobody's concern
    assert!(diff(&before, &actual).is_empty());
    let no_copies = desired(MANIFEST, "dev");
    for plan in [destroy(&before, &actual), prune(&no_copies, &actual)] {
        let [blocker] = &plan.blockers[..] else { panic!("{plan:#?}") };
        assert_eq!(blocker.resource.region().map(Region::as_str), Some("us-east-1"));
        assert_eq!(blocker.reason, Reason::StandsApart(SecretName::parse(name).unwrap()));
    }
}

#[test]
fn a_new_role_in_a_settled_environment_widens_whatever_it_reads() {
    let before = desired(MANIFEST, "dev");
    let actual = apply(&nothing(), &diff(&before, &nothing()));
    let policy = "arn:aws:iam::aws:policy/AdministratorAccess";
    let more = format!("{MANIFEST}  admin:\n    reads: []\n    policies: [\"{policy}\"]\n");
    let plan = diff(&desired(&more, "dev"), &actual);
    let text: String = plan.widening().flat_map(|c| &c.growth).map(|g| format!("{g}\n")).collect();
    assert!(text.contains(policy), "{text}");
}

#[test]
fn a_managed_policy_that_goes_may_have_refused_something() {
    let desired = desired(MANIFEST, "dev");
    let mut actual = apply(&nothing(), &diff(&desired, &nothing()));
    let role = actual.roles.get_mut(&RoleName::parse("shop-dev-worker").unwrap()).unwrap();
    role.attached.insert(arn("arn:aws:iam::aws:policy/AWSDenyAll"));
    role.attached.insert(arn("arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"));
    let plan = diff(&desired, &actual);
    assert_eq!(plan.changes.len(), 2);
    assert_eq!(plan.widening().count(), 1, "the policy of logs refuses nothing");
}

fn with_readable(count: usize) -> String {
    let reads: Vec<String> = (0..count).map(|i| format!("secret-number-{i:03}")).collect();
    let secrets: String = reads.iter().map(|s| format!("  {s}: {{ keys: [A] }}\n")).collect();
    format!(
        "project: shop\nregion: eu-west-1\nenvironments: {{ dev: {{}} }}\nsecrets:\n{secrets}functions:\n  web: {{ reads: [{}] }}\n",
        reads.join(", ")
    )
}

#[test]
fn a_policy_that_grows_past_its_role_is_split_into_managed_ones() {
    let desired = desired(&with_readable(120), "dev");
    let plan = diff(&desired, &nothing());
    assert!(plan.blockers.is_empty(), "{:?}", plan.blockers);
    let names: Vec<String> = desired.policies.keys().map(ToString::to_string).collect();
    assert!(names.len() > 1 && names.iter().all(|n| n.starts_with("shop-dev-web-secrets-access-")));
    let actual = apply(&nothing(), &plan);
    assert!(diff(&desired, &actual).is_empty());
}

#[test]
fn more_managed_policies_than_a_role_takes_block_the_plan() {
    let plan = diff(&desired(&with_readable(700), "dev"), &nothing());
    assert!(matches!(plan.blockers[0].reason, Reason::TooMany { most: 10, .. }));
}

#[test]
fn a_policy_of_the_key_that_aws_would_refuse_for_its_length_blocks_the_plan() {
    let functions: String =
        (0..500).map(|i| format!("  function-number-{i:03}: {{ reads: [a] }}\n")).collect();
    let manifest = format!(
        "project: shop\nregion: eu-west-1\nenvironments: {{ dev: {{}} }}\nsecrets:\n  a: {{ keys: [A] }}\nfunctions:\n{functions}"
    );
    let plan = diff(&desired(&manifest, "dev"), &nothing());
    assert!(matches!(plan.blockers[0].reason, Reason::TooLong { most: 32_768, .. }));
}

#[test]
fn a_policy_that_would_lock_everybody_out_of_the_key_blocks_the_plan() {
    let mut desired = desired(MANIFEST, "dev");
    desired.key.policy = Document::parse(
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:root"},"Action":"kms:Decrypt","Resource":"*"}}"#,
    )
    .unwrap();
    let plan = diff(&desired, &nothing());
    assert_eq!(plan.blockers[0].reason, Reason::LockOut);
}

#[test]
fn live_text_cannot_forge_a_line_of_the_plan() {
    let desired = desired(MANIFEST, "dev");
    let mut actual = apply(&nothing(), &diff(&desired, &nothing()));
    let name = SecretName::parse("shop/dev/config").unwrap();
    actual.secrets.get_mut(&name).unwrap().description = "a\u{1b}[2K\nPlan: nothing".into();
    for line in provision_core::show::show(&diff(&desired, &actual)) {
        assert!(!line.text.chars().any(char::is_control), "{line:?}");
    }
}

#[test]
fn a_refusal_that_goes_widens() {
    let desired = desired(MANIFEST, "dev");
    let mut actual = apply(&nothing(), &diff(&desired, &nothing()));
    let role = actual.roles.get_mut(&RoleName::parse("shop-dev-web").unwrap()).unwrap();
    let refusal =
        Document::parse(r#"{"Statement":{"Effect":"Deny","Action":"s3:*","Resource":"*"}}"#);
    role.inline.insert(PolicyName::parse("quarantine").unwrap(), refusal.unwrap());
    let plan = diff(&desired, &actual);
    let widening: Vec<String> = plan.widening().map(|c| c.id()).collect();
    assert_eq!(widening, ["role shop-dev-web#delete_role_policy:quarantine"]);
}

#[test]
fn protection_travels_with_the_plan() {
    let plan = diff(&desired(MANIFEST, "prod"), &nothing());
    assert_eq!(plan.binding.protection, Protection::Protected);
    let plan = diff(&desired(MANIFEST, "dev"), &nothing());
    assert_eq!(plan.binding.protection, Protection::Open);
}

#[test]
fn who_asks_does_not_change_the_fingerprint_and_everything_else_does() {
    let before = nothing();
    let mut other = nothing();
    other.identity.caller = arn("arn:aws:iam::123456789012:user/bob");
    assert_eq!(before.fingerprint(), other.fingerprint());
    let desired = desired(MANIFEST, "dev");
    let after = apply(&before, &diff(&desired, &before));
    assert_ne!(before.fingerprint(), after.fingerprint());
}
