//! Every caller's policies against every call, judged by another's evaluator (iam-rs): alone, and
//! beside a policy that grants everything, where only what they deny holds. Then each part of them
//! taken away, which the matrix must find.

use std::collections::BTreeSet;
use std::path::Path;

use iam_rs::{
    Arn, Context, ContextValue, Decision, IAMPolicy, IAMRequest, Principal, PrincipalId,
    evaluate_policies,
};
use provision_core::desired::CallerRole;
use provision_core::policy::{Document, Effect, Selection, Statement};

use crate::callers::{
    CALLERS, Call, MANIFEST, ROTATOR, Told, boundary_calls, calls, desired, policies, with_keys,
};

const EVERYTHING: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
/// What stands for the resource of a call that names none
const NO_RESOURCE: &str = "arn:aws:none::123456789012:nothing";

fn request(call: &Call) -> IAMRequest {
    let mut context = Context::new();
    for (key, told) in &call.context {
        let value = match told {
            Told::Text(text) => ContextValue::String((*text).to_owned()),
            Told::Texts(texts) => {
                ContextValue::StringList(texts.iter().map(ToString::to_string).collect())
            }
            Told::Flag(flag) => ContextValue::Boolean(*flag),
            Told::Number(number) => ContextValue::Number(*number),
        };
        context.data.insert((*key).to_owned(), value);
    }
    let resource = if call.resource == "*" { NO_RESOURCE } else { &call.resource };
    let caller = PrincipalId::String("arn:aws:iam::123456789012:role/caller".into());
    IAMRequest::new_with_context(
        Principal::Aws(caller),
        call.action.clone(),
        Arn::parse(resource).unwrap(),
        context,
    )
}

fn read(documents: &[Document]) -> Vec<IAMPolicy> {
    documents.iter().map(|d| IAMPolicy::from_json(&d.to_string()).unwrap()).collect()
}

/// Returns the calls of which `documents` decide otherwise than is wanted of `caller`
fn violations<'c>(
    caller: CallerRole,
    documents: &[Document],
    calls: impl IntoIterator<Item = &'c Call>,
) -> Vec<String> {
    let alone = read(documents);
    let mut beside = alone.clone();
    beside.push(IAMPolicy::from_json(EVERYTHING).unwrap());
    let mut found = Vec::new();
    for call in calls {
        let request = request(call);
        let allows = |policies: &[IAMPolicy]| {
            evaluate_policies(policies, &request).unwrap() == Decision::Allow
        };
        let wanted = call.may.contains(&caller);
        if allows(&alone) != wanted {
            found.push(format!("{caller:?}: {call:?}: not {wanted}"));
        }
        if call.never.contains(&caller) == allows(&beside) {
            found.push(format!("{caller:?}: {call:?}: beside a policy that grants everything"));
        }
    }
    found
}

#[test]
fn each_caller_does_exactly_what_is_its_own() {
    let desired = desired(MANIFEST, "prod");
    let calls = calls();
    for caller in CALLERS {
        assert_eq!(violations(caller, &policies(&desired, caller), &calls), [""; 0]);
    }
}

/// Policies of which a part is gone
struct Broken {
    what: String,
    documents: Vec<Document>,
    /// the actions of the statement that it is gone from: nothing changes for others
    actions: BTreeSet<String>,
}

impl Broken {
    fn touches(&self, call: &Call) -> bool {
        self.actions.iter().any(|action| match action.strip_suffix('*') {
            Some(start) => call.action.starts_with(start),
            None => call.action == *action,
        })
    }
}

/// Returns the policies without one statement, condition or action, each with what is gone
fn broken(documents: &[Document]) -> Vec<Broken> {
    let mut all = Vec::new();
    for (number, document) in documents.iter().enumerate() {
        for statement in &document.statements {
            let sid = statement.sid.clone().unwrap();
            let mut with = |what: String, changed: Option<Statement>| {
                let mut documents = documents.to_vec();
                documents[number].statements.remove(statement);
                documents[number].statements.extend(changed);
                let actions = statement.actions.named().clone();
                all.push(Broken { what: format!("{sid}: {what}"), documents, actions });
            };
            with("the statement".into(), None);
            for (operator, keys) in &statement.conditions {
                for key in keys.keys() {
                    let mut changed = statement.clone();
                    changed.conditions.get_mut(operator).unwrap().remove(key);
                    changed.conditions.retain(|_, keys| !keys.is_empty());
                    with(format!("{operator} {key}"), Some(changed));
                }
            }
            for action in statement.actions.named() {
                let mut actions = statement.actions.named().clone();
                actions.remove(action);
                if !actions.is_empty() {
                    let actions = Selection::Only(actions);
                    with(action.clone(), Some(Statement { actions, ..statement.clone() }));
                }
            }
        }
    }
    all
}

