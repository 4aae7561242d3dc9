//! Policies as values: sets of statements, so that order and single-or-list never matter.

mod document;

pub use document::*;
