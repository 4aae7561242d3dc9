//! LS036: a role decrypts under every key of the region.

use super::prelude::*;
pub(in crate::check) const RULE: Rule = Rule {
    id: "LS036",
    name: "any-key",
    severity: Severity::Warning,
    title: "A role decrypts under every key of the region",
    why: "A key whose policy leaves it to IAM opens for the role, also one that is made later.",
    hint: "name the ARN of the key",
    look: Look::Policy(look),
};

fn look(policy: &Policy, _: &Context<'_>, spots: &mut Spots) {
    for statement in policy.allowing().filter(|_| policy.kind == PolicyKind::Identity) {
        if statement.names_any(&["kms:Decrypt"]).is_none()
            || statement.is_held_to(&["kms:ResourceAliases"])
        {
            continue;
        }
        for key in
            statement.resources.iter().filter(|r| r.value == "*" || r.value.ends_with(":key/*"))
        {
            spots.at(key.span, format!("{} is every key", quoted(key)));
        }
    }
}
