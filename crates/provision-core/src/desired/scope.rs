//! One environment while its names and policies are being decided.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    BASIC_EXECUTION, Desired, DesiredKey, DesiredRole, DesiredSecret, PolicyFiles, ResolveError,
    SECRETS_ACCESS, hexadecimal, ownership_tags,
};
use crate::manifest::{self, Environment, Logs, Placeholders, PolicySource};
use crate::name::{
    AccountId, Arn, EnvironmentName, FunctionKey, KeyAlias, NameError, PolicyName, ProjectName,
    RoleName, SecretKey, SecretName,
};
use crate::policy::{
    self, ACCOUNT_PLACEHOLDER, Document, FunctionPolicy, KEY_ARN_PLACEHOLDER, KeyPolicy, Operators,
    TrustPolicy,
};

/// The environment that is being resolved
pub(super) struct Scope<'a> {
    pub(super) project: &'a ProjectName,
    pub(super) name: &'a EnvironmentName,
    pub(super) declared: &'a Environment,
    pub(super) account: Option<&'a AccountId>,
}

/// What a template may name beside project and environment
#[derive(Clone, Copy)]
enum Extra<'a> {
    None,
    Secret(&'a SecretKey),
    Function(&'a FunctionKey),
}

impl Scope<'_> {
    /// Returns the environment with every name and policy filled in
    pub(super) fn resolve(
        self,
        digest: &str,
        files: &PolicyFiles,
    ) -> Result<Desired, ResolveError> {
        let alias_text = self.fill("key_alias", &self.declared.key_alias, Extra::None)?;
        let alias = parsed(KeyAlias::parse(alias_text.as_str()), "key_alias", &alias_text)?;
        let secrets = self.secrets()?;
        let roles = self.roles(&secrets, files)?;
        let key = DesiredKey {
            alias,
            description: format!("Secrets of {} {}", self.project, self.name),
            rotation_days: self.declared.rotate_kms_key_days,
            policy: policy::key_policy(&self.key_policy(&secrets, &roles))?,
        };
        Ok(Desired {
            project: self.project.clone(),
            environment: self.name.clone(),
            region: self.declared.region.clone(),
            partition: self.declared.partition.clone(),
            account: self.account.cloned(),
            protected: self.declared.protected,
            recovery_window_days: self.declared.recovery_window_days,
            tags: ownership_tags(self.project, self.name),
            key,
            secrets,
            roles,
            manifest_digest: with_files(digest, files),
        })
    }

    fn account_text(&self) -> &str {
        self.account.map_or(ACCOUNT_PLACEHOLDER, AccountId::as_str)
    }

    fn default_secret_name(&self, key: &SecretKey) -> String {
        format!("{}/{}/{}", self.project, self.name, key)
    }

    fn fill(&self, place: &str, template: &str, extra: Extra<'_>) -> Result<String, ResolveError> {
        let placeholders = Placeholders {
            project: self.project.as_str(),
            env: self.name.as_str(),
            secret: match extra {
                Extra::Secret(key) => Some(key.as_str()),
                Extra::None | Extra::Function(_) => None,
            },
            function: match extra {
                Extra::Function(key) => Some(key.as_str()),
                Extra::None | Extra::Secret(_) => None,
            },
        };
        placeholders
            .fill(template)
            .map_err(|source| ResolveError::Template { place: place.to_owned(), source })
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
                Some(template) => {
                    self.fill(&format!("{place}.name"), template, Extra::Secret(key))?
                }
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
                Some(template) => self.fill(&place, template, Extra::Function(function))?,
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
            Some(template) => self.fill(
                &format!("functions.{key}.function_name"),
                template,
                Extra::Function(key),
            )?,
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
        Arn::parse(format!("arn:{}{BASIC_EXECUTION}", self.declared.partition))
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

/// The digest of the manifest and of the files that it names
fn with_files(digest: &str, files: &PolicyFiles) -> String {
    if files.is_empty() {
        return digest.to_owned();
    }
    let all = files.iter().fold(digest.to_owned(), |mut all, (name, text)| {
        all.push_str(&format!("\n{name} {}", hexadecimal(text.as_bytes())));
        all
    });
    hexadecimal(all.as_bytes())
}

fn policy_file(
    function: &FunctionKey,
    file: &str,
    files: &PolicyFiles,
) -> Result<(PolicyName, Document), ResolveError> {
    let text = files.get(file).ok_or_else(|| ResolveError::PolicyFileMissing(file.to_owned()))?;
    let document = Document::parse(text)
        .and_then(Document::of_identity)
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

fn parsed<T>(result: Result<T, NameError>, place: &str, text: &str) -> Result<T, ResolveError> {
    result.map_err(|source| ResolveError::Name {
        place: place.to_owned(),
        text: text.to_owned(),
        source,
    })
}
