//! LD070: a secret has no copy where it should have one.

use super::prelude::*;
use crate::name::Region;
use crate::plan::Remark;

pub(in crate::doctor) const AILMENT: Ailment = Ailment {
    id: "LD070",
    name: "replica-missing",
    severity: Severity::Error,
    layer: Layer::Secret,
    title: "A secret has no copy where it should have one",
    look: Look::Situation(look),
};

fn look(s: &Situation<'_>, spots: &mut Spots) {
    let failed = |resource: &Resource, region: &Region| {
        s.plan.notes.iter().any(|note| {
            let is_failed =
                matches!(&note.remark, Remark::ReplicaFailed { region: r, .. } if r == region);
            is_failed && note.resource == *resource
        })
    };
    for (resource, action, _) in s.changes() {
        let Action::ReplicateSecret { regions } = action else { continue };
        for region in regions.keys().filter(|region| !failed(resource, region)) {
            spots.add(
                format!("{resource} has no copy in {region}, or one under another key"),
                s.apply(),
            );
        }
    }
}
