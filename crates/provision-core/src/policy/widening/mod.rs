//! What one policy allows that another did not.
//!
//! Sound and conservative: whatever a new document allows beyond the old one is reported, and what
//! cannot be proven to be no growth is reported as well. A document is taken by itself, or among those
//! that are given beside it; what other policies of the same caller allow or deny is unknown here.

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
    growth_among(old, new, &[old], &[new])
}

/// Returns what `new` in place of `old` permits where all of `before` held and all of `after` will
///
/// What another of them allows or denies as well is neither gained nor given up.
pub fn growth_among(
    old: &Document,
    new: &Document,
    before: &[&Document],
    after: &[&Document],
) -> Vec<Grant> {
    // in another version of the language the same text may mean something else
    let known = |all: &[&Document], version, effect| -> Vec<Access> {
        let comparable = all.iter().filter(|document| document.version == version);
        comparable.flat_map(|document| accesses(document, effect)).collect()
    };
    let (allow, deny) = (Effect::Allow, Effect::Deny);
    let allowed = beyond(&accesses(new, allow), &known(before, new.version, allow));
    let freed = beyond(&accesses(old, deny), &known(after, old.version, deny));
    let grants: BTreeSet<Grant> = allowed
        .into_iter()
        .map(Grant::Allowed)
        .chain(freed.into_iter().map(Grant::NoLongerDenied))
        .collect();
    grants.into_iter().collect()
}

/// What one policy gains and what it gives up
#[derive(Debug, Clone)]
pub struct Shift {
    gained: [Vec<Access>; 2],
    lost: [Vec<Access>; 2],
}

impl Shift {
    /// Returns what `new` says and `old` does not, and the other way round
    pub fn of(old: &Document, new: &Document) -> Self {
        let side = |from: &Document, to: &Document| {
            [Effect::Allow, Effect::Deny]
                .map(|effect| beyond(&accesses(to, effect), &accesses(from, effect)))
        };
        Self { gained: side(old, new), lost: side(new, old) }
    }

    /// Returns whether `taker` comes to say some of what this policy no longer does
    pub fn hands_over_to(&self, taker: &Self) -> bool {
        let touches = |some: &[Access], others: &[Access]| {
            some.iter().any(|access| access.beyond(others).as_ref() != Some(access))
        };
        let pairs = self.lost.iter().zip(&taker.gained);
        pairs.into_iter().any(|(lost, gained)| touches(lost, gained) || touches(gained, lost))
    }
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
