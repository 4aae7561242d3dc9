//! LS012: decrypting is not held to the secrets.

use super::prelude::*;
pub(in crate::check) const RULE: Rule = Rule {
    id: "LS012",
    name: "no-secret-arn",
    severity: Severity::Warning,
    title: "Decrypting is not held to the secrets",
    why: "Without the encryption context every secret under the key can be decrypted, whoever it belongs to.",
    hint: "add `StringLike` on `kms:EncryptionContext:SecretARN` with the ARNs of the secrets",
    look: Look::Policy(look),
};

fn look(policy: &Policy, _: &Context<'_>, spots: &mut Spots) {
    for statement in policy.allowing() {
        // what is held to another service is not about secrets
        let elsewhere = statement.on(VIA_SERVICE).any(|c| {
            c.values
                .iter()
                .all(|value| !value.value.contains("secretsmanager") && !value.value.contains('*'))
        });
        let text = statement.names_any(&["kms:Decrypt"]);
        if let Some(text) = text.filter(|_| !elsewhere && !statement.is_held_to(&[SECRET_ARN])) {
            spots.at(text.span, format!("{} without `{SECRET_ARN}`", quoted(text)));
        }
    }
}
