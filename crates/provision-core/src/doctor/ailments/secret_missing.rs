//! LD020: a secret does not exist.

use super::prelude::*;

pub(in crate::doctor) const AILMENT: Ailment = Ailment {
    id: "LD020",
    name: "secret-missing",
    severity: Severity::Error,
    layer: Layer::Secret,
    title: "A secret does not exist",
    look: Look::Situation(look),
};

fn look(s: &Situation<'_>, spots: &mut Spots) {
    for (resource, action, _) in s.changes() {
        if let Action::CreateSecret { .. } = action {
            let region = &s.desired.region;
            spots.add(format!("{resource} does not exist in {region}"), s.apply());
        }
    }
}
