//! LD050: a function is told not to ask Secrets Manager.

use super::prelude::*;

pub(in crate::doctor) const AILMENT: Ailment = Ailment {
    id: "LD050",
    name: "switched-off",
    severity: Severity::Warning,
    layer: Layer::Function,
    title: "A function is told not to ask Secrets Manager",
    look: Look::Situation(look),
};

fn look(s: &Situation<'_>, spots: &mut Spots) {
    for (name, live, ..) in s.live_functions() {
        let off = ["false", "0", "no", "off"];
        let setting = live.settings.get("USE_SECRETS_MANAGER").map(|value| value.to_lowercase());
        if setting.is_some_and(|value| off.contains(&value.as_str())) {
            spots.hint(
                format!("function `{name}` has USE_SECRETS_MANAGER=false: it uses its own variables alone"),
                "take the variable out where the function's variables are declared",
                Vec::new(),
            );
        }
    }
}
