//! LD047: the layer is built for another processor.

use super::prelude::*;

pub(in crate::doctor) const AILMENT: Ailment = Ailment {
    id: "LD047",
    name: "architecture",
    severity: Severity::Error,
    layer: Layer::Function,
    title: "The layer is built for another processor",
    look: Look::Situation(look),
};

fn look(s: &Situation<'_>, spots: &mut Spots) {
    for (name, live, ..) in s.live_functions() {
        let Some(layer) = live.layer() else { continue };
        let built_for = ["x86_64", "arm64"].into_iter().find(|arch| layer.contains(arch));
        let Some(built_for) = built_for else { continue };
        if !live.architectures.is_empty()
            && !live.architectures.iter().any(|arch| arch == built_for)
        {
            spots.hint(
                format!(
                    "function `{name}` runs on {} and its layer `{layer}` is for {built_for}",
                    live.architectures.join(", ")
                ),
                "attach the layer of the function's own architecture",
                Vec::new(),
            );
        }
    }
}