/// What another statement says as well where copies are declared
const SAID_TWICE: [&str; 3] =
    ["TryKey: kms:Decrypt", "TryKeyUsEast1: kms:Encrypt", "TryKeyUsEast1: kms:GenerateDataKey"];
/// What is missing is no member of a set: said for the reader
const SAID_FOR_THE_READER: [&str; 1] =
    ["NeverCopyElsewhere: Null secretsmanager:AddReplicaRegions"];
/// Kinds of calls that IAM has and no row is about
const NOT_ASKED: [&str; 1] = ["NeverDecideOverItself: iam:Add*"];

#[test]
fn the_matrix_finds_every_part_that_goes_missing() {
    let desired = desired(MANIFEST, "prod");
    let calls = calls();
    let mut unfound = BTreeSet::new();
    let mut parts = 0;
    for caller in [CallerRole::Provisioner, CallerRole::Writer, CallerRole::BreakGlass] {
        for broken in broken(&policies(&desired, caller)) {
            parts += 1;
            let touched = calls.iter().filter(|call| broken.touches(call));
            if violations(caller, &broken.documents, touched).is_empty() {
                unfound.insert(broken.what);
            }
        }
    }
    let known = SAID_TWICE.iter().chain(&SAID_FOR_THE_READER).chain(&NOT_ASKED);
    let known: BTreeSet<String> = known.map(ToString::to_string).collect();
    assert_eq!(unfound, known);
    assert!(parts > 150, "{parts}");
}

#[test]
fn the_boundary_holds_what_functions_do_and_nothing_else() {
    // the rotator is a function of the manifest
    let manifest = MANIFEST.replace(ROTATOR, "");
    let desired = desired(&manifest, "prod");
    let boundary = desired.policies.iter().find(|(name, _)| name.as_str() == "proj-prod-boundary");
    let (_, boundary) = boundary.unwrap();
    assert_eq!(boundary.path, "/proj/_access/prod/");
    let policy = read(&[with_keys(&boundary.document)]);
    for (call, wanted) in boundary_calls() {
        let allowed = evaluate_policies(&policy, &request(&call)).unwrap() == Decision::Allow;
        assert_eq!(allowed, wanted, "{call:?}");
    }
}

#[test]
fn every_statement_has_a_name_and_no_grant_a_wildcard_for_its_action() {
    for environment in ["prod", "production"] {
        let desired = desired(MANIFEST, environment);
        let callers = CALLERS.into_iter().flat_map(|caller| policies(&desired, caller));
        let all = callers.chain(desired.policies.values().map(|policy| policy.document.clone()));
        for statement in all.flat_map(|document| document.statements) {
            assert!(statement.sid.is_some(), "{statement:?}");
            let wild = statement.actions.named().iter().any(|action| action.contains('*'));
            assert!(!wild || statement.effect == Effect::Deny, "{statement:?}");
        }
    }
}

/// What the command line calls, as its sources name it
fn called(folder: &Path, all: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            called(&path, all);
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let services = ["cloudwatch", "events", "iam", "kms", "lambda", "logs", "secretsmanager"];
        for quoted in text.split('"').skip(1).step_by(2) {
            let Some((service, operation)) = quoted.split_once(':') else { continue };
            let named = operation.chars().next().is_some_and(char::is_uppercase)
                && operation.chars().all(char::is_alphanumeric);
            if services.contains(&service) && named {
                all.insert(quoted.to_owned());
            }
        }
    }
}

#[test]
fn whatever_the_command_line_calls_some_caller_may() {
    let mut all = BTreeSet::new();
    called(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../provision/src/aws"), &mut all);
    assert!(all.len() > 50, "the sources name their calls otherwise now: {all:?}");
    let desired = desired(MANIFEST, "prod");
    let granted: BTreeSet<String> = CALLERS
        .into_iter()
        .flat_map(|caller| policies(&desired, caller))
        .flat_map(|document| document.statements)
        .filter(|statement| statement.effect == Effect::Allow)
        .flat_map(|statement| statement.actions.named().clone())
        .collect();
    let others = BTreeSet::from(
        [
            // an administrator makes keys and takes a boundary away, nobody else
            "iam:DeleteRolePermissionsBoundary",
            "kms:CreateKey",
            // a function's configuration shows its variables, which may be values: `doctor` goes on without
            "lambda:GetFunctionConfiguration",
        ]
        .map(str::to_owned),
    );
    let missing: Vec<_> = all.difference(&granted).filter(|call| !others.contains(*call)).collect();
    assert_eq!(missing, [""; 0]);
}
