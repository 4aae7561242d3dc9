//! Growth between documents against what the documents allow on single calls. Everything is drawn
//! from alphabets so small that the parts of two statements meet often.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use provision_core::policy::widening::{Access, Extent, Grant, growth};
use provision_core::policy::{Conditions, Document, Effect, Selection, Statement};

use crate::evaluation::{Request, allows};

const ACTIONS: [&str; 7] =
    ["kms:Decrypt", "KMS:DECRYPT", "kms:De*", "kms:?ecrypt", "*", "kms:*", "s3:Get*"];
const CALLED: [&str; 4] = ["kms:Decrypt", "kms:Encrypt", "kms:Delete", "s3:GetObject"];
const PRINCIPALS: [(&str, &str); 5] = [
    ("AWS", "*"),
    ("AWS", "123456789012"),
    ("AWS", "arn:aws:iam::123456789012:root"),
    ("AWS", "arn:aws:iam::123456789012:role/a"),
    ("Service", "lambda.amazonaws.com"),
];
const TEXT_OPERATORS: [&str; 10] = [
    "StringEquals",
    "StringLike",
    "StringNotEquals",
    "StringNotLike",
    "StringLikeIfExists",
    "StringNotLikeIfExists",
    "ForAllValues:StringLike",
    "ForAnyValue:StringLike",
    "ForAllValues:StringNotEquals",
    "ForAnyValue:StringNotLike",
];
const ARN_OPERATORS: [&str; 4] = ["ArnLike", "ArnEquals", "ArnNotLike", "ArnNotEquals"];

fn set(of: &'static [&'static str]) -> impl Strategy<Value = BTreeSet<String>> {
    let one = proptest::sample::select(of).prop_map(String::from);
    proptest::collection::btree_set(one, 1..3)
}

fn selection<T: Clone + std::fmt::Debug>(
    of: impl Strategy<Value = T>,
) -> impl Strategy<Value = Selection<T>> {
    (of, 0..4).prop_map(|(t, n)| if n == 0 { Selection::AllBut(t) } else { Selection::Only(t) })
}

fn resource() -> impl Strategy<Value = String> {
    let start =
        proptest::sample::select(&["arn:aws:s:r:1:", "arn:aws:s:*:1:", "arn:aws:s:r*1:", ""][..]);
    let part = proptest::sample::select(&["a", "b", ":", "*", "?", "${aws:username}"][..]);
    (start, proptest::collection::vec(part, 1..4))
        .prop_map(|(start, parts)| format!("{start}{}", parts.concat()))
}

fn principals() -> impl Strategy<Value = Option<Selection<BTreeMap<String, BTreeSet<String>>>>> {
    let one = proptest::sample::select(&PRINCIPALS[..]);
    let some = proptest::collection::btree_set(one, 1..3).prop_map(|set| {
        let mut by_kind = BTreeMap::<String, BTreeSet<String>>::new();
        for (kind, value) in set {
            by_kind.entry(kind.into()).or_default().insert(value.into());
        }
        by_kind
    });
    proptest::option::of(selection(some))
}

fn conditions() -> impl Strategy<Value = Conditions> {
    let key = || proptest::sample::select(&["k", "K", "m"][..]);
    let values = |of: &'static [&'static str]| {
        proptest::collection::btree_set(proptest::sample::select(of).prop_map(String::from), 0..3)
    };
    let text = (
        proptest::sample::select(&TEXT_OPERATORS[..]),
        key(),
        values(&["a", "b", "a*", "?", "*", "${aws:username}"]),
    );
    let arn = (
        proptest::sample::select(&ARN_OPERATORS[..]),
        key(),
        values(&["arn:aws:iam::1:role/a", "arn:aws:iam::1:role/*", "arn:*:iam::1:*"]),
    );
    let null = (Just("Null"), key(), values(&["true", "false"]));
    proptest::collection::vec(prop_oneof![4 => text, 2 => arn, 1 => null], 0..3).prop_map(|list| {
        let mut conditions = Conditions::new();
        for (operator, key, values) in list {
            conditions.entry(operator.into()).or_default().insert(key.into(), values);
        }
        conditions
    })
}

prop_compose! {
    fn statement()(
        deny in 0..4,
        principals in principals(),
        actions in selection(set(&ACTIONS)),
        resources in selection(proptest::collection::btree_set(resource(), 1..3)),
        conditions in conditions(),
    ) -> Statement {
        let effect = if deny == 0 { Effect::Deny } else { Effect::Allow };
        Statement { sid: None, effect, principals, actions, resources: Some(resources), conditions }
    }
}

fn any_document() -> impl Strategy<Value = Document> {
    proptest::collection::btree_set(statement(), 0..4)
        .prop_map(|statements| Document { statements, ..Document::default() })
}

