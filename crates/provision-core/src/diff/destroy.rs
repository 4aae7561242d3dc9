//! Destroying an environment: what it owns goes, what it does not own stays.

use crate::actual::{Actual, Alias, KeyState, Owner, SecretState, owner};
use crate::desired::{Desired, Tags};
use crate::plan::{Action, Change, Intent, Plan, Reason, Resource};

use super::{Draft, Stage};

/// Returns the plan that deletes everything that carries the environment's tags
pub fn destroy(desired: &Desired, actual: &Actual) -> Plan {
    let mut draft = Draft::new(Stage::Settled);
    let ours = |tags: &Tags| owner(tags, &desired.tags) == Owner::Environment;
    let window_days = desired.recovery_window_days;

    for (name, role) in actual.roles.iter().filter(|(_, role)| ours(&role.tags)) {
        let mut push = |action| {
            draft.push(Change::new(Resource::Role(name.clone()), action));
        };
        for policy in role.attached.iter().cloned() {
            push(Action::DetachPolicy { policy });
        }
        for policy in role.inline.keys().cloned() {
            push(Action::DeleteRolePolicy { policy });
        }
        push(Action::DeleteRole);
    }
    for (name, secret) in actual.secrets.iter().filter(|(_, secret)| ours(&secret.tags)) {
        if secret.state == SecretState::Live && secret.owning_service.is_none() {
            let action = Action::DeleteSecret { window_days };
            draft.push(Change::new(Resource::Secret(name.clone()), action));
        }
    }
    if let Some(key) = actual.key.as_ref().filter(|key| ours(&key.tags)) {
        let alias = &desired.key.alias;
        let theirs = actual.secrets.iter().find(|(_, secret)| {
            !ours(&secret.tags) && secret.kms_key.as_deref() == Some(key.arn.as_str())
        });
        if let Some((name, _)) = theirs {
            let reason = Reason::KeyInUse(name.clone());
            draft.block(Resource::Key(alias.clone()), reason);
        }
        if key.alias == Alias::PointsHere {
            draft.push(Change::new(Resource::Alias(alias.clone()), Action::DeleteAlias));
        }
        if !matches!(key.state, KeyState::PendingDeletion(_)) {
            let action = Action::ScheduleKeyDeletion { key: key.arn.clone(), window_days };
            draft.push(Change::new(Resource::Key(alias.clone()), action));
        }
    }
    draft.into_plan(Intent::Destroy, desired, actual)
}
