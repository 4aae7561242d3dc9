//! LD044: the wrapper is set for a runtime that does not start it.

use super::prelude::*;

pub(in crate::doctor) const AILMENT: Ailment = Ailment {
    id: "LD044",
    name: "wrapper-runtime",
    severity: Severity::Error,
    layer: Layer::Function,
    title: "The wrapper is set for a runtime that does not start it",
    look: Look::Situation(look),
};

fn look(s: &Situation<'_>, spots: &mut Spots) {
    for (name, live, ..) in s.live_functions() {
        let runtime = live.runtime.as_deref();
        if live.is_wrapped() && runtime.is_none_or(|runtime| runtime.starts_with("provided")) {
            let runtime = runtime.map_or("an image".to_owned(), |runtime| format!("`{runtime}`"));
            spots.hint(
                format!("function `{name}` is {runtime}, which does not look at `AWS_LAMBDA_EXEC_WRAPPER`"),
                "call `lambda_secrets::load_secrets_to_env` first of all in `main`, or start the wrapper in the image's ENTRYPOINT",
                Vec::new(),
            );
        }
    }
}
