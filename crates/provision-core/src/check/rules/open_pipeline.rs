//! LS018: a role of pipelines does not say which.

use super::prelude::*;
pub(in crate::check) const RULE: Rule = Rule {
    id: "LS018",
    name: "open-pipeline",
    severity: Severity::Error,
    title: "A role of pipelines does not say which",
    why: "Without `sub` every pipeline of everybody at that provider takes the role; with a wildcard in it, every branch, fork or repository that matches.",
    hint: "compare `aud` and `sub` by `StringEquals`, such as `repo:ORG/REPO:environment:ENV`",
    look: Look::Policy(look),
};

fn look(policy: &Policy, _: &Context<'_>, spots: &mut Spots) {
    for statement in policy.allowing().filter(|_| policy.kind == PolicyKind::Trust) {
        let Some(provider) = statement.principals.iter().find(|p| p.kind == "Federated") else {
            continue;
        };
        let of = |claim: &str| {
            let ends = move |c: &&Condition| c.key.value.to_lowercase().ends_with(claim);
            statement.conditions.iter().filter(ends).collect::<Vec<_>>()
        };
        for claim in [":aud", ":sub"] {
            let conditions = of(claim);
            if !conditions.iter().any(|c| c.is_positive()) {
                let message =
                    format!("{} without a condition on `{claim}`", quoted(&provider.name));
                spots.at(provider.name.span, message);
            }
            for value in conditions.iter().flat_map(|c| &c.values) {
                if value.value.contains(['*', '?']) {
                    spots.at(value.span, format!("{} is more than one", quoted(value)));
                }
            }
        }
    }
}
