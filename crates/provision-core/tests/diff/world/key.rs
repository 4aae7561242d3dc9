//! KMS keys and aliases as KMS keeps them.

use std::collections::BTreeSet;

use provision_core::actual::{Actual, ActualKey, Alias, KeyState, Rotation};
use provision_core::desired::{REPLICAS_TAG, UNFINISHED_TAG, replicas_tag};
use provision_core::plan::{Action, RegionalAlias};

use super::{KEY, arn, key_in};

fn at<'a>(state: &'a mut Actual, place: &RegionalAlias) -> Option<&'a mut ActualKey> {
    match &place.replica {
        None => state.key.as_mut(),
        Some(region) => state.replica_keys.get_mut(region),
    }
}

pub(super) fn alias(state: &mut Actual, place: &RegionalAlias, action: &Action) {
    let key = at(state, place).expect("a key before its alias");
    match action {
        Action::CreateAlias { .. } => key.alias = Alias::PointsHere,
        Action::DeleteAlias => {
            if !key.other_aliases.remove(&place.alias) {
                key.alias = Alias::Absent;
            }
        }
        other => panic!("{other:?} of an alias"),
    }
}

pub(super) fn key(state: &mut Actual, place: &RegionalAlias, action: &Action) {
    if let Action::CreateKey { description, policy, tags } = action {
        assert!(at(state, place).is_none(), "a second key");
        let made = ActualKey {
            arn: place.replica.as_ref().map_or_else(|| arn(KEY), key_in),
            alias: Alias::Absent,
            other_aliases: BTreeSet::new(),
            state: KeyState::Enabled,
            description: description.clone(),
            rotation: Rotation::Off,
            policy: policy.clone(),
            tags: tags.clone(),
        };
        match &place.replica {
            None => state.key = Some(made),
            Some(region) => {
                state.replica_keys.insert(region.clone(), made);
            }
        }
        return;
    }
    let key = at(state, place).expect("a key that exists");
    match action {
        Action::CancelKeyDeletion { .. } => key.state = KeyState::Disabled,
        Action::EnableKey { .. } => key.state = KeyState::Enabled,
        Action::DescribeKey { description, .. } => key.description.clone_from(&description.desired),
        Action::RotateKey { days, .. } => key.rotation = Rotation::Every(*days),
        Action::FinishKey { .. } => {
            assert!(key.tags.remove(UNFINISHED_TAG.0).is_some(), "finished twice");
        }
        Action::ReopenKey { .. } => {
            key.tags.insert(UNFINISHED_TAG.0.into(), UNFINISHED_TAG.1.into());
        }
        Action::NoteReplicas { regions, .. } | Action::ForgetReplicas { regions, .. } => {
            key.tags.insert(REPLICAS_TAG.into(), replicas_tag(regions));
        }
        Action::PutKeyPolicy { policy, .. } => key.policy = policy.desired.clone(),
        Action::ScheduleKeyDeletion { .. } => {
            key.state = KeyState::PendingDeletion(Some("2030-01-01".into()));
        }
        Action::Tag { tags, .. } => key.tags.extend(tags.clone()),
        other => panic!("{other:?} of a key"),
    }
}
