//! What each action of a plan is about, in rows of a word and a text.

use std::collections::BTreeMap;

use super::monitoring::monitoring;
use crate::desired::{RotationRules, SECRETS_ACCESS};
use crate::manifest::{FirstRotation, Schedule};
use crate::name::{Arn, Region, SecretName};
use crate::plan::{Action, KeyRef, Recovery};
use crate::policy::{Document, Statement};

/// What is said of an action: a word, and what it is about
pub(super) type Detail = (&'static str, String);

/// A key that nobody named
const MANAGED_KEY: &str = "the key that AWS manages";

/// Returns what an action is about, in rows
pub(super) fn details(action: &Action) -> Vec<Detail> {
    match action {
        Action::CreateKey { description, policy, tags: _ } => {
            vec![("description", description.clone()), ("policy", sids(policy))]
        }
        Action::CancelKeyDeletion { .. } => vec![("deletion", "taken back".into())],
        Action::EnableKey { .. } => vec![("state", "enabled".into())],
        Action::DescribeKey { description, .. } => {
            vec![("description", arrow(&description.live, &description.desired))]
        }
        Action::RotateKey { key, live, days } => {
            let every = |days: &u16| format!("every {days} days");
            let text = match (key, live) {
                (_, Some(live)) => format!("{} -> {}", every(live), every(days)),
                (KeyRef::Arn(_), None) => format!("off -> {}", every(days)),
                (KeyRef::Created | KeyRef::CreatedIn(_) | KeyRef::Unresolved(_), None) => {
                    every(days)
                }
            };
            vec![("rotation", text)]
        }
        Action::PutKeyPolicy { .. } => vec![("policy", "of the key".into())],
        Action::CreateAlias { key } => vec![("points to", key_text(key))],
        Action::ScheduleKeyDeletion { window_days: days, .. }
        | Action::DeleteSecret { recovery: Recovery::Days(days) } => {
            vec![("gone", format!("{days} days from now, until then `restore` helps"))]
        }
        Action::DeleteSecret { recovery: Recovery::Never } => {
            vec![("gone", "at once, and nothing brings it back".into())]
        }
        Action::CreateSecret { description, key, tags: _, defaults, required, replicas } => {
            let mut rows = Vec::new();
            if !description.is_empty() {
                rows.push(("description", description.clone()));
            }
            rows.push(("key", key_text(key)));
            for (name, text) in defaults {
                rows.push(("default", format!("{name} = {}", text.0)));
            }
            if defaults.is_empty() {
                rows.push(("value", "none: created empty".into()));
            }
            if !required.is_empty() {
                let names: Vec<&str> = required.iter().map(|k| k.as_str()).collect();
                rows.push(("to be set", names.join(", ")));
            }
            rows.extend(copies(replicas));
            rows
        }
        Action::UpdateSecret { description, key } => {
            let mut rows = Vec::new();
            if let Some(drift) = description {
                rows.push(("description", arrow(&drift.live, &drift.desired)));
            }
            if let Some(drift) = key {
                let text = |key: &Option<KeyRef>| {
                    key.as_ref().map_or_else(|| MANAGED_KEY.into(), key_text)
                };
                rows.push(("key", format!("{} -> {}", text(&drift.live), text(&drift.desired))));
            }
            rows
        }
        Action::RestoreSecret => vec![("deletion", "taken back".into())],
        Action::ReplicateSecret { regions } => copies(regions),
        Action::RemoveReplicas { regions, keys } => {
            let row = |region: &Region| match keys.get(region) {
                Some(key) => {
                    let key = key.as_deref().unwrap_or(MANAGED_KEY);
                    format!("removed from {region}, where it is under {key}")
                }
                None => format!("removed from {region}"),
            };
            regions.iter().map(|region| ("copy", row(region))).collect()
        }
        Action::SetRotation { live, desired, first } => rotation(live.as_ref(), desired, *first),
        Action::CancelRotation { live } => vec![("rotation", format!("{} -> off", rules(live)))],
        Action::PutResourcePolicy { live, desired } => match live {
            Some(_) => vec![("policy", "of the secret".into())],
            None => vec![("its policy", format!("none -> {}", sids(desired)))],
        },
        Action::DeleteResourcePolicy { .. } => vec![("removed", "the policy of the secret".into())],
        Action::CreatePolicy { path, document, .. } => {
            vec![("path", path.clone()), ("policy", sids(document))]
        }
        Action::PutPolicy { .. } => vec![("policy", "what it says".into())],
        Action::DeletePolicyVersion { version, .. } => {
            vec![("version", version.clone())]
        }
        Action::DescribeRole { description } => {
            vec![("description", arrow(&description.live, &description.desired))]
        }
        Action::PutBoundary { live, desired } => {
            let live = live.as_ref().map_or("none", Arn::as_str);
            vec![("boundary", format!("{live} -> {desired}"))]
        }
        Action::DeleteBoundary { live } => vec![("boundary", format!("{live} -> none"))],
        Action::Monitoring(action) => monitoring(action),
        Action::Tag { live, tags, .. } => tags
            .iter()
            .filter(|(key, value)| live.get(*key) != Some(value))
            .map(|(key, value)| {
                let live = live.get(key).map_or("none", String::as_str);
                ("tag", format!("{key}: {live} -> {value}"))
            })
            .collect(),
        Action::CreateRole { path, trust, boundary, reads, writes, .. } => {
            let list = |secrets: &[SecretName]| {
                let names: Vec<&str> = secrets.iter().map(|name| name.as_str()).collect();
                if names.is_empty() { "no secret".into() } else { names.join(", ") }
            };
            let mut rows = vec![("path", path.clone()), ("trusted by", principals(trust))];
            // what people and pipelines may do is in their policies
            if !path.contains("/_access/") {
                rows.push(("reads", list(reads)));
                if !writes.is_empty() {
                    rows.push(("writes", list(writes)));
                }
            }
            rows.extend(conditions(trust).map(|text| ("only where", text)));
            rows.extend(boundary.iter().map(|arn| ("boundary", arn.to_string())));
            rows
        }
        Action::PutTrust { .. } => vec![("trust", "who may take the role".into())],
        // ours is explained by what the role reads; what somebody supplied is shown in full
        Action::PutRolePolicy { policy, live: None, desired, turn: _ }
            if policy.as_str() == SECRETS_ACCESS =>
        {
            vec![("policy", format!("{policy}: {}", sids(desired)))]
        }
        Action::PutRolePolicy { policy, .. } => vec![("policy", policy.to_string())],
        Action::DeleteRolePolicy { policy, .. } => vec![("removed", policy.to_string())],
        Action::AttachPolicy { policy } => vec![("policy", policy.to_string())],
        Action::DetachPolicy { policy, makes_room: _, turn: _ } => {
            vec![("removed", policy.to_string())]
        }
        Action::NoteReplicas { regions, .. } | Action::ForgetReplicas { regions, .. } => {
            let names: Vec<&str> = regions.iter().map(|region| region.as_str()).collect();
            let names = if names.is_empty() { "none".into() } else { names.join(", ") };
            vec![("copies in", names)]
        }
        Action::FinishKey { .. } => {
            vec![("finished", "everything else is in place: the mark of a first apply goes".into())]
        }
        Action::ReopenKey { .. }
        | Action::DeletePolicy { .. }
        | Action::DeleteAlias
        | Action::DeleteRole => Vec::new(),
    }
}

fn copies(replicas: &BTreeMap<Region, KeyRef>) -> Vec<Detail> {
    let row = |(region, key): (&Region, &KeyRef)| {
        ("copy", format!("in {region} under {}", key_text(key)))
    };
    replicas.iter().map(row).collect()
}

fn rules(rules: &RotationRules) -> String {
    let RotationRules { lambda_arn, schedule, window_hours } = rules;
    let when = match schedule {
        Schedule::EveryDays(days) => format!("every {days} days"),
        Schedule::Expression(text) => text.clone(),
    };
    let window = window_hours.map(|hours| format!(" within {hours} hours"));
    format!("{when}{} by {lambda_arn}", window.unwrap_or_default())
}

fn rotation(
    live: Option<&RotationRules>,
    desired: &RotationRules,
    first: FirstRotation,
) -> Vec<Detail> {
    let live = live.map_or_else(|| "off".to_owned(), rules);
    let mut rows = vec![("rotation", format!("{live} -> {}", rules(desired)))];
    if first == FirstRotation::AtOnce {
        rows.push(("rotation", "begins at once: the value changes".into()));
    }
    rows
}

/// The conditions of a trust, which narrow who is named beside it
fn conditions(trust: &Document) -> impl Iterator<Item = String> {
    trust.statements.iter().flat_map(|statement| {
        statement.conditions.iter().flat_map(|(operator, keys)| {
            keys.iter().map(move |(key, values)| {
                let values: Vec<&str> = values.iter().map(String::as_str).collect();
                format!("{key} {operator} {}", values.join(", "))
            })
        })
    })
}

fn arrow(live: &str, desired: &str) -> String {
    format!("\"{live}\" -> \"{desired}\"")
}

fn sid(statement: &Statement) -> String {
    statement
        .sid
        .clone()
        .unwrap_or_else(|| statement.actions.named().iter().cloned().collect::<Vec<_>>().join(" "))
}

fn sids(document: &Document) -> String {
    document.statements.iter().map(sid).collect::<Vec<_>>().join(", ")
}

fn principals(document: &Document) -> String {
    let names: Vec<&str> = document
        .statements
        .iter()
        .filter_map(|s| s.principals.as_ref())
        .flat_map(|p| p.named().values().flatten())
        .map(String::as_str)
        .collect();
    names.join(", ")
}

fn key_text(key: &KeyRef) -> String {
    match key {
        KeyRef::Arn(arn) => arn.to_string(),
        KeyRef::Created | KeyRef::CreatedIn(_) => "(known after apply)".into(),
        KeyRef::Unresolved(name) => name.clone(),
    }
}
