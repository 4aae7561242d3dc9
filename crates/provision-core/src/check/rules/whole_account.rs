//! LS020: everybody of an account may take the role.

use super::prelude::*;
pub(in crate::check) const RULE: Rule = Rule {
    id: "LS020",
    name: "whole-account",
    severity: Severity::Warning,
    title: "Everybody of an account may take the role",
    why: "The root of an account stands for all its users and roles whose own policies allow it.",
    hint: "name the users and roles, or add a condition on `aws:PrincipalArn` or `sts:ExternalId`",
    look: Look::Policy(look),
};

fn look(policy: &Policy, _: &Context<'_>, spots: &mut Spots) {
    if policy.kind != PolicyKind::Trust {
        return;
    }
    let held = [&NARROWING[..], &["sts:ExternalId"]].concat();
    for statement in policy.allowing().filter(|s| !s.is_held_to(&held)) {
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
