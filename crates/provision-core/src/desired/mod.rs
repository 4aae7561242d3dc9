//! What an environment should be: every physical name, policy and setting, from the manifest.
//!
//! [`resolve`] decides names and policies and nothing else; what exists is unknown here.

mod access;
mod boundary;
mod event;
mod monitoring;
mod names;
mod role;
mod scope;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::manifest::{
    FirstRotation, Manifest, PublicText, Schedule, Span, TemplateError, ValueShape,
};
use crate::name::{
    AccountId, Arn, EnvironmentName, FunctionKey, KeyAlias, NameError, Partition, PolicyName,
    ProjectName, Region, RoleName, SecretKey, SecretName, ValueKey,
};
use crate::policy::{Document, DocumentError, RenderError};

pub use monitoring::{
    Alarm, AlarmSource, DesiredMonitoring, KEY_ID_PLACEHOLDER, MetricFilter, Rule, alarm_name,
    alarm_prefix, namespace,
};
use scope::Scope;

/// Tags of a resource
pub type Tags = BTreeMap<String, String>;
/// Texts of the policy files that the manifest names, by the name as written there
pub type PolicyFiles = BTreeMap<String, String>;

/// The tag whose value names the tool that owns a resource
pub const MANAGED_BY: (&str, &str) = ("managed-by", "lambda-secrets");
/// The inline policy that lets a function read its secrets
pub const SECRETS_ACCESS: &str = "secrets-access";
/// The managed policy that lets a function write its logs, without its partition
pub const BASIC_EXECUTION: &str = ":iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";
/// The tag of the key from its creation until the environment is whole
///
/// It tells an environment that a run left half made, which the next run finishes, from one in which
/// somebody took access away, which is not given back without asking.
pub const UNFINISHED_TAG: (&str, &str) = ("lambda-secrets:unfinished", "true");
/// The tag of the key that names the regions which hold copies, or may, with spaces between
///
/// Keys and copies in a region are found by it when the manifest names the region no longer.
pub const REPLICAS_TAG: &str = "lambda-secrets:replicas";
/// The tag of a secret that got a policy of its own, with what stands there while it has it
///
/// A listing shows tags and no policies: by it one is not forgotten that is no longer declared.
pub const POLICY_TAG: (&str, &str) = ("lambda-secrets:policy", "declared");
/// What [`POLICY_TAG`] says once the policy is gone
pub const POLICY_GONE: &str = "none";
/// The tag that records which manifest defaults a secret was created with
pub const DEFAULTS_TAG: &str = "lambda-secrets:defaults";

/// One environment, resolved to physical names
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Desired {
    /// the project
    pub project: ProjectName,
    /// the environment
    pub environment: EnvironmentName,
    /// where it lives
    pub region: Region,
    /// the partition of the region
    pub partition: Partition,
    /// the account that policies name, none offline
    pub account: Option<AccountId>,
    /// no destroy and no widening without `--confirm project/env`
    pub protected: bool,
    /// days until what is deleted is gone
    pub recovery_window_days: u16,
    /// the tags that mark ownership
    pub tags: Tags,
    /// the environment's KMS key
    pub key: DesiredKey,
    /// the secrets by physical name
    pub secrets: BTreeMap<SecretName, DesiredSecret>,
    /// the keys of the regions that hold copies of the secrets
    pub replicas: BTreeMap<Region, DesiredReplica>,
    /// the environment's own managed policies by name
    pub policies: BTreeMap<PolicyName, DesiredPolicy>,
    /// the roles by name
    pub roles: BTreeMap<RoleName, DesiredRole>,
    /// alarms and the retention of logs
    pub monitoring: DesiredMonitoring,
    /// digest of the manifest's text
    pub manifest_digest: String,
}

/// The KMS key of an environment
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DesiredKey {
    /// the alias that finds it
    pub alias: KeyAlias,
    /// public text
    pub description: String,
    /// days between rotations
    pub rotation_days: u16,
    /// who may use it
    pub policy: Document,
}

