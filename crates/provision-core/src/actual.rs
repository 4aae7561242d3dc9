//! What exists: plain values that a reader fills in from AWS, metadata only.
//!
//! Nothing here can hold a secret value: no reader of these types asks for one.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::desired::{Alarm, MANAGED_BY, MetricFilter, RotationRules, Rule, Tags, hexadecimal};
use crate::name::{
    AccountId, Arn, KeyAlias, Partition, PolicyName, Region, ResourceName, RoleName, SecretName,
};
use crate::plan::Resource;
use crate::policy::Document;

/// The live state of one environment
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Actual {
    /// where it was read
    pub identity: Identity,
    /// the region that was read
    pub region: Region,
    /// the environment's key, found by alias or else by its tags
    pub key: Option<ActualKey>,
    /// the environment's keys in other regions, found the same way
    pub replica_keys: BTreeMap<Region, ActualKey>,
    /// by region of copies, a secret that lies under the environment's key there and is no copy of
    /// its own: one that was taken out of its secret, or that lives there now
    pub apart: BTreeMap<Region, SecretName>,
    /// the secrets of the wanted names, and others under the environment's prefix
    pub secrets: BTreeMap<SecretName, ActualSecret>,
    /// the managed policies of the wanted names, and others under the environment's paths
    pub policies: BTreeMap<PolicyName, ActualPolicy>,
    /// the roles of the wanted names, and others under the environment's paths
    pub roles: BTreeMap<RoleName, ActualRole>,
    /// alarms and logs, none where the endpoint does not know those services
    pub monitoring: Option<ActualMonitoring>,
}

/// Who asks, and of which account
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Identity {
    /// the partition of the caller
    pub partition: Partition,
    /// the account of the caller
    pub account: AccountId,
    /// the caller
    pub caller: Arn,
}

/// A KMS key
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ActualKey {
    /// its ARN
    pub arn: Arn,
    /// whether the environment's alias points to it
    pub alias: Alias,
    /// other aliases that point to it
    pub other_aliases: BTreeSet<KeyAlias>,
    /// whether it can be used
    pub state: KeyState,
    /// public text
    pub description: String,
    /// days between rotations, none where rotation is off
    pub rotation: Rotation,
    /// who may use it
    pub policy: Document,
    /// its tags
    pub tags: Tags,
}

/// Whether the environment's alias points to the key
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Alias {
    /// the alias points to this key
    PointsHere,
    /// there is no such alias; the key was found by its tags
    Absent,
}

/// Whether a key can be used
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyState {
    /// in use
    Enabled,
    /// turned off by hand
    Disabled,
    /// gone at this time, where KMS says it
    PendingDeletion(Option<String>),
    /// any other state, in AWS's words
    Other(String),
}

/// The automatic rotation of a key's material
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rotation {
    /// no rotation
    Off,
    /// every so many days; an answer without a period means AWS's default
    Every(u16),
}

/// AWS's rotation period where a key has none of its own, in days
pub const DEFAULT_ROTATION_DAYS: u16 = 365;

/// A secret's metadata
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ActualSecret {
    /// its ARN
    pub arn: Arn,
    /// public text, empty for none
    pub description: String,
    /// its key, by ARN where it could be resolved; none for the key that AWS manages
    pub kms_key: Option<String>,
    /// its tags
    pub tags: Tags,
    /// whether it can be read
    pub state: SecretState,
    /// whether a version is current
    pub value: ValueState,
    /// the AWS service that owns it
    pub owning_service: Option<String>,
    /// the regions that hold copies of it
    pub replicas: BTreeMap<Region, ActualReplica>,
    /// the rotation of its value, none where it is off
    pub rotation: Option<RotationRules>,
    /// the policy on the secret itself
    pub resource_policy: ResourcePolicy,
}

/// A copy of a secret in another region
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ActualReplica {
    /// its key, by ARN where it could be resolved; none for the key that AWS manages
    pub kms_key: Option<String>,
    /// why AWS cannot make it, in its own words
    pub failure: Option<String>,
}

/// The policy on a secret itself
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ResourcePolicy {
    /// not asked for: the manifest declares none
    Unread,
    /// there is none
    Absent,
    /// this one
    Document(Document),
}

