//! The KMS keys and their aliases: the environment's own, and one in each region of copies.

use std::collections::{BTreeMap, BTreeSet};

use crate::actual::{Actual, ActualKey, Alias, KeyState, Owner, Rotation, owner};
use crate::desired::{
    Desired, DesiredKey, DesiredReplica, REPLICAS_TAG, Tags, UNFINISHED_TAG, replicas_tag,
    tagged_replicas,
};
use crate::name::Region;
use crate::plan::{Action, Change, Drift, KeyRef, Reason, RegionalAlias, Remark, Resource};
use crate::policy::{Document, administration, key_arn_placeholder};

use super::{Draft, Undeclared, grown, limit};

/// How changes refer to the keys
pub(super) struct Keys {
    pub(super) home: KeyRef,
    pub(super) replicas: BTreeMap<Region, KeyRef>,
}

impl Keys {
    /// Returns the document with the ARN of every key that is known
    pub(super) fn fill(&self, document: &Document) -> Document {
        let replicas = self.replicas.iter().map(|(region, key)| (Some(region), key));
        std::iter::once((None, &self.home)).chain(replicas).fold(
            document.clone(),
            |document, (region, key)| match key {
                KeyRef::Arn(arn) => document.replace(&key_arn_placeholder(region), arn.as_str()),
                KeyRef::Created | KeyRef::CreatedIn(_) | KeyRef::Unresolved(_) => document,
            },
        )
    }
}

/// Adds what the keys need, and returns how later changes refer to them
pub(super) fn diff(desired: &Desired, actual: &Actual, draft: &mut Draft) -> Keys {
    let place = RegionalAlias::home(&desired.key.alias);
    let mut tags = desired.tags.clone();
    if !desired.replicas.is_empty() {
        let regions = desired.replicas.keys().cloned().collect();
        tags.insert(REPLICAS_TAG.to_owned(), replicas_tag(&regions));
    }
    let home = one(&place, &desired.key, actual.key.as_ref(), (&desired.tags, &tags), draft);
    note_replicas(&place, desired, actual.key.as_ref(), draft);
    let ours = |tags: &Tags| owner(tags, &desired.tags) == Owner::Environment;
    if actual.key.is_none() && actual.roles.values().any(|role| ours(&role.tags)) {
        draft.note(Resource::Key(place), Remark::Elsewhere);
    }
    let replicas = desired
        .replicas
        .iter()
        .map(|(region, replica)| {
            let key = match replica {
                DesiredReplica::Given(arn) => KeyRef::Arn(arn.clone()),
                DesiredReplica::Own(key) => {
                    let place = RegionalAlias::replica(&key.alias, region);
                    let tags = (&desired.tags, &desired.tags);
                    one(&place, key, actual.replica_keys.get(region), tags, draft)
                }
            };
            (region.clone(), key)
        })
        .collect();
    Keys { home, replicas }
}

/// Adds what the key of one region needs; of the tags the first are those of ownership, the second
/// those that a new key gets
fn one(
    place: &RegionalAlias,
    key: &DesiredKey,
    live: Option<&ActualKey>,
    (tags, all_tags): (&Tags, &Tags),
    draft: &mut Draft,
) -> KeyRef {
    let resource = Resource::Key(place.clone());
    let policy = &key.policy;
    let refused = limit::of_key(key)
        .or_else(|| (!administration::is_kept(policy)).then_some(Reason::LockOut));
    if let Some(reason) = refused {
        draft.block(resource.clone(), reason);
    }
    let Some(live) = live else {
        create(place, key, all_tags, draft);
        return created(place);
    };
    match obstacle(live, tags) {
        Some(reason) => draft.block(resource, reason),
        None => {
            update(place, key, live, draft);
            aliases(place, live, draft);
        }
    }
    KeyRef::Arn(live.arn.clone())
}

/// Keeps the tag that names the regions of copies: it grows before the first copy is made and shrinks
/// after the last one is gone, so that a run cut short leaves nothing that nobody finds
fn note_replicas(
    place: &RegionalAlias,
    desired: &Desired,
    live: Option<&ActualKey>,
    draft: &mut Draft,
) {
    let Some(live) = live.filter(|live| obstacle(live, &desired.tags).is_none()) else { return };
    let noted = tagged_replicas(&live.tags);
    let wanted: BTreeSet<Region> = desired.replicas.keys().cloned().collect();
    let all: BTreeSet<Region> = wanted.union(&noted).cloned().collect();
    let key = || KeyRef::Arn(live.arn.clone());
    let resource = || Resource::Key(place.clone());
    if all != noted {
        let action = Action::NoteReplicas { key: key(), regions: all.clone() };
        draft.push(Change::new(resource(), action));
    }
    if draft.undeclared == Undeclared::Deleted && wanted != all {
        let action = Action::ForgetReplicas { key: key(), regions: wanted };
        draft.push(Change::new(resource(), action));
    }
}

