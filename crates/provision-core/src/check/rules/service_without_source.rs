//! LS019: a service is let in on behalf of anybody.

use super::prelude::*;
pub(in crate::check) const RULE: Rule = Rule {
    id: "LS019",
    name: "service-without-source",
    severity: Severity::Warning,
    title: "A service is let in on behalf of anybody",
    why: "Without `aws:SourceAccount` or `aws:SourceArn` the service can be made to act for another account. Lambda is left out: it takes a role for its own account's functions, and does not say that it sends these keys.",
    hint: "add `StringEquals` on `aws:SourceAccount`",
    look: Look::Policy(look),
};

fn look(policy: &Policy, _: &Context<'_>, spots: &mut Spots) {
    let sources = ["aws:SourceAccount", "aws:SourceArn", "aws:SourceOrgID", "aws:SourceOrgPaths"];
    for statement in policy.allowing().filter(|s| !s.is_held_to(&sources)) {
        for service in statement.principals.iter().filter(|p| p.kind == "Service") {
            if policy.kind == PolicyKind::Trust && service.name.value == LAMBDA {
                continue;
            }
            let message = format!("{} on behalf of any account", quoted(&service.name));
            spots.at(service.name.span, message);
        }
    }
}
