//! LD012: the key waits to be deleted.

use super::prelude::*;

pub(in crate::doctor) const AILMENT: Ailment = Ailment {
    id: "LD012",
    name: "key-pending-deletion",
    severity: Severity::Error,
    layer: Layer::Key,
    title: "The key waits to be deleted",
    look: Look::Situation(look),
};

fn look(s: &Situation<'_>, spots: &mut Spots) {
    for blocker in &s.plan.blockers {
        let is_key = matches!(blocker.resource, Resource::Key(_));
        if let (true, Reason::PendingDeletion(date)) = (is_key, &blocker.reason) {
            spots.add(
                format!(
                    "{} waits to be deleted at {date}, and no secret can be read meanwhile",
                    blocker.resource
                ),
                vec![s.provision("restore") + " --yes"],
            );
        }
    }
}
