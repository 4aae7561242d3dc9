//! The roles of functions.

use std::collections::{BTreeMap, BTreeSet};

use super::monitoring::log_group;
use super::names::{FunctionNames, Names, parsed};
use super::scope::{Rotator, Rotators, Scope};
use super::{
    BASIC_EXECUTION, DesiredPolicy, DesiredRole, Holder, PolicyFiles, ResolveError, SECRETS_ACCESS,
};
use crate::manifest::{self, Logs, PolicySource};
use crate::name::{Arn, FunctionKey, PolicyName, Region, RoleName, SecretKey, SecretName};
use crate::policy::{
    self, Document, FunctionPlace, FunctionPolicies, FunctionPolicy, LogGroup, TrustPolicy,
    key_arn_placeholder,
};

/// Managed policies of the environment in the making
pub(super) type Policies = BTreeMap<PolicyName, DesiredPolicy>;

impl Scope<'_> {
    /// Returns the roles of the functions, and adds the managed policies that they need
    pub(super) fn function_roles(
        &self,
        names: &Names,
        rotators: &Rotators,
        files: &PolicyFiles,
        policies: &mut Policies,
    ) -> Result<BTreeMap<RoleName, DesiredRole>, ResolveError> {
        self.declared
            .functions
            .iter()
            .map(|(key, declared)| {
                let role = self.function_role(key, declared, names, rotators, files, policies)?;
                Ok((names.functions[key].role.clone(), role))
            })
            .collect()
    }

    fn function_role(
        &self,
        key: &FunctionKey,
        declared: &manifest::Function,
        names: &Names,
        rotators: &Rotators,
        files: &PolicyFiles,
        policies: &mut Policies,
    ) -> Result<DesiredRole, ResolveError> {
        let manifest::Function {
            function_name: _,
            role_name: _,
            runtime: _,
            reads,
            writes,
            policies: supplied,
            logs,
            boundary,
            trust_source_account,
            trust_source_arn,
        } = declared;
        let FunctionNames { function, role: _ } = &names.functions[key];
        let mut inline = BTreeMap::new();
        let mut attached = BTreeSet::new();
        for source in supplied {
            match source {
                PolicySource::Managed(arn) => {
                    attached.insert(arn.clone());
                }
                PolicySource::File(file) => {
                    let (name, document) = policy_file(key, file, files)?;
                    if inline.insert(name.clone(), document).is_some() {
                        return Err(taken(key, file, &name));
                    }
                }
            }
        }
        let logs = match logs {
            Logs::Own => Some(LogGroup {
                region: self.declared.region.to_string(),
                group: log_group(function),
            }),
            Logs::Managed => {
                attached.insert(self.basic_execution());
                None
            }
        };
        let named = |secrets: &[SecretKey]| -> Vec<&SecretName> {
            secrets.iter().filter_map(|secret| names.secrets.get(secret)).collect()
        };
        let (reads, writes) = (named(reads), named(writes));
        let rotates = rotated_by(key, rotators, names);
        let access = FunctionPolicy {
            partition: self.declared.partition.to_string(),
            account: self.account_text().to_owned(),
            places: self.places(&reads),
            writes: self.home(&writes),
            rotates: self.home(&rotates),
            logs,
        };
        let used = inline.values().map(Document::counted_length).sum();
        match policy::function_policies(&access, used)? {
            FunctionPolicies::Nothing => {}
            FunctionPolicies::Inline(document) => {
                let name = fixed_policy_name();
                if inline.insert(name.clone(), document).is_some() {
                    return Err(taken(key, "another policy", &name));
                }
            }
            FunctionPolicies::Managed(documents) => {
                for (part, document) in documents {
                    let name = self.policy_name(&format!("{key}-{SECRETS_ACCESS}-{part}"))?;
                    attached.insert(self.policy_arn(&self.path(), &name));
                    let description = format!("Secrets of {function}, part {part}");
                    let path = self.path();
                    policies.insert(name, DesiredPolicy { path, description, document });
                }
            }
        }
        Ok(DesiredRole {
            holder: Holder::Function { key: key.clone(), name: function.clone() },
            description: format!("Execution role of {function}"),
            path: self.path(),
            trust: policy::trust_policy(&TrustPolicy {
                source_account: trust_source_account.as_ref().map(ToString::to_string),
                source_arn: trust_source_arn.as_ref().map(ToString::to_string),
            })?,
            inline,
            attached,
            boundary: match boundary {
                Some(arn) => Some(arn.clone()),
                None => self.boundary_arn()?,
            },
            reads: reads.into_iter().cloned().collect(),
            writes: writes.into_iter().cloned().collect(),
            rotates: rotates.into_iter().cloned().collect(),
        })
    }

    /// Where the function reads: at home, and in every region of copies
    fn places(&self, reads: &[&SecretName]) -> Vec<FunctionPlace> {
        if reads.is_empty() {
            return Vec::new();
        }
        self.places_with(|region| self.patterns(region, reads))
    }

    /// What the function changes: a copy takes no value of its own
    fn home(&self, secrets: &[&SecretName]) -> Option<FunctionPlace> {
        (!secrets.is_empty()).then(|| FunctionPlace {
            region: self.declared.region.to_string(),
            suffix: String::new(),
            secrets: self.patterns(&self.declared.region, secrets),
            key: key_arn_placeholder(None),
        })
    }

    /// The environment's own region and those of copies, with the patterns of secrets in each
    pub(super) fn places_with(
        &self,
        secrets: impl Fn(&Region) -> Vec<String>,
    ) -> Vec<FunctionPlace> {
        let home = [(&self.declared.region, String::new(), key_arn_placeholder(None))].into_iter();
        let copies = self.declared.replicas.iter().map(|(region, key)| {
            let key = match key {
                manifest::ReplicaKey::Own => key_arn_placeholder(Some(region)),
                manifest::ReplicaKey::Given(arn) => arn.to_string(),
            };
            (region, in_words(region), key)
        });
        home.chain(copies)
            .map(|(region, suffix, key)| FunctionPlace {
                region: region.to_string(),
                suffix,
                secrets: secrets(region),
                key,
            })
            .collect()
    }

    fn patterns(&self, region: &Region, secrets: &[&SecretName]) -> Vec<String> {
        secrets.iter().map(|secret| self.arn_pattern(region, secret)).collect()
    }

    /// Returns the ARN of a managed policy of the environment
    pub(super) fn policy_arn(&self, path: &str, name: &PolicyName) -> Arn {
        let partition = &self.declared.partition;
        Arn::parse(format!("arn:{partition}:iam::{}:policy{path}{name}", self.account_text()))
            .expect("a partition, an account, a path and a name make an ARN")
    }

    fn basic_execution(&self) -> Arn {
        Arn::parse(format!("arn:{}{BASIC_EXECUTION}", self.declared.partition))
            .expect("a partition and fixed text make an ARN")
    }
}

