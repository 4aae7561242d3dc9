//! LS028: a condition lets everything through.

use super::prelude::*;
pub(in crate::check) const RULE: Rule = Rule {
    id: "LS028",
    name: "empty-condition",
    severity: Severity::Warning,
    title: "A condition lets everything through",
    why: "A value of `*`, a service of any region, or the ARN of any secret holds nobody back.",
    hint: "write the service of the region, and the ARNs of the secrets",
    look: Look::Policy(look),
};

fn look(policy: &Policy, _: &Context<'_>, spots: &mut Spots) {
    for condition in policy.allowing().flat_map(|s| &s.conditions).filter(|c| c.is_positive()) {
        let key = &condition.key.value;
        let is = |guards: &[&str]| guards.iter().any(|g| key.eq_ignore_ascii_case(g));
        for value in &condition.values {
            let text = value.value.as_str();
            let empty = (is(&NARROWING) && (text == "*" || text == "arn:aws:iam::*"))
                || (is(&[VIA_SERVICE]) && text.contains('*'))
                || (is(&[SECRET_ARN]) && covers_any_secret(text));
            if empty {
                spots.at(value.span, format!("{} holds nobody back", quoted(value)));
            }
        }
    }
}
