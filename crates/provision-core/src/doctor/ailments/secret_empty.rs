//! LD022: a secret has no value.

use super::prelude::*;
use crate::actual::{SecretState, ValueState};
use crate::manifest::ValueShape;

pub(in crate::doctor) const AILMENT: Ailment = Ailment {
    id: "LD022",
    name: "secret-empty",
    severity: Severity::Error,
    layer: Layer::Secret,
    title: "A secret has no value",
    look: Look::Situation(look),
};

fn look(s: &Situation<'_>, spots: &mut Spots) {
    for (name, secret) in &s.desired.secrets {
        let Some(live) = s.actual.secrets.get(name) else { continue };
        if live.value != ValueState::Empty || live.state != SecretState::Live {
            continue;
        }
        let keys: Vec<String> = match &secret.value {
            ValueShape::Json(keys) => keys.keys().map(|key| format!(" {key}=-")).collect(),
            ValueShape::String | ValueShape::Binary => Vec::new(),
        };
        let command = s.provision(&format!("set {}{}", secret.key, keys.concat()));
        spots.add(
            format!("secret {name} has no version with AWSCURRENT: it was never given a value"),
            vec![command],
        );
    }
}
