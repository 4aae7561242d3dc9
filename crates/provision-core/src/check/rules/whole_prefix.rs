//! LS004: a role reads every secret below a prefix.

use super::prelude::*;
pub(in crate::check) const RULE: Rule = Rule {
    id: "LS004",
    name: "whole-prefix",
    severity: Severity::Warning,
    title: "A role reads every secret below a prefix",
    why: "Secrets that are made later under the same prefix are readable at once, and a prefix without the environment holds those of every environment.",
    hint: "name the secrets that the function reads, one ARN with `-??????` each",
    look: Look::Policy(look),
};

fn look(policy: &Policy, _: &Context<'_>, spots: &mut Spots) {
    for statement in policy.allowing().filter(|_| policy.kind == PolicyKind::Identity) {
        if statement.allows(READ).is_none() {
            continue;
        }
        for arn in &statement.resources {
            let name = secret_name(&arn.value).unwrap_or_default();
            let Some(prefix) = name.strip_suffix("/*").filter(|p| !p.starts_with('*')) else {
                continue;
            };
            let extent = if prefix.contains('/') { "" } else { ", of all environments" };
            spots.at(arn.span, format!("it may read everything below `{prefix}/`{extent}"));
        }
    }
}
