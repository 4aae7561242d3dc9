//! LS003: a `*` stands where six characters belong.

use super::prelude::*;
pub(in crate::check) const RULE: Rule = Rule {
    id: "LS003",
    name: "loose-suffix",
    severity: Severity::Warning,
    title: "A `*` stands where six characters belong",
    why: "`api-keys-*` and `api-keys*` also match `api-keys-admin`, and `prod*` also matches `production/…`.",
    hint: "write `-??????` in place of the `*`: the suffix has exactly six characters",
    look: Look::Policy(look),
};

fn look(policy: &Policy, _: &Context<'_>, spots: &mut Spots) {
    for statement in policy.allowing() {
        let in_context =
            statement.on(SECRET_ARN).filter(|c| c.is_positive()).flat_map(|c| &c.values);
        for arn in statement.resources.iter().chain(in_context) {
            let Some(name) = secret_name(&arn.value) else { continue };
            if name.len() > 1 && name.ends_with('*') && !name.ends_with("/*") {
                spots.at(arn.span, format!("{} also matches longer names", quoted(arn)));
            }
        }
    }
}
