//! LS041: an environment names a region that this version does not know.

// regions are known to the manifest's own types
use super::prelude::*;
pub(in crate::check) const RULE: Rule = Rule {
    id: "LS041",
    name: "unknown-region",
    severity: Severity::Note,
    title: "A region that this version does not know",
    why: "AWS adds regions, so a new one is no mistake. One that is called as AWS calls none, such as \
          `eu-cental-1`, is a mistake in the manifest.",
    hint: "look for a slip of the pen",
    look: Look::Elsewhere,
};