/// The key of the copies in one region
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DesiredReplica {
    /// one of the environment's own
    Own(Box<DesiredKey>),
    /// one that exists and stays as it is
    Given(Arn),
}

/// One secret
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DesiredSecret {
    /// its name in the manifest
    pub key: SecretKey,
    /// public text, empty for none
    pub description: String,
    /// the shape of its value
    pub value: ValueShape,
    /// rotation of its value
    pub rotation: Option<DesiredRotation>,
    /// the policy on the secret itself
    pub resource_policy: Option<Document>,
}

/// The rotation of a secret
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DesiredRotation {
    /// by which function, and when
    pub rules: RotationRules,
    /// the first time
    pub first: FirstRotation,
}

/// By which function a secret is rotated, and when
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RotationRules {
    /// the function
    pub lambda_arn: Arn,
    /// when
    pub schedule: Schedule,
    /// how long a rotation may take in hours, none for AWS's own choice
    pub window_hours: Option<u8>,
}

impl DesiredSecret {
    /// Returns the public defaults that the secret is created with
    pub fn defaults(&self) -> BTreeMap<ValueKey, PublicText> {
        match &self.value {
            ValueShape::Json(keys) => keys
                .iter()
                .filter_map(|(k, rule)| Some((k.clone(), rule.default.clone()?)))
                .collect(),
            ValueShape::String | ValueShape::Binary => BTreeMap::new(),
        }
    }

    /// Returns the keys that a function must not start without
    pub fn required(&self) -> BTreeSet<ValueKey> {
        match &self.value {
            ValueShape::Json(keys) => {
                keys.iter().filter(|(_, rule)| rule.required).map(|(k, _)| k.clone()).collect()
            }
            ValueShape::String | ValueShape::Binary => BTreeSet::new(),
        }
    }
}

/// A managed policy of the environment
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DesiredPolicy {
    /// the path that sets the environment's policies apart
    pub path: String,
    /// public text
    pub description: String,
    /// what it grants; KMS keys stand in it by their placeholders
    pub document: Document,
}

/// A role
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DesiredRole {
    /// whose it is
    pub holder: Holder,
    /// the path that sets the environment's roles apart
    pub path: String,
    /// public text
    pub description: String,
    /// who may assume it
    pub trust: Document,
    /// inline policies; KMS keys stand in them by their placeholders
    pub inline: BTreeMap<PolicyName, Document>,
    /// managed policies
    pub attached: BTreeSet<Arn>,
    /// the most that it may ever do
    pub boundary: Option<Arn>,
    /// the secrets that it reads
    pub reads: Vec<SecretName>,
    /// the secrets that it writes
    pub writes: Vec<SecretName>,
    /// the secrets that it rotates
    pub rotates: Vec<SecretName>,
}

/// Whose role it is
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holder {
    /// a Lambda function's
    Function {
        /// its name in the manifest
        key: FunctionKey,
        /// its name in Lambda
        name: String,
    },
    /// one of people or pipelines
    Caller(CallerRole),
}

/// A role of people or pipelines
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CallerRole {
    /// changes everything, reads and writes no value
    Provisioner,
    /// reads everything but values
    Planner,
    /// reads and writes values
    Writer,
    /// deletes without a recovery window
    BreakGlass,
    /// a provisioner for the pipelines of a repository on GitHub
    GithubDeploy,
}

impl CallerRole {
    /// Returns the role as it stands in physical names
    pub fn slug(self) -> &'static str {
        match self {
            Self::Provisioner => "provisioner",
            Self::Planner => "planner",
            Self::Writer => "writer",
            Self::BreakGlass => "break-glass",
            Self::GithubDeploy => "github-deploy",
        }
    }
}

