//! Values on their way between people, files and AWS.
//!
//! A value is held in types that neither show nor keep it. What is said of it, in messages,
//! reports and documents, is the name of its key and whether it changes.

pub(crate) mod bulk;
pub(crate) mod generate;
pub(crate) mod given;
pub(crate) mod merge;
pub(crate) mod naming;
pub(crate) mod render;
pub(crate) mod source;
pub(crate) mod store;
pub(crate) mod target;
pub(crate) mod variables;
pub(crate) mod versions;
