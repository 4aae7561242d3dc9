//! LS007: a wildcard in an action takes in the value of secrets or the use of keys.

use super::prelude::*;
pub(in crate::check) const RULE: Rule = Rule {
    id: "LS007",
    name: "wide-action",
    severity: Severity::Error,
    title: "A wildcard in an action takes in the value of secrets or the use of keys",
    why: "`secretsmanager:*`, `secretsmanager:Get*`, `kms:*` and `*` read values, decrypt, or change who may.",
    hint: "name each action; `GetSecretValue` and `Decrypt` are all that a reader needs",
    look: Look::Policy(look),
};

/// What reads a value or opens the way to it
const SENSITIVE: [&str; 6] = [
    READ,
    "secretsmanager:PutResourcePolicy",
    "secretsmanager:PutSecretValue",
    "kms:Decrypt",
    "kms:CreateGrant",
    "kms:PutKeyPolicy",
];

fn look(policy: &Policy, _: &Context<'_>, spots: &mut Spots) {
    if policy.kind == PolicyKind::Trust {
        return;
    }
    for statement in policy.allowing().filter(|s| !s.negates("NotAction")) {
        for action in SENSITIVE {
            let text = statement.allows(action).filter(|text| text.value.contains(['*', '?']));
            if let Some(text) = text {
                spots.at(text.span, format!("{} takes in `{action}`", quoted(text)));
            }
        }
    }
}