/// Why an environment cannot be resolved
#[derive(Debug, thiserror::Error)]
pub enum ResolveError {
    /// the manifest has no such environment
    #[error("the manifest declares no environment `{wanted}`")]
    UnknownEnvironment {
        /// what was asked for
        wanted: String,
        /// what is declared
        declared: Vec<EnvironmentName>,
    },
    /// a template cannot be filled in
    #[error("{place}: {source}")]
    Template {
        /// the manifest's place, such as `secrets.api-keys.name`
        place: String,
        /// what is wrong with it
        source: TemplateError,
    },
    /// a filled-in template is no valid name
    #[error("{place}: `{text}`: {source}")]
    Name {
        /// the manifest's place, such as `secrets.api-keys.name`
        place: String,
        /// the name as filled in
        text: String,
        /// the rule that it breaks
        source: NameError,
    },
    /// two declarations of one environment come to the same physical name
    #[error("{first} and {second} both come to the name `{name}`")]
    Collision {
        /// one place
        first: String,
        /// the other place
        second: String,
        /// the name
        name: String,
    },
    /// the manifest names a policy file whose text was not given
    #[error("the policy file `{0}` was not read")]
    PolicyFileMissing(String),
    /// a policy file is no policy
    #[error("{file}: {source}")]
    PolicyFile {
        /// the file as the manifest names it
        file: String,
        /// what is wrong with it
        source: DocumentError,
    },
    /// whoever rotates a secret must be known, and is not
    #[error("`secrets.{secret}.rotation` names a function whose role is not known")]
    UnknownRotator {
        /// the secret
        secret: SecretKey,
        /// where the manifest's text names the function
        place: Span,
    },
    /// a template did not give a policy
    #[error(transparent)]
    Render(#[from] RenderError),
}

impl ResolveError {
    /// Returns where the manifest's text has what is wrong, where that is one place
    pub fn place(&self) -> Option<Span> {
        match self {
            Self::UnknownRotator { place, .. } => Some(*place),
            Self::UnknownEnvironment { .. }
            | Self::Template { .. }
            | Self::Name { .. }
            | Self::Collision { .. }
            | Self::PolicyFileMissing(_)
            | Self::PolicyFile { .. }
            | Self::Render(_) => None,
        }
    }
}

/// Returns the environment with every name and policy filled in
///
/// `account` is none offline: policies then hold [`crate::policy::ACCOUNT_PLACEHOLDER`].
///
/// # Errors
/// An unknown environment, a name that AWS would refuse, two names that collide, a policy file
/// that is no policy.
pub fn resolve(
    manifest: &Manifest,
    environment: &str,
    files: &PolicyFiles,
    account: Option<&AccountId>,
) -> Result<Desired, ResolveError> {
    let (name, declared) =
        manifest.environments.iter().find(|(name, _)| name.as_str() == environment).ok_or_else(
            || ResolveError::UnknownEnvironment {
                wanted: environment.to_owned(),
                declared: manifest.environments.keys().cloned().collect(),
            },
        )?;
    Scope { project: &manifest.project, name, declared, account }.resolve(&manifest.digest, files)
}

impl Desired {
    /// Returns the IAM paths of what belongs to the environment: its roles and policies, and those of
    /// the people and pipelines that decide over them
    pub fn paths(&self) -> [String; 2] {
        [
            scope::path(&self.project, &self.environment),
            scope::callers_path(&self.project, &self.environment),
        ]
    }
}

/// Returns the tags that mark what belongs to one environment of a project
pub fn ownership_tags(project: &ProjectName, environment: &EnvironmentName) -> Tags {
    [
        (MANAGED_BY.0, MANAGED_BY.1),
        ("project", project.as_str()),
        ("environment", environment.as_str()),
    ]
    .map(|(key, value)| (key.to_owned(), value.to_owned()))
    .into()
}

/// Returns the value of [`REPLICAS_TAG`]
pub fn replicas_tag(regions: &BTreeSet<Region>) -> String {
    regions.iter().map(Region::as_str).collect::<Vec<_>>().join(" ")
}

/// Returns the regions that the tags of a key name, what is no region left out
pub fn tagged_replicas(tags: &Tags) -> BTreeSet<Region> {
    let names = tags.get(REPLICAS_TAG).map(String::as_str).unwrap_or_default();
    names.split(' ').filter_map(|name| Region::parse(name).ok()).collect()
}

/// Returns the SHA-256 of `bytes` in lower-case hexadecimal
pub fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
