//! What an environment should be: every physical name, policy and setting, from the manifest.
//!
//! [`resolve`] decides names and policies and nothing else; what exists is unknown here.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use crate::manifest::{self, Environment, Logs, Manifest, PolicySource, PublicText, ValueShape};
use crate::name::{
    AccountId, Arn, EnvironmentName, FunctionKey, KeyAlias, NameError, Partition, PolicyName,
    ProjectName, Region, RoleName, SecretKey, SecretName, ValueKey,
};
use crate::policy::{
    self, ACCOUNT_PLACEHOLDER, Document, DocumentError, FunctionPolicy, KEY_ARN_PLACEHOLDER,
    KeyPolicy, Operators, RenderError, TrustPolicy,
};

/// Tags of a resource
pub type Tags = BTreeMap<String, String>;
/// Texts of the policy files that the manifest names, by the name as written there
pub type PolicyFiles = BTreeMap<String, String>;

/// The tag whose value names the tool that owns a resource
pub const MANAGED_BY: (&str, &str) = ("managed-by", "lambda-secrets");
/// The inline policy that lets a function read its secrets
pub const SECRETS_ACCESS: &str = "secrets-access";
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
    /// inline policies; the KMS key stands in them as [`KEY_ARN_PLACEHOLDER`]
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
/// `account` is none offline: policies then hold [`ACCOUNT_PLACEHOLDER`].
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
    let (name, declared) = manifest
        .environments
        .iter()
        .find(|(name, _)| name.as_str() == environment)
        .ok_or_else(|| ResolveError::UnknownEnvironment {
            wanted: environment.to_owned(),
            declared: manifest.environments.keys().cloned().collect(),
        })?;
    let scope = Scope { project: &manifest.project, name, declared, account };

    let alias_text = scope.fill(&declared.key_alias, &[]);
    let alias = parsed(KeyAlias::parse(alias_text.as_str()), "key_alias", &alias_text)?;
    let secrets = scope.secrets()?;
    let roles = scope.roles(&secrets, files)?;
    let key = DesiredKey {
        alias,
        description: format!("Secrets of {} {}", manifest.project, name),
        rotation_days: declared.rotate_kms_key_days,
        policy: policy::key_policy(&scope.key_policy(&secrets, &roles))?,
    };
    Ok(Desired {
        project: manifest.project.clone(),
        environment: name.clone(),
        region: declared.region.clone(),
        partition: declared.partition.clone(),
        account: account.cloned(),
        protected: declared.protected,
        recovery_window_days: declared.recovery_window_days,
        tags: ownership_tags(&manifest.project, name),
        key,
        secrets,
        roles,
        manifest_digest: manifest.digest.clone(),
    })
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

/// The environment that is being resolved
struct Scope<'a> {
    project: &'a ProjectName,
    name: &'a EnvironmentName,
    declared: &'a Environment,
    account: Option<&'a AccountId>,
}

