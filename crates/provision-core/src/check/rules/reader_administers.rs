//! LS037: a reader may write or publish.

use super::prelude::*;
pub(in crate::check) const RULE: Rule = Rule {
    id: "LS037",
    name: "reader-administers",
    severity: Severity::Warning,
    title: "A reader may write or publish",
    why: "Whoever reads values needs no right to set them, to delete them, or to say who else reads. Those who rotate also move the label of the version, and are left out.",
    hint: "give writing to a role of its own",
    look: Look::Policy(look),
};

const PUBLISHING: [&str; 5] = [
    "secretsmanager:DeleteResourcePolicy",
    "secretsmanager:DeleteSecret",
    "secretsmanager:PutResourcePolicy",
    "secretsmanager:ReplicateSecretToRegions",
    "secretsmanager:UpdateSecret",
];

fn look(policy: &Policy, _: &Context<'_>, spots: &mut Spots) {
    let allows = |action: &str| policy.allowing().any(|s| s.allows(action).is_some());
    if policy.kind != PolicyKind::Identity || !allows(READ) {
        return;
    }
    let rotates = allows("secretsmanager:UpdateSecretVersionStage");
    for statement in policy.allowing() {
        let writing = statement.names_any(&["secretsmanager:PutSecretValue"]).filter(|_| !rotates);
        for text in writing.into_iter().chain(statement.names_any(&PUBLISHING)) {
            spots.at(text.span, format!("{} beside reading values", quoted(text)));
        }
    }
}
