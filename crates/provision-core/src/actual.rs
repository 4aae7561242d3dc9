//! What exists: plain values that a reader fills in from AWS, metadata only.
//!
//! Nothing here can hold a secret value: no reader of these types asks for one.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::desired::{Tags, hexadecimal};
use crate::name::{AccountId, Arn, Partition, PolicyName, Region, RoleName, SecretName};
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
    /// the secrets of the wanted names, and others under the environment's prefix
    pub secrets: BTreeMap<SecretName, ActualSecret>,
    /// the roles of the wanted names, and others under the environment's path
    pub roles: BTreeMap<RoleName, ActualRole>,
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
    /// its tags
    pub tags: Tags,
}

/// Whose a resource is
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    /// it carries the environment's three tags
    Environment,
    /// it carries none of them, or another's; the text says whose
    Other(String),
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
    /// Returns a digest of everything that a plan depends on, but for who asked
    pub fn fingerprint(&self) -> String {
        let Self { identity, region, key, secrets, roles } = self;
        let state = serde_json::json!({
            "partition": identity.partition,
            "account": identity.account,
            "region": region,
            "key": key,
            "secrets": secrets,
            "roles": roles,
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
