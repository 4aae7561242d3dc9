//! LS016: nobody can change the key's policy any more.

use super::prelude::*;
use crate::policy::administration::is_kept;
pub(in crate::check) const RULE: Rule = Rule {
    id: "LS016",
    name: "lockout",
    severity: Severity::Error,
    title: "Nobody can change the key's policy any more",
    why: "A key whose account may not call `kms:PutKeyPolicy`, or only under a condition, is lost when its principals are: only AWS's support gets it back.",
    hint: "let the account itself, `arn:aws:iam::ACCOUNT:root`, call `kms:PutKeyPolicy` without a condition",
    look: Look::Policy(look),
};

fn look(policy: &Policy, _: &Context<'_>, spots: &mut Spots) {
    let Some(document) = &policy.document else { return };
    if policy.kind == PolicyKind::Key && !is_kept(document) {
        spots.at(policy.span, "no account can change this policy again without a condition");
    }
}
