//! LS008: anybody is let in.

use super::prelude::*;
pub(in crate::check) const RULE: Rule = Rule {
    id: "LS008",
    name: "anybody",
    severity: Severity::Error,
    title: "Anybody is let in",
    why: "A principal of `*` without a condition that narrows it is every account of AWS.",
    hint: "name a role or an account, or add a condition on `aws:PrincipalArn` or `aws:PrincipalOrgID`",
    look: Look::Policy(look),
};

fn look(policy: &Policy, _: &Context<'_>, spots: &mut Spots) {
    // a key asks for more: whom a condition names needs no policy of its own then
    let is_key = policy.kind == PolicyKind::Key;
    let open = |s: &&Statement| !s.negates("NotPrincipal") && (is_key || !s.is_held_to(&NARROWING));
    for statement in policy.allowing().filter(open) {
        for principal in &statement.principals {
            if principal.name.value == "*" || principal.name.value == "arn:aws:iam::*:root" {
                spots.at(principal.name.span, "anybody is let in");
            }
        }
    }
}