/// A managed policy of the account
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ActualPolicy {
    /// its ARN
    pub arn: Arn,
    /// its path
    pub path: String,
    /// its default version
    pub document: Document,
    /// its other versions, the oldest first
    pub other_versions: Vec<String>,
    /// how many roles, users and groups have it, none where the listing does not tell
    pub holders: Option<u32>,
    /// how many roles and users it bounds, none where the listing does not tell
    pub bounded: Option<u32>,
    /// its tags, none where they were not asked for because nothing is to change
    pub tags: Option<Tags>,
}

/// Whether a secret can be read
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SecretState {
    /// in use
    Live,
    /// deleted at this time, and inside its recovery window
    PendingDeletion(String),
}

/// Whether a secret has a value
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ValueState {
    /// no version is current
    Empty,
    /// a version is current
    Current,
}

/// An IAM role
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ActualRole {
    /// its ARN
    pub arn: Arn,
    /// its path
    pub path: String,
    /// who may assume it
    pub trust: Document,
    /// its inline policies
    pub inline: BTreeMap<PolicyName, Document>,
    /// its managed policies
    pub attached: BTreeSet<Arn>,
    /// the most that it may ever do
    pub boundary: Option<Arn>,
    /// public text, none where the listing does not tell it
    pub description: Option<String>,
    /// its tags
    pub tags: Tags,
}

/// Alarms, and how long logs are kept
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ActualMonitoring {
    /// the log groups of the functions
    pub log_groups: BTreeMap<ResourceName, ActualLogGroup>,
    /// the metric filters of the environment by name, then by the log group that each is on: the
    /// declared one, or one that was declared before
    pub filters: BTreeMap<ResourceName, BTreeMap<String, MetricFilter>>,
    /// the alarms of the wanted names, and others that begin like them
    pub alarms: BTreeMap<ResourceName, ActualAlarm>,
    /// the rules of the wanted names, and others that begin like them
    pub rules: BTreeMap<ResourceName, ActualRule>,
}

/// A log group
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ActualLogGroup {
    /// its ARN
    pub arn: Arn,
    /// days that logs are kept, none for ever
    pub retention_days: Option<u16>,
    /// its tags, none where they were not asked for because nothing is to change
    pub tags: Option<Tags>,
}

/// An alarm of CloudWatch
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ActualAlarm {
    /// its ARN
    pub arn: Arn,
    /// what it watches
    pub alarm: Alarm,
    /// its tags, none where they were not asked for because nothing is to change
    pub tags: Option<Tags>,
}

/// A rule of EventBridge
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ActualRule {
    /// its ARN
    pub arn: Arn,
    /// what it looks for
    pub rule: Rule,
    /// whom it tells, by the id of the target: an ARN, and in words what else is set on the target
    pub targets: BTreeMap<String, String>,
    /// its tags, none where they were not asked for because nothing is to change
    pub tags: Option<Tags>,
}

/// Whose a resource is
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    /// it carries the environment's three tags
    Environment,
    /// it carries none of them, or another's; the text says whose
    Other(String),
}

/// Returns the project and environment of this tool that a resource with `tags` belongs to
pub fn place(tags: &Tags) -> Option<String> {
    let value = |key: &str| tags.get(key).map(String::as_str).unwrap_or("?");
    (tags.get(MANAGED_BY.0).map(String::as_str) == Some(MANAGED_BY.1))
        .then(|| format!("{}/{}", value("project"), value("environment")))
}

/// Returns whose a resource with `tags` is, for an environment whose own tags are `wanted`
pub fn owner(tags: &Tags, wanted: &Tags) -> Owner {
    let missing: Vec<String> = wanted
        .iter()
        .filter(|(key, value)| tags.get(*key) != Some(value))
        .map(|(key, value)| match tags.get(key) {
            Some(found) => format!("`{key}` is `{found}` and not `{value}`"),
            None => format!("it has no tag `{key}`"),
        })
        .collect();
    if missing.is_empty() { Owner::Environment } else { Owner::Other(missing.join(", ")) }
}

