//! A change: one call to AWS for one resource, and what it refers to.

use serde::{Deserialize, Serialize};

use super::Action;
use crate::name::{Arn, KeyAlias, PolicyName, Region, ResourceName, RoleName, SecretName};
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
    /// a secret is copied to where another key says who may read it
    AnotherRegion(Region),
    /// whatever a boundary held back
    WithoutBoundary(Arn),
    /// what another boundary allows
    AnotherBoundary(Arn),
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
            Growth::AnotherRegion(region) => {
                write!(f, "is copied to {region}, where the key's policy says who may read it")
            }
            Growth::WithoutBoundary(arn) => {
                write!(f, "is no longer held back by the boundary `{arn}`")
            }
            Growth::AnotherBoundary(arn) => {
                write!(f, "may all that the boundary `{arn}` allows, as far as its policies go")
            }
        }
    }
}

/// A resource by its name
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "name")]
pub enum Resource {
    /// the KMS key, by the alias that finds it
    Key(RegionalAlias),
    /// the alias
    Alias(RegionalAlias),
    /// a secret
    Secret(SecretName),
    /// a managed policy of the environment
    Policy(PolicyName),
    /// a role
    Role(RoleName),
    /// a log group of CloudWatch Logs
    LogGroup(ResourceName),
    /// a metric filter on the log group of the trail
    MetricFilter(ResourceName),
    /// an alarm of CloudWatch
    Alarm(ResourceName),
    /// a rule of EventBridge
    Rule(ResourceName),
}

/// An alias in one region
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegionalAlias {
    /// the alias
    pub alias: KeyAlias,
    /// the region of the copies, none for the environment's own
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replica: Option<Region>,
}

impl RegionalAlias {
    /// Returns the alias in the environment's own region
    pub fn home(alias: &KeyAlias) -> Self {
        Self { alias: alias.clone(), replica: None }
    }

    /// Returns the alias in a region that holds copies
    pub fn replica(alias: &KeyAlias, region: &Region) -> Self {
        Self { alias: alias.clone(), replica: Some(region.clone()) }
    }
}

impl Resource {
    /// Returns the word for the kind
    pub fn kind(&self) -> &'static str {
        match self {
            Resource::Key(_) => "key",
            Resource::Alias(_) => "alias",
            Resource::Secret(_) => "secret",
            Resource::Policy(_) => "policy",
            Resource::Role(_) => "role",
            Resource::LogGroup(_) => "log group",
            Resource::MetricFilter(_) => "metric filter",
            Resource::Alarm(_) => "alarm",
            Resource::Rule(_) => "rule",
        }
    }

    /// Returns the name
    pub fn name(&self) -> &str {
        match self {
            Resource::Key(place) | Resource::Alias(place) => place.alias.as_str(),
            Resource::Secret(name) => name.as_str(),
            Resource::Policy(name) => name.as_str(),
            Resource::Role(name) => name.as_str(),
            Resource::LogGroup(name)
            | Resource::MetricFilter(name)
            | Resource::Alarm(name)
            | Resource::Rule(name) => name.as_str(),
        }
    }

    /// Returns the region where it is not the environment's own
    pub fn region(&self) -> Option<&Region> {
        match self {
            Resource::Key(place) | Resource::Alias(place) => place.replica.as_ref(),
            _ => None,
        }
    }
}

impl std::fmt::Display for Resource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.kind(), self.name())?;
        match self.region() {
            Some(region) => write!(f, " in {region}"),
            None => Ok(()),
        }
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
    /// the key that this plan makes in the region of the copies: known after apply
    CreatedIn(Region),
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
