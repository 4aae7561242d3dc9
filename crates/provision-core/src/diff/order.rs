//! The order in which changes are made.

use std::cmp::Ordering;

use crate::desired::POLICY_TAG;
use crate::plan::{Action, Change, Effect, Intent, MonitoringAction, Resource};

/// Compares two changes by when they are made
///
/// Within one rank the resource decides, then the place of the call among the calls for it.
pub(super) fn compare(intent: Intent, a: &Change, b: &Change) -> Ordering {
    rank(intent, a)
        .cmp(&rank(intent, b))
        .then_with(|| a.resource.cmp(&b.resource))
        .then_with(|| step(&a.action).cmp(&step(&b.action)))
        .then_with(|| a.id().cmp(&b.id()))
}

/// When a change is made: its kind, then its turn
pub(crate) type Rank = (u8, u8);

/// Returns when a change is made: changes of one rank depend on none of the same rank but those of
/// their own resource
pub(crate) fn rank(intent: Intent, change: &Change) -> Rank {
    match intent {
        Intent::Apply | Intent::Prune | Intent::Adopt | Intent::Restore => {
            match change.action.turn() {
                0 => (building(change), 0),
                turn => (HANDING_OVER, turn),
            }
        }
        Intent::Destroy | Intent::ForceDestroy => (destroying(change), 0),
    }
}

/// After the roles, so that every policy is attached that takes something over
const HANDING_OVER: u8 = 7;

/// Key, then secrets, then roles: a secret names its key, and a role without its secrets would be a
/// grant on nothing. Rotation comes after the roles, because the function that rotates needs its own.
/// What is pruned goes last and the other way round, so that nothing in use loses what it stands on.
fn building(change: &Change) -> u8 {
    match &change.action {
        Action::CreateKey { .. }
        | Action::CancelKeyDeletion { .. }
        | Action::EnableKey { .. }
        | Action::ReopenKey { .. }
        | Action::DescribeKey { .. }
        | Action::RotateKey { .. }
        | Action::PutKeyPolicy { .. } => match change.resource.region() {
            None => 0,
            // their region is noted before
            Some(_) => 2,
        },
        Action::NoteReplicas { .. } => 1,
        Action::CreateAlias { .. } => 3,
        Action::CreateSecret { .. }
        | Action::UpdateSecret { .. }
        | Action::ReplicateSecret { .. }
        | Action::RemoveReplicas { .. }
        | Action::CancelRotation { .. }
        | Action::PutResourcePolicy { .. }
        | Action::DeleteResourcePolicy { .. }
        | Action::RestoreSecret => 4,
        // of a secret, beside the policy that it tells of
        Action::Tag { tags, .. } if tags.contains_key(POLICY_TAG.0) => 4,
        Action::CreatePolicy { .. }
        | Action::PutPolicy { .. }
        | Action::DeletePolicyVersion { .. } => 5,
        Action::CreateRole { .. }
        | Action::PutTrust { .. }
        | Action::DescribeRole { .. }
        | Action::PutBoundary { .. }
        | Action::DeleteBoundary { .. }
        | Action::PutRolePolicy { .. }
        | Action::DeleteRolePolicy { .. }
        | Action::AttachPolicy { .. }
        | Action::DetachPolicy { .. } => 6,
        Action::SetRotation { .. } => 8,
        Action::Monitoring(action) if action.effect() != Effect::Delete => 9,
        Action::Tag { .. } => 10,
        Action::DeleteRole => 11,
        Action::DeletePolicy { .. } => 12,
        Action::Monitoring(_) => 13,
        Action::DeleteSecret { .. } => 14,
        Action::DeleteAlias => 15,
        Action::ScheduleKeyDeletion { .. } => 16,
        Action::ForgetReplicas { .. } => 17,
        // the environment is whole when everything else is in place
        Action::FinishKey { .. } => 18,
    }
}

