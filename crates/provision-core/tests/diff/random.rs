//! Any manifest, any drift: a plan leads to where nothing is to do, and the same input gives the
//! same text.

use std::collections::BTreeSet;

use proptest::prelude::*;
use provision_core::actual::{Actual, Alias, ResourcePolicy, Rotation, ValueState};
use provision_core::desired::{Desired, MetricFilter, Tags};
use provision_core::diff::{adopt, adopted, destroy, diff, prune, restore};
use provision_core::name::KeyAlias;
use provision_core::plan::{Action, RegionalAlias, Remark, Resource};
use provision_core::policy::Document;
use provision_core::show::show;

use crate::world::{apply, arn, desired, make, nothing};

fn secret() -> impl Strategy<Value = String> {
    let shape = prop_oneof![
        Just("keys: [A]"),
        Just("keys: { A: { default: x }, B: { required: true } }"),
        Just("type: string, description: plain"),
        Just("type: binary"),
        Just("name: \"team/{env}/{secret}\", keys: [A]"),
    ];
    let rotation = prop_oneof![
        3 => Just(""),
        1 => Just(", rotation: { lambda_arn: \"arn:aws:lambda:eu-west-1:123456789012:function:shop-dev-f0\", every_days: 30 }"),
        1 => Just(", rotation: { lambda_arn: \"arn:aws:lambda:eu-west-1:123456789012:function:other\", schedule: rate(9 days), window: 3h, role_arn: \"arn:aws:iam::123456789012:role/rotator\" }"),
    ];
    let policy = prop_oneof![
        3 => Just(""),
        1 => Just(", resource_policy: { deny_insecure: true }"),
        1 => Just(", resource_policy: { deny_others: true, readers: [\"arn:aws:iam::210987654321:role/reader\"] }"),
    ];
    (shape, rotation, policy).prop_map(|(shape, rotation, policy)| {
        // who else rotates is not known, and a closed policy must know
        let policy = if rotation.contains("shop-dev-f0") { "" } else { policy };
        format!("{{ {shape}{rotation}{policy} }}")
    })
}

/// The secrets that a function reads, those that it writes, and the rest of its fields
type Function = (Vec<usize>, Vec<usize>, String);

fn function() -> impl Strategy<Value = Function> {
    let logs = prop_oneof![Just("own"), Just("managed")];
    let boundary = prop_oneof![
        3 => Just(""),
        1 => Just(", boundary: \"arn:aws:iam::123456789012:policy/supplied\""),
    ];
    let secrets = |most| prop::collection::vec(0_usize..6, 0..most);
    (secrets(4), secrets(2), logs, boundary).prop_map(|(reads, writes, logs, boundary)| {
        (reads, writes, format!("logs: {logs}{boundary}"))
    })
}

