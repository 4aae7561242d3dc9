//! LS017: the role of a function trusts somebody else as well.

use super::prelude::*;
pub(in crate::check) const RULE: Rule = Rule {
    id: "LS017",
    name: "second-principal",
    severity: Severity::Warning,
    title: "The role of a function trusts somebody else as well",
    why: "Whoever else takes the role reads the function's secrets.",
    hint: "give the other one a role of its own: a function's role trusts `lambda.amazonaws.com` alone",
    look: Look::Policy(look),
};

fn look(policy: &Policy, _: &Context<'_>, spots: &mut Spots) {
    let all = || policy.allowing().flat_map(|s| &s.principals);
    let is_lambda = |p: &&Principal| p.kind == "Service" && p.name.value == LAMBDA;
    if policy.kind != PolicyKind::Trust || !all().any(|p| is_lambda(&p)) {
        return;
    }
    for other in all().filter(|p| !is_lambda(p)) {
        spots.at(
            other.name.span,
            format!("{} may take the role of a function", quoted(&other.name)),
        );
    }
}
