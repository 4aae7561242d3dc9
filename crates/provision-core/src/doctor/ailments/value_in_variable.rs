//! LD049: a variable of a function holds a secret value.

use super::prelude::*;

pub(in crate::doctor) const AILMENT: Ailment = Ailment {
    id: "LD049",
    name: "value-in-variable",
    severity: Severity::Warning,
    layer: Layer::Function,
    title: "A variable of a function holds a secret value",
    look: Look::Situation(look),
};

fn look(s: &Situation<'_>, spots: &mut Spots) {
    for (name, live, ..) in s.live_functions() {
        for (variable, what) in &live.suspicious {
            spots.hint(
                format!("the variable `{variable}` of function `{name}` holds what looks like {what}: everybody who may look at the function sees it"),
                "give it to a secret, take it out of the function, and replace the credential",
                Vec::new(),
            );
        }
    }
}
