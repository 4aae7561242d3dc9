//! What one policy allows that another did not.
//!
//! Sound and conservative: whatever a new document allows beyond the old one is reported, and what
//! cannot be proven to be no growth is reported as well. A document is taken by itself; what other
//! policies of the same caller allow or deny is unknown here.

mod access;
mod condition;

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

pub use access::{Access, Action, Extent, Principal, Resource};

use super::{Document, Effect};

/// One thing that is permitted beyond what was
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grant {
    /// a statement allows it
    Allowed(Access),
    /// the statement that denied it is gone or denies less
    NoLongerDenied(Access),
}

/// Returns what `new` permits beyond `old`, in a fixed order
pub fn growth(old: &Document, new: &Document) -> Vec<Grant> {
    // in another version of the language the same text may mean something else
    let comparable = old.version == new.version || old.statements.is_empty();
    let known = |document, effect| if comparable { accesses(document, effect) } else { Vec::new() };
    let allowed = beyond(&accesses(new, Effect::Allow), &known(old, Effect::Allow));
    let freed = beyond(&accesses(old, Effect::Deny), &known(new, Effect::Deny));
    let grants: BTreeSet<Grant> = allowed
        .into_iter()
        .map(Grant::Allowed)
        .chain(freed.into_iter().map(Grant::NoLongerDenied))
        .collect();
    grants.into_iter().collect()
}

fn accesses(document: &Document, effect: Effect) -> Vec<Access> {
    document.statements.iter().filter(|s| s.effect == effect).flat_map(Access::of).collect()
}

fn beyond(wanted: &[Access], known: &[Access]) -> Vec<Access> {
    wanted.iter().filter_map(|access| access.beyond(known)).collect()
}

/// A sentence, such as ``may `kms:Decrypt` on `KEY` when `kms:ViaService` is `x` ``
///
/// In the policy of a role it has no subject, because the role is not named there.
impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (access, verb) = match self {
            Grant::Allowed(access) => (access, "may"),
            Grant::NoLongerDenied(access) => (access, "is no longer denied"),
        };
        if let Some(principal) = &access.principal {
            write!(f, "{principal} ")?;
        }
        write!(f, "{verb} {access}")
    }
}
