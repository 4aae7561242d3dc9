//! LD041: a function runs under another role.

use super::prelude::*;

pub(in crate::doctor) const AILMENT: Ailment = Ailment {
    id: "LD041",
    name: "function-role",
    severity: Severity::Error,
    layer: Layer::Function,
    title: "A function runs under another role",
    look: Look::Situation(look),
};

fn look(s: &Situation<'_>, spots: &mut Spots) {
    for (name, live, _, role) in s.live_functions() {
        let Some(arn) =
            s.actual.roles.iter().find(|(n, _)| n.as_str() == role).map(|(_, r)| &r.arn)
        else {
            continue;
        };
        if live.role != arn.as_str() {
            let command =
                format!("lambda update-function-configuration --function-name {name} --role {arn}");
            let message = format!("function `{name}` runs as `{}` and not as `{arn}`", live.role);
            spots.add(message, vec![s.aws(&command)]);
        }
    }
}
