//! LS039: decrypting is not held to the account.

use super::prelude::*;
pub(in crate::check) const RULE: Rule = Rule {
    id: "LS039",
    name: "no-caller-account",
    severity: Severity::Note,
    title: "Decrypting is not held to the account",
    why: "Where a key lets in another account, nothing of the statement says whose account calls.",
    hint: "add `StringEquals` on `kms:CallerAccount`",
    look: Look::Policy(look),
};

fn look(policy: &Policy, _: &Context<'_>, spots: &mut Spots) {
    for statement in policy.allowing() {
        // without these two there is worse to tell of
        let is_held = statement.is_held_to(&[VIA_SERVICE]) && statement.is_held_to(&[SECRET_ARN]);
        let text = statement.names_any(&["kms:Decrypt"]).filter(|_| is_held);
        if let Some(text) = text.filter(|_| !statement.is_held_to(&["kms:CallerAccount"])) {
            spots.at(text.span, format!("{} without `kms:CallerAccount`", quoted(text)));
        }
    }
}
