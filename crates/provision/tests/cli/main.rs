//! The binary from outside: what is printed where, and how it exits. Everything here runs against
//! the AWS inside the binary; other AWS's are the business of `tests/` at the root.

mod canary;
mod errors;
mod guards;
mod journey;
mod saved_plan;
mod workplace;
