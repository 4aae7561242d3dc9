//! LD034: the trust of a role is not the manifest's.

use super::prelude::*;

pub(in crate::doctor) const AILMENT: Ailment = Ailment {
    id: "LD034",
    name: "trust",
    severity: Severity::Error,
    layer: Layer::Trust,
    title: "The trust of a role is not the manifest's",
    look: Look::Situation(look),
};

fn look(s: &Situation<'_>, spots: &mut Spots) {
    for (resource, action, _) in s.changes() {
        if let Action::PutTrust { trust } = action {
            let what = format!("the trust of {resource}");
            spots.add(difference(&what, &trust.live, &trust.desired), s.apply());
        }
    }
}
