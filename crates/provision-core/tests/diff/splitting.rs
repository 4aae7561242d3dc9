//! Policies that stand in parts: what grows by their change, and that a run cut short at any call
//! takes nothing from a role that it keeps, and gives it nothing that it is not to have.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use provision_core::actual::{Actual, ActualPolicy};
use provision_core::desired::Desired;
use provision_core::diff::{diff, prune};
use provision_core::name::{PolicyName, RoleName};
use provision_core::plan::{Action, Change, Plan, Remark, Resource};
use provision_core::policy::{Document, Selection, Statement};

use crate::world::{apply, desired, make, nothing};

const CONTEXT: &str = "kms:EncryptionContext:SecretARN";
const WEB: &str = "shop-dev-web";
const PROVISIONER: &str = "shop-dev.provisioner";

/// An environment whose function reads these of its secrets
fn reading(numbers: &[usize], more: &str) -> Desired {
    let secrets: String = (0..240).map(|i| format!("  {}: {{ keys: [A] }}\n", named(i))).collect();
    let reads: Vec<String> = numbers.iter().map(|i| named(*i)).collect();
    let manifest = format!(
        "project: shop\nregion: eu-west-1\nenvironments: {{ dev: {{{more}}} }}\nsecrets:\n{secrets}functions:\n  web: {{ reads: [{}] }}\n",
        reads.join(", ")
    );
    desired(&manifest, "dev")
}

/// An environment whose provisioner knows each secret by its name
fn provisioned(count: usize) -> Desired {
    let secrets: String = (0..count)
        .map(|i| format!("  {0}: {{ name: \"team/{{env}}/{0}\", keys: [A] }}\n", named(i)))
        .collect();
    let manifest = format!(
        "project: shop\nregion: eu-west-1\nenvironments: {{ dev: {{}} }}\naccess: {{ provisioner: [\"arn:aws:iam::123456789012:user/ada\"] }}\nsecrets:\n{secrets}"
    );
    desired(&manifest, "dev")
}

fn named(number: usize) -> String {
    format!("secret-{number:03}{}", "-long".repeat(number % 7))
}

fn made(desired: &Desired) -> Actual {
    apply(&nothing(), &diff(desired, &nothing()))
}

fn numbers(range: std::ops::Range<usize>) -> Vec<usize> {
    range.collect()
}

fn role(name: &str) -> RoleName {
    RoleName::parse(name).unwrap()
}

/// The texts of all policies of a role
fn policies<'s>(state: &'s Actual, name: &RoleName) -> Vec<&'s Document> {
    let Some(live) = state.roles.get(name) else { return Vec::new() };
    let attached = state.policies.values().filter(|policy| live.attached.contains(&policy.arn));
    live.inline.values().chain(attached.map(|policy| &policy.document)).collect()
}

/// What a role is allowed and denied, one action, resource and secret at a time
fn said(state: &Actual, name: &RoleName) -> BTreeSet<Statement> {
    let mut said = BTreeSet::new();
    for statement in policies(state, name).iter().flat_map(|document| &document.statements) {
        let statement = Statement { sid: None, ..statement.clone() };
        let resources = match &statement.resources {
            Some(Selection::Only(all)) => {
                all.iter().map(|one| Some(Selection::Only([one.clone()].into()))).collect()
            }
            other => vec![other.clone()],
        };
        for resources in resources {
            let single = Statement { resources, ..statement.clone() };
            match statement.conditions.get("StringLike").and_then(|keys| keys.get(CONTEXT)) {
                None => {
                    said.insert(single);
                }
                Some(secrets) => said.extend(secrets.iter().map(|secret| {
                    let mut single = single.clone();
                    let keys = single.conditions.get_mut("StringLike").unwrap();
                    keys.insert(CONTEXT.into(), [secret.clone()].into());
                    single
                })),
            }
        }
    }
    said
}

/// Checks every state on the way, whichever of the changes that do not wait for each other is first
fn nothing_is_missed_on_the_way(live: &Actual, plan: &Plan) {
    let end = apply(live, plan);
    let shared: Vec<&RoleName> =
        live.roles.keys().filter(|name| end.roles.contains_key(*name)).collect();
    let before: BTreeMap<_, _> = shared.iter().map(|name| (*name, said(live, name))).collect();
    let after: BTreeMap<_, _> = shared.iter().map(|name| (*name, said(&end, name))).collect();
    for backwards in [false, true] {
        let mut state = live.clone();
        for mut stage in plan.stages() {
            if backwards {
                stage.reverse();
            }
            for change in stage.into_iter().flatten() {
                make(&mut state, change);
                if !matches!(change.resource, Resource::Policy(_) | Resource::Role(_)) {
                    continue;
                }
                for name in &shared {
                    let now = said(&state, name);
                    let kept: BTreeSet<_> = &before[name] & &after[name];
                    let missed: Vec<_> = kept.difference(&now).collect();
                    assert!(missed.is_empty(), "{} takes {missed:?} from {name}", change.id());
                    let known = &before[name] | &after[name];
                    assert!(now.is_subset(&known), "{} gives too much", change.id());
                }
            }
        }
        assert_eq!(state.roles, end.roles);
    }
}

