//! LD043: the layer is attached and nothing starts it.

use super::prelude::*;

pub(in crate::doctor) const AILMENT: Ailment = Ailment {
    id: "LD043",
    name: "wrapper-missing",
    severity: Severity::Error,
    layer: Layer::Function,
    title: "The layer is attached and nothing starts it",
    look: Look::Situation(look),
};

fn look(s: &Situation<'_>, spots: &mut Spots) {
    for (name, live, ..) in s.live_functions() {
        let Some(layer) = live.layer() else { continue };
        // the one that serves secrets by name is started by Lambda itself
        if !live.is_wrapped() && !layer.contains("refresher") {
            spots.hint(
                format!("function `{name}` has the layer `{layer}` and no `AWS_LAMBDA_EXEC_WRAPPER=/opt/lambda-secrets`: no secret is loaded"),
                "add the variable where the function's variables are declared; changed alone by `aws lambda`, it would replace the others",
                Vec::new(),
            );
        }
    }
}
