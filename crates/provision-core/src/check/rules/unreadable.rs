//! LS030: a file cannot be read.

// found where texts are read
use super::prelude::*;
pub(in crate::check) const RULE: Rule = Rule {
    id: "LS030",
    name: "unreadable",
    severity: Severity::Error,
    title: "A file cannot be read",
    why: "It is neither JSON nor YAML, or out of all proportion.",
    hint: "mend it, or leave it out",
    look: Look::Elsewhere,
};
