//! LS026: a policy variable in the language of 2008.

use super::prelude::*;
use crate::policy::Version;
pub(in crate::check) const RULE: Rule = Rule {
    id: "LS026",
    name: "old-language",
    severity: Severity::Error,
    title: "A policy variable in the language of 2008",
    why: "Without `\"Version\": \"2012-10-17\"` a variable such as `${aws:username}` is plain text and matches nothing, or the wrong thing.",
    hint: "add `\"Version\": \"2012-10-17\"`",
    look: Look::Policy(look),
};

fn look(policy: &Policy, _: &Context<'_>, spots: &mut Spots) {
    let old = policy.document.as_ref().is_some_and(|d| d.version == Version::V2008);
    let texts = policy.statements.iter().flat_map(|statement| {
        statement.resources.iter().chain(statement.conditions.iter().flat_map(|c| &c.values))
    });
    for text in texts.filter(|_| old) {
        if text.value.contains("${aws:") {
            spots.at(text.span, format!("{} is not replaced", quoted(text)));
        }
    }
}
