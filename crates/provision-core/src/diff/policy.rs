//! The environment's own managed policies.

use crate::actual::{Actual, ActualPolicy, Owner, owner};
use crate::desired::{Desired, DesiredPolicy, Tags};
use crate::name::PolicyName;
use crate::plan::{Action, Change, Drift, Reason, Remark, Resource};
use crate::policy::limits;

use super::key::Keys;
use super::rights::Rights;
use super::{Draft, Undeclared, limit};

/// Adds what one managed policy needs
pub(super) fn diff(
    name: &PolicyName,
    policy: &DesiredPolicy,
    (keys, rights): (&Keys, &Rights),
    desired: &Desired,
    actual: &Actual,
    draft: &mut Draft,
) {
    let resource = Resource::Policy(name.clone());
    if let Some(reason) = limit::of_policy(policy) {
        draft.block(resource.clone(), reason);
    }
    let DesiredPolicy { path, description, document } = policy;
    let document = keys.fill(document);
    let Some(live) = actual.policies.get(name) else {
        let growth = rights.of_new_policy(path, name, &document);
        let action = Action::CreatePolicy {
            path: path.clone(),
            description: description.clone(),
            document,
            tags: desired.tags.clone(),
        };
        draft.widen(Change::new(resource, action), growth);
        return;
    };
    if let Some(reason) = obstacle(live, path, &desired.tags) {
        draft.block(resource, reason);
        return;
    }
    let ActualPolicy {
        arn,
        path: _,
        document: live_document,
        other_versions,
        holders: _,
        bounded: _,
        tags: _,
    } = live;
    if *live_document == document {
        return;
    }
    // a policy has five versions and no more: the oldest makes room
    let surplus = (other_versions.len() + 2).saturating_sub(limits::VERSIONS_OF_A_POLICY);
    for version in other_versions.iter().take(surplus) {
        let action = Action::DeletePolicyVersion { arn: arn.clone(), version: version.clone() };
        draft.push(Change::new(resource.clone(), action));
    }
    note_strangers(&resource, live, actual, draft);
    let strangers = actual.strangers(live);
    let (growth, turn) = rights.of_policy(arn, live_document, &document, strangers);
    let document = Drift { live: live_document.clone(), desired: document };
    let action = Action::PutPolicy { arn: arn.clone(), document, turn };
    draft.widen(Change::new(resource, action), growth);
}

fn note_strangers(resource: &Resource, live: &ActualPolicy, actual: &Actual, draft: &mut Draft) {
    if let Some(count) = actual.strangers(live).filter(|count| *count > 0) {
        draft.note(resource.clone(), Remark::HeldElsewhere(count));
    }
}

/// What keeps a policy from being planned
pub(super) fn obstacle(live: &ActualPolicy, path: &str, tags: &Tags) -> Option<Reason> {
    // where the tags were not asked for, nothing is to change, or they are asked for before it is
    match live.tags.as_ref().map(|live| owner(live, tags)) {
        Some(Owner::Other(whose)) => Some(Reason::Foreign(whose)),
        Some(Owner::Environment) | None if live.path != path => {
            Some(Reason::Path { live: live.path.clone(), desired: path.to_owned() })
        }
        Some(Owner::Environment) | None => None,
    }
}

/// Notes or deletes the policies that are owned and no longer declared
pub(super) fn undeclared(desired: &Desired, actual: &Actual, draft: &mut Draft) {
    for (name, live) in &actual.policies {
        if desired.policies.contains_key(name) || !is_ours(live, &desired.tags) {
            continue;
        }
        match draft.undeclared {
            Undeclared::Kept => draft.note(Resource::Policy(name.clone()), Remark::Undeclared),
            Undeclared::Deleted => delete(name, live, actual, draft),
        }
    }
}

/// Whether the policy is the environment's, as far as is known
pub(super) fn is_ours(live: &ActualPolicy, tags: &Tags) -> bool {
    live.tags.as_ref().is_none_or(|live| owner(live, tags) == Owner::Environment)
}

/// Adds what deletes a policy: its versions first, which IAM wants gone
pub(super) fn delete(name: &PolicyName, live: &ActualPolicy, actual: &Actual, draft: &mut Draft) {
    let resource = Resource::Policy(name.clone());
    note_strangers(&resource, live, actual, draft);
    let arn = || live.arn.clone();
    for version in &live.other_versions {
        let action = Action::DeletePolicyVersion { arn: arn(), version: version.clone() };
        draft.push(Change::new(resource.clone(), action));
    }
    draft.push(Change::new(resource, Action::DeletePolicy { arn: arn() }));
}
