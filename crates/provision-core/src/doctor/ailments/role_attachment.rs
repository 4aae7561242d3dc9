//! LD032: other managed policies are attached to a role than the manifest names.

use super::prelude::*;

pub(in crate::doctor) const AILMENT: Ailment = Ailment {
    id: "LD032",
    name: "role-attachment",
    severity: Severity::Error,
    layer: Layer::IdentityPolicy,
    title: "Other managed policies are attached to a role than the manifest names",
    look: Look::Situation(look),
};

fn look(s: &Situation<'_>, spots: &mut Spots) {
    for (resource, action, _) in s.changes() {
        let Resource::Role(name) = resource else { continue };
        if !s.actual.roles.contains_key(name) {
            continue;
        }
        match action {
            Action::AttachPolicy { policy } => {
                spots.add(format!("`{policy}` is not attached to {resource}"), s.apply());
            }
            Action::DetachPolicy { policy, makes_room: _, turn: _ } => spots.add(
                format!("`{policy}` is attached to {resource}, and the manifest does not name it"),
                s.apply(),
            ),
            _ => {}
        }
    }
}
