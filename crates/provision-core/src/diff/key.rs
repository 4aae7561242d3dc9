//! The KMS key and its alias.

use crate::actual::{Actual, ActualKey, Alias, KeyState, Owner, Rotation, owner};
use crate::desired::{Desired, DesiredKey};
use crate::plan::{Action, Blocker, Change, Drift, KeyRef, Reason, Resource};

use super::{Draft, grown};

/// Adds what the key needs, and returns how later changes refer to it
pub(super) fn diff(desired: &Desired, actual: &Actual, draft: &mut Draft) -> KeyRef {
    let DesiredKey { alias, description, rotation_days, policy } = &desired.key;
    let resource = Resource::Key(alias.clone());
    let point_alias =
        |key: KeyRef| Change::new(Resource::Alias(alias.clone()), Action::CreateAlias { key });
    let rotate = |key: KeyRef, live: Option<u16>| {
        Change::new(resource.clone(), Action::RotateKey { key, live, days: *rotation_days })
    };

    let Some(live) = &actual.key else {
        let action = Action::CreateKey {
            description: description.clone(),
            policy: policy.clone(),
            tags: desired.tags.clone(),
        };
        draft.changes.push(Change::new(resource.clone(), action));
        draft.changes.push(rotate(KeyRef::Created, None));
        draft.changes.push(point_alias(KeyRef::Created));
        return KeyRef::Created;
    };

    let ActualKey {
        arn,
        alias: live_alias,
        state,
        description: live_description,
        rotation,
        policy: live_policy,
        tags,
    } = live;
    let known = KeyRef::Arn(arn.clone());
    let reason = match (owner(tags, &desired.tags), state) {
        (Owner::Other(whose), _) => Some(Reason::Foreign(whose)),
        (Owner::Environment, KeyState::Enabled) => None,
        (Owner::Environment, KeyState::PendingDeletion(date)) => Some(Reason::PendingDeletion(
            date.clone().unwrap_or_else(|| "a time that KMS does not say".into()),
        )),
        (Owner::Environment, KeyState::Disabled) => Some(Reason::KeyState("Disabled".into())),
        (Owner::Environment, KeyState::Other(name)) => Some(Reason::KeyState(name.clone())),
    };
    if let Some(reason) = reason {
        draft.blockers.push(Blocker { resource, reason });
        return known;
    }

    if live_description != description {
        let description = Drift { live: live_description.clone(), desired: description.clone() };
        let action = Action::DescribeKey { key: arn.clone(), description };
        draft.changes.push(Change::new(resource.clone(), action));
    }
    if live_policy != policy {
        let growth = grown(live_policy, policy);
        let policy = Drift { live: live_policy.clone(), desired: policy.clone() };
        let action = Action::PutKeyPolicy { key: arn.clone(), policy };
        draft.changes.push(Change { resource: resource.clone(), action, growth });
    }
    match rotation {
        Rotation::Every(days) if days == rotation_days => {}
        Rotation::Every(days) => draft.changes.push(rotate(known.clone(), Some(*days))),
        Rotation::Off => draft.changes.push(rotate(known.clone(), None)),
    }
    match live_alias {
        Alias::PointsHere => {}
        Alias::Absent => draft.changes.push(point_alias(known.clone())),
    }
    known
}
