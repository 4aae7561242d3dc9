//! Who may do what with an environment's secrets and keys, and by which statement.
//!
//! [`Realm`] is an environment with its policies, [`graph`] says who reaches what and why, and the
//! rest writes that down: as lines, as Mermaid, as a page. The policies are those that `apply`
//! puts, or those that AWS has; the answers are [`crate::policy::evaluation`]'s.

mod build;
mod cited;
mod graph;
mod mermaid;
mod page;
pub(crate) mod party;
mod realm;
mod show;
pub(crate) mod ways;

pub use cited::Cited;
pub use graph::{EnvironmentGraph, Graph, KeyNode, Path, RoleNode, SecretNode, Verb, graph};
pub use mermaid::mermaid;
pub use page::{Cost, Dates, Facts, Page, PageError, page};
pub use realm::{ANY_ACCOUNT, Key, Kind, Place, Placed, Realm, Role, Secret};
pub use show::lines;
