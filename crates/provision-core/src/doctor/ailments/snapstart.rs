//! LD046: snapshots are taken of a function whose wrapper refuses them.

use super::prelude::*;

pub(in crate::doctor) const AILMENT: Ailment = Ailment {
    id: "LD046",
    name: "snapstart",
    severity: Severity::Error,
    layer: Layer::Function,
    title: "Snapshots are taken of a function whose wrapper refuses them",
    look: Look::Situation(look),
};

fn look(s: &Situation<'_>, spots: &mut Spots) {
    for (name, live, ..) in s.live_functions() {
        let is_allowed =
            live.settings.get("LAMBDA_SECRETS_SNAPSTART").is_some_and(|v| v == "allow");
        if live.snap_start && live.is_wrapped() && !is_allowed {
            let command = format!(
                "lambda update-function-configuration --function-name {name} --snap-start ApplyOn=None"
            );
            spots.hint(
                format!("SnapStart would keep the secrets of function `{name}` in its snapshots, so the wrapper refuses to start"),
                "or load the secrets after the snapshot is restored: `docs/layer.md`",
                vec![s.aws(&command)],
            );
        }
    }
}
