//! What a load did: names, never values.

use std::collections::BTreeMap;

use crate::Error;
use crate::merge::{Failure, Merged};

/// What a load did.
#[derive(Debug)]
pub struct Loaded {
    state: State,
    secrets: Vec<String>,
    written: Vec<String>,
    kept: Vec<String>,
    origins: BTreeMap<String, String>,
    failures: Vec<Failure>,
}

/// Where the value of a variable comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin<'a> {
    /// The secret with this name or ARN.
    Secret(&'a str),
    /// It was in the environment before.
    Environment,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Skipped,
    Ran,
}

impl Loaded {
    pub(crate) fn skipped() -> Self {
        Self {
            state: State::Skipped,
            secrets: Vec::new(),
            written: Vec::new(),
            kept: Vec::new(),
            origins: BTreeMap::new(),
            failures: Vec::new(),
        }
    }

    pub(crate) fn new(
        written: Vec<String>,
        kept: Vec<String>,
        origins: BTreeMap<String, String>,
        merged: Merged,
    ) -> Self {
        let (secrets, failures) = (merged.secrets, merged.failures);
        Self { state: State::Ran, secrets, written, kept, origins, failures }
    }

    /// Whether nothing was tried, because the process does not run in Lambda.
    pub fn was_skipped(&self) -> bool {
        self.state == State::Skipped
    }

    /// The secrets that were read, in the order in which they were asked for.
    pub fn secrets(&self) -> &[String] {
        &self.secrets
    }

    /// The variables that were set, sorted.
    pub fn written(&self) -> &[String] {
        &self.written
    }

    /// The variables that were there already and kept their value, sorted.
    pub fn kept(&self) -> &[String] {
        &self.kept
    }

    /// Where the value of this variable comes from; `None` where the load had none for it.
    pub fn source_of(&self, variable: &str) -> Option<Origin<'_>> {
        if let Some(secret) = self.origins.get(variable) {
            return Some(Origin::Secret(secret));
        }
        self.kept.iter().any(|kept| kept == variable).then_some(Origin::Environment)
    }

    /// Why the other secrets were not loaded.
    pub fn failures(&self) -> impl ExactSizeIterator<Item = &Error> {
        self.failures.iter().map(|failure| &failure.error)
    }
}
