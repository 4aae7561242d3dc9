//! LS015: a policy is longer than AWS takes.

use super::prelude::*;
use crate::policy::limits;
pub(in crate::check) const RULE: Rule = Rule {
    id: "LS015",
    name: "too-long",
    severity: Severity::Error,
    title: "A policy is longer than AWS takes",
    why: "IAM counts the characters without white space, KMS the bytes, and both refuse what is longer.",
    hint: "split it, or shorten what it lists",
    look: Look::Policy(look),
};

fn look(policy: &Policy, _: &Context<'_>, spots: &mut Spots) {
    let Some(document) = &policy.document else { return };
    let (length, most, what) = match policy.kind {
        // a role's own policies are counted together, a managed one by itself
        PolicyKind::Identity => {
            (limits::length(document), limits::INLINE_POLICIES_OF_A_ROLE, "characters")
        }
        PolicyKind::Boundary => (limits::length(document), limits::MANAGED_POLICY, "characters"),
        PolicyKind::Trust => (limits::length(document), limits::TRUST_POLICY, "characters"),
        PolicyKind::Key => (document.to_string().len(), limits::KEY_POLICY, "bytes"),
        PolicyKind::Resource => (document.to_string().len(), limits::RESOURCE_POLICY, "bytes"),
    };
    if length > most {
        spots.at(policy.span, format!("it has {length} {what}, and AWS takes {most}"));
    }
}
