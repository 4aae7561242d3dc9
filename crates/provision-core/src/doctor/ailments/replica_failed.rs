//! LD071: AWS could not make a copy of a secret.

use super::prelude::*;
use crate::plan::Remark;

pub(in crate::doctor) const AILMENT: Ailment = Ailment {
    id: "LD071",
    name: "replica-failed",
    severity: Severity::Error,
    layer: Layer::Secret,
    title: "AWS could not make a copy of a secret",
    look: Look::Situation(look),
};

fn look(s: &Situation<'_>, spots: &mut Spots) {
    for note in &s.plan.notes {
        if let Remark::ReplicaFailed { region, message } = &note.remark {
            spots.hint(
                format!("{} has no copy in {region}: AWS says `{message}`", note.resource),
                "mend what AWS names there, such as a secret of the same name, and try again",
                vec![s.provision("replicate --retry")],
            );
        }
    }
}
