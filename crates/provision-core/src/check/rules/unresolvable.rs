//! LS032: an environment cannot be made.

// found where an environment is resolved
use super::prelude::*;
pub(in crate::check) const RULE: Rule = Rule {
    id: "LS032",
    name: "unresolvable",
    severity: Severity::Error,
    title: "An environment cannot be made",
    why: "A name or a policy that follows from the manifest is not valid.",
    hint: "mend the manifest",
    look: Look::Elsewhere,
};
