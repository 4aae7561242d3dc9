//! LD026: the value of a secret is no JSON object.

use super::prelude::*;

pub(in crate::doctor) const AILMENT: Ailment = Ailment {
    id: "LD026",
    name: "value-malformed",
    severity: Severity::Error,
    layer: Layer::Secret,
    title: "The value of a secret is no JSON object",
    look: Look::Situation(look),
};

fn look(s: &Situation<'_>, spots: &mut Spots) {
    for (name, fault) in s.values.into_iter().flatten() {
        if *fault != ValueFault::NotAnObject {
            continue;
        }
        let key = s.desired.secrets.get(name).map(|secret| secret.key.to_string());
        let key = key.unwrap_or_default();
        spots.hint(
            format!("the value of secret {name} is no JSON object, so no key of it is loaded"),
            format!("the value before may be whole, `provision versions {key}` lists them; else `provision import` sets the keys anew"),
            vec![s.provision(&format!("rollback {key}"))],
        );
    }
}
