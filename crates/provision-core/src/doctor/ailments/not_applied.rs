//! LD009: nothing of the environment exists.

use super::prelude::*;
use crate::desired::Desired;

pub(in crate::doctor) const AILMENT: Ailment = Ailment {
    id: "LD009",
    name: "not-applied",
    severity: Severity::Error,
    layer: Layer::Key,
    title: "Nothing of the environment exists",
    look: Look::Situation(look),
};

/// Whether not one of its parts is there
pub(in crate::doctor) fn is(s: &Situation<'_>) -> bool {
    let Desired { secrets, roles, .. } = s.desired;
    s.actual.key.is_none()
        && !secrets.keys().any(|name| s.actual.secrets.contains_key(name))
        && !roles.keys().any(|name| s.actual.roles.contains_key(name))
}

fn look(s: &Situation<'_>, spots: &mut Spots) {
    if is(s) {
        let Desired { project, environment, region, .. } = s.desired;
        let message = format!("nothing of {project} {environment} exists in {region}");
        spots.hint(
            message,
            "is it another region or account that you mean?",
            vec![format!("provision {} --yes", s.tools.provision)],
        );
    }
}
