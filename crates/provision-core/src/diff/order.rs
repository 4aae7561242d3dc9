//! The order in which changes are made.

use std::cmp::Ordering;

use crate::plan::{Action, Change, Intent};

/// Compares two changes by when they are made
///
/// Key, then secrets, then roles: a secret names its key, and a role without its secrets would be
/// a grant on nothing. Deleting goes the other way round, so that nothing in use loses what it
/// stands on. Within one rank the resource's name decides, then the place of the call.
pub(super) fn compare(intent: Intent, a: &Change, b: &Change) -> Ordering {
    let forward = rank(&a.action).cmp(&rank(&b.action));
    let ranks = match intent {
        Intent::Apply | Intent::Restore => forward,
        Intent::Destroy => forward.reverse(),
    };
    ranks
        .then_with(|| a.resource.name().cmp(b.resource.name()))
        .then_with(|| step(&a.action).cmp(&step(&b.action)))
        .then_with(|| a.id().cmp(&b.id()))
}

fn rank(action: &Action) -> u8 {
    match action {
        Action::CreateKey { .. }
        | Action::CancelKeyDeletion { .. }
        | Action::EnableKey { .. }
        | Action::ReopenKey { .. }
        | Action::DescribeKey { .. }
        | Action::RotateKey { .. }
        | Action::PutKeyPolicy { .. }
        | Action::ScheduleKeyDeletion { .. } => 0,
        Action::CreateAlias { .. } | Action::DeleteAlias => 1,
        Action::CreateSecret { .. }
        | Action::UpdateSecret { .. }
        | Action::RestoreSecret
        | Action::DeleteSecret { .. } => 2,
        Action::CreateRole { .. }
        | Action::PutTrust { .. }
        | Action::PutRolePolicy { .. }
        | Action::DeleteRolePolicy { .. }
        | Action::AttachPolicy { .. }
        | Action::DetachPolicy { .. }
        | Action::DeleteRole => 3,
        // the environment is whole when everything else is in place
        Action::FinishKey { .. } => 4,
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
        | Action::CreateRole { .. } => 0,
        Action::EnableKey { .. } | Action::PutTrust { .. } => 1,
        Action::DescribeKey { .. }
        | Action::RotateKey { .. }
        | Action::PutKeyPolicy { .. }
        | Action::UpdateSecret { .. } => 2,
        Action::DeleteRolePolicy { .. } | Action::DetachPolicy { .. } => 3,
        Action::AttachPolicy { .. } => 4,
        Action::PutRolePolicy { .. } => 5,
        Action::FinishKey { .. } | Action::ReopenKey { .. } => 6,
        Action::DeleteAlias
        | Action::ScheduleKeyDeletion { .. }
        | Action::DeleteSecret { .. }
        | Action::DeleteRole => 7,
    }
}
