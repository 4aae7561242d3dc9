//! LD040: a function is not there.

use super::prelude::*;

pub(in crate::doctor) const AILMENT: Ailment = Ailment {
    id: "LD040",
    name: "function-missing",
    severity: Severity::Note,
    layer: Layer::Function,
    title: "A function is not there",
    look: Look::Situation(look),
};

fn look(s: &Situation<'_>, spots: &mut Spots) {
    for (name, state) in s.functions {
        if *state == FunctionState::Absent {
            spots.hint(
                format!("there is no function `{name}` in {}", s.desired.region),
                "this tool makes no functions: deploy it, or say in `function_name` what it is called",
                Vec::new(),
            );
        }
    }
}
