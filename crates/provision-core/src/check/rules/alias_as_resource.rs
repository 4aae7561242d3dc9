//! LS013: an alias stands where a key belongs.

use super::prelude::*;
pub(in crate::check) const RULE: Rule = Rule {
    id: "LS013",
    name: "alias-as-resource",
    severity: Severity::Error,
    title: "An alias stands where a key belongs",
    why: "For the use of a key IAM compares the ARN of the key itself, so the ARN of an alias matches nothing.",
    hint: "give the ARN of the key, or `key/*` with a condition on `kms:ResourceAliases`",
    look: Look::Policy(look),
};

fn look(policy: &Policy, _: &Context<'_>, spots: &mut Spots) {
    for statement in policy.allowing() {
        let uses = ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:DescribeKey"];
        if statement.names_any(&uses).is_none() {
            continue;
        }
        for arn in statement.resources.iter().filter(|arn| arn.value.contains(":alias/")) {
            spots.at(arn.span, format!("{} matches no key", quoted(arn)));
        }
    }
}
