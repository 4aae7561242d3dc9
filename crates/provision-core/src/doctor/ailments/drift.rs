//! LD080: something else differs from the manifest.

use super::prelude::*;

pub(in crate::doctor) const AILMENT: Ailment = Ailment {
    id: "LD080",
    name: "drift",
    severity: Severity::Warning,
    layer: Layer::Environment,
    title: "Something else differs from the manifest",
    look: Look::Situation(look),
};

fn look(s: &Situation<'_>, spots: &mut Spots) {
    let is_new = |resource: &Resource| {
        let create = |action: &Action| {
            matches!(action, Action::Monitoring(MonitoringAction::CreateRule { .. }))
        };
        s.changes().any(|(other, action, _)| other == resource && create(action))
    };
    let untold = s.changes().filter(|(resource, action, _)| !is_told(action) && !is_new(resource));
    for (resource, action, _) in untold {
        let what = match action {
            Action::RotateKey { .. } => "is rotated by another rule",
            Action::SetRotation { .. } => "is not rotated as the manifest says",
            Action::CancelRotation { .. } => "is rotated, and the manifest does not say so",
            Action::RemoveReplicas { .. } => "has copies that are not the manifest's",
            Action::Tag { .. } => "has other tags",
            Action::ReopenKey { .. } | Action::FinishKey { .. } => continue,
            _ => "differs from the manifest",
        };
        spots.add(format!("{resource} {what}"), vec![s.provision("plan"), s.apply().concat()]);
    }
}

/// Whether another ailment tells of the change
fn is_told(action: &Action) -> bool {
    match action {
        Action::CreateKey { .. }
        | Action::EnableKey { .. }
        | Action::CancelKeyDeletion { .. }
        | Action::PutKeyPolicy { .. }
        | Action::CreateAlias { .. }
        | Action::CreateSecret { .. }
        | Action::ReplicateSecret { .. }
        | Action::PutResourcePolicy { .. }
        | Action::DeleteResourcePolicy { .. }
        | Action::CreatePolicy { .. }
        | Action::PutPolicy { .. }
        | Action::DeletePolicyVersion { .. }
        | Action::CreateRole { .. }
        | Action::PutBoundary { .. }
        | Action::DeleteBoundary { .. }
        | Action::PutTrust { .. }
        | Action::PutRolePolicy { .. }
        | Action::DeleteRolePolicy { .. }
        | Action::AttachPolicy { .. }
        | Action::DetachPolicy { .. }
        | Action::NoteReplicas { .. }
        | Action::ForgetReplicas { .. } => true,
        Action::UpdateSecret { description, .. } => description.is_none(),
        Action::Monitoring(action) => match action {
            MonitoringAction::CreateAlarm { .. }
            | MonitoringAction::CreateRule { .. }
            | MonitoringAction::PutMetricFilter { live: None, .. } => true,
            MonitoringAction::PutRule(drift) => drift.live.state != drift.desired.state,
            _ => false,
        },
        _ => false,
    }
}
