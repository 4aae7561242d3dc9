//! LD013: the policy on the key is not the manifest's.

use super::prelude::*;

pub(in crate::doctor) const AILMENT: Ailment = Ailment {
    id: "LD013",
    name: "key-policy",
    severity: Severity::Error,
    layer: Layer::KeyPolicy,
    title: "The policy on the key is not the manifest's",
    look: Look::Situation(look),
};

fn look(s: &Situation<'_>, spots: &mut Spots) {
    for (resource, action, _) in s.changes() {
        if let Action::PutKeyPolicy { policy, .. } = action {
            let message = difference(&resource.to_string(), &policy.live, &policy.desired);
            spots.add(message, s.apply());
        }
    }
}
