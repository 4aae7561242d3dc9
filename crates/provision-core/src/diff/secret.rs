//! Secrets: everything about them but their values.

use std::collections::{BTreeMap, BTreeSet};

use crate::actual::{
    Actual, ActualReplica, ActualSecret, Owner, ResourcePolicy, SecretState, ValueState, owner,
};
use crate::desired::{
    DEFAULTS_TAG, Desired, DesiredRotation, DesiredSecret, POLICY_GONE, POLICY_TAG, RotationRules,
    Tags,
};
use crate::manifest::{FirstRotation, Schedule, ValueShape};
use crate::name::{Arn, Region, SecretName, ValueKey};
use crate::plan::{Action, Change, Drift, Growth, KeyRef, Reason, Recovery, Remark, Resource};
use crate::policy::Document;

use super::key::Keys;
use super::{Draft, Undeclared, grown, limit};

/// Adds what one secret needs
pub(super) fn diff(
    name: &SecretName,
    secret: &DesiredSecret,
    keys: &Keys,
    desired: &Desired,
    actual: &Actual,
    draft: &mut Draft,
) {
    if let Some(reason) = secret.resource_policy.as_ref().and_then(limit::of_resource_policy) {
        draft.block(Resource::Secret(name.clone()), reason);
    }
    match actual.secrets.get(name) {
        None => create(name, secret, keys, desired, draft),
        Some(live) => match obstacle(live, &desired.tags) {
            Some(reason) => draft.block(Resource::Secret(name.clone()), reason),
            None => update(name, secret, keys, live, draft),
        },
    }
}

fn create(
    name: &SecretName,
    secret: &DesiredSecret,
    keys: &Keys,
    desired: &Desired,
    draft: &mut Draft,
) {
    let DesiredSecret { key: _, description, value: _, rotation, resource_policy } = secret;
    let resource = Resource::Secret(name.clone());
    let defaults = secret.defaults();
    let required = secret.required().into_iter().filter(|k| !defaults.contains_key(k)).collect();
    let mut tags = with_defaults_tag(&desired.tags, defaults.keys());
    tags.extend(resource_policy.as_ref().map(|_| policy_tag(POLICY_TAG.1)));
    let value = if defaults.is_empty() { ValueState::Empty } else { ValueState::Current };
    let action = Action::CreateSecret {
        description: description.clone(),
        key: keys.home.clone(),
        tags,
        defaults,
        required,
        replicas: keys.replicas.clone(),
    };
    draft.push(Change::new(resource.clone(), action));
    policy(&resource, resource_policy.as_ref(), &ResourcePolicy::Absent, draft);
    rotate(&resource, rotation.as_ref(), None, value, draft);
}

/// What keeps a secret from being planned
pub(super) fn obstacle(live: &ActualSecret, tags: &Tags) -> Option<Reason> {
    match (&live.owning_service, owner(&live.tags, tags), &live.state) {
        (Some(service), _, _) => Some(Reason::OwnedByService(service.clone())),
        (None, Owner::Other(whose), _) => Some(Reason::Foreign(whose)),
        (None, Owner::Environment, SecretState::PendingDeletion(date)) => {
            Some(Reason::Deleted(date.clone()))
        }
        (None, Owner::Environment, SecretState::Live) => None,
    }
}

fn update(
    name: &SecretName,
    secret: &DesiredSecret,
    keys: &Keys,
    live: &ActualSecret,
    draft: &mut Draft,
) {
    let resource = Resource::Secret(name.clone());
    let DesiredSecret { key: _, description, value: _, rotation, resource_policy } = secret;
    let ActualSecret {
        arn,
        description: live_description,
        kms_key,
        tags,
        state: _,
        value,
        owning_service: _,
        replicas,
        rotation: live_rotation,
        resource_policy: live_policy,
    } = live;
    let description = (live_description != description)
        .then(|| Drift { live: live_description.clone(), desired: description.clone() });
    let key = key_drift(kms_key.as_deref(), &keys.home);
    if description.is_some() || key.is_some() {
        let growth = key.as_ref().map(|_| Growth::AnotherKey).into_iter().collect();
        let action = Action::UpdateSecret { description, key };
        draft.widen(Change::new(resource.clone(), action), growth);
    }
    copies(&resource, &keys.replicas, replicas, draft);
    policy(&resource, resource_policy.as_ref(), live_policy, draft);
    mark_policy(&resource, (arn, tags), resource_policy.as_ref(), live_policy, draft);
    rotate(&resource, rotation.as_ref(), live_rotation.as_ref(), *value, draft);
    let unapplied = unapplied_defaults(secret, tags, *value);
    if !unapplied.is_empty() {
        draft.note(resource.clone(), Remark::DefaultNotApplied(unapplied));
    }
    if *value == ValueState::Empty {
        let keys = match &secret.value {
            ValueShape::Json(keys) => keys.keys().cloned().collect(),
            ValueShape::String | ValueShape::Binary => Vec::new(),
        };
        draft.note(resource, Remark::Empty(keys));
    }
}

