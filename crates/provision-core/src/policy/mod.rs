//! Policies: as values that compare by meaning, from templates, and how one differs from another.
//!
//! The text of every policy stands in `policies/*.json.hbs`. What goes into it is decided before:
//! the structs here hold computed text and nothing that a template would have to choose from.

pub mod administration;
mod boundary;
mod break_glass;
mod caller_trust;
mod document;
mod estate;
pub mod evaluation;
mod function;
mod key;
pub mod limits;
pub(crate) mod pattern;
mod planner;
mod provisioner;
mod resource;
mod split;
mod template;
mod trust;
pub mod widening;
mod writer;

pub use boundary::{BoundaryPolicy, boundary_policy};
pub use break_glass::{BreakGlassPolicy, break_glass_policy};
pub use caller_trust::{CallerTrust, GithubTrust, caller_trust, github_trust};
pub use document::*;
pub use estate::{Estate, Watch};
pub use function::{
    FunctionPlace, FunctionPolicies, FunctionPolicy, LogGroup, function_policies, function_policy,
    secret_arn_pattern,
};
pub use key::{
    KeyPolicy, NamedOperators, Operators, ProvisionerDecrypt, Reader, by_account, key_policy,
};
pub use planner::{PlannerPolicy, planner_policy};
pub use provisioner::{ProvisionerPolicy, provisioner_policy};
pub use resource::{ResourcePolicy, resource_policy};
pub use split::{Part, split};
pub use template::RenderError;
pub use trust::{TrustPolicy, trust_policy};
pub use writer::{WriterPolicy, writer_policy};
