//! LS000: the manifest is not right.

// found by the manifest's parser, which tells every problem with a hint of its own
use super::prelude::*;
pub(in crate::check) const RULE: Rule = Rule {
    id: "LS000",
    name: "manifest-problem",
    severity: Severity::Error,
    title: "The manifest is not right",
    why: "Nothing can be made of it.",
    hint: "mend it where it says",
    look: Look::Elsewhere,
};
