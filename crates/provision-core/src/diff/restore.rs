//! Taking a deletion back while its window lasts.

use crate::actual::{Actual, ActualKey, Alias, KeyState, Owner, SecretState, owner};
use crate::desired::{Desired, Tags};
use crate::plan::{Action, Change, Intent, KeyRef, Plan, RegionalAlias, Resource};

use super::{Draft, Stage, Undeclared};

/// Returns the plan that brings back what carries the environment's tags and waits to be deleted
///
/// Roles, policies, alarms and copies have no window: the next apply makes them anew.
pub fn restore(desired: &Desired, actual: &Actual) -> Plan {
    let mut draft = Draft::new(Stage::Settled, Undeclared::Kept);
    let ours = |tags: &Tags| owner(tags, &desired.tags) == Owner::Environment;
    // after `destroy` nothing is granted any more, and the apply that makes the roles anew finishes the
    // environment; where roles are live the key alone was deleted, and what the manifest grants beyond
    // them is growth
    let after = if actual.roles.values().any(|role| ours(&role.tags)) {
        After::KeyAlone
    } else {
        After::Destroy
    };

    if let Some(live) = actual.key.as_ref().filter(|key| ours(&key.tags)) {
        key(&RegionalAlias::home(&desired.key.alias), live, after, &mut draft);
    }
    for (region, live) in actual.replica_keys.iter().filter(|(_, key)| ours(&key.tags)) {
        key(&RegionalAlias::replica(&desired.key.alias, region), live, after, &mut draft);
    }
    for (name, secret) in actual.secrets.iter().filter(|(_, secret)| ours(&secret.tags)) {
        if matches!(secret.state, SecretState::PendingDeletion(_)) {
            let resource = Resource::Secret(name.clone());
            draft.push(Change::new(resource, Action::RestoreSecret));
        }
    }
    draft.into_plan(Intent::Restore, desired, actual)
}

/// What a deletion is taken back of
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum After {
    /// the whole environment
    Destroy,
    /// a key that somebody scheduled, with the roles still there
    KeyAlone,
}

fn key(place: &RegionalAlias, live: &ActualKey, after: After, draft: &mut Draft) {
    let resource = || Resource::Key(place.clone());
    let arn = || live.arn.clone();
    if matches!(live.state, KeyState::PendingDeletion(_)) {
        draft.push(Change::new(resource(), Action::CancelKeyDeletion { key: arn() }));
        // a key whose deletion is taken back is disabled
        draft.push(Change::new(resource(), Action::EnableKey { key: arn() }));
        if place.replica.is_none() && after == After::Destroy {
            draft.push(Change::new(resource(), Action::ReopenKey { key: arn() }));
        }
    }
    if live.alias == Alias::Absent {
        let action = Action::CreateAlias { key: KeyRef::Arn(arn()) };
        draft.push(Change::new(Resource::Alias(place.clone()), action));
    }
}
