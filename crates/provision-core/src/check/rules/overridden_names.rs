//! LS005: a prefix stands for an environment whose names are overridden.

use super::prelude::*;
pub(in crate::check) const RULE: Rule = Rule {
    id: "LS005",
    name: "overridden-names",
    severity: Severity::Error,
    title: "A prefix stands for an environment whose names are overridden",
    why: "The manifest gives a secret of this environment another name, so `project/env/*` misses it, and may match secrets of somebody else.",
    hint: "list the exact ARNs, as `provision render policies` does",
    look: Look::Policy(look),
};

fn look(policy: &Policy, context: &Context<'_>, spots: &mut Spots) {
    for statement in policy.allowing() {
        let in_context = statement.on(SECRET_ARN).flat_map(|c| &c.values);
        for arn in statement.resources.iter().chain(in_context) {
            let name = secret_name(&arn.value).unwrap_or_default();
            let prefix = name.strip_suffix('*').unwrap_or_default();
            if context.estates.iter().any(|e| e.overridden && e.prefix == prefix) {
                let message = format!("`{prefix}*` is not the secrets of that environment");
                spots.at(arn.span, message);
            }
        }
    }
}
