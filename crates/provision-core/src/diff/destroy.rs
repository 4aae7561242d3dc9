//! Destroying an environment: what it owns goes, what it does not own stays.

use crate::actual::{Actual, ActualKey, ActualSecret, Alias, KeyState, Owner, SecretState, owner};
use crate::desired::{Desired, Tags};
use crate::name::Region;
use crate::plan::{
    Action, Change, Intent, Plan, Reason, Recovery, RegionalAlias, Remark, Resource,
};

use super::{Draft, Stage, Undeclared, kept, monitoring, policy, role, secret};

/// AWS's shortest window, in days; KMS has none that is shorter
const SHORTEST_WINDOW: u16 = 7;

/// Returns the plan that deletes everything that carries the environment's tags
pub fn destroy(desired: &Desired, actual: &Actual) -> Plan {
    let days = desired.recovery_window_days;
    everything(desired, actual, Recovery::Days(days), days).into_plan(
        Intent::Destroy,
        desired,
        actual,
    )
}

/// Returns the plan that deletes it without a way back to the secrets
pub fn force_destroy(desired: &Desired, actual: &Actual) -> Plan {
    everything(desired, actual, Recovery::Never, SHORTEST_WINDOW).into_plan(
        Intent::ForceDestroy,
        desired,
        actual,
    )
}

fn everything(desired: &Desired, actual: &Actual, recovery: Recovery, window_days: u16) -> Draft {
    let mut draft = Draft::new(Stage::Settled, Undeclared::Deleted);
    let ours = |tags: &Tags| owner(tags, &desired.tags) == Owner::Environment;

    for (name, live) in actual.roles.iter().filter(|(_, role)| ours(&role.tags)) {
        role::delete(name, live, &mut draft);
    }
    let policies = actual.policies.iter();
    for (name, live) in policies.filter(|(_, live)| policy::is_ours(live, &desired.tags)) {
        policy::delete(name, live, actual, &mut draft);
    }
    monitoring::delete(desired, actual, &mut draft);
    kept::everything(desired, actual, &mut draft);
    for (name, live) in actual.secrets.iter().filter(|(_, secret)| ours(&secret.tags)) {
        if let Some(service) = &live.owning_service {
            let resource = Resource::Secret(name.clone());
            draft.note(resource, Remark::OwnedByService(service.clone()));
        } else if live.state == SecretState::Live {
            let resource = Resource::Secret(name.clone());
            secret::delete(&resource, live, recovery, &mut draft);
            if recovery == Recovery::Never {
                draft.note(resource, Remark::NoWayBack);
            }
        }
    }
    for (region, live) in actual.replica_keys.iter().filter(|(_, key)| ours(&key.tags)) {
        replica_key(desired, actual, (region, live), window_days, &mut draft);
    }
    if let Some(live) = actual.key.as_ref().filter(|key| ours(&key.tags)) {
        let place = RegionalAlias::home(&desired.key.alias);
        let theirs = actual.secrets.iter().find(|(_, secret)| {
            (!ours(&secret.tags) || secret.owning_service.is_some())
                && secret.kms_key.as_deref() == Some(live.arn.as_str())
        });
        if let Some((name, _)) = theirs {
            draft.block(Resource::Key(place.clone()), Reason::KeyInUse(name.clone()));
        }
        let waits = |secret: &ActualSecret| {
            ours(&secret.tags) && matches!(secret.state, SecretState::PendingDeletion(_))
        };
        if actual.secrets.values().any(waits) {
            draft.note(Resource::Key(place.clone()), Remark::KeyOfDeleted);
        }
        key(&place, live, window_days, &mut draft);
    }
    draft
}

/// Adds what deletes the key of a region of copies, where nothing but copies needs it
pub(super) fn replica_key(
    desired: &Desired,
    actual: &Actual,
    (region, live): (&Region, &ActualKey),
    window_days: u16,
    draft: &mut Draft,
) {
    let place = RegionalAlias::replica(&desired.key.alias, region);
    if let Some(name) = actual.apart.get(region) {
        draft.block(Resource::Key(place.clone()), Reason::StandsApart(name.clone()));
    }
    key(&place, live, window_days, draft);
}

/// Adds what deletes a key: its aliases first, because they outlive it
fn key(place: &RegionalAlias, live: &ActualKey, window_days: u16, draft: &mut Draft) {
    let here = (live.alias == Alias::PointsHere).then(|| place.alias.clone());
    for alias in here.into_iter().chain(live.other_aliases.iter().cloned()) {
        let place = RegionalAlias { alias, replica: place.replica.clone() };
        draft.push(Change::new(Resource::Alias(place), Action::DeleteAlias));
    }
    if !matches!(live.state, KeyState::PendingDeletion(_)) {
        let resource = Resource::Key(place.clone());
        let action = Action::ScheduleKeyDeletion { key: live.arn.clone(), window_days };
        draft.push(Change::new(resource.clone(), action));
        draft.note(resource, Remark::DeletionCost);
    }
}
