//! The manifest after parsing: names are newtypes, defaults are filled in, references resolve.
//!
//! `{project}`, `{env}` and `{secret}` in names stay templates here, because their values depend
//! on the environment; [`crate::desired::resolve`] fills them in.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::source::Span;
use crate::name::{
    AccountId, Arn, EnvironmentName, FunctionKey, Partition, ProjectName, Region, SecretKey,
    ValueKey,
};

/// One project's secrets, functions and environments
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// the project's name
    pub project: ProjectName,
    /// the environments by name, overrides already merged in
    pub environments: BTreeMap<EnvironmentName, Environment>,
    /// digest of the manifest's text, SHA-256 in lower-case hexadecimal
    pub digest: String,
}

/// One environment with everything that it declares
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Environment {
    /// the region of the environment
    pub region: Region,
    /// the partition, from the manifest or else from the region
    pub partition: Partition,
    /// the only account that this environment may be applied to
    pub account: Option<AccountId>,
    /// no destroy and no widening without `--confirm project/env`
    pub protected: bool,
    /// days until a deleted secret is gone, 7 to 30
    pub recovery_window_days: u16,
    /// days between rotations of the KMS key's material, 90 to 2560
    pub rotate_kms_key_days: u16,
    /// template of the KMS alias, by default `alias/{project}/{env}`
    pub key_alias: String,
    /// the secrets by their name in the manifest
    pub secrets: BTreeMap<SecretKey, Secret>,
    /// the functions by their name in the manifest
    pub functions: BTreeMap<FunctionKey, Function>,
    /// the regions that hold copies of every secret
    pub replicas: BTreeMap<Region, ReplicaKey>,
    /// the roles of people and pipelines
    pub access: Access,
    /// the alarms on what happens to the secrets
    pub alarms: Option<Alarms>,
    /// days that the functions' logs are kept
    pub log_retention_days: Option<u16>,
}

/// The key of the copies in one region
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReplicaKey {
    /// one that is made there
    Own,
    /// one that exists and stays as it is
    Given(Arn),
}

/// Who may take on the roles of people and pipelines; a role that nobody may take on is not made
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Access {
    /// changes everything, reads and writes no value
    pub provisioner: BTreeSet<Arn>,
    /// reads everything but values
    pub planner: BTreeSet<Arn>,
    /// reads and writes the values of named secrets
    pub writer: BTreeSet<Arn>,
    /// deletes without a recovery window, with MFA
    pub break_glass: BTreeSet<Arn>,
    /// the repository on GitHub whose pipelines deploy this environment, as `owner/name`
    pub github: Option<String>,
}

impl Access {
    /// Returns whether somebody makes the environment by a role of the manifest: then its key names
    /// who uses it, and a boundary holds back the roles that are made
    pub fn names_provisioner(&self) -> bool {
        !self.provisioner.is_empty() || self.github.is_some()
    }
}

/// The alarms of an environment
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarms {
    /// the SNS topic to tell
    pub topic: Option<Arn>,
    /// how CloudTrail's events reach the alarms
    pub via: Via,
    /// which alarms
    pub which: BTreeSet<AlarmKind>,
}

/// How CloudTrail's events reach the alarms
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Via {
    /// metric filters on the log group that CloudTrail writes to
    MetricFilter {
        /// the log group
        log_group: String,
    },
    /// EventBridge rules that tell the topic
    EventBridge,
}

/// What an alarm is about
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlarmKind {
    /// a secret could not be read
    FailedRetrievals,
    /// the key could not be used
    KmsErrors,
    /// a read was denied
    AccessDenied,
    /// somebody reads a secret that is about to be deleted
    PendingDeletion,
    /// a secret, its policy or the key was tampered with
    Tampering,
}

impl AlarmKind {
    /// Every kind
    pub const ALL: [Self; 5] = [
        Self::FailedRetrievals,
        Self::KmsErrors,
        Self::AccessDenied,
        Self::PendingDeletion,
        Self::Tampering,
    ];