impl Scope<'_> {
    fn account_text(&self) -> &str {
        self.account.map_or(ACCOUNT_PLACEHOLDER, AccountId::as_str)
    }

    fn default_secret_name(&self, key: &SecretKey) -> String {
        format!("{}/{}/{}", self.project, self.name, key)
    }

    fn fill(&self, template: &str, more: &[(&str, &str)]) -> String {
        let mut text = template
            .replace("{project}", self.project.as_str())
            .replace("{env}", self.name.as_str());
        for (placeholder, value) in more {
            text = text.replace(placeholder, value);
        }
        text
    }

    fn arn_pattern(&self, secret: &SecretName) -> String {
        policy::secret_arn_pattern(
            self.declared.partition.as_str(),
            self.declared.region.as_str(),
            self.account_text(),
            secret.as_str(),
        )
    }

    fn secrets(&self) -> Result<BTreeMap<SecretName, DesiredSecret>, ResolveError> {
        let mut secrets: BTreeMap<SecretName, DesiredSecret> = BTreeMap::new();
        for (key, secret) in &self.declared.secrets {
            let manifest::Secret { name, description, value } = secret;
            let place = format!("secrets.{key}");
            let text = match name {
                Some(template) => self.fill(template, &[("{secret}", key.as_str())]),
                None => self.default_secret_name(key),
            };
            let name = parsed(SecretName::parse(text.as_str()), &format!("{place}.name"), &text)?;
            let desired = DesiredSecret {
                key: key.clone(),
                description: description.clone().unwrap_or_default(),
                value: value.clone(),
            };
            if let Some(other) = secrets.insert(name, desired) {
                let first = format!("secrets.{}", other.key);
                return Err(ResolveError::Collision { first, second: place, name: text });
            }
        }
        Ok(secrets)
    }

    fn roles(
        &self,
        secrets: &BTreeMap<SecretName, DesiredSecret>,
        files: &PolicyFiles,
    ) -> Result<BTreeMap<RoleName, DesiredRole>, ResolveError> {
        let names = self.role_names()?;
        let mut roles = BTreeMap::new();
        for (function, declared) in &self.declared.functions {
            let name = names[function].clone();
            let role = self.role(function, declared, secrets, files)?;
            roles.insert(name, role);
        }
        Ok(roles)
    }

    /// Role names by function; IAM compares them without case
    fn role_names(&self) -> Result<BTreeMap<FunctionKey, RoleName>, ResolveError> {
        let mut names: BTreeMap<FunctionKey, RoleName> = BTreeMap::new();
        let mut taken: BTreeMap<String, &FunctionKey> = BTreeMap::new();
        // names that the manifest spells out come first: they cannot give way
        let (spelt, derived): (Vec<_>, Vec<_>) =
            self.declared.functions.iter().partition(|(_, f)| f.role_name.is_some());
        for (function, declared) in spelt.into_iter().chain(derived) {
            let place = format!("functions.{function}.role_name");
            let text = match &declared.role_name {
                Some(template) => self.fill(template, &[("{function}", function.as_str())]),
                None => {
                    let plain = format!("{}-{}-{function}", self.project, self.name);
                    if plain.len() > 64 || taken.contains_key(&plain.to_lowercase()) {
                        shortened(&plain, 64)
                    } else {
                        plain
                    }
                }
            };
            let name = parsed(RoleName::parse(text.as_str()), &place, &text)?;
            if let Some(other) = taken.insert(text.to_lowercase(), function) {
                let first = format!("functions.{other}.role_name");
                return Err(ResolveError::Collision { first, second: place, name: text });
            }
            names.insert(function.clone(), name);
        }
        Ok(names)
    }

    fn role(
        &self,
        key: &FunctionKey,
        declared: &manifest::Function,
        secrets: &BTreeMap<SecretName, DesiredSecret>,
        files: &PolicyFiles,
    ) -> Result<DesiredRole, ResolveError> {
        let manifest::Function {
            function_name,
            role_name: _,
            runtime: _,
            reads,
            policies,
            logs,
            trust_source_account,
            trust_source_arn,
        } = declared;
        let function_name = match function_name {
            Some(template) => self.fill(template, &[("{function}", key.as_str())]),
            None => format!("{}-{}-{key}", self.project, self.name),
        };
        let reads: Vec<SecretName> = reads
            .iter()
            .filter_map(|read| secrets.iter().find(|(_, s)| s.key == *read))
            .map(|(name, _)| name.clone())
            .collect();
        let mut inline = BTreeMap::new();
        let mut attached = BTreeSet::new();
        let log_group = match logs {
            Logs::Own => Some(format!("/aws/lambda/{function_name}")),
            Logs::Managed => {
                attached.insert(self.basic_execution());
                None
            }
        };
        if !reads.is_empty() || log_group.is_some() {
            let access = policy::function_policy(&FunctionPolicy {
                partition: self.declared.partition.to_string(),
                region: self.declared.region.to_string(),
                account: self.account_text().to_owned(),
                secrets: reads.iter().map(|name| self.arn_pattern(name)).collect(),
                key: KEY_ARN_PLACEHOLDER.to_owned(),
                log_group,
            })?;
            inline.insert(fixed_policy_name(), access);
        }
        for source in policies {
            match source {
                PolicySource::Managed(arn) => {
                    attached.insert(arn.clone());
                }
                PolicySource::File(file) => {
                    let (name, document) = policy_file(key, file, files)?;
                    if inline.insert(name.clone(), document).is_some() {
                        return Err(ResolveError::Collision {
                            first: format!("functions.{key}.policies: another policy"),
                            second: format!("functions.{key}.policies: {file}"),
                            name: name.to_string(),
                        });
                    }
                }
            }
        }
        Ok(DesiredRole {
            function: key.clone(),
            description: format!("Execution role of {function_name}"),
            function_name,
            path: format!("/{}/{}/", self.project, self.name),
            trust: policy::trust_policy(&TrustPolicy {
                source_account: trust_source_account.as_ref().map(ToString::to_string),
                source_arn: trust_source_arn.as_ref().map(ToString::to_string),
            })?,
            inline,
            attached,
            reads,
        })
    }

    fn basic_execution(&self) -> Arn {
        Arn::parse(format!(
            "arn:{}:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
            self.declared.partition
        ))
        .expect("a partition and fixed text make an ARN")
    }

    fn key_policy(
        &self,
        secrets: &BTreeMap<SecretName, DesiredSecret>,
        roles: &BTreeMap<RoleName, DesiredRole>,
    ) -> KeyPolicy {
        let Environment { partition, region, .. } = self.declared;
        let account = self.account_text();
        // one name of its own and the pattern of the whole environment would be too wide or too narrow
        let all_default =
            secrets.iter().all(|(name, s)| name.as_str() == self.default_secret_name(&s.key));
        let secrets = if all_default {
            vec![format!(
                "arn:{partition}:secretsmanager:{region}:{account}:secret:{}/{}/*",
                self.project, self.name
            )]
        } else {
            secrets.keys().map(|name| self.arn_pattern(name)).collect()
        };
        let readers = roles
            .iter()
            .filter(|(_, role)| !role.reads.is_empty())
            .map(|(name, role)| format!("arn:{partition}:iam::{account}:role{}{name}", role.path))
            .collect();
        KeyPolicy {
            partition: partition.to_string(),
            region: region.to_string(),
            account: account.to_owned(),
            project: self.project.to_string(),
            secrets,
            readers,
            operators: Operators::AnyoneWithIamPermission,
        }
    }
}

