//! What of a plan can be made at the same time.

use super::{Change, Plan};
use crate::diff::rank;

impl Plan {
    /// Returns the plan in stages, each a list of chains: a stage begins when the one before it has
    /// ended, a chain is made one after another, and the chains of one stage do not depend on each
    /// other
    pub fn stages(&self) -> Vec<Vec<&[Change]>> {
        let intent = self.binding.intent;
        self.changes
            .chunk_by(|a, b| rank(intent, a) == rank(intent, b))
            .map(|stage| stage.chunk_by(|a, b| a.resource == b.resource).collect())
            .collect()
    }
}
