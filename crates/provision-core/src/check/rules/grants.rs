//! LS010: a reader may hand the key on.

use super::prelude::*;
pub(in crate::check) const RULE: Rule = Rule {
    id: "LS010",
    name: "grants",
    severity: Severity::Error,
    title: "A reader may hand the key on",
    why: "A grant gives the use of the key to anybody, and no policy shows it.",
    hint: "leave `kms:CreateGrant` out: Secrets Manager uses no grants",
    look: Look::Policy(look),
};

fn look(policy: &Policy, _: &Context<'_>, spots: &mut Spots) {
    if !policy.is_readers() && policy.kind != PolicyKind::Key {
        return;
    }
    for statement in policy.allowing() {
        let for_aws = statement.is_held_to(&["kms:GrantIsForAWSResource"]);
        let text = statement.allows("kms:CreateGrant").filter(|_| !for_aws);
        // what takes in everything has a rule of its own
        if let Some(text) = text.filter(|t| !t.value.contains('*')) {
            spots.at(text.span, format!("{} hands the key on", quoted(text)));
        }
    }
}