fn growth(plan: &Plan) -> Vec<String> {
    plan.widening().flat_map(|change| &change.growth).map(ToString::to_string).collect()
}

fn puts(plan: &Plan) -> Vec<String> {
    let puts = plan.changes.iter().filter(|change| {
        matches!(change.resource, Resource::Policy(_))
            && !matches!(change.action, Action::DeletePolicyVersion { .. })
    });
    puts.map(Change::id).collect()
}

#[test]
fn a_secret_more_is_all_that_grows_and_few_parts_change() {
    let live = made(&reading(&numbers(1..121), ""));
    let plan = diff(&reading(&numbers(0..121), ""), &live);
    assert!(puts(&plan).len() <= 2, "{:?}", puts(&plan));
    assert_eq!(growth(&plan).len(), 2, "to read and to decrypt: {:?}", growth(&plan));
    assert!(growth(&plan).iter().all(|line| line.contains("secret-000-??????")));
    nothing_is_missed_on_the_way(&live, &plan);

    let plan = diff(&reading(&numbers(1..121), ""), &apply(&live, &plan));
    assert!(puts(&plan).len() <= 2, "{:?}", puts(&plan));
    assert_eq!(growth(&plan), [""; 0]);
}

#[test]
fn parts_come_and_go_and_each_secret_is_granted_all_the_while() {
    let (few, some, more, many) = (0..20, 0..60, 0..120, 10..235);
    for (before, after) in [
        (few.clone(), more.clone()),
        (more.clone(), few),
        (some.clone(), many.clone()),
        (many.clone(), some),
        (more, many),
    ] {
        let live = made(&reading(&numbers(before.clone()), ""));
        let plan = diff(&reading(&numbers(after.clone()), ""), &live);
        let what = format!("{before:?} to {after:?}");
        assert!(plan.blockers.is_empty(), "{what}: {:?}", plan.blockers);
        nothing_is_missed_on_the_way(&live, &plan);
        let new = after.clone().filter(|number| !before.contains(number));
        let new: Vec<String> = new.map(|number| format!("/{}-??????", named(number))).collect();
        let grown = growth(&plan);
        assert!(
            grown.iter().all(|line| new.iter().any(|name| line.contains(name))),
            "{what}: {grown:?}"
        );
        for name in new {
            assert!(grown.iter().any(|line| line.contains(&name)), "{what}: {name}");
        }
    }
}

#[test]
fn a_region_more_and_a_region_less_are_granted_in_turn() {
    let (one, two) =
        (reading(&numbers(0..70), ""), reading(&numbers(0..70), " replicas: [us-east-1] "));
    let live = made(&one);
    let plan = diff(&two, &live);
    nothing_is_missed_on_the_way(&live, &plan);
    assert!(growth(&plan).iter().all(|line| line.contains("us-east-1")), "{:?}", growth(&plan));
    let live = apply(&live, &plan);
    let plan = prune(&one, &live);
    nothing_is_missed_on_the_way(&live, &plan);
    assert_eq!(growth(&plan), [""; 0]);
}

#[test]
fn refusals_that_move_between_parts_are_no_growth_and_never_lifted() {
    let counts = [8, 9, 22, 23, 25, 12];
    for pair in counts.windows(2) {
        let live = made(&provisioned(pair[0]));
        let plan = diff(&provisioned(pair[1]), &live);
        assert!(plan.blockers.is_empty(), "{pair:?}: {:?}", plan.blockers);
        nothing_is_missed_on_the_way(&live, &plan);
        let grown = growth(&plan);
        assert!(!grown.iter().any(|line| line.contains("no longer denied")), "{grown:?}");
        assert_eq!(grown.is_empty(), pair[1] < pair[0], "{pair:?}: {grown:?}");
        for line in grown.iter().filter(|line| line.contains(":secret:")) {
            let new = pair[0]..pair[1];
            assert!(new.into_iter().any(|number| line.contains(&named(number))), "{line}");
        }
    }
    let parts = made(&provisioned(25)).roles[&role(PROVISIONER)].attached.len();
    assert!(parts > 1, "{parts}");
}

