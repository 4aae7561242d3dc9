//! The KMS key and its alias.

use crate::actual::{Actual, ActualKey, Alias, KeyState, Owner, Rotation, owner};
use crate::desired::{Desired, DesiredKey, UNFINISHED_TAG};
use crate::plan::{Action, Change, Drift, KeyRef, Reason, Resource};

use super::{Draft, grown, limit};

/// Adds what the key needs, and returns how later changes refer to it
pub(super) fn diff(desired: &Desired, actual: &Actual, draft: &mut Draft) -> KeyRef {
    let resource = Resource::Key(desired.key.alias.clone());
    if let Some(reason) = limit::of_key(desired) {
        draft.block(resource.clone(), reason);
    }
    let Some(live) = &actual.key else {
        create(resource, desired, draft);
        return KeyRef::Created;
    };
    match obstacle(live, desired) {
        Some(reason) => draft.block(resource, reason),
        None => update(resource, &desired.key, live, draft),
    }
    KeyRef::Arn(live.arn.clone())
}

fn create(resource: Resource, desired: &Desired, draft: &mut Draft) {
    let DesiredKey { alias, description, rotation_days, policy } = &desired.key;
    let mut tags = desired.tags.clone();
    tags.insert(UNFINISHED_TAG.0.to_owned(), UNFINISHED_TAG.1.to_owned());
    let action =
        Action::CreateKey { description: description.clone(), policy: policy.clone(), tags };
    draft.push(Change::new(resource.clone(), action));
    let days = *rotation_days;
    let action = Action::RotateKey { key: KeyRef::Created, live: None, days };
    draft.push(Change::new(resource.clone(), action));
    let action = Action::CreateAlias { key: KeyRef::Created };
    draft.push(Change::new(Resource::Alias(alias.clone()), action));
    draft.push(Change::new(resource, Action::FinishKey { key: KeyRef::Created }));
}

fn obstacle(live: &ActualKey, desired: &Desired) -> Option<Reason> {
    match (owner(&live.tags, &desired.tags), &live.state) {
        (Owner::Other(whose), _) => Some(Reason::Foreign(whose)),
        (Owner::Environment, KeyState::Enabled) => None,
        (Owner::Environment, KeyState::PendingDeletion(date)) => Some(Reason::PendingDeletion(
            date.clone().unwrap_or_else(|| "a time that KMS does not say".into()),
        )),
        (Owner::Environment, KeyState::Disabled) => Some(Reason::KeyState("Disabled".into())),
        (Owner::Environment, KeyState::Other(name)) => Some(Reason::KeyState(name.clone())),
    }
}

fn update(resource: Resource, desired: &DesiredKey, live: &ActualKey, draft: &mut Draft) {
    let DesiredKey { alias, description, rotation_days, policy } = desired;
    let ActualKey {
        arn,
        alias: live_alias,
        state: _,
        description: live_description,
        rotation,
        policy: live_policy,
        tags,
    } = live;
    let known = || KeyRef::Arn(arn.clone());
    if live_description != description {
        let description = Drift { live: live_description.clone(), desired: description.clone() };
        let action = Action::DescribeKey { key: arn.clone(), description };
        draft.push(Change::new(resource.clone(), action));
    }
    if live_policy != policy {
        let growth = grown(live_policy, policy);
        let policy = Drift { live: live_policy.clone(), desired: policy.clone() };
        let action = Action::PutKeyPolicy { key: arn.clone(), policy };
        draft.widen(Change::new(resource.clone(), action), growth);
    }
    let days = *rotation_days;
    let live = match rotation {
        Rotation::Every(live) => Some(*live),
        Rotation::Off => None,
    };
    if live != Some(days) {
        let action = Action::RotateKey { key: known(), live, days };
        draft.push(Change::new(resource.clone(), action));
    }
    match live_alias {
        Alias::PointsHere => {}
        Alias::Absent => {
            let action = Action::CreateAlias { key: known() };
            draft.push(Change::new(Resource::Alias(alias.clone()), action));
        }
    }
    if tags.contains_key(UNFINISHED_TAG.0) {
        draft.push(Change::new(resource, Action::FinishKey { key: known() }));
    }
}
