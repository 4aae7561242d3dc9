//! LD015: the alias points to a key of somebody else.

use super::prelude::*;

pub(in crate::doctor) const AILMENT: Ailment = Ailment {
    id: "LD015",
    name: "alias-elsewhere",
    severity: Severity::Error,
    layer: Layer::Key,
    title: "The alias points to a key of somebody else",
    look: Look::Situation(look),
};

/// Whether the key that was read is somebody else's, and what follows from it says nothing
pub(in crate::doctor) fn is(s: &Situation<'_>) -> bool {
    s.plan.blockers.iter().any(|blocker| {
        let is_foreign =
            matches!(blocker.reason, Reason::Foreign(_) | Reason::AnotherEnvironment(_));
        is_foreign && matches!(blocker.resource, Resource::Key(_))
    })
}

fn look(s: &Situation<'_>, spots: &mut Spots) {
    for blocker in &s.plan.blockers {
        let (Resource::Key(place), Reason::Foreign(whose) | Reason::AnotherEnvironment(whose)) =
            (&blocker.resource, &blocker.reason)
        else {
            continue;
        };
        spots.hint(
            format!("`{}` points to a key that is not of this environment: {whose}", place.alias),
            "where that key is meant, `provision adopt` takes it over; else give the alias back",
            vec![
                s.aws(&format!("kms delete-alias --alias-name {}", place.alias)),
                s.apply().concat(),
            ],
        );
    }
}
