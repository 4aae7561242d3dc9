//! LS033: aWS would refuse part of an environment.

// found by the plan's own limits
use super::prelude::*;
pub(in crate::check) const RULE: Rule = Rule {
    id: "LS033",
    name: "refused",
    severity: Severity::Error,
    title: "AWS would refuse part of an environment",
    why: "A policy or a pattern that follows from the manifest is too long, or there are too many.",
    hint: "split the environment or the function",
    look: Look::Elsewhere,
};
