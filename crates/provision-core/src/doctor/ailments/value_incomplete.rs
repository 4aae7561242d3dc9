//! LD027: a required key of a secret has no value.

use super::prelude::*;

pub(in crate::doctor) const AILMENT: Ailment = Ailment {
    id: "LD027",
    name: "value-incomplete",
    severity: Severity::Error,
    layer: Layer::Secret,
    title: "A required key of a secret has no value",
    look: Look::Situation(look),
};

fn look(s: &Situation<'_>, spots: &mut Spots) {
    for (name, fault) in s.values.into_iter().flatten() {
        let ValueFault::Lacks(keys) = fault else { continue };
        let secret = s.desired.secrets.get(name).map(|secret| secret.key.to_string());
        let given: Vec<String> = keys.iter().map(|key| format!(" {key}=-")).collect();
        let command = format!("set {}{}", secret.unwrap_or_default(), given.concat());
        let keys: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
        let message = format!("secret {name} lacks {}, which its functions need", keys.join(", "));
        spots.add(message, vec![s.provision(&command)]);
    }
}