    /// Returns the kind as it stands in physical names
    pub fn slug(self) -> &'static str {
        match self {
            Self::FailedRetrievals => "failed-retrievals",
            Self::KmsErrors => "kms-errors",
            Self::AccessDenied => "access-denied",
            Self::PendingDeletion => "pending-deletion",
            Self::Tampering => "tampering",
        }
    }
}

/// One secret
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secret {
    /// template of the physical name where the manifest overrides it
    pub name: Option<String>,
    /// public text shown beside the secret in AWS
    pub description: Option<String>,
    /// the shape of the value, with the keys of a JSON object
    pub value: ValueShape,
    /// rotation of the value by a Lambda function
    pub rotation: Option<Rotation>,
    /// the policy on the secret itself
    pub resource_policy: Option<ResourcePolicy>,
}

/// Rotation of a secret's value
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotation {
    /// the function that rotates
    pub lambda_arn: Arn,
    /// when
    pub schedule: Schedule,
    /// how long a rotation may take, 1 to 24 hours; none for AWS's own choice
    pub window_hours: Option<u8>,
    /// the role of the function, where it is none of the manifest's functions
    pub role: Option<Arn>,
    /// the first rotation
    pub first: FirstRotation,
    /// where the manifest's text names the function
    pub place: Span,
}

/// When a secret is rotated
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Schedule {
    /// every so many days, 1 to 1000
    EveryDays(u16),
    /// `rate(…)` or `cron(…)`
    Expression(String),
}

/// When a secret is rotated for the first time
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FirstRotation {
    /// by the schedule
    OnSchedule,
    /// when rotation is set up
    AtOnce,
}

/// What the policy on a secret itself says
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ResourcePolicy {
    /// nobody reads who is not named
    pub deny_others: bool,
    /// nobody calls without TLS
    pub deny_insecure: bool,
    /// who may read besides this project's functions
    pub readers: BTreeSet<Arn>,
}

/// The shape of a secret's value
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ValueShape {
    /// a JSON object with these keys
    Json(BTreeMap<ValueKey, KeyRule>),
    /// one plain text
    String,
    /// bytes, which never enter the environment
    Binary,
}

/// What the manifest says of one key of a JSON secret
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyRule {
    /// a function must not start without it
    pub required: bool,
    /// public text that the secret is created with
    pub default: Option<PublicText>,
    /// public text for the reader of the manifest
    pub description: Option<String>,
}

/// Text that stands in the manifest and so is public: never a secret value
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PublicText(pub String);

/// One function
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// template of the function's name where the manifest overrides `<project>-<env>-<function>`
    pub function_name: Option<String>,
    /// the role's name where the manifest overrides it (a template as well)
    pub role_name: Option<String>,
    /// the Lambda runtime's identifier, such as `python3.12`
    pub runtime: Option<String>,
    /// the secrets that it may read, each declared, in the order of the manifest
    pub reads: Vec<SecretKey>,
    /// the secrets whose values it may replace, each declared, in the order of the manifest
    pub writes: Vec<SecretKey>,
    /// further policies of its role
    pub policies: Vec<PolicySource>,
    /// where its right to write logs comes from
    pub logs: Logs,
    /// the boundary of its role where the manifest names one
    pub boundary: Option<Arn>,
    /// restricts the trust to calls on behalf of this account
    pub trust_source_account: Option<AccountId>,
    /// restricts the trust to calls on behalf of this resource
    pub trust_source_arn: Option<Arn>,
}

/// A policy that the caller supplies for a function's role
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum PolicySource {
    /// a managed policy to attach
    Managed(Arn),
    /// a JSON file beside the manifest, put on the role as an inline policy named after the file
    File(String),
}

/// Where a function's right to write its logs comes from
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Logs {
    /// the AWS managed policy `AWSLambdaBasicExecutionRole`
    #[default]
    Managed,
    /// a statement of its own for just its log group
    Own,
}
