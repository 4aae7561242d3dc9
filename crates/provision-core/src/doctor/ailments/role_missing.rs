//! LD030: a role does not exist.

use super::prelude::*;

pub(in crate::doctor) const AILMENT: Ailment = Ailment {
    id: "LD030",
    name: "role-missing",
    severity: Severity::Error,
    layer: Layer::IdentityPolicy,
    title: "A role does not exist",
    look: Look::Situation(look),
};

fn look(s: &Situation<'_>, spots: &mut Spots) {
    for (resource, action, _) in s.changes() {
        if let Action::CreateRole { .. } = action {
            spots.add(format!("{resource} does not exist"), s.apply());
        }
    }
}