/// Copies first, because AWS keeps a secret that has some; the key last, because its tags are what
/// finds an environment that is half gone
fn destroying(change: &Change) -> u8 {
    if let Some(rank) = over_callers(change) {
        return rank;
    }
    match &change.action {
        Action::RemoveReplicas { .. } => 0,
        Action::DeleteSecret { .. } => 1,
        Action::DetachPolicy { .. }
        | Action::DeleteRolePolicy { .. }
        | Action::DeleteBoundary { .. }
        | Action::DeleteRole => 2,
        Action::DeletePolicyVersion { .. } | Action::DeletePolicy { .. } => 3,
        Action::Monitoring(_) => 4,
        Action::DeleteAlias => 5,
        // nothing else is part of a destroy
        _ => 6,
    }
}

/// When a change is made that is about the roles of people and pipelines: none of them may make it, so
/// all that they may is done before
fn over_callers(change: &Change) -> Option<u8> {
    match (&change.resource, &change.action) {
        // names of callers' roles, and only these, have a dot
        (Resource::Role(name), _) => name.as_str().contains('.').then_some(7),
        (_, Action::DeletePolicy { arn } | Action::DeletePolicyVersion { arn, .. }) => {
            arn.resource().contains("/_access/").then_some(8)
        }
        _ => None,
    }
}

/// The place of a call among the calls for one resource
fn step(action: &Action) -> u8 {
    match action {
        Action::CreateKey { .. }
        | Action::CancelKeyDeletion { .. }
        | Action::CreateAlias { .. }
        | Action::CreateSecret { .. }
        | Action::RestoreSecret
        | Action::CreatePolicy { .. }
        | Action::DeletePolicyVersion { .. }
        | Action::CreateRole { .. } => 0,
        Action::EnableKey { .. } | Action::PutTrust { .. } | Action::PutBoundary { .. } => 1,
        Action::Tag { tags, .. } if tags.get(POLICY_TAG.0).is_some_and(|v| v == POLICY_TAG.1) => 1,
        Action::DescribeKey { .. }
        | Action::RotateKey { .. }
        | Action::PutKeyPolicy { .. }
        | Action::NoteReplicas { .. }
        | Action::UpdateSecret { .. }
        | Action::PutPolicy { .. }
        | Action::DescribeRole { .. } => 2,
        // AWS holds so much and no more
        Action::DetachPolicy { makes_room: true, .. }
        | Action::RemoveReplicas { .. }
        | Action::CancelRotation { .. } => 3,
        Action::AttachPolicy { .. } | Action::ReplicateSecret { .. } => 4,
        // what is attached takes none of the room of inline policies
        Action::DeleteRolePolicy { makes_room: true, .. } => 5,
        Action::PutRolePolicy { .. }
        | Action::PutResourcePolicy { .. }
        | Action::DeleteResourcePolicy { .. }
        | Action::SetRotation { .. } => 6,
        // a function that starts meanwhile finds what it reads granted, by the old way or the new
        Action::DeleteRolePolicy { makes_room: false, .. }
        | Action::DetachPolicy { makes_room: false, .. } => 7,
        // a role that is narrower comes before one that is not held back
        Action::DeleteBoundary { .. } => 8,
        Action::FinishKey { .. }
        | Action::ForgetReplicas { .. }
        | Action::ReopenKey { .. }
        | Action::Tag { .. } => 9,
        Action::Monitoring(action) => monitoring_step(action),
        Action::DeleteAlias
        | Action::ScheduleKeyDeletion { .. }
        | Action::DeleteSecret { .. }
        | Action::DeletePolicy { .. }
        | Action::DeleteRole => 10,
    }
}

fn monitoring_step(action: &MonitoringAction) -> u8 {
    match action {
        MonitoringAction::CreateLogGroup { .. }
        | MonitoringAction::CreateRule { .. }
        | MonitoringAction::CreateAlarm { .. } => 0,
        MonitoringAction::PutRetention { .. }
        | MonitoringAction::PutRule(_)
        | MonitoringAction::PutAlarm(_)
        | MonitoringAction::PutMetricFilter { .. } => 1,
        MonitoringAction::PutTargets { .. } => 2,
        // a rule that has targets cannot be deleted
        MonitoringAction::RemoveTargets { .. } => 3,
        MonitoringAction::DeleteMetricFilter { .. }
        | MonitoringAction::DeleteAlarm
        | MonitoringAction::DeleteRule => 4,
    }
}
