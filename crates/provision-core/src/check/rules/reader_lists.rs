//! LS024: a reader may look around.

use super::prelude::*;
pub(in crate::check) const RULE: Rule = Rule {
    id: "LS024",
    name: "reader-lists",
    severity: Severity::Warning,
    title: "A reader may look around",
    why: "Reading a secret by name takes neither a list of all secrets nor the state of the key. `BatchGetSecretValue` knows no resource and has a quota of 100 calls a second for the whole account.",
    hint: "leave `ListSecrets`, `BatchGetSecretValue` and `kms:DescribeKey` out",
    look: Look::Policy(look),
};

fn look(policy: &Policy, _: &Context<'_>, spots: &mut Spots) {
    if !policy.is_readers() {
        return;
    }
    let looking =
        ["secretsmanager:ListSecrets", "secretsmanager:BatchGetSecretValue", "kms:DescribeKey"];
    for statement in policy.allowing() {
        for action in looking {
            if let Some(text) = statement.names_any(&[action]) {
                spots.at(text.span, format!("{} is more than reading takes", quoted(text)));
            }
        }
    }
}
