//! LD010: the key does not exist.

use super::prelude::*;

pub(in crate::doctor) const AILMENT: Ailment = Ailment {
    id: "LD010",
    name: "key-missing",
    severity: Severity::Error,
    layer: Layer::Key,
    title: "The key does not exist",
    look: Look::Situation(look),
};

/// Whether a key is to be made
pub(in crate::doctor) fn is(s: &Situation<'_>) -> bool {
    missing(s).next().is_some()
}

fn missing<'s>(s: &'s Situation<'_>) -> impl Iterator<Item = &'s Resource> {
    s.changes()
        .filter(|(_, action, _)| matches!(action, Action::CreateKey { .. }))
        .map(|(resource, ..)| resource)
}

fn look(s: &Situation<'_>, spots: &mut Spots) {
    for resource in missing(s) {
        spots.hint(
            format!("{resource} does not exist, nor does any key with the environment's tags"),
            "secrets under a key that is gone for good cannot be read again: their values have to be set anew",
            s.apply(),
        );
    }
}
