//! What a load did: names, never values.

use crate::Error;
use crate::merge::{Failure, Merged};

/// What a load did.
#[derive(Debug)]
pub struct Loaded {
    state: State,
    secrets: Vec<String>,
    written: Vec<String>,
    kept: Vec<String>,
    failures: Vec<Failure>,
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
            failures: Vec::new(),
        }
    }

    pub(crate) fn new(written: Vec<String>, kept: Vec<String>, merged: Merged) -> Self {
        let (secrets, failures) = (merged.secrets, merged.failures);
        Self { state: State::Ran, secrets, written, kept, failures }
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

    /// Why the other secrets were not loaded.
    pub fn failures(&self) -> impl ExactSizeIterator<Item = &Error> {
        self.failures.iter().map(|failure| &failure.error)
    }
}