fn manifest() -> impl Strategy<Value = String> {
    let replicas = prop_oneof![
        2 => Just(""),
        1 => Just(", replicas: [us-east-1]"),
        1 => Just(", replicas: [us-west-2, us-east-1]"),
        1 => Just(", replicas: [{ region: us-east-1, kms_key_arn: \"arn:aws:kms:us-east-1:123456789012:key/9\" }]"),
    ];
    let topic = "sns_topic_arn: \"arn:aws:sns:eu-west-1:123456789012:t\"";
    let alarms = prop_oneof![
        2 => Just(String::new()),
        1 => Just(format!("alarms: {{ {topic} }}\n")),
        1 => Just("alarms: { log_group: trail, which: [tampering, kms_errors] }\n".to_owned()),
        1 => Just(format!("alarms: {{ log_group: trail, {topic} }}\n")),
    ];
    let retention =
        prop_oneof![Just(""), Just("log_retention_days: 30\n"), Just("log_retention_days: 7\n")];
    let user = "[\"arn:aws:iam::123456789012:user/ada\"]";
    let access = prop_oneof![
        6 => Just(String::new()),
        1 => Just(format!("access: {{ provisioner: {user}, writer: {user}, github: {{ repo: octo/app }} }}\n")),
        1 => Just(format!("access: {{ planner: {user}, break_glass: {user} }}\n")),
    ];
    let place = (90_u16..400, replicas, alarms, retention, access);
    (
        prop::collection::vec(secret(), 1..6),
        prop::collection::vec(function(), 0..4),
        place,
    )
        .prop_map(|(secrets, functions, (days, replicas, alarms, retention, access))| {
            let mut text = format!(
                "project: shop\nregion: eu-west-1\nenvironments:\n  dev: {{ rotate_kms_key_days: {days}{replicas} }}\n{alarms}{retention}{access}secrets:\n"
            );
            for (i, secret) in secrets.iter().enumerate() {
                text += &format!("  s{i}: {secret}\n");
            }
            if !functions.is_empty() {
                text += "functions:\n";
            }
            for (i, (reads, writes, rest)) in functions.iter().enumerate() {
                let named = |numbers: &[usize]| {
                    let names: BTreeSet<String> =
                        numbers.iter().map(|r| format!("s{}", r % secrets.len())).collect();
                    names.into_iter().collect::<Vec<_>>().join(", ")
                };
                let (reads, writes) = (named(reads), named(writes));
                text += &format!("  f{i}: {{ reads: [{reads}], writes: [{writes}], {rest} }}\n");
            }
            match access.contains("provisioner") {
                // a key that names who uses it must know who rotates
                true => text.replace("every_days: 30 }", "every_days: 30, role_arn: \"arn:aws:iam::123456789012:role/rotator\" }"),
                false => text,
            }
        })
}

