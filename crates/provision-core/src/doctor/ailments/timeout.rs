//! LD051: a function has less time than the loader may take.

use super::prelude::*;

pub(in crate::doctor) const AILMENT: Ailment = Ailment {
    id: "LD051",
    name: "timeout",
    severity: Severity::Note,
    layer: Layer::Function,
    title: "A function has less time than the loader may take",
    look: Look::Situation(look),
};

/// What the loader takes at most, in seconds
const DEADLINE: u32 = 5;

fn look(s: &Situation<'_>, spots: &mut Spots) {
    for (name, live, ..) in s.live_functions() {
        if live.timeout > 0 && live.timeout < DEADLINE {
            let command = format!(
                "lambda update-function-configuration --function-name {name} --timeout {}",
                DEADLINE + 5
            );
            spots.add(
                format!("function `{name}` times out after {} s, and a start that is repeated inside a call may take the loader {DEADLINE} s", live.timeout),
                vec![s.aws(&command)],
            );
        }
    }
}
