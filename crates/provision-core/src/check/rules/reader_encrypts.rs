//! LS009: a reader may encrypt.

use super::prelude::*;
pub(in crate::check) const RULE: Rule = Rule {
    id: "LS009",
    name: "reader-encrypts",
    severity: Severity::Warning,
    title: "A reader may encrypt",
    why: "Reading takes Decrypt alone. Whoever may encrypt under the key can write values that look like those of the secret.",
    hint: "leave `kms:Encrypt`, `kms:GenerateDataKey` and `kms:ReEncrypt*` to whoever writes",
    look: Look::Policy(look),
};

const ENCRYPTING: [&str; 5] = [
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
];

fn look(policy: &Policy, _: &Context<'_>, spots: &mut Spots) {
    if !policy.is_readers() && policy.kind != PolicyKind::Key {
        return;
    }
    for statement in policy.allowing().filter(|s| policy.kind != PolicyKind::Key || is_readers(s)) {
        for action in ENCRYPTING {
            // what takes in everything has a rule of its own
            let text =
                statement.allows(action).filter(|t| !["*", "kms:*"].contains(&t.value.as_str()));
            if let Some(text) = text {
                spots.at(text.span, format!("{} lets a reader encrypt", quoted(text)));
            }
        }
    }
}

/// Whether a statement on a key is that of named readers
fn is_readers(statement: &Statement) -> bool {
    statement.names_any(&["kms:Decrypt"]).is_some() && statement.is_held_to(&["aws:PrincipalArn"])
}
