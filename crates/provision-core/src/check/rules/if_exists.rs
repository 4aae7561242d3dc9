//! LS027: a condition holds where its key is missing.

use super::prelude::*;
pub(in crate::check) const RULE: Rule = Rule {
    id: "LS027",
    name: "if-exists",
    severity: Severity::Error,
    title: "A condition holds where its key is missing",
    why: "With `…IfExists` or `ForAllValues:` a request that does not carry the key passes: a call of Decrypt that is not made through Secrets Manager has no encryption context and no service.",
    hint: "use the plain operator",
    look: Look::Policy(look),
};

fn look(policy: &Policy, _: &Context<'_>, spots: &mut Spots) {
    let guards =
        [&NARROWING[..], &[VIA_SERVICE, SECRET_ARN, "aws:SourceAccount", "aws:SourceArn"]].concat();
    for condition in policy.allowing().flat_map(|s| &s.conditions) {
        let is_guard = guards.iter().any(|g| condition.key.value.eq_ignore_ascii_case(g));
        if is_guard && condition.is_positive() && condition.holds_without_key() {
            let message = format!("{} under `{}`", quoted(&condition.key), condition.operator);
            spots.at(condition.key.span, message);
        }
    }
}
