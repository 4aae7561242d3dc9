//! Policies: as values that compare by meaning, from templates, and how one differs from another.
//!
//! The text of every policy stands in `policies/*.json.hbs`. What goes into it is decided before:
//! the structs here hold computed text and nothing that a template would have to choose from.

pub mod administration;
mod document;
mod function;
mod key;
pub mod limits;
mod pattern;
mod resource;
mod template;
mod trust;
pub mod widening;

pub use document::*;
pub use function::{
    FunctionPlace, FunctionPolicies, FunctionPolicy, LogGroup, function_policies, function_policy,
    secret_arn_pattern,
};
pub use key::{
    KeyPolicy, NamedOperators, Operators, ProvisionerDecrypt, Reader, by_account, key_policy,
};
pub use resource::{ResourcePolicy, resource_policy};
pub use template::RenderError;
pub use trust::{TrustPolicy, trust_policy};
