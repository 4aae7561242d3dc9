//! What an environment should be: every physical name, policy and setting, from the manifest.
//!
//! [`resolve`] decides names and policies and nothing else; what exists is unknown here.

mod scope;

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use crate::manifest::{Manifest, PublicText, TemplateError, ValueShape};
use crate::name::{
    AccountId, Arn, EnvironmentName, FunctionKey, KeyAlias, NameError, Partition, PolicyName,
    ProjectName, Region, RoleName, SecretKey, SecretName, ValueKey,
};
use crate::policy::{Document, DocumentError, RenderError};

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
    /// the functions' roles by name
    pub roles: BTreeMap<RoleName, DesiredRole>,
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

/// One secret
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DesiredSecret {
    /// its name in the manifest
    pub key: SecretKey,
    /// public text, empty for none
    pub description: String,
    /// the shape of its value
    pub value: ValueShape,
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

/// The role of one function
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DesiredRole {
    /// the function's name in the manifest
    pub function: FunctionKey,
    /// the function's name in Lambda
    pub function_name: String,
    /// the path that sets the environment's roles apart
    pub path: String,
    /// public text
    pub description: String,
    /// who may assume it
    pub trust: Document,
    /// inline policies; the KMS key stands in them as [`crate::policy::KEY_ARN_PLACEHOLDER`]
    pub inline: BTreeMap<PolicyName, Document>,
    /// managed policies
    pub attached: BTreeSet<Arn>,
    /// the secrets that it reads
    pub reads: Vec<SecretName>,
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
    /// a template did not give a policy
    #[error(transparent)]
    Render(#[from] RenderError),
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

/// Returns the SHA-256 of `bytes` in lower-case hexadecimal
pub fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
