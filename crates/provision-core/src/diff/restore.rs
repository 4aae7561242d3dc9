//! Taking a deletion back while its window lasts.

use crate::actual::{Actual, Alias, KeyState, Owner, SecretState, owner};
use crate::desired::{Desired, Tags};
use crate::plan::{Action, Change, Intent, KeyRef, Plan, Resource};

use super::{Draft, Stage};

/// Returns the plan that brings back what carries the environment's tags and waits to be deleted
///
/// Roles have no window: the next apply makes them anew.
pub fn restore(desired: &Desired, actual: &Actual) -> Plan {
    let mut draft = Draft::new(Stage::Settled);
    let ours = |tags: &Tags| owner(tags, &desired.tags) == Owner::Environment;

    if let Some(key) = actual.key.as_ref().filter(|key| ours(&key.tags)) {
        let alias = &desired.key.alias;
        let arn = || key.arn.clone();
        if matches!(key.state, KeyState::PendingDeletion(_)) {
            let resource = || Resource::Key(alias.clone());
            draft.push(Change::new(resource(), Action::CancelKeyDeletion { key: arn() }));
            // a key whose deletion is taken back is disabled
            draft.push(Change::new(resource(), Action::EnableKey { key: arn() }));
            // its roles are gone: the apply that makes them anew finishes the environment
            draft.push(Change::new(resource(), Action::ReopenKey { key: arn() }));
        }
        if key.alias == Alias::Absent {
            let action = Action::CreateAlias { key: KeyRef::Arn(arn()) };
            draft.push(Change::new(Resource::Alias(alias.clone()), action));
        }
    }
    for (name, secret) in actual.secrets.iter().filter(|(_, secret)| ours(&secret.tags)) {
        if matches!(secret.state, SecretState::PendingDeletion(_)) {
            let resource = Resource::Secret(name.clone());
            draft.push(Change::new(resource, Action::RestoreSecret));
        }
    }
    draft.into_plan(Intent::Restore, desired, actual)
}
