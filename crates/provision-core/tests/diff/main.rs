//! A state, one edit, the plan.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that panics has failed")]

mod access;
mod apply;
mod guards;
mod monitoring;
mod random;
mod splitting;
mod world;
