//! LS001: a policy reads every secret of an account.

use super::prelude::*;
pub(in crate::check) const RULE: Rule = Rule {
    id: "LS001",
    name: "any-secret",
    severity: Severity::Error,
    title: "A policy reads every secret of an account",
    why: "A role that may read `*` reads the secrets of every other project, and those that are made later.",
    hint: "name each secret by its ARN with `-??????` at the end, as `provision render policies` does",
    look: Look::Policy(look),
};

fn look(policy: &Policy, _: &Context<'_>, spots: &mut Spots) {
    let is_identity = matches!(policy.kind, PolicyKind::Identity | PolicyKind::Boundary);
    for statement in policy.allowing().filter(|_| is_identity) {
        let by_tag = statement.conditions.iter().any(|c| {
            let key = c.key.value.to_lowercase();
            key.contains("resourcetag/") && c.is_positive()
        });
        if statement.allows(READ).is_none() || by_tag {
            continue;
        }
        for resource in statement.resources.iter().filter(|r| covers_any_secret(&r.value)) {
            spots.at(resource.span, format!("{} lets it read every secret", quoted(resource)));
        }
    }
}
