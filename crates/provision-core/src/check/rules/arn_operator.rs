//! LS014: an encryption context is compared as an ARN.

use super::prelude::*;
pub(in crate::check) const RULE: Rule = Rule {
    id: "LS014",
    name: "arn-operator",
    severity: Severity::Error,
    title: "An encryption context is compared as an ARN",
    why: "`kms:EncryptionContext:…` is a text to IAM. With `ArnLike` or `ArnEquals` the statement does not apply as it reads.",
    hint: "use `StringEquals` or `StringLike`",
    look: Look::Policy(look),
};

fn look(policy: &Policy, _: &Context<'_>, spots: &mut Spots) {
    for condition in policy.statements.iter().flat_map(|s| &s.conditions) {
        let is_context = condition.key.value.to_lowercase().starts_with("kms:encryptioncontext:");
        let operator = condition.operator.to_lowercase();
        if is_context && operator.rsplit(':').next().is_some_and(|o| o.starts_with("arn")) {
            spots.at(
                condition.key.span,
                format!("{} under `{}`", quoted(&condition.key), condition.operator),
            );
        }
    }
}
