//! LS035: a break-glass role asks for no second factor.

use super::prelude::*;
pub(in crate::check) const RULE: Rule = Rule {
    id: "LS035",
    name: "no-second-factor",
    severity: Severity::Error,
    title: "A break-glass role asks for no second factor",
    why: "Whoever steals the keys of one person deletes secrets for good.",
    hint: "add `Bool` on `aws:MultiFactorAuthPresent` to its trust",
    look: Look::Policy(look),
};

fn look(policy: &Policy, context: &Context<'_>, spots: &mut Spots) {
    let is_meant = context.subject.name.contains("break-glass");
    if policy.kind != PolicyKind::Trust || !is_meant {
        return;
    }
    for statement in policy.allowing().filter(|s| !s.is_held_to(&["aws:MultiFactorAuthPresent"])) {
        spots.at(statement.span, "it is taken without a second factor");
    }
}
