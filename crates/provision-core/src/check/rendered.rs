//! The policies of an environment as texts to look at, each by what it stands on.

use super::{Origin, PolicyKind, Subject};
use crate::desired::{Desired, DesiredReplica, PolicyFiles};
use crate::policy::Document;

/// Returns every policy of the environment
///
/// What functions bring along as files is left out: the files themselves are looked at, where a finding
/// has a place that somebody can change.
pub fn rendered(desired: &Desired, files: &PolicyFiles) -> Vec<Subject> {
    let Desired { environment, key, secrets, replicas, policies, roles, .. } = desired;
    let supplied: Vec<Document> =
        files.values().filter_map(|text| Document::parse(text).ok()).collect();
    let mut subjects = Vec::new();
    let mut add = |name: String, kind: PolicyKind, document: &Document| {
        if supplied.contains(document) {
            return;
        }
        subjects.push(Subject {
            name,
            text: format!("{:#}\n", document.to_value()),
            origin: Origin::Rendered { environment: environment.to_string() },
            kind: Some(kind),
        });
    };
    add(format!("key {}", key.alias), PolicyKind::Key, &key.policy);
    for (region, replica) in replicas {
        if let DesiredReplica::Own(key) = replica {
            add(format!("key {} in {region}", key.alias), PolicyKind::Key, &key.policy);
        }
    }
    for (name, secret) in secrets {
        if let Some(policy) = &secret.resource_policy {
            add(format!("secret {name}"), PolicyKind::Resource, policy);
        }
    }
    let boundaries: Vec<String> =
        roles.values().filter_map(|r| r.boundary.as_ref()).map(ToString::to_string).collect();
    for (name, policy) in policies {
        let is_boundary = boundaries.iter().any(|arn| arn.ends_with(&format!("/{name}")));
        let kind = if is_boundary { PolicyKind::Boundary } else { PolicyKind::Identity };
        add(format!("policy {name}"), kind, &policy.document);
    }
    for (name, role) in roles {
        add(format!("trust of role {name}"), PolicyKind::Trust, &role.trust);
        for (policy, document) in &role.inline {
            add(format!("policy {policy} of role {name}"), PolicyKind::Identity, document);
        }
    }
    subjects
}
