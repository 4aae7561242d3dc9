//! LS038: a condition has an operator that does not exist.

use super::prelude::*;
pub(in crate::check) const RULE: Rule = Rule {
    id: "LS038",
    name: "unknown-operator",
    severity: Severity::Error,
    title: "A condition has an operator that does not exist",
    why: "IAM refuses it, or the statement never applies.",
    hint: "write one of IAM's operators, such as `StringLike` or `ArnEquals`",
    look: Look::Policy(look),
};

const BASES: [&str; 13] = [
    "ArnEquals",
    "ArnLike",
    "BinaryEquals",
    "Bool",
    "DateEquals",
    "DateGreaterThan",
    "DateLessThan",
    "IpAddress",
    "NumericEquals",
    "NumericGreaterThan",
    "NumericLessThan",
    "StringEquals",
    "StringLike",
];
const OTHERS: [&str; 12] = [
    "ArnNotEquals",
    "ArnNotLike",
    "DateGreaterThanEquals",
    "DateLessThanEquals",
    "DateNotEquals",
    "NotIpAddress",
    "NumericGreaterThanEquals",
    "NumericLessThanEquals",
    "NumericNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEquals",
    "StringNotEqualsIgnoreCase",
];

fn look(policy: &Policy, _: &Context<'_>, spots: &mut Spots) {
    for condition in policy.statements.iter().flat_map(|s| &s.conditions) {
        let operator = condition.operator.rsplit(':').next().unwrap_or_default();
        let base = operator.strip_suffix("IfExists").unwrap_or(operator);
        let mut known = BASES.iter().chain(&OTHERS).chain(&["StringNotLike", "Null"]);
        if !known.any(|known| base.eq_ignore_ascii_case(known)) {
            spots.at(condition.key.span, format!("`{}` is no operator", condition.operator));
        }
    }
}
