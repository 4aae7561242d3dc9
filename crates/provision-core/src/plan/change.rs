//! A change: one call to AWS for one resource, and what it refers to.

use serde::{Deserialize, Serialize};

use super::Action;
use crate::name::{Arn, KeyAlias, RoleName, SecretName};
use crate::policy::widening::Grant;

/// One change: one call to AWS
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// the resource that is changed
    pub resource: Resource,
    /// the call
    pub action: Action,
    /// access that grows by it and existed before in narrower form
    pub growth: Vec<Growth>,
}

impl Change {
    /// Returns a change that grows no access
    pub fn new(resource: Resource, action: Action) -> Self {
        Self { resource, action, growth: Vec::new() }
    }

    /// Returns the change's name, the same for the same change
    pub fn id(&self) -> String {
        format!("{}#{}", self.resource, self.action.name())
    }
}

/// Access that a change adds to what exists
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Growth {
    /// one grant of a policy
    Grant(Grant),
    /// everything that a managed policy grants
    ManagedPolicy(Arn),
    /// whatever a managed policy refused
    WithoutManagedPolicy(Arn),
    /// a secret comes under another key, whose policy says who may read it
    AnotherKey,
}

impl std::fmt::Display for Growth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Growth::Grant(grant) => grant.fmt(f),
            Growth::ManagedPolicy(arn) => write!(f, "may all that `{arn}` grants"),
            Growth::WithoutManagedPolicy(arn) => {
                write!(f, "is no longer held back by anything that `{arn}` denies")
            }
            Growth::AnotherKey => {
                f.write_str("comes under the environment's key, whose policy says who may read it")
            }
        }
    }
}

/// A resource by its name
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "name")]
pub enum Resource {
    /// the KMS key, by the alias that finds it
    Key(KeyAlias),
    /// the alias
    Alias(KeyAlias),
    /// a secret
    Secret(SecretName),
    /// a role
    Role(RoleName),
}

impl Resource {
    /// Returns the word for the kind
    pub fn kind(&self) -> &'static str {
        match self {
            Resource::Key(_) => "key",
            Resource::Alias(_) => "alias",
            Resource::Secret(_) => "secret",
            Resource::Role(_) => "role",
        }
    }

    /// Returns the name
    pub fn name(&self) -> &str {
        match self {
            Resource::Key(alias) | Resource::Alias(alias) => alias.as_str(),
            Resource::Secret(name) => name.as_str(),
            Resource::Role(name) => name.as_str(),
        }
    }
}

impl std::fmt::Display for Resource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.kind(), self.name())
    }
}

/// The KMS key that a change refers to
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyRef {
    /// a key that exists
    Arn(Arn),
    /// the key that this plan's `create_key` makes: known after apply
    Created,
    /// a live key that AWS names otherwise than by its ARN; never what is desired
    Unresolved(String),
}

/// A live value beside the desired one
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Drift<T> {
    /// what is
    pub live: T,
    /// what should be
    pub desired: T,
}
