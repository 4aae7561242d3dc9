//! Any manifest, any drift: a plan leads to where nothing is to do, and the same input gives the
//! same text.

use proptest::prelude::*;
use provision_core::actual::{Actual, Alias, Rotation};
use provision_core::desired::Desired;
use provision_core::diff::{destroy, diff, restore};
use provision_core::policy::Document;
use provision_core::show::show;

use crate::world::{apply, arn, desired, nothing};

fn manifest() -> impl Strategy<Value = String> {
    let secret = prop_oneof![
        Just("{ keys: [A] }"),
        Just("{ keys: { A: { default: x }, B: { required: true } } }"),
        Just("{ type: string, description: plain }"),
        Just("{ type: binary }"),
        Just("{ name: \"team/{env}/{secret}\", keys: [A] }"),
    ];
    let logs = prop_oneof![Just("own"), Just("managed")];
    let function = (prop::collection::vec(0_usize..6, 0..4), logs);
    (
        prop::collection::vec(secret, 1..6),
        prop::collection::vec(function, 0..4),
        90_u16..400,
    )
        .prop_map(|(secrets, functions, days)| {
            let mut text = format!(
                "project: shop\nregion: eu-west-1\nenvironments:\n  dev: {{ rotate_kms_key_days: {days} }}\nsecrets:\n"
            );
            for (i, secret) in secrets.iter().enumerate() {
                text += &format!("  s{i}: {secret}\n");
            }
            if !functions.is_empty() {
                text += "functions:\n";
            }
            for (i, (reads, logs)) in functions.iter().enumerate() {
                let mut reads: Vec<String> =
                    reads.iter().map(|r| format!("s{}", r % secrets.len())).collect();
                reads.sort();
                reads.dedup();
                text += &format!("  f{i}: {{ reads: [{}], logs: {logs} }}\n", reads.join(", "));
            }
            text
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
            4..=5 => {
                let count = actual.secrets.len();
                let secret = actual.secrets.values_mut().nth(nth % count).unwrap();
                match kind {
                    4 => secret.description = "by hand".into(),
                    _ => secret.kms_key = None,
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
                    _ => {
                        actual.roles.remove(&name);
                    }
                }
            }
        }
    }
    actual
}

fn made(manifest: &str) -> (Desired, Actual) {
    let desired = desired(manifest, "dev");
    let actual = apply(&nothing(), &diff(&desired, &nothing()));
    (desired, actual)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn a_plan_leads_to_where_nothing_is_to_do(
        before in manifest(),
        after in manifest(),
        edits in prop::collection::vec((0_u8..12, any::<u8>()), 0..6),
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
