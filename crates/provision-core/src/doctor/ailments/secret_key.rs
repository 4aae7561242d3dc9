//! LD023: a secret lies under another key.

use super::prelude::*;

pub(in crate::doctor) const AILMENT: Ailment = Ailment {
    id: "LD023",
    name: "secret-key",
    severity: Severity::Error,
    layer: Layer::Key,
    title: "A secret lies under another key",
    look: Look::Situation(look),
};

fn look(s: &Situation<'_>, spots: &mut Spots) {
    for (resource, action, _) in s.changes() {
        let Action::UpdateSecret { key: Some(drift), .. } = action else { continue };
        let live = match &drift.live {
            None => "the key that AWS manages".to_owned(),
            Some(KeyRef::Arn(arn)) => format!("`{}`", arn.id()),
            Some(KeyRef::Unresolved(name)) => format!("`{name}`"),
            Some(KeyRef::Created | KeyRef::CreatedIn(_)) => continue,
        };
        spots
            .add(format!("{resource} lies under {live}, which its readers may not use"), s.apply());
    }
}