/// Copies in other regions: those that are missing, failed, under another key, or not declared
fn copies(
    resource: &Resource,
    desired: &BTreeMap<Region, KeyRef>,
    live: &BTreeMap<Region, ActualReplica>,
    draft: &mut Draft,
) {
    let mut made = BTreeMap::new();
    let mut removed = BTreeSet::new();
    for (region, key) in desired {
        match live.get(region) {
            None => {}
            Some(ActualReplica { failure: Some(message), .. }) => {
                let (region, message) = (region.clone(), message.clone());
                draft.note(resource.clone(), Remark::ReplicaFailed { region, message });
            }
            Some(replica) if key_drift(replica.kms_key.as_deref(), key).is_none() => continue,
            // the key of a copy cannot be changed: the copy is made anew
            Some(_) => {
                removed.insert(region.clone());
            }
        }
        made.insert(region.clone(), key.clone());
    }
    for region in live.keys().filter(|region| !desired.contains_key(*region)) {
        match draft.undeclared {
            Undeclared::Kept => {
                draft.note(resource.clone(), Remark::UndeclaredReplica(region.clone()));
            }
            Undeclared::Deleted => {
                removed.insert(region.clone());
            }
        }
    }
    if !removed.is_empty() {
        let key = |region: &Region| Some((region.clone(), live.get(region)?.kms_key.clone()));
        let keys = removed.iter().filter_map(key).collect();
        let action = Action::RemoveReplicas { regions: removed, keys };
        draft.push(Change::new(resource.clone(), action));
    }
    if !made.is_empty() {
        let growth = made.keys().cloned().map(Growth::AnotherRegion).collect();
        let action = Action::ReplicateSecret { regions: made };
        draft.widen(Change::new(resource.clone(), action), growth);
    }
}

fn policy(
    resource: &Resource,
    desired: Option<&Document>,
    live: &ResourcePolicy,
    draft: &mut Draft,
) {
    let nothing = Document::default();
    let change = |action| Change::new(resource.clone(), action);
    match (live, desired) {
        (ResourcePolicy::Unread | ResourcePolicy::Absent, None) => {}
        (ResourcePolicy::Unread | ResourcePolicy::Absent, Some(desired)) => {
            let growth = grown(&nothing, desired);
            let action = Action::PutResourcePolicy { live: None, desired: desired.clone() };
            draft.widen(change(action), growth);
        }
        (ResourcePolicy::Document(live), Some(desired)) if live == desired => {}
        (ResourcePolicy::Document(live), Some(desired)) => {
            let growth = grown(live, desired);
            let action =
                Action::PutResourcePolicy { live: Some(live.clone()), desired: desired.clone() };
            draft.widen(change(action), growth);
        }
        (ResourcePolicy::Document(live), None) => {
            let growth = grown(live, &nothing);
            draft.widen(change(Action::DeleteResourcePolicy { live: live.clone() }), growth);
        }
    }
}

/// Keeps the tag that tells whether the secret has a policy of its own: it comes before the policy and
/// changes after it, so that a run cut short leaves no policy that is forgotten
fn mark_policy(
    resource: &Resource,
    (arn, tags): (&Arn, &Tags),
    desired: Option<&Document>,
    live: &ResourcePolicy,
    draft: &mut Draft,
) {
    let known = tags.get(POLICY_TAG.0);
    let is_marked = known.is_some_and(|value| value == POLICY_TAG.1);
    let mark = match (desired, live) {
        (Some(desired), ResourcePolicy::Document(live)) if live == desired => return,
        (Some(_), _) if !is_marked => POLICY_TAG.1,
        (None, ResourcePolicy::Unread) if is_marked => {
            return draft.note(resource.clone(), Remark::UndeclaredPolicy);
        }
        (None, ResourcePolicy::Absent | ResourcePolicy::Document(_)) if is_marked => POLICY_GONE,
        _ => return,
    };
    let live = known.map(|value| policy_tag(value)).into_iter().collect();
    let action = Action::Tag { arn: arn.clone(), live, tags: [policy_tag(mark)].into() };
    draft.push(Change::new(resource.clone(), action));
}

fn policy_tag(value: &str) -> (String, String) {
    (POLICY_TAG.0.to_owned(), value.to_owned())
}

