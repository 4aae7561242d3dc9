//! LD033: the boundary of a role is not the manifest's.

use super::prelude::*;

pub(in crate::doctor) const AILMENT: Ailment = Ailment {
    id: "LD033",
    name: "boundary",
    severity: Severity::Error,
    layer: Layer::Boundary,
    title: "The boundary of a role is not the manifest's",
    look: Look::Situation(look),
};

fn look(s: &Situation<'_>, spots: &mut Spots) {
    for (resource, action, _) in s.changes() {
        match action {
            Action::PutBoundary { live, desired } => {
                let live = live.as_ref().map_or("none".to_owned(), |arn| format!("`{arn}`"));
                spots.add(format!("{resource} has the boundary {live} in place of `{desired}`"), s.apply());
            }
            Action::DeleteBoundary { live } => spots.add(
                format!("{resource} has the boundary `{live}`, which the manifest does not name and which denies whatever it does not allow"),
                s.apply(),
            ),
            _ => {}
        }
    }
}