/// A part of the function's policy, by its place among them
fn part(state: &mut Actual, number: usize) -> &mut Document {
    let attached = state.roles[&role(WEB)].attached.clone();
    let mut parts = state.policies.values_mut().filter(|policy| attached.contains(&policy.arn));
    &mut parts.nth(number).unwrap().document
}

/// Takes the first secret that can be read out of a part
fn take_secret(document: &mut Document) -> String {
    let mut taken = String::new();
    let statements = std::mem::take(&mut document.statements);
    for mut statement in statements {
        if let (None, Some(Selection::Only(all))) =
            (statement.conditions.get("StringLike"), &mut statement.resources)
        {
            taken = all.pop_first().unwrap();
        }
        document.statements.insert(statement);
    }
    taken
}

/// The secrets that a part lets be read
fn listed(document: &Document) -> Vec<String> {
    let plain = document.statements.iter().filter(|s| !s.conditions.contains_key("StringLike"));
    let named = plain.filter_map(|s| s.resources.as_ref()).flat_map(Selection::named);
    named.filter(|name| name.contains(":secret:")).cloned().collect()
}

/// Takes a secret out of what can be read
fn drop_secret(document: &mut Document, secret: &str) {
    let statements = std::mem::take(&mut document.statements);
    for mut statement in statements {
        if let (None, Some(Selection::Only(all))) =
            (statement.conditions.get("StringLike"), &mut statement.resources)
        {
            all.remove(secret);
        }
        document.statements.insert(statement);
    }
}

fn reads(secret: &str) -> Statement {
    let text = format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"{secret}"}}}}"#
    );
    Document::parse(&text).unwrap().statements.into_iter().next().unwrap()
}

#[test]
fn what_was_changed_by_hand_is_judged_by_what_the_role_has() {
    let desired = reading(&numbers(0..120), "");

    let mut moved = made(&desired);
    let secret = take_secret(part(&mut moved, 0));
    part(&mut moved, 1).statements.insert(reads(&secret));
    let plan = diff(&desired, &moved);
    assert_eq!(puts(&plan).len(), 2);
    assert_eq!(growth(&plan), [""; 0], "it only moves back");
    nothing_is_missed_on_the_way(&moved, &plan);

    let mut inline = made(&desired);
    let secret = take_secret(part(&mut inline, 0));
    let by_hand = Document { statements: [reads(&secret)].into(), ..Document::default() };
    let live = inline.roles.get_mut(&role(WEB)).unwrap();
    live.inline.insert(PolicyName::parse("by-hand").unwrap(), by_hand);
    let plan = diff(&desired, &inline);
    assert_eq!(growth(&plan), [""; 0]);
    nothing_is_missed_on_the_way(&inline, &plan);

    let mut taken = made(&desired);
    let secret = take_secret(part(&mut taken, 0));
    let plan = diff(&desired, &taken);
    assert_eq!(growth(&plan).len(), 1);
    assert!(growth(&plan)[0].contains(&secret), "{:?}", growth(&plan));

    let mut more = made(&desired);
    part(&mut more, 0).statements.insert(reads("*"));
    let plan = diff(&desired, &more);
    assert_eq!((puts(&plan).len(), growth(&plan).len()), (1, 0));
    nothing_is_missed_on_the_way(&more, &plan);
}

#[test]
fn a_part_that_was_detached_or_that_denies_by_hand_is_asked_for() {
    let desired = reading(&numbers(0..120), "");
    let mut detached = made(&desired);
    let live = detached.roles.get_mut(&role(WEB)).unwrap();
    let own = |arn: &provision_core::name::Arn| arn.as_str().contains("secrets-access");
    let gone = live.attached.iter().find(|arn| own(arn)).unwrap().clone();
    live.attached.remove(&gone);
    let plan = diff(&desired, &detached);
    let ids: Vec<String> = plan.widening().map(Change::id).collect();
    assert_eq!(ids, [format!("role {WEB}#attach_policy:{gone}")]);
    let policy = detached.policies.values().find(|policy| policy.arn == gone).unwrap();
    for statement in &policy.document.statements {
        let action = statement.actions.named().first().unwrap();
        assert!(growth(&plan).iter().any(|line| line.contains(action)), "{action}");
    }

    let mut denied = made(&desired);
    let refusal =
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}"#;
    let refusal = Document::parse(refusal).unwrap();
    part(&mut denied, 0).statements.extend(refusal.statements);
    let plan = diff(&desired, &denied);
    assert_eq!(growth(&plan), ["is no longer denied `*` on `*`"]);
}

fn held(plan: &Plan) -> bool {
    plan.notes.iter().any(|note| matches!(note.remark, Remark::HeldElsewhere(1)))
}

