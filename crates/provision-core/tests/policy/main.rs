//! The policies judged by what they allow and refuse, and the growth between policies by what a
//! policy really allows.
#![expect(clippy::unwrap_used, reason = "a test may stop where what it builds on fails")]

mod caller_matrix;
mod callers;
mod estate;
mod evaluation;
mod function_matrix;
mod key_matrix;
mod splitting;
mod widening;
mod widening_properties;
