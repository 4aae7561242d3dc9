//! LD042: the wrapper is set and its layer is not attached.

use super::prelude::*;

pub(in crate::doctor) const AILMENT: Ailment = Ailment {
    id: "LD042",
    name: "layer-missing",
    severity: Severity::Error,
    layer: Layer::Function,
    title: "The wrapper is set and its layer is not attached",
    look: Look::Situation(look),
};

fn look(s: &Situation<'_>, spots: &mut Spots) {
    for (name, live, ..) in s.live_functions() {
        if live.is_wrapped() && live.layers.is_empty() {
            let kept = "--layers LAYER_VERSION_ARN";
            spots.hint(
                format!("function `{name}` starts `/opt/lambda-secrets`, and no layer brings it: it ends with exit 127"),
                "`scripts/build-layer` makes the layer, `aws lambda publish-layer-version` gives its ARN",
                vec![s.aws(&format!("lambda update-function-configuration --function-name {name} {kept}"))],
            );
        }
    }
}
