//! The binary from outside: what is printed where, and how it exits. Everything here runs against
//! the AWS inside the binary; other AWS's are the business of `tests/` at the root.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that panics has failed")]

mod canary;
mod check;
mod corpus;
mod cost;
mod credentials;
mod doctor;
mod documents;
mod errors;
mod guards;
mod importing;
mod journey;
mod life;
mod reading;
mod rotation;
mod saved_plan;
mod unset;
mod values;
mod workplace;