impl Actual {
    /// Returns the ARN of a policy, log group, alarm or rule with its tags, where they were asked for
    pub fn tags_by_arn(&self, resource: &Resource) -> Option<(&Arn, Option<&Tags>)> {
        let monitoring = self.monitoring.as_ref();
        match resource {
            Resource::Policy(name) => {
                self.policies.get(name).map(|live| (&live.arn, live.tags.as_ref()))
            }
            Resource::LogGroup(name) => {
                monitoring?.log_groups.get(name).map(|live| (&live.arn, live.tags.as_ref()))
            }
            Resource::Alarm(name) => {
                monitoring?.alarms.get(name).map(|live| (&live.arn, live.tags.as_ref()))
            }
            Resource::Rule(name) => {
                monitoring?.rules.get(name).map(|live| (&live.arn, live.tags.as_ref()))
            }
            Resource::Key(_)
            | Resource::Alias(_)
            | Resource::Secret(_)
            | Resource::Role(_)
            | Resource::MetricFilter(_) => None,
        }
    }

    /// Sets the tags of a policy, log group, alarm or rule that is there
    pub fn set_tags(&mut self, resource: &Resource, tags: Tags) {
        let monitoring = self.monitoring.as_mut();
        let place = match resource {
            Resource::Policy(name) => self.policies.get_mut(name).map(|live| &mut live.tags),
            Resource::LogGroup(name) => {
                monitoring.and_then(|all| all.log_groups.get_mut(name)).map(|live| &mut live.tags)
            }
            Resource::Alarm(name) => {
                monitoring.and_then(|all| all.alarms.get_mut(name)).map(|live| &mut live.tags)
            }
            Resource::Rule(name) => {
                monitoring.and_then(|all| all.rules.get_mut(name)).map(|live| &mut live.tags)
            }
            Resource::Key(_)
            | Resource::Alias(_)
            | Resource::Secret(_)
            | Resource::Role(_)
            | Resource::MetricFilter(_) => None,
        };
        if let Some(place) = place {
            *place = Some(tags);
        }
    }

    /// Returns how many have the policy, or are bounded by it, beside the roles that were read; none
    /// where the listing does not tell
    pub fn strangers(&self, policy: &ActualPolicy) -> Option<u32> {
        let beside = |all: u32, is_one: &dyn Fn(&ActualRole) -> bool| {
            let known = self.roles.values().filter(|role| is_one(role)).count();
            all.saturating_sub(u32::try_from(known).unwrap_or(u32::MAX))
        };
        let holders = beside(policy.holders?, &|role| role.attached.contains(&policy.arn));
        // an endpoint that counts holders and no boundaries has none
        let bounded = policy.bounded.unwrap_or(0);
        let bounded = beside(bounded, &|role| role.boundary.as_ref() == Some(&policy.arn));
        Some(holders.saturating_add(bounded))
    }

    /// Returns a digest of everything that a plan depends on, but for who asked
    pub fn fingerprint(&self) -> String {
        let Self {
            identity,
            region,
            key,
            replica_keys,
            apart,
            secrets,
            policies,
            roles,
            monitoring,
        } = self;
        let state = serde_json::json!({
            "partition": identity.partition,
            "account": identity.account,
            "region": region,
            "key": key,
            "replica_keys": replica_keys,
            "apart": apart,
            "secrets": secrets,
            "policies": policies,
            "roles": roles,
            "monitoring": monitoring,
        });
        hexadecimal(state.to_string().as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(pairs: &[(&str, &str)]) -> Tags {
        pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn a_resource_is_owned_only_with_every_tag() {
        let wanted = tags(&[("managed-by", "lambda-secrets"), ("project", "p")]);
        let more = tags(&[("managed-by", "lambda-secrets"), ("project", "p"), ("team", "x")]);
        assert_eq!(owner(&more, &wanted), Owner::Environment);
        let terraform = tags(&[("managed-by", "terraform"), ("project", "p")]);
        assert_eq!(
            owner(&terraform, &wanted),
            Owner::Other("`managed-by` is `terraform` and not `lambda-secrets`".into())
        );
        assert_eq!(
            owner(&tags(&[("project", "p")]), &wanted),
            Owner::Other("it has no tag `managed-by`".into())
        );
    }
}
