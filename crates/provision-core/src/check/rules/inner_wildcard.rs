//! LS034: a `*` stands inside the name of a secret.

use super::prelude::*;
pub(in crate::check) const RULE: Rule = Rule {
    id: "LS034",
    name: "inner-wildcard",
    severity: Severity::Warning,
    title: "A `*` stands inside the name of a secret",
    why: "`prod*/…` also is `production/…`, and `shop*/…` any project that begins so: a `*` passes over slashes.",
    hint: "write project and environment out",
    look: Look::Policy(look),
};

fn look(policy: &Policy, _: &Context<'_>, spots: &mut Spots) {
    for statement in policy.allowing() {
        let in_context =
            statement.on(SECRET_ARN).filter(|c| c.is_positive()).flat_map(|c| &c.values);
        for arn in statement.resources.iter().chain(in_context) {
            let name = secret_name(&arn.value).unwrap_or_default();
            let inner = name.strip_suffix('*').unwrap_or(name);
            // at its beginning it takes in everything, which has a rule of its own
            if inner.contains('*') && !name.starts_with('*') {
                spots.at(
                    arn.span,
                    format!("{} also matches other projects or environments", quoted(arn)),
                );
            }
        }
    }
}