fn rotate(
    resource: &Resource,
    desired: Option<&DesiredRotation>,
    live: Option<&RotationRules>,
    value: ValueState,
    draft: &mut Draft,
) {
    let change = |action| Change::new(resource.clone(), action);
    match (live, desired) {
        (None, None) => {}
        (Some(live), None) => {
            draft.push(change(Action::CancelRotation { live: live.clone() }));
        }
        (Some(live), Some(desired)) if same_rules(live, &desired.rules) => {}
        (_, Some(_)) if value == ValueState::Empty => {
            draft.note(resource.clone(), Remark::RotationWaits);
        }
        (live, Some(DesiredRotation { rules, first })) => {
            // a value that is rotated already is not rotated once more because a rule changed
            let first = if live.is_some() { FirstRotation::OnSchedule } else { *first };
            let (live, desired) = (live.cloned(), rules.clone());
            draft.push(change(Action::SetRotation { live, desired, first }));
        }
    }
}

/// Whether two rules mean the same: AWS may give days for a rate
fn same_rules(live: &RotationRules, desired: &RotationRules) -> bool {
    let days = |schedule: &Schedule| match schedule {
        Schedule::EveryDays(days) => Some(*days),
        Schedule::Expression(text) => text
            .strip_prefix("rate(")
            .and_then(|rest| rest.strip_suffix(" days)").or_else(|| rest.strip_suffix(" day)")))
            .and_then(|days| days.trim().parse().ok()),
    };
    let same_schedule = live.schedule == desired.schedule
        || days(&live.schedule).is_some_and(|live| days(&desired.schedule) == Some(live));
    // without one AWS ends the window with the day, and tells none
    let same_window = live.window_hours == desired.window_hours;
    live.lambda_arn == desired.lambda_arn && same_schedule && same_window
}

/// Notes or deletes the secrets that are owned and no longer declared
pub(super) fn undeclared(desired: &Desired, actual: &Actual, draft: &mut Draft) {
    for (name, live) in &actual.secrets {
        let ours = owner(&live.tags, &desired.tags) == Owner::Environment;
        if !ours || live.state != SecretState::Live || desired.secrets.contains_key(name) {
            continue;
        }
        let resource = Resource::Secret(name.clone());
        // whatever its tags say: the service makes it and takes it away
        if let Some(service) = &live.owning_service {
            draft.note(resource, Remark::OwnedByService(service.clone()));
            continue;
        }
        match draft.undeclared {
            Undeclared::Kept => draft.note(resource, Remark::Undeclared),
            Undeclared::Deleted => {
                delete(&resource, live, Recovery::Days(desired.recovery_window_days), draft);
            }
        }
    }
}

/// Adds what deletes a secret: its copies first, which AWS wants gone
pub(super) fn delete(
    resource: &Resource,
    live: &ActualSecret,
    recovery: Recovery,
    draft: &mut Draft,
) {
    if !live.replicas.is_empty() {
        let regions = live.replicas.keys().cloned().collect();
        let action = Action::RemoveReplicas { regions, keys: BTreeMap::new() };
        draft.push(Change::new(resource.clone(), action));
    }
    draft.push(Change::new(resource.clone(), Action::DeleteSecret { recovery }));
}

fn key_drift(live: Option<&str>, desired: &KeyRef) -> Option<Drift<Option<KeyRef>>> {
    if let (Some(live), KeyRef::Arn(arn)) = (live, desired)
        && live == arn.as_str()
    {
        return None;
    }
    let live = live.map(|named| match Arn::parse(named) {
        Ok(arn) => KeyRef::Arn(arn),
        Err(_) => KeyRef::Unresolved(named.to_owned()),
    });
    Some(Drift { live, desired: Some(desired.clone()) })
}

fn unapplied_defaults(secret: &DesiredSecret, tags: &Tags, value: ValueState) -> Vec<ValueKey> {
    let applied: BTreeSet<&str> = match (tags.get(DEFAULTS_TAG), value) {
        (Some(list), _) => list.split(' ').collect(),
        (None, ValueState::Empty) => BTreeSet::new(),
        // a value that this tool did not create: nobody but its reader knows its keys
        (None, ValueState::Current) => return Vec::new(),
    };
    secret.defaults().into_keys().filter(|k| !applied.contains(k.as_str())).collect()
}

fn with_defaults_tag<'a>(tags: &Tags, defaults: impl Iterator<Item = &'a ValueKey>) -> Tags {
    let mut tags = tags.clone();
    let list = defaults.map(ValueKey::as_str).collect::<Vec<_>>().join(" ");
    // what AWS takes as a tag's value; without the tag no default is ever called unapplied
    let fits = (1..=256).contains(&list.len())
        && list.chars().all(|c| c.is_alphanumeric() || " _.:/=+-@".contains(c));
    if fits {
        tags.insert(DEFAULTS_TAG.to_owned(), list);
    }
    tags
}
