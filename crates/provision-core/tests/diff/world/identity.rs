//! Roles and managed policies as IAM keeps them.

use std::collections::{BTreeMap, BTreeSet};

use provision_core::actual::{Actual, ActualPolicy, ActualRole};
use provision_core::name::{Arn, PolicyName, RoleName};
use provision_core::plan::Action;

use super::{arn, sent};

pub(super) fn policy(state: &mut Actual, name: &PolicyName, action: &Action) {
    match action {
        Action::CreatePolicy { path, description: _, document, tags } => {
            let policy = ActualPolicy {
                arn: arn(&format!("arn:aws:iam::123456789012:policy{path}{name}")),
                path: path.clone(),
                document: sent(state, document),
                other_versions: Vec::new(),
                holders: Some(0),
                bounded: Some(0),
                tags: Some(tags.clone()),
            };
            assert!(state.policies.insert(name.clone(), policy).is_none(), "{name} twice");
        }
        Action::DeletePolicy { arn } => {
            let in_use = state.roles.values().any(|role| role.attached.contains(arn));
            assert!(!in_use, "AWS deletes no policy that is attached");
            let bounds = state.roles.values().any(|role| role.boundary.as_ref() == Some(arn));
            assert!(!bounds, "AWS deletes no policy that bounds a role");
            let policy = state.policies.remove(name).expect("a policy that exists");
            assert!(policy.other_versions.is_empty(), "AWS deletes no policy with versions");
        }
        action => {
            let put = match action {
                Action::PutPolicy { document, .. } => Some(sent(state, &document.desired)),
                _ => None,
            };
            let policy = state.policies.get_mut(name).expect("a policy that exists");
            match (action, put) {
                (Action::PutPolicy { .. }, Some(document)) => {
                    assert!(policy.other_versions.len() < 4, "AWS keeps five versions");
                    policy.other_versions.push(format!("v{}", policy.other_versions.len() + 1));
                    policy.document = document;
                }
                (Action::DeletePolicyVersion { version, .. }, _) => {
                    let before = policy.other_versions.len();
                    policy.other_versions.retain(|other| other != version);
                    assert_eq!(policy.other_versions.len(), before - 1, "no {version}");
                }
                (Action::Tag { tags, .. }, _) => {
                    policy.tags.get_or_insert_default().extend(tags.clone());
                }
                (other, _) => panic!("{other:?} of a policy"),
            }
        }
    }
}

/// Counts one more that has the policy, or one less
fn held(state: &mut Actual, policy: &Arn, by: i32) {
    for own in state.policies.values_mut().filter(|own| own.arn == *policy) {
        own.holders = own.holders.map(|count| count.saturating_add_signed(by));
    }
}

/// Counts that a role has another boundary
fn bounds(state: &mut Actual, before: Option<&Arn>, after: Option<&Arn>) {
    for own in state.policies.values_mut() {
        let by = i32::from(after == Some(&own.arn)) - i32::from(before == Some(&own.arn));
        own.bounded = own.bounded.map(|count| count.saturating_add_signed(by));
    }
}

/// A policy of this account must exist before it is attached or bounds a role
fn exists(state: &Actual, policy: &Arn) {
    let own = policy.account() == "123456789012";
    let known = state.policies.values().any(|known| known.arn == *policy);
    let supplied = policy.resource().starts_with("policy/supplied");
    assert!(!own || known || supplied, "{policy} does not exist yet");
}

pub(super) fn role(state: &mut Actual, name: &RoleName, action: &Action) {
    match action {
        Action::CreateRole { path, description, trust, tags, boundary, reads: _, writes: _ } => {
            boundary.iter().for_each(|policy| exists(state, policy));
            bounds(state, None, boundary.as_ref());
            let role = ActualRole {
                arn: arn(&format!("arn:aws:iam::123456789012:role{path}{name}")),
                path: path.clone(),
                trust: trust.clone(),
                inline: BTreeMap::new(),
                attached: BTreeSet::new(),
                boundary: boundary.clone(),
                description: Some(description.clone()),
                tags: tags.clone(),
            };
            assert!(state.roles.insert(name.clone(), role).is_none(), "{name} twice");
        }
        Action::DeleteRole => {
            let role = state.roles.remove(name).expect("a role that exists");
            assert!(role.inline.is_empty() && role.attached.is_empty(), "{name} has policies");
            bounds(state, role.boundary.as_ref(), None);
        }
        Action::PutRolePolicy { policy, live: _, desired, turn: _ } => {
            let document = sent(state, desired);
            live(state, name).inline.insert(policy.clone(), document);
        }
        Action::AttachPolicy { policy } => {
            exists(state, policy);
            if live(state, name).attached.insert(policy.clone()) {
                held(state, policy, 1);
            }
        }
        Action::PutBoundary { live: _, desired } => {
            exists(state, desired);
            let before = live(state, name).boundary.replace(desired.clone());
            bounds(state, before.as_ref(), Some(desired));
        }
        Action::DetachPolicy { policy, .. } => {
            assert!(live(state, name).attached.remove(policy), "no {policy}");
            held(state, policy, -1);
        }
        Action::DeleteBoundary { .. } => {
            let before = live(state, name).boundary.take();
            bounds(state, before.as_ref(), None);
        }
        action => changed(live(state, name), action),
    }
}

fn live<'a>(state: &'a mut Actual, name: &RoleName) -> &'a mut ActualRole {
    state.roles.get_mut(name).expect("a role that exists")
}

fn changed(role: &mut ActualRole, action: &Action) {
    match action {
        Action::PutTrust { trust } => role.trust = trust.desired.clone(),
        Action::DescribeRole { description } => {
            role.description = Some(description.desired.clone());
        }
        Action::DeleteRolePolicy { policy, .. } => {
            assert!(role.inline.remove(policy).is_some(), "no {policy}");
        }
        Action::Tag { tags, .. } => role.tags.extend(tags.clone()),
        other => panic!("{other:?} of a role"),
    }
}