fn created(place: &RegionalAlias) -> KeyRef {
    match &place.replica {
        None => KeyRef::Created,
        Some(region) => KeyRef::CreatedIn(region.clone()),
    }
}

fn create(place: &RegionalAlias, key: &DesiredKey, tags: &Tags, draft: &mut Draft) {
    let DesiredKey { alias: _, description, rotation_days, policy } = key;
    let resource = Resource::Key(place.clone());
    let mut tags = tags.clone();
    let is_home = place.replica.is_none();
    if is_home {
        tags.insert(UNFINISHED_TAG.0.to_owned(), UNFINISHED_TAG.1.to_owned());
    }
    let action =
        Action::CreateKey { description: description.clone(), policy: policy.clone(), tags };
    draft.push(Change::new(resource.clone(), action));
    let days = *rotation_days;
    let action = Action::RotateKey { key: created(place), live: None, days };
    draft.push(Change::new(resource.clone(), action));
    let action = Action::CreateAlias { key: created(place) };
    draft.push(Change::new(Resource::Alias(place.clone()), action));
    if is_home {
        draft.push(Change::new(resource, Action::FinishKey { key: created(place) }));
    }
}

fn obstacle(live: &ActualKey, tags: &Tags) -> Option<Reason> {
    match (owner(&live.tags, tags), &live.state) {
        (Owner::Other(whose), _) => Some(Reason::Foreign(whose)),
        (Owner::Environment, KeyState::Enabled) => None,
        (Owner::Environment, KeyState::PendingDeletion(date)) => Some(Reason::PendingDeletion(
            date.clone().unwrap_or_else(|| "a time that KMS does not say".into()),
        )),
        (Owner::Environment, KeyState::Disabled) => Some(Reason::KeyState("Disabled".into())),
        (Owner::Environment, KeyState::Other(name)) => Some(Reason::KeyState(name.clone())),
    }
}

fn update(place: &RegionalAlias, desired: &DesiredKey, live: &ActualKey, draft: &mut Draft) {
    let resource = Resource::Key(place.clone());
    let DesiredKey { alias: _, description, rotation_days, policy } = desired;
    let ActualKey {
        arn,
        alias: live_alias,
        other_aliases: _,
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
            draft.push(Change::new(Resource::Alias(place.clone()), action));
        }
    }
    if tags.contains_key(UNFINISHED_TAG.0) {
        draft.push(Change::new(resource, Action::FinishKey { key: known() }));
    }
}

/// Aliases that point to the key and that the manifest does not name
fn aliases(place: &RegionalAlias, live: &ActualKey, draft: &mut Draft) {
    for alias in &live.other_aliases {
        let place = RegionalAlias { alias: alias.clone(), replica: place.replica.clone() };
        let resource = Resource::Alias(place);
        match draft.undeclared {
            Undeclared::Kept => draft.note(resource, Remark::Undeclared),
            Undeclared::Deleted => draft.push(Change::new(resource, Action::DeleteAlias)),
        }
    }
}

/// Adds the deletion of keys in regions that no longer hold copies
pub(super) fn undeclared(desired: &Desired, actual: &Actual, draft: &mut Draft) {
    for (region, key) in &actual.replica_keys {
        let declared = matches!(desired.replicas.get(region), Some(DesiredReplica::Own(_)));
        if declared || owner(&key.tags, &desired.tags) != Owner::Environment {
            continue;
        }
        match (draft.undeclared, &key.state) {
            (_, KeyState::PendingDeletion(_)) => {}
            (Undeclared::Kept, _) => {
                let place = RegionalAlias::replica(&desired.key.alias, region);
                draft.note(Resource::Key(place), Remark::Undeclared);
            }
            (Undeclared::Deleted, _) => {
                let days = desired.recovery_window_days;
                super::destroy::replica_key(desired, actual, (region, key), days, draft);
            }
        }
    }
}
