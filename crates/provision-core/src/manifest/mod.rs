//! The manifest: what a person writes, parsed into types that cannot be wrong.
//!
//! [`parse`] reports every problem of a file in one run. It refuses values: a manifest that holds
//! something that looks like a secret value is not parsed.

mod model;

pub use model::*;
