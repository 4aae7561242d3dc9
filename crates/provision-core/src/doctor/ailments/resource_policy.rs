//! LD024: the policy on a secret is not the manifest's.

use super::prelude::*;
use crate::policy::Document;

pub(in crate::doctor) const AILMENT: Ailment = Ailment {
    id: "LD024",
    name: "resource-policy",
    severity: Severity::Error,
    layer: Layer::ResourcePolicy,
    title: "The policy on a secret is not the manifest's",
    look: Look::Situation(look),
};

fn look(s: &Situation<'_>, spots: &mut Spots) {
    for (resource, action, _) in s.changes() {
        match action {
            Action::PutResourcePolicy { live, desired } => {
                let nothing = Document::default();
                let live = live.as_ref().unwrap_or(&nothing);
                spots.add(difference(&resource.to_string(), live, desired), s.apply());
            }
            // only a prune looks at policies of which the manifest says nothing
            Action::DeleteResourcePolicy { live } => {
                spots.add(difference(&resource.to_string(), live, &Document::default()), s.prune());
            }
            _ => {}
        }
    }
}
