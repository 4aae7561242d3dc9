//! LD014: the alias of the key does not exist.

use super::prelude::*;

pub(in crate::doctor) const AILMENT: Ailment = Ailment {
    id: "LD014",
    name: "alias-missing",
    severity: Severity::Error,
    layer: Layer::Key,
    title: "The alias of the key does not exist",
    look: Look::Situation(look),
};

fn look(s: &Situation<'_>, spots: &mut Spots) {
    let is_new = |resource: &Resource| {
        s.changes().any(|(other, action, _)| {
            matches!(action, Action::CreateKey { .. }) && other.name() == resource.name()
        })
    };
    for (resource, action, _) in s.changes() {
        if matches!(action, Action::CreateAlias { .. }) && !is_new(resource) {
            spots.add(format!("{resource} does not exist, though the key is there"), s.apply());
        }
    }
}