/// What somebody may do by hand to what is live
fn drifted(mut actual: Actual, edits: &[(u8, u8)]) -> Actual {
    let foreign =
        Document::parse(r#"{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}"#)
            .unwrap();
    for (kind, which) in edits {
        let nth = usize::from(*which);
        let key = actual.key.as_mut().unwrap();
        match kind {
            0 => key.description = "by hand".into(),
            1 => key.rotation = Rotation::Off,
            2 => key.policy = foreign.clone(),
            3 => key.alias = Alias::Absent,
            12 => {
                for key in actual.replica_keys.values_mut() {
                    key.description = "by hand".into();
                    key.alias = Alias::Absent;
                }
            }
            4..=5 | 13..=17 => {
                let count = actual.secrets.len();
                let secret = actual.secrets.values_mut().nth(nth % count).unwrap();
                match kind {
                    4 => secret.description = "by hand".into(),
                    5 => secret.kms_key = None,
                    13 => secret.replicas.clear(),
                    14 => secret.replicas.values_mut().for_each(|copy| copy.kms_key = None),
                    15 => secret.rotation = None,
                    16 => secret.resource_policy = ResourcePolicy::Document(foreign.clone()),
                    _ => secret.value = ValueState::Current,
                }
            }
            24 => actual.policies.values_mut().for_each(|policy| policy.document = foreign.clone()),
            25 => {
                key.other_aliases.insert(KeyAlias::parse("alias/by-hand").unwrap());
            }
            18..=21 | 26..=28 => {
                let live = actual.monitoring.as_mut().unwrap();
                match kind {
                    18 => {
                        live.log_groups.values_mut().for_each(|group| group.retention_days = None)
                    }
                    19 => live.filters.clear(),
                    26 => {
                        live.alarms.clear();
                        live.rules.clear();
                    }
                    27 => live.filters.values_mut().for_each(|places| {
                        let moved = places.values().next().cloned();
                        places.extend(moved.map(|filter| {
                            let log_group = "older".to_owned();
                            (log_group.clone(), MetricFilter { log_group, ..filter })
                        }));
                    }),
                    28 => live.alarms.values_mut().for_each(|alarm| {
                        alarm.alarm.beside.insert("unit Bytes".into());
                    }),
                    20 => live.alarms.values_mut().for_each(|alarm| alarm.alarm.period = 60),
                    _ => live.rules.values_mut().for_each(|rule| {
                        rule.rule.state = "DISABLED".into();
                        rule.targets.insert("more".into(), "arn:aws:sns:eu-west-1:1:x".into());
                    }),
                }
            }
            _ if actual.roles.is_empty() => {}
            kind => {
                let count = actual.roles.len();
                let name = actual.roles.keys().nth(nth % count).unwrap().clone();
                let role = actual.roles.get_mut(&name).unwrap();
                match kind {
                    6 => role.inline.clear(),
                    7 => role.attached.clear(),
                    8 => role.trust = foreign.clone(),
                    9 => {
                        role.attached.insert(arn("arn:aws:iam::aws:policy/AdministratorAccess"));
                    }
                    10 => role.inline.values_mut().for_each(|d| *d = foreign.clone()),
                    22 => role.boundary = Some(arn("arn:aws:iam::123456789012:policy/supplied-2")),
                    23 => role.description = Some("by hand".into()),
                    _ => {
                        actual.roles.remove(&name);
                    }
                }
            }
        }
    }
    actual
}

/// Everything that has tags
fn tagged(desired: &Desired, actual: &Actual) -> Vec<Resource> {
    let live = actual.monitoring.as_ref().unwrap();
    let alias = &desired.key.alias;
    let copies = actual.replica_keys.keys().map(|region| RegionalAlias::replica(alias, region));
    let keys = copies.chain([RegionalAlias::home(alias)]).map(Resource::Key);
    keys.chain(actual.secrets.keys().cloned().map(Resource::Secret))
        .chain(actual.policies.keys().cloned().map(Resource::Policy))
        .chain(actual.roles.keys().cloned().map(Resource::Role))
        .chain(live.log_groups.keys().cloned().map(Resource::LogGroup))
        .chain(live.alarms.keys().cloned().map(Resource::Alarm))
        .chain(live.rules.keys().cloned().map(Resource::Rule))
        .collect()
}

fn untag(actual: &mut Actual, resource: &Resource) {
    let tags = match resource {
        Resource::Key(RegionalAlias { replica: None, .. }) => {
            actual.key.as_mut().map(|key| &mut key.tags)
        }
        Resource::Key(RegionalAlias { replica: Some(region), .. }) => {
            actual.replica_keys.get_mut(region).map(|key| &mut key.tags)
        }
        Resource::Secret(name) => actual.secrets.get_mut(name).map(|secret| &mut secret.tags),
        Resource::Role(name) => actual.roles.get_mut(name).map(|role| &mut role.tags),
        _ => return actual.set_tags(resource, Tags::new()),
    };
    tags.unwrap().remove("managed-by");
}

fn made(manifest: &str) -> (Desired, Actual) {
    let desired = desired(manifest, "dev");
    let actual = apply(&nothing(), &diff(&desired, &nothing()));
    (desired, actual)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn a_plan_leads_to_where_nothing_is_to_do(
        before in manifest(),
        after in manifest(),
        edits in prop::collection::vec((0_u8..29, any::<u8>()), 0..8),
    ) {
        let (_, actual) = made(&before);
        let live = drifted(actual, &edits);
        let desired = desired(&after, "dev");
        let plan = diff(&desired, &live);
        prop_assert!(plan.blockers.is_empty(), "{:?}", plan.blockers);
        let rest = diff(&desired, &apply(&live, &plan));
        prop_assert!(rest.is_empty(), "{:?}", rest.changes);
        prop_assert_eq!(show(&plan), show(&diff(&desired, &live)));
    }

    #[test]
    fn a_pruned_environment_is_what_an_apply_from_nothing_makes(
        before in manifest(),
        after in manifest(),
        edits in prop::collection::vec((0_u8..29, any::<u8>()), 0..8),
    ) {
        let (_, actual) = made(&before);
        let live = drifted(actual, &edits);
        let desired = desired(&after, "dev");
        let pruned = apply(&live, &prune(&desired, &live));
        let rest = prune(&desired, &pruned);
        prop_assert!(rest.is_empty(), "{:?}", rest.changes);
        let undeclared = rest.notes.iter().filter(|note| {
            matches!(
                note.remark,
                Remark::Undeclared | Remark::UndeclaredFilter(_) | Remark::UndeclaredReplica(_)
            )
        });
        prop_assert_eq!(undeclared.count(), 0, "{:?}", rest.notes);
    }

    #[test]
    fn a_run_that_ends_after_any_change_converges(
        before in manifest(),
        after in manifest(),
        end in any::<prop::sample::Index>(),
    ) {
        let (_, live) = made(&before);
        let desired = desired(&after, "dev");
        let plan = prune(&desired, &live);
        let end = if plan.changes.is_empty() { 0 } else { end.index(plan.changes.len()) };
        let mut state = live;
        plan.changes[..end].iter().for_each(|change| make(&mut state, change));
        let rest = prune(&desired, &apply(&state, &prune(&desired, &state)));
        prop_assert!(rest.is_empty(), "{:?}", rest.changes);
    }

    #[test]
    fn what_somebody_else_made_is_adopted_by_its_tags_alone(manifest in manifest()) {
        let (desired, mut actual) = made(&manifest);
        let terraform = |tags: &mut Tags| {
            tags.insert("managed-by".into(), "terraform".into());
        };
        actual.key.iter_mut().for_each(|key| terraform(&mut key.tags));
        actual.replica_keys.values_mut().for_each(|key| terraform(&mut key.tags));
        actual.secrets.values_mut().for_each(|secret| terraform(&mut secret.tags));
        actual.roles.values_mut().for_each(|role| terraform(&mut role.tags));
        prop_assert!(!diff(&desired, &actual).blockers.is_empty());
        let plan = adopt(&desired, &actual);
        prop_assert!(plan.blockers.is_empty(), "{:?}", plan.blockers);
        let tags_only = plan.changes.iter().all(|c| matches!(c.action, Action::Tag { .. }));
        prop_assert!(tags_only);
        let after = apply(&actual, &plan);
        prop_assert_eq!(&after, &adopted(&plan, &actual));
        let rest = diff(&desired, &after);
        prop_assert!(rest.is_empty() && rest.blockers.is_empty(), "{:?}", rest.changes);
    }

    #[test]
    fn what_lost_its_tags_is_neither_changed_nor_deleted_and_is_told(
        manifest in manifest(),
        lost in prop::collection::vec(any::<prop::sample::Index>(), 1..6),
    ) {
        let (desired, mut actual) = made(&manifest);
        let all = tagged(&desired, &actual);
        let lost: BTreeSet<&Resource> = lost.iter().map(|one| one.get(&all)).collect();
        lost.iter().for_each(|resource| untag(&mut actual, resource));
        let (apply, gone) = (diff(&desired, &actual), destroy(&desired, &actual));
        for change in [&apply, &gone, &prune(&desired, &actual)].iter().flat_map(|p| &p.changes) {
            prop_assert!(!lost.contains(&change.resource), "{}", change.id());
        }
        let blocked: BTreeSet<&Resource> = apply.blockers.iter().map(|b| &b.resource).collect();
        prop_assert_eq!(&blocked, &lost);
        let kept = gone.notes.iter().filter(|note| matches!(note.remark, Remark::NotOurs(_)));
        let kept: BTreeSet<&Resource> = kept.map(|note| &note.resource).collect();
        // logs stay in any case
        let deletable = lost.into_iter().filter(|one| !matches!(one, Resource::LogGroup(_)));
        prop_assert_eq!(kept, deletable.collect());
    }

    #[test]
    fn a_new_environment_grows_no_access_and_a_second_look_finds_nothing(manifest in manifest()) {
        let fresh = diff(&desired(&manifest, "dev"), &nothing());
        prop_assert_eq!(fresh.widening().count(), 0);
        let (desired, actual) = made(&manifest);
        prop_assert!(diff(&desired, &actual).is_empty());
    }

    #[test]
    fn what_is_destroyed_can_be_taken_back_and_finished(manifest in manifest()) {
        let (desired, actual) = made(&manifest);
        let gone = apply(&actual, &destroy(&desired, &actual));
        prop_assert!(destroy(&desired, &gone).is_empty());
        let back = apply(&gone, &restore(&desired, &gone));
        let plan = diff(&desired, &back);
        prop_assert!(plan.blockers.is_empty());
        prop_assert!(diff(&desired, &apply(&back, &plan)).is_empty());
    }
}