/// Two documents that differ in one element of one statement, or in a statement
fn relatives() -> impl Strategy<Value = (Document, Document)> {
    let old = proptest::collection::vec(statement(), 1..4);
    (old, statement(), 0..4_usize, 0..6).prop_map(|(old, other, which, element)| {
        let mut new = old.clone();
        let which = which % new.len();
        let changed = &mut new[which];
        match element {
            0 => changed.principals = other.principals,
            1 => changed.actions = other.actions,
            2 => changed.resources = other.resources,
            3 => changed.conditions = other.conditions,
            4 => drop(new.remove(which)),
            _ => new.push(other),
        }
        let document = |list: Vec<_>| Document {
            statements: list.into_iter().collect(),
            ..Document::default()
        };
        (document(old), document(new))
    })
}

/// A call as a choice among what two documents name, so that it often hits what they say
#[derive(Debug, Clone)]
struct Shot {
    principal: (&'static str, Vec<&'static str>),
    action: &'static str,
    username: &'static str,
    /// which of the patterns there are, and what stands for their wildcards
    resource: (usize, Vec<&'static str>),
    k: Option<Vec<(usize, Vec<&'static str>)>>,
    m: Option<Vec<(usize, Vec<&'static str>)>>,
}

fn shot() -> impl Strategy<Value = Shot> {
    let role =
        vec!["arn:aws:iam::123456789012:role/a", "arn:aws:iam::123456789012:root", "123456789012"];
    let account = role[1..].to_vec();
    let service = vec!["lambda.amazonaws.com"];
    let principal =
        proptest::sample::select(vec![("AWS", role), ("AWS", account), ("Service", service)]);
    let pick = || {
        let fill = proptest::sample::select(&["", "a", "b", ":", "a:b"][..]);
        (0..100_usize, proptest::collection::vec(fill, 1..4))
    };
    let context = move || proptest::option::weighted(0.8, proptest::collection::vec(pick(), 0..3));
    let username = proptest::sample::select(&["a", "b", "*", "a:b", ""][..]);
    let action = proptest::sample::select(&CALLED[..]);
    (principal, action, username, pick(), context(), context()).prop_map(
        |(principal, action, username, resource, k, m)| Shot {
            principal,
            action,
            username,
            resource,
            k,
            m,
        },
    )
}

impl Shot {
    /// Returns the call, given the patterns of resources and of condition values that there are
    fn request(&self, resources: &[String], values: &[String]) -> Request {
        let instance = |patterns: &[String], (which, fills): &(usize, Vec<&str>)| {
            let mut fills = fills.iter().cycle();
            patterns.get(which % patterns.len().max(1)).map_or_else(String::new, |pattern| {
                pattern.replace("${aws:username}", self.username).chars().fold(
                    String::new(),
                    |text, c| match c {
                        '*' => text + fills.next().unwrap(),
                        // one character, the colon included
                        '?' => text + fills.next().unwrap().get(..1).unwrap_or("c"),
                        c => text + &c.to_string(),
                    },
                )
            })
        };
        let username = vec![self.username.to_owned()];
        let mut context = BTreeMap::from([("aws:username".to_owned(), username)]);
        for (key, picks) in [("k", &self.k), ("m", &self.m)] {
            if let Some(picks) = picks {
                let found = picks.iter().map(|pick| instance(values, pick)).collect();
                context.insert(key.to_owned(), found);
            }
        }
        let (kind, names) = &self.principal;
        Request {
            principal: Some(((*kind).to_owned(), names.iter().map(ToString::to_string).collect())),
            action: self.action.to_owned(),
            resource: Some(instance(resources, &self.resource)),
            context,
        }
    }
}

/// The calls of `shots` at what the two documents name
fn requests(old: &Document, new: &Document, shots: &[Shot]) -> Vec<Request> {
    let statements = || old.statements.iter().chain(&new.statements);
    let resources: BTreeSet<String> =
        statements().filter_map(|s| s.resources.as_ref()).flat_map(|r| r.named().clone()).collect();
    let values: BTreeSet<String> = statements()
        .flat_map(|s| s.conditions.values())
        .flat_map(|k| k.values())
        .flatten()
        .cloned()
        .collect();
    let (resources, values): (Vec<_>, Vec<_>) =
        (resources.into_iter().collect(), values.into_iter().collect());
    shots.iter().map(|shot| shot.request(&resources, &values)).collect()
}

/// Returns whether `grant` speaks of the call
fn speaks_of(grant: &Grant, request: &Request) -> bool {
    let (Grant::Allowed(access) | Grant::NoLongerDenied(access)) = grant;
    let Access { principal, action, resource, conditions } = access;
    let statement = Statement {
        sid: None,
        effect: Effect::Allow,
        principals: principal.as_ref().map(|extent| {
            let mut by_kind = BTreeMap::<String, BTreeSet<String>>::new();
            let (named, rewrap): (Vec<_>, fn(_) -> _) = match extent {
                Extent::One(one) => (vec![one], Selection::Only),
                Extent::AllBut(some) => (some.iter().collect(), Selection::AllBut),
            };
            for principal in named {
                let values = by_kind.entry(principal.kind.clone()).or_default();
                values.insert(principal.value.clone());
            }
            rewrap(by_kind)
        }),
        actions: texts(action, |a| a.0.clone()),
        resources: resource.as_ref().map(|r| texts(r, |r| r.0.clone())),
        conditions: conditions.clone(),
    };
    allows(&Document { statements: BTreeSet::from([statement]), ..Document::default() }, request)
}

fn texts<T: Ord>(extent: &Extent<T>, text: impl Fn(&T) -> String) -> Selection<BTreeSet<String>> {
    match extent {
        Extent::One(one) => Selection::Only([text(one)].into()),
        Extent::AllBut(some) => Selection::AllBut(some.iter().map(text).collect()),
    }
}

/// Returns the calls that `new` allows beyond `old` and no grant speaks of
fn untold<'a>(
    (old, new): (&Document, &Document),
    grants: &[Grant],
    requests: &'a [Request],
) -> Vec<&'a Request> {
    requests
        .iter()
        .filter(|r| allows(new, r) && !allows(old, r))
        .filter(|r| !grants.iter().any(|grant| speaks_of(grant, r)))
        .collect()
}

fn settings(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(settings(2_000))]