/// `UsEast1`: names of statements hold letters and digits only
fn in_words(region: &Region) -> String {
    region
        .as_str()
        .split('-')
        .map(|part| {
            let (first, rest) = part.split_at(part.len().min(1));
            first.to_uppercase() + rest
        })
        .collect()
}

/// The secrets that the function rotates
fn rotated_by<'n>(
    function: &FunctionKey,
    rotators: &Rotators,
    names: &'n Names,
) -> Vec<&'n SecretName> {
    let of = |(secret, rotator): (&SecretKey, &Rotator)| match rotator {
        Rotator::Function(key) if key == function => names.secrets.get(secret),
        Rotator::Function(_) | Rotator::Role(_) | Rotator::Unknown => None,
    };
    rotators.iter().filter_map(of).collect()
}

fn taken(function: &FunctionKey, other: &str, name: &PolicyName) -> ResolveError {
    ResolveError::Collision {
        first: format!("functions.{function}.policies: another policy"),
        second: format!("functions.{function}.policies: {other}"),
        name: name.to_string(),
    }
}

/// Returns the policy in the file that a function names
pub(super) fn policy_text(file: &str, files: &PolicyFiles) -> Result<Document, ResolveError> {
    let text = files.get(file).ok_or_else(|| ResolveError::PolicyFileMissing(file.to_owned()))?;
    Document::parse(text)
        .and_then(Document::of_identity)
        .map_err(|source| ResolveError::PolicyFile { file: file.to_owned(), source })
}

fn policy_file(
    function: &FunctionKey,
    file: &str,
    files: &PolicyFiles,
) -> Result<(PolicyName, Document), ResolveError> {
    let document = policy_text(file, files)?;
    let base = file.rsplit('/').next().unwrap_or(file);
    let stem = base.strip_suffix(".json").unwrap_or(base);
    let place = format!("functions.{function}.policies");
    let name = parsed(PolicyName::parse(stem), &place, stem)?;
    Ok((name, document))
}

fn fixed_policy_name() -> PolicyName {
    PolicyName::parse(SECRETS_ACCESS).expect("a constant that keeps the rules")
}