fn policy_file(
    function: &FunctionKey,
    file: &str,
    files: &PolicyFiles,
) -> Result<(PolicyName, Document), ResolveError> {
    let text =
        files.get(file).ok_or_else(|| ResolveError::PolicyFileMissing(file.to_owned()))?;
    let document = Document::parse(text)
        .map_err(|source| ResolveError::PolicyFile { file: file.to_owned(), source })?;
    let base = file.rsplit('/').next().unwrap_or(file);
    let stem = base.strip_suffix(".json").unwrap_or(base);
    let place = format!("functions.{function}.policies");
    let name = parsed(PolicyName::parse(stem), &place, stem)?;
    Ok((name, document))
}

fn fixed_policy_name() -> PolicyName {
    PolicyName::parse(SECRETS_ACCESS).expect("a constant that keeps the rules")
}

/// A name within `longest` characters: a prefix, a hyphen and 8 hexadecimal digits of a digest
fn shortened(name: &str, longest: usize) -> String {
    let digest = hexadecimal(name.as_bytes());
    let prefix = name[..name.len().min(longest - 9)].trim_end_matches('-');
    format!("{prefix}-{}", &digest[..8])
}

/// Returns the SHA-256 of `bytes` in lower-case hexadecimal
pub fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn parsed<T>(result: Result<T, NameError>, place: &str, text: &str) -> Result<T, ResolveError> {
    result.map_err(|source| ResolveError::Name {
        place: place.to_owned(),
        text: text.to_owned(),
        source,
    })
}
