//! The manifest after parsing: names are newtypes, defaults are filled in, references resolve.
//!
//! `{project}`, `{env}` and `{secret}` in names stay templates here, because their values depend
//! on the environment; [`crate::desired::resolve`] fills them in.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

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
    /// further policies of its role
    pub policies: Vec<PolicySource>,
    /// where its right to write logs comes from
    pub logs: Logs,
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
