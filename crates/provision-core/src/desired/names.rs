//! The physical names of one environment: from the manifest's templates, or else derived.

use std::collections::BTreeMap;

use super::scope::Scope;
use super::{CallerRole, ResolveError, hexadecimal};
use crate::manifest::{Access, Placeholders};
use crate::name::{FunctionKey, KeyAlias, NameError, PolicyName, RoleName, SecretKey, SecretName};

/// The longest name of a role, in characters
const ROLE_NAME: usize = 64;

/// Every name that a policy may have to mention
pub(super) struct Names {
    pub(super) alias: KeyAlias,
    pub(super) secrets: BTreeMap<SecretKey, SecretName>,
    pub(super) functions: BTreeMap<FunctionKey, FunctionNames>,
    pub(super) callers: BTreeMap<CallerRole, RoleName>,
}

/// The names of one function
pub(super) struct FunctionNames {
    /// in Lambda
    pub(super) function: String,
    pub(super) role: RoleName,
}

/// What a template may name beside project and environment
#[derive(Clone, Copy)]
enum Extra<'a> {
    None,
    Secret(&'a SecretKey),
    Function(&'a FunctionKey),
}

impl Scope<'_> {
    /// Returns every name of the environment
    pub(super) fn names(&self) -> Result<Names, ResolveError> {
        let alias = self.fill("key_alias", &self.declared.key_alias, Extra::None)?;
        let functions = self.function_names()?;
        Ok(Names {
            alias: parsed(KeyAlias::parse(alias.as_str()), "key_alias", &alias)?,
            secrets: self.secret_names()?,
            callers: self.caller_names(&functions)?,
            functions,
        })
    }

    /// Returns the name that a secret has where the manifest does not override it
    pub(super) fn default_secret_name(&self, key: &SecretKey) -> String {
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

    fn secret_names(&self) -> Result<BTreeMap<SecretKey, SecretName>, ResolveError> {
        let mut names = BTreeMap::new();
        let mut taken: BTreeMap<String, &SecretKey> = BTreeMap::new();
        for (key, secret) in &self.declared.secrets {
            let place = format!("secrets.{key}");
            let text = match &secret.name {
                Some(template) => {
                    self.fill(&format!("{place}.name"), template, Extra::Secret(key))?
                }
                None => self.default_secret_name(key),
            };
            let name = parsed(SecretName::parse(text.as_str()), &format!("{place}.name"), &text)?;
            if let Some(other) = taken.insert(text.clone(), key) {
                let first = format!("secrets.{other}");
                return Err(ResolveError::Collision { first, second: place, name: text });
            }
            names.insert(key.clone(), name);
        }
        Ok(names)
    }

    /// Names of functions and their roles; IAM compares names without case
    fn function_names(&self) -> Result<BTreeMap<FunctionKey, FunctionNames>, ResolveError> {
        let mut names: BTreeMap<FunctionKey, FunctionNames> = BTreeMap::new();
        let mut taken: BTreeMap<String, &FunctionKey> = BTreeMap::new();
        // names that the manifest spells out come first: they cannot give way
        let (spelt, derived): (Vec<_>, Vec<_>) =
            self.declared.functions.iter().partition(|(_, f)| f.role_name.is_some());
        for (key, declared) in spelt.into_iter().chain(derived) {
            let place = format!("functions.{key}.role_name");
            let plain = format!("{}-{}-{key}", self.project, self.name);
            let text = match &declared.role_name {
                Some(template) => self.fill(&place, template, Extra::Function(key))?,
                None if plain.len() > ROLE_NAME || taken.contains_key(&plain.to_lowercase()) => {
                    shortened(&plain, ROLE_NAME)
                }
                None => plain.clone(),
            };
            let role = parsed(RoleName::parse(text.as_str()), &place, &text)?;
            if let Some(other) = taken.insert(text.to_lowercase(), key) {
                let first = format!("functions.{other}.role_name");
                return Err(ResolveError::Collision { first, second: place, name: text });
            }
            let place = format!("functions.{key}.function_name");
            let function = match &declared.function_name {
                Some(template) => self.fill(&place, template, Extra::Function(key))?,
                None => plain,
            };
            names.insert(key.clone(), FunctionNames { function, role });
        }
        Ok(names)
    }

    /// A dot keeps these names apart from those of functions, which have none unless the manifest
    /// spells one out
    fn caller_names(
        &self,
        functions: &BTreeMap<FunctionKey, FunctionNames>,
    ) -> Result<BTreeMap<CallerRole, RoleName>, ResolveError> {
        let Access { provisioner, planner, writer, break_glass, github } = &self.declared.access;
        let declared = [
            (CallerRole::Provisioner, !provisioner.is_empty()),
            (CallerRole::Planner, !planner.is_empty()),
            (CallerRole::Writer, !writer.is_empty()),
            (CallerRole::BreakGlass, !break_glass.is_empty()),
            (CallerRole::GithubDeploy, github.is_some()),
        ];
        declared
            .into_iter()
            .filter(|(_, declared)| *declared)
            .map(|(role, _)| {
                let text = format!("{}-{}.{}", self.project, self.name, role.slug());
                let text = if text.len() > ROLE_NAME { shortened(&text, ROLE_NAME) } else { text };
                let name = parsed(RoleName::parse(text.as_str()), "access", &text)?;
                let same = |other: &FunctionNames| other.role.as_str().eq_ignore_ascii_case(&text);
                match functions.iter().find(|(_, other)| same(other)) {
                    None => Ok((role, name)),
                    Some((key, _)) => Err(ResolveError::Collision {
                        first: format!("functions.{key}.role_name"),
                        second: "access".to_owned(),
                        name: text,
                    }),
                }
            })
            .collect()
    }

    /// Returns the name of a managed policy of the environment
    pub(super) fn policy_name(&self, rest: &str) -> Result<PolicyName, ResolveError> {
        let text = format!("{}-{}-{rest}", self.project, self.name);
        let text = if text.len() > 128 { shortened(&text, 128) } else { text };
        parsed(PolicyName::parse(text.as_str()), "access", &text)
    }
}

/// Returns a name within `longest` characters: a prefix, a hyphen and 8 hexadecimal digits of a digest
pub(super) fn shortened(name: &str, longest: usize) -> String {
    let digest = hexadecimal(name.as_bytes());
    let prefix = name[..name.len().min(longest - 9)].trim_end_matches('-');
    format!("{prefix}-{}", &digest[..8])
}

/// Returns the name, or where it came from and what is wrong with it
pub(super) fn parsed<T>(
    result: Result<T, NameError>,
    place: &str,
    text: &str,
) -> Result<T, ResolveError> {
    result.map_err(|source| ResolveError::Name {
        place: place.to_owned(),
        text: text.to_owned(),
        source,
    })
}
