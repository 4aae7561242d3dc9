//! LD021: a secret waits to be deleted.

use super::prelude::*;

pub(in crate::doctor) const AILMENT: Ailment = Ailment {
    id: "LD021",
    name: "secret-pending-deletion",
    severity: Severity::Error,
    layer: Layer::Secret,
    title: "A secret waits to be deleted",
    look: Look::Situation(look),
};

fn look(s: &Situation<'_>, spots: &mut Spots) {
    for blocker in &s.plan.blockers {
        if let Reason::Deleted(date) = &blocker.reason {
            spots.add(
                format!(
                    "{} waits to be deleted and cannot be read meanwhile; AWS dates it {date}",
                    blocker.resource
                ),
                vec![s.provision("restore") + " --yes"],
            );
        }
    }
}