#[test]
fn what_only_moves_is_growth_for_whoever_else_has_the_part() {
    // what the other parts had comes to the first one
    let (live, fewer) = (made(&reading(&numbers(0..120), "")), reading(&numbers(0..55), ""));
    let plan = diff(&fewer, &live);
    assert_eq!((growth(&plan), held(&plan)), (vec![], false));
    let some = live.policies.keys().next().unwrap().clone();
    type Edit = fn(&mut ActualPolicy);
    let edits: [(Edit, bool); 3] = [
        (|policy| policy.holders = policy.holders.map(|count| count + 1), true),
        (|policy| policy.bounded = Some(1), true),
        (|policy| policy.holders = None, false),
    ];
    for (edit, is_told) in edits {
        let mut shared = live.clone();
        edit(shared.policies.get_mut(&some).unwrap());
        let plan = diff(&fewer, &shared);
        let grown: Vec<String> = plan.widening().map(Change::id).collect();
        assert_eq!(grown, [format!("policy {some}#put_policy")]);
        assert_eq!(held(&plan), is_told);
    }
}

#[test]
fn a_part_that_no_role_has_grows_where_somebody_else_has_it() {
    let desired = reading(&numbers(0..120), "");
    let mut live = made(&desired);
    take_secret(part(&mut live, 0));
    let role = live.roles.get_mut(&role(WEB)).unwrap();
    let own = |arn: &&provision_core::name::Arn| arn.as_str().contains("secrets-access");
    let arn = role.attached.iter().find(own).unwrap().clone();
    role.attached.remove(&arn);
    let mut grown = |holders| -> Vec<String> {
        let policy = live.policies.values_mut().find(|policy| policy.arn == arn).unwrap();
        policy.holders = holders;
        diff(&desired, &live).widening().map(Change::id).collect()
    };
    let attached = format!("role {WEB}#attach_policy:{arn}");
    assert_eq!(grown(Some(0)), [attached.as_str()], "told where it is attached");
    for holders in [Some(1), None] {
        let put = format!("policy {}#put_policy", arn.resource().rsplit('/').next().unwrap());
        assert_eq!(grown(holders), [put, attached.clone()], "{holders:?}");
    }
}

#[test]
fn a_refusal_that_goes_is_growth_for_a_role_that_is_no_longer_declared() {
    let desired = provisioned(25);
    let mut live = made(&desired);
    let caller = live.roles.get_mut(&role(PROVISIONER)).unwrap();
    let arn = caller.attached.first().unwrap().clone();
    let mut kept = caller.clone();
    caller.attached.remove(&arn);
    kept.attached = [arn.clone()].into();
    live.roles.insert(role("shop-dev.before"), kept);
    let refusal =
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}"#;
    let refusal = Document::parse(refusal).unwrap();
    let policy = live.policies.values_mut().find(|policy| policy.arn == arn).unwrap();
    policy.document.statements.extend(refusal.statements);
    let plan = diff(&desired, &live);
    let freed = "is no longer denied `*` on `*`".to_owned();
    assert!(growth(&plan).contains(&freed), "{:?}", growth(&plan));
}

#[test]
fn parts_that_hand_to_each_other_in_every_direction_change_one_after_another() {
    let desired = reading(&numbers(0..110), " replicas: [us-east-1] ");
    let mut live = made(&desired);
    let count = live.roles[&role(WEB)].attached.len() - 1;
    // as many orders as there are would be too many to try
    assert!(count > 10, "{count}");
    let all: Vec<Vec<String>> = (0..count).map(|giver| listed(part(&mut live, giver))).collect();
    // every part has something of every other one
    for (giver, secrets) in all.iter().enumerate() {
        let takers = (0..count).filter(|taker| *taker != giver);
        for (taker, secret) in takers.zip(secrets) {
            drop_secret(part(&mut live, giver), secret);
            part(&mut live, taker).statements.insert(reads(secret));
        }
    }
    let plan = diff(&desired, &live);
    assert_eq!(growth(&plan), [""; 0]);
    let turns = plan.stages().len();
    assert_eq!(puts(&plan).len(), count);
    assert!(turns * 2 > count, "{turns} turns for {count} parts");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 5, ..ProptestConfig::default() })]

    #[test]
    fn any_change_of_what_is_read_keeps_what_stays(
        before in prop::collection::btree_set(0_usize..200, 0..200),
        after in prop::collection::btree_set(0_usize..200, 0..200),
    ) {
        let list = |set: &BTreeSet<usize>| set.iter().copied().collect::<Vec<usize>>();
        let live = made(&reading(&list(&before), ""));
        let desired = reading(&list(&after), "");
        let plan = diff(&desired, &live);
        prop_assume!(plan.blockers.is_empty());
        nothing_is_missed_on_the_way(&live, &plan);
        prop_assert!(diff(&desired, &apply(&live, &plan)).is_empty());
    }
}
