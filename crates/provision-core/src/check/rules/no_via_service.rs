//! LS011: decrypting is not held to Secrets Manager.

use super::prelude::*;
pub(in crate::check) const RULE: Rule = Rule {
    id: "LS011",
    name: "no-via-service",
    severity: Severity::Warning,
    title: "Decrypting is not held to Secrets Manager",
    why: "Without `kms:ViaService` the role can call Decrypt itself, on any ciphertext of the key that it comes by.",
    hint: "add `StringEquals` on `kms:ViaService` with `secretsmanager.REGION.amazonaws.com`",
    look: Look::Policy(look),
};

fn look(policy: &Policy, _: &Context<'_>, spots: &mut Spots) {
    for statement in policy.allowing() {
        let text = statement.names_any(&["kms:Decrypt"]);
        if let Some(text) = text.filter(|_| !statement.is_held_to(&[VIA_SERVICE])) {
            spots.at(text.span, format!("{} without `{VIA_SERVICE}`", quoted(text)));
        }
    }
}
