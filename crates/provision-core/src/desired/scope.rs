//! One environment while its names and policies are being decided.

use std::collections::{BTreeMap, BTreeSet};

use super::names::Names;
use super::{
    CallerRole, Desired, DesiredKey, DesiredReplica, DesiredRotation, DesiredSecret, PolicyFiles,
    ResolveError, RotationRules, hexadecimal, ownership_tags,
};
use crate::manifest::{self, Environment, ReplicaKey};
use crate::name::{
    AccountId, Arn, EnvironmentName, FunctionKey, ProjectName, Region, RoleName, SecretKey,
    SecretName,
};
use crate::policy::{
    self, ACCOUNT_PLACEHOLDER, Document, KeyPolicy, NamedOperators, Operators, ProvisionerDecrypt,
    Reader, ResourcePolicy,
};

/// The environment that is being resolved
pub(super) struct Scope<'a> {
    pub(super) project: &'a ProjectName,
    pub(super) name: &'a EnvironmentName,
    pub(super) declared: &'a Environment,
    pub(super) account: Option<&'a AccountId>,
}

/// Who rotates a secret
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Rotator {
    /// one of the manifest's functions
    Function(FunctionKey),
    /// a role of somebody else
    Role(Arn),
    /// a role that the manifest does not tell
    Unknown,
}

/// Who rotates which secret
pub(super) type Rotators = BTreeMap<SecretKey, Rotator>;

