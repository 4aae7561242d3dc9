//! LS006: a statement says what it does not mean.

use super::prelude::*;
use crate::policy::Effect;
pub(in crate::check) const RULE: Rule = Rule {
    id: "LS006",
    name: "negated",
    severity: Severity::Error,
    title: "A statement says what it does not mean",
    why: "`NotAction`, `NotResource` and `NotPrincipal` with `Allow` grant everything else, also what AWS adds later; `NotPrincipal` with `Deny` denies more than it seems to.",
    hint: "name what is allowed; for a denial, use a condition on `aws:PrincipalArn`",
    look: Look::Policy(look),
};

fn look(policy: &Policy, _: &Context<'_>, spots: &mut Spots) {
    for statement in policy.allowing() {
        if let Some(element) = &statement.negated {
            spots.at(element.span, format!("{} in a statement that allows", quoted(element)));
        }
    }
    // a denial for all but a role denies the role as well where its account is not named beside it
    for statement in policy.statements.iter().filter(|s| s.effect == Effect::Deny) {
        if let Some(element) = statement.negated.as_ref().filter(|e| e.value == "NotPrincipal") {
            spots.at(element.span, format!("{} in a statement that denies", quoted(element)));
        }
    }
}
