//! A policy in parts, and the same policy with a secret more or less.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use provision_core::policy::{
    Document, FunctionPlace, FunctionPolicies, FunctionPolicy, Part, function_policies,
    function_policy, limits, secret_arn_pattern,
};

const REGION: &str = "eu-west-1";
const CONTEXT: &str = "kms:EncryptionContext:SecretARN";

fn policy(secrets: &BTreeSet<String>) -> FunctionPolicy {
    let pattern = |name: &String| secret_arn_pattern("aws", REGION, "123456789012", name);
    FunctionPolicy {
        partition: "aws".into(),
        account: "123456789012".into(),
        places: vec![FunctionPlace {
            region: REGION.into(),
            suffix: String::new(),
            secrets: secrets.iter().map(pattern).collect(),
            key: "${KEY_ARN}".into(),
        }],
        ..FunctionPolicy::default()
    }
}

/// The parts of a policy that its role cannot hold itself
fn parts(secrets: &BTreeSet<String>) -> BTreeMap<Part, Document> {
    match function_policies(&policy(secrets), limits::INLINE_POLICIES_OF_A_ROLE).unwrap() {
        FunctionPolicies::Managed(parts) => parts,
        other => panic!("{other:?}"),
    }
}

/// Where every secret is read and where it is decrypted
fn places(parts: &BTreeMap<Part, Document>) -> BTreeMap<String, (Part, Part)> {
    let all = |sid: &str| -> BTreeMap<String, Part> {
        let mut places = BTreeMap::new();
        for (part, document) in parts {
            let of = document.statements.iter().filter(|s| s.sid.as_deref() == Some(sid));
            for statement in of {
                let names = match statement.conditions.get("StringLike") {
                    Some(keys) => &keys[CONTEXT],
                    None => statement.resources.as_ref().unwrap().named(),
                };
                for name in names {
                    assert!(places.insert(name.clone(), *part).is_none(), "{name} twice");
                }
            }
        }
        places
    };
    let decrypted = all("DecryptOwnSecrets");
    let read = all("ReadOwnSecrets");
    assert_eq!(read.len(), decrypted.len());
    read.into_iter().map(|(name, part)| (name.clone(), (part, decrypted[&name]))).collect()
}

fn homes(parts: &BTreeMap<Part, Document>) -> usize {
    let number = |part: &Part| match part {
        Part::Home(number) => *number,
        Part::Rest => 0,
    };
    parts.keys().map(number).max().unwrap_or(0)
}

/// From where to where secrets move that both have
fn moves(
    before: &BTreeMap<Part, Document>,
    after: &BTreeMap<Part, Document>,
) -> BTreeSet<(Part, Part)> {
    let (before, after) = (places(before), places(after));
    let moves = before.iter().filter_map(|(name, (from, _))| Some((*from, after.get(name)?.0)));
    moves.filter(|(from, to)| from != to).collect()
}

fn changed(before: &BTreeMap<Part, Document>, after: &BTreeMap<Part, Document>) -> Vec<Part> {
    let all: BTreeSet<Part> = before.keys().chain(after.keys()).copied().collect();
    all.into_iter().filter(|part| before.get(part) != after.get(part)).collect()
}

/// Checks that the parts can be changed in some order, takers before givers
fn in_some_order(moves: &BTreeSet<(Part, Part)>) {
    let mut left = moves.clone();
    while !left.is_empty() {
        let givers: BTreeSet<Part> = left.iter().map(|(from, _)| *from).collect();
        let before = left.len();
        left.retain(|(_, to)| givers.contains(to));
        assert!(left.len() < before, "in a circle: {left:?}");
    }
}

fn secrets() -> impl Strategy<Value = BTreeSet<String>> {
    prop::collection::btree_set("team/[a-z]{1,3}(/[a-z]{4,40})?", 1..240)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10, ..ProptestConfig::default() })]

    #[test]
    fn the_parts_say_what_the_whole_does_and_a_secret_more_alters_few(
        fewer in secrets(),
        one in "team/[a-z]{5}",
    ) {
        let mut more = fewer.clone();
        prop_assume!(more.insert(one));
        let (before, after) = (parts(&fewer), parts(&more));
        let whole = function_policy(&policy(&more)).unwrap();
        let whole: BTreeMap<Part, Document> = [(Part::Home(1), whole)].into();
        prop_assert!(places(&after).keys().eq(places(&whole).keys()));
        prop_assert!(places(&after).values().all(|(read, decrypted)| read == decrypted));
        for part in after.values() {
            prop_assert!(limits::length(part) <= limits::MANAGED_POLICY);
            prop_assert!(!part.statements.is_empty());
        }
        prop_assert_eq!(&parts(&more), &after);

        let moves = moves(&before, &after);
        in_some_order(&moves);
        let last = homes(&after);
        if homes(&before) == last {
            prop_assert!(changed(&before, &after).len() <= 2, "{:?}", changed(&before, &after));
            // what comes may push others out of its home, and never another way
            prop_assert!(moves.iter().all(|(_, to)| *to == Part::Rest), "{moves:?}");
        } else {
            prop_assert!(homes(&before) < last);
            let into_new = |to: &Part| matches!(to, Part::Home(n) if *n > homes(&before));
            let allowed = |(from, to): &(Part, Part)| {
                *from == Part::Rest || *to == Part::Rest || into_new(to)
            };
            prop_assert!(moves.iter().all(allowed), "{moves:?}");
        }
    }

    #[test]
    fn parts_never_exchange_secrets_whatever_comes_and_goes(
        before in secrets(),
        after in secrets(),
        both in secrets(),
    ) {
        let (before, after) = (&before | &both, &after | &both);
        in_some_order(&moves(&parts(&before), &parts(&after)));
    }
}

#[test]
fn there_is_a_part_more_only_when_none_has_room() {
    let mut all = BTreeSet::new();
    let mut before = parts(&["team/0".to_owned()].into());
    let mut altered = 0;
    for number in 0..110 {
        all.insert(format!("team/{number}"));
        let after = parts(&all);
        altered += changed(&before, &after).len();
        if homes(&after) > homes(&before) {
            let longest = before.values().map(limits::length).max().unwrap();
            assert!(longest > limits::MANAGED_POLICY - 400, "at {number}: {longest}");
        }
        before = after;
    }
    assert!(altered < 2 * 110, "{altered}");
}