impl Scope<'_> {
    /// Returns the environment with every name and policy filled in
    pub(super) fn resolve(
        self,
        digest: &str,
        files: &PolicyFiles,
    ) -> Result<Desired, ResolveError> {
        let names = self.names()?;
        let rotators = self.rotators(&names)?;
        let mut policies = BTreeMap::new();
        let mut roles = self.function_roles(&names, &rotators, files, &mut policies)?;
        policies.extend(self.boundary(&names, &rotators, files)?);
        roles.extend(self.caller_roles(&names, &rotators, &mut policies)?);
        let secrets = self.secrets(&names, &rotators)?;
        let key = self.key(&names, &rotators, &self.declared.region)?;
        let replicas = self
            .declared
            .replicas
            .iter()
            .map(|(region, key)| {
                let replica = match key {
                    ReplicaKey::Own => {
                        DesiredReplica::Own(Box::new(self.key(&names, &rotators, region)?))
                    }
                    ReplicaKey::Given(arn) => DesiredReplica::Given(arn.clone()),
                };
                Ok((region.clone(), replica))
            })
            .collect::<Result<_, ResolveError>>()?;
        Ok(Desired {
            project: self.project.clone(),
            environment: self.name.clone(),
            region: self.declared.region.clone(),
            partition: self.declared.partition.clone(),
            account: self.account.cloned(),
            protected: self.declared.protected,
            recovery_window_days: self.declared.recovery_window_days,
            tags: ownership_tags(self.project, self.name),
            monitoring: self.monitoring(&names)?,
            key,
            replicas,
            secrets,
            policies,
            roles,
            manifest_digest: with_files(digest, files),
        })
    }

    pub(super) fn account_text(&self) -> &str {
        self.account.map_or(ACCOUNT_PLACEHOLDER, AccountId::as_str)
    }

    pub(super) fn path(&self) -> String {
        path(self.project, self.name)
    }

    pub(super) fn callers_path(&self) -> String {
        callers_path(self.project, self.name)
    }

    pub(super) fn role_arn(&self, path: &str, name: &RoleName) -> String {
        let Environment { partition, .. } = self.declared;
        format!("arn:{partition}:iam::{}:role{path}{name}", self.account_text())
    }

    /// The pattern of one secret's ARN in one region
    pub(super) fn arn_pattern(&self, region: &Region, secret: &SecretName) -> String {
        policy::secret_arn_pattern(
            self.declared.partition.as_str(),
            region.as_str(),
            self.account_text(),
            secret.as_str(),
        )
    }

    /// The patterns of all secrets of the environment in one region
    ///
    /// One name of its own and the pattern of the whole environment would be too wide or too narrow.
    pub(super) fn all_patterns(&self, names: &Names, region: &Region) -> Vec<String> {
        if self.is_whole(names) {
            let Environment { partition, .. } = self.declared;
            let account = self.account_text();
            let (project, name) = (self.project, self.name);
            return vec![format!(
                "arn:{partition}:secretsmanager:{region}:{account}:secret:{project}/{name}/*"
            )];
        }
        let secrets: BTreeSet<&SecretName> = names.secrets.values().collect();
        secrets.into_iter().map(|secret| self.arn_pattern(region, secret)).collect()
    }

    /// Whether no name is overridden, so that one prefix is all of them
    pub(super) fn is_whole(&self, names: &Names) -> bool {
        names.secrets.iter().all(|(key, name)| name.as_str() == self.default_secret_name(key))
    }

    fn rotators(&self, names: &Names) -> Result<Rotators, ResolveError> {
        let mut rotators = BTreeMap::new();
        for (key, secret) in &self.declared.secrets {
            let Some(rotation) = &secret.rotation else { continue };
            let lambda = rotation.lambda_arn.resource();
            let lambda = lambda.strip_prefix("function:").unwrap_or(lambda);
            let lambda = lambda.split(':').next().unwrap_or(lambda);
            let ours = self.account.is_none_or(|a| a.as_str() == rotation.lambda_arn.account());
            let function = names
                .functions
                .iter()
                .find(|(_, function)| ours && function.function == lambda)
                .map(|(key, _)| Rotator::Function(key.clone()));
            let given = rotation.role.clone().map(Rotator::Role);
            let rotator = given.or(function).unwrap_or(Rotator::Unknown);
            let closed = self.declared.access.names_provisioner()
                || secret.resource_policy.as_ref().is_some_and(|policy| policy.deny_others);
            if rotator == Rotator::Unknown && closed {
                let (secret, place) = (key.clone(), rotation.place);
                return Err(ResolveError::UnknownRotator { secret, place });
            }
            rotators.insert(key.clone(), rotator);
        }
        Ok(rotators)
    }

    /// The ARN of the role that rotates
    pub(super) fn rotator_arn(&self, names: &Names, rotator: &Rotator) -> Option<String> {
        match rotator {
            Rotator::Function(key) => {
                let function = names.functions.get(key)?;
                Some(self.role_arn(&self.path(), &function.role))
            }
            Rotator::Role(arn) => Some(arn.to_string()),
            Rotator::Unknown => None,
        }
    }

    fn secrets(
        &self,
        names: &Names,
        rotators: &Rotators,
    ) -> Result<BTreeMap<SecretName, DesiredSecret>, ResolveError> {
        let mut secrets = BTreeMap::new();
        for (key, secret) in &self.declared.secrets {
            let manifest::Secret { name: _, description, value, rotation, resource_policy } =
                secret;
            let resource_policy = match resource_policy {
                Some(policy) => Some(self.resource_policy(key, policy, names, rotators)?),
                None => None,
            };
            let rotation = rotation.as_ref().map(|rotation| DesiredRotation {
                rules: RotationRules {
                    lambda_arn: rotation.lambda_arn.clone(),
                    schedule: rotation.schedule.clone(),
                    window_hours: rotation.window_hours,
                },
                first: rotation.first,
            });
            let desired = DesiredSecret {
                key: key.clone(),
                description: description.clone().unwrap_or_default(),
                value: value.clone(),
                rotation,
                resource_policy,
            };
            secrets.insert(names.secrets[key].clone(), desired);
        }
        Ok(secrets)
    }

    fn resource_policy(
        &self,
        key: &SecretKey,
        declared: &manifest::ResourcePolicy,
        names: &Names,
        rotators: &Rotators,
    ) -> Result<Document, ResolveError> {
        let manifest::ResourcePolicy { deny_others, deny_insecure, readers } = declared;
        let functions = self
            .declared
            .functions
            .iter()
            .filter(|(_, function)| function.reads.contains(key) || function.writes.contains(key))
            .map(|(function, _)| self.role_arn(&self.path(), &names.functions[function].role));
        let writer = names
            .callers
            .get(&CallerRole::Writer)
            .map(|name| self.role_arn(&self.callers_path(), name));
        let rotator = rotators.get(key).and_then(|rotator| self.rotator_arn(names, rotator));
        Ok(policy::resource_policy(&ResourcePolicy {
            partition: self.declared.partition.to_string(),
            readers: readers.iter().map(ToString::to_string).collect(),
            own: functions.chain(writer).chain(rotator).collect(),
            deny_others: *deny_others,
            deny_insecure: *deny_insecure,
        })?)
    }

    /// The key of the environment, or of its copies in another region
    fn key(
        &self,
        names: &Names,
        rotators: &Rotators,
        region: &Region,
    ) -> Result<DesiredKey, ResolveError> {
        let copies = if *region == self.declared.region { "Secrets" } else { "Copies of secrets" };
        Ok(DesiredKey {
            alias: names.alias.clone(),
            description: format!("{copies} of {} {}", self.project, self.name),
            rotation_days: self.declared.rotate_kms_key_days,
            policy: policy::key_policy(&self.key_policy(names, rotators, region))?,
        })
    }

    fn key_policy(&self, names: &Names, rotators: &Rotators, region: &Region) -> KeyPolicy {
        let readers = self
            .declared
            .functions
            .iter()
            .filter(|(_, function)| !function.reads.is_empty())
            .map(|(key, _)| self.role_arn(&self.path(), &names.functions[key].role))
            .chain(self.policy_readers().filter(|arn| self.is_ours(arn)).map(ToString::to_string))
            .collect::<BTreeSet<_>>();
        let rotators: BTreeSet<String> =
            rotators.values().filter_map(|rotator| self.rotator_arn(names, rotator)).collect();
        let writers = self
            .declared
            .functions
            .iter()
            .filter(|(_, function)| !function.writes.is_empty())
            .map(|(key, _)| self.role_arn(&self.path(), &names.functions[key].role));
        KeyPolicy {
            partition: self.declared.partition.to_string(),
            region: region.to_string(),
            account: self.account_text().to_owned(),
            project: self.project.to_string(),
            secrets: self.all_patterns(names, region),
            readers: readers.into_iter().collect(),
            foreign_readers: self.foreign_readers(),
            operators: self.operators(names, writers.collect(), rotators, region),
        }
    }

    fn operators(
        &self,
        names: &Names,
        mut writers: BTreeSet<String>,
        rotators: BTreeSet<String>,
        region: &Region,
    ) -> Operators {
        let arn = |role| names.callers.get(&role).map(|n| self.role_arn(&self.callers_path(), n));
        writers.extend(arn(CallerRole::Writer));
        if !self.declared.access.names_provisioner() {
            writers.extend(rotators);
            return Operators::AnyoneWithIamPermission { writers: writers.into_iter().collect() };
        }
        let provisioners = [CallerRole::Provisioner, CallerRole::GithubDeploy].into_iter();
        // whoever may take the role on may do as much under a name of their own: so the first apply,
        // which makes the role, can make the secrets too
        let themselves = self.declared.access.provisioner.iter().map(ToString::to_string);
        let copied = !self.declared.replicas.is_empty() && *region == self.declared.region;
        Operators::Named(NamedOperators {
            writers: writers.into_iter().collect(),
            provisioners: provisioners.filter_map(arn).chain(themselves).collect(),
            rotators: rotators.into_iter().collect(),
            provisioner_decrypt: if copied {
                ProvisionerDecrypt::Values
            } else {
                ProvisionerDecrypt::ValidationOnly
            },
        })
    }

    /// Readers of other accounts, who need the key's word as well as the secret's
    fn foreign_readers(&self) -> Vec<Reader> {
        let readers: Vec<String> = self
            .policy_readers()
            .filter(|arn| !self.is_ours(arn))
            .map(ToString::to_string)
            .collect();
        policy::by_account(&readers)
    }

    /// Whom the policies on secrets themselves let read
    fn policy_readers(&self) -> impl Iterator<Item = &Arn> {
        let secrets = self.declared.secrets.values();
        secrets.filter_map(|secret| secret.resource_policy.as_ref()).flat_map(|said| &said.readers)
    }

    fn is_ours(&self, principal: &Arn) -> bool {
        principal.account() == self.account_text()
    }
}

/// The path of what the provisioner may change
pub(super) fn path(project: &ProjectName, environment: &EnvironmentName) -> String {
    format!("/{project}/{environment}/")
}

/// The path of what decides over the provisioner: no environment's name holds an underscore
pub(super) fn callers_path(project: &ProjectName, environment: &EnvironmentName) -> String {
    format!("/{project}/_access/{environment}/")
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
