//! LS029: a policy on a secret lets in a whole account.

use super::prelude::*;
pub(in crate::check) const RULE: Rule = Rule {
    id: "LS029",
    name: "cross-account-read",
    severity: Severity::Warning,
    title: "A policy on a secret lets in a whole account",
    why: "A resource policy with the root of another account leaves it to that account who reads.",
    hint: "name the roles of that account in a condition on `aws:PrincipalArn`, as `resource_policy.readers` of the manifest does",
    look: Look::Policy(look),
};

fn look(policy: &Policy, _: &Context<'_>, spots: &mut Spots) {
    if policy.kind != PolicyKind::Resource {
        return;
    }
    for statement in policy.allowing().filter(|s| !s.is_held_to(&NARROWING)) {
        if statement.allows(READ).is_none() {
            continue;
        }
        for principal in statement.principals.iter().filter(|p| p.kind == "AWS") {
            let name = &principal.name.value;
            let is_number = name.len() == 12 && name.bytes().all(|b| b.is_ascii_digit());
            if is_number || (name.ends_with(":root") && !name.contains('*')) {
                spots.at(
                    principal.name.span,
                    format!("{} is a whole account", quoted(&principal.name)),
                );
            }
        }
    }
}
