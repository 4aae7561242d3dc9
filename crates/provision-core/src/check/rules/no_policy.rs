//! LS031: a file holds no policy.

// found where texts are read
use super::prelude::*;
pub(in crate::check) const RULE: Rule = Rule {
    id: "LS031",
    name: "no-policy",
    severity: Severity::Note,
    title: "A file holds no policy",
    why: "It was given to be checked, and there is nothing in it that these rules look at.",
    hint: "leave it out",
    look: Look::Elsewhere,
};