    #[test]
    fn a_document_is_no_growth_of_itself(document in any_document()) {
        prop_assert_eq!(growth(&document, &document), []);
    }

    #[test]
    fn taking_an_allowance_away_is_no_growth(document in any_document(), which in 0..4_usize) {
        let mut less = document.clone();
        let taken = document.statements.iter().filter(|s| s.effect == Effect::Allow).nth(which);
        if let Some(statement) = taken {
            less.statements.remove(statement);
        }
        prop_assert_eq!(growth(&document, &less), []);
    }

    #[test]
    fn taking_a_denial_away_is_growth_unless_another_denies_as_much(
        document in any_document(),
        denial in statement(),
    ) {
        let mut more = document.clone();
        more.statements.retain(|s| s.effect == Effect::Allow);
        let without = more.clone();
        more.statements.insert(Statement { effect: Effect::Deny, ..denial });
        prop_assert!(!growth(&more, &without).is_empty());
    }

    #[test]
    fn a_statement_that_nothing_covers_is_growth(document in any_document(), more in statement()) {
        let mut wider = document.clone();
        // an action that no pattern of the alphabet but `*` and the negations covers
        wider.statements.insert(Statement {
            effect: Effect::Allow,
            actions: Selection::Only(["sns:Publish".to_owned()].into()),
            ..more
        });
        let mut known = document;
        known.statements.retain(|s| match &s.actions {
            Selection::Only(actions) => !actions.contains("*"),
            Selection::AllBut(_) => false,
        });
        prop_assert!(!growth(&known, &wider).is_empty());
    }
}

proptest! {
    #![proptest_config(settings(2_000))]

    #[test]
    fn every_call_that_becomes_possible_is_told(
        (old, new) in relatives(),
        shots in proptest::collection::vec(shot(), 40),
    ) {
        let requests = requests(&old, &new, &shots);
        let grants = growth(&old, &new);
        let untold = untold((&old, &new), &grants, &requests);
        prop_assert!(untold.is_empty(), "{old}\n{new}\n{grants:#?}\n{untold:#?}");
    }
}

#[test]
fn the_property_above_notices_a_call_that_is_not_told() {
    let reads = |resource: &str| {
        let statement = r#"{"Effect":"Allow","Action":"kms:Decrypt","Resource":"RESOURCE"}"#;
        let statement = statement.replace("RESOURCE", resource);
        Document::parse(&format!(r#"{{"Statement":{statement}}}"#)).unwrap()
    };
    let (old, new) = (reads("arn:aws:s:r:1:a"), reads("arn:aws:s:r:1:*"));
    let request = Request {
        action: "kms:Decrypt".into(),
        resource: Some("arn:aws:s:r:1:b".into()),
        ..Request::default()
    };
    let requests = [request];
    assert_eq!(untold((&old, &new), &[], &requests).len(), 1);
    assert_eq!(untold((&old, &new), &growth(&old, &new), &requests).len(), 0);
}
