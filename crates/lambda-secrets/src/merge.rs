//! Several secrets become one set of variables, and every variable gets its decision.

use std::collections::{BTreeMap, BTreeSet};

use secrecy::{ExposeSecret, SecretString};

use crate::fetch::{FetchError, Fetched};
use crate::loader::Answer;
use crate::mapping::{VariableName, printable, variables};
use crate::reference::Reference;
use crate::required::Required;
use crate::{
    Error, MappingError, Policy, Secret, SecretId, SecretRequest, SecretValue, Source, environment,
};

/// What the secrets gave together.
#[derive(Debug)]
pub(crate) struct Merged {
    /// The ids that loaded, in the order in which they were asked for.
    pub(crate) secrets: Vec<String>,
    /// What did not load.
    pub(crate) failures: Vec<Failure>,
    variables: BTreeMap<VariableName, Sourced>,
    names_of: BTreeMap<String, BTreeSet<VariableName>>,
}

/// One secret or reference that did not load.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) secret: String,
    /// The variable that refers to it, which is as good as unset now.
    variable: Option<VariableName>,
    pub(crate) error: Error,
}

#[derive(Debug)]
struct Sourced {
    value: SecretString,
    secret: String,
    origin: Origin,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    /// A key of a secret that was asked for.
    Key,
    /// A variable that refers to the secret.
    Reference,
}

impl Merged {
    /// Maps every answer. A later secret wins over an earlier one, and a reference over both.
    pub(crate) fn of(
        ids: &[SecretId],
        references: Vec<Result<Reference, Error>>,
        answers: Vec<Answer>,
    ) -> Self {
        let mut merged = Self {
            secrets: Vec::new(),
            failures: Vec::new(),
            variables: BTreeMap::new(),
            names_of: BTreeMap::new(),
        };
        let answers: BTreeMap<SecretRequest, _> = answers.into_iter().collect();
        for id in ids {
            if let Some(answer) = answers.get(&SecretRequest::new(id.clone())) {
                merged.add(id, answer);
            }
        }
        for reference in references {
            merged.refer(reference, &answers);
        }
        merged
    }

    fn add(&mut self, id: &SecretId, answer: &Result<Fetched, FetchError>) {
        let secret = id.as_str().to_owned();
        let mapped = match answer {
            Err(source) => Err(Error::Fetch { secret: secret.clone(), source: source.clone() }),
            Ok(fetched) => variables(&fetched.name, &fetched.value)
                .map_err(|source| Error::Mapping { secret: secret.clone(), source }),
        };
        match mapped {
            Err(error) => self.failures.push(Failure { secret, variable: None, error }),
            Ok(found) => {
                self.names_of.insert(secret.clone(), found.keys().cloned().collect());
                for (name, value) in found {
                    let sourced = Sourced { value, secret: secret.clone(), origin: Origin::Key };
                    self.variables.insert(name, sourced);
                }
                self.loaded(secret);
            }
        }
    }

    fn refer(
        &mut self,
        reference: Result<Reference, Error>,
        answers: &BTreeMap<SecretRequest, Result<Fetched, FetchError>>,
    ) {
        let reference = match reference {
            Ok(reference) => reference,
            Err(error) => {
                let failure = Failure { secret: String::new(), variable: None, error };
                return self.failures.push(failure);
            }
        };
        let Some(answer) = answers.get(&reference.request) else { return };
        let secret = reference.request.id().as_str().to_owned();
        let variable = reference.variable.clone();
        match referred(&reference, answer) {
            Err(error) => {
                let variable = Some(variable);
                self.failures.push(Failure { secret, variable, error });
            }
            Ok(value) => {
                let sourced = Sourced { value, secret: secret.clone(), origin: Origin::Reference };
                self.variables.insert(variable, sourced);
                self.loaded(secret);
            }
        }
    }

    fn loaded(&mut self, secret: String) {
        if !self.secrets.contains(&secret) {
            self.secrets.push(secret);
        }
    }

    pub(crate) fn has_failures(&self) -> bool {
        !self.failures.is_empty()
    }

    /// The first failure; call it only where there is one.
    pub(crate) fn into_first_failure(mut self) -> Error {
        self.failures.swap_remove(0).error
    }

    /// Fails at the first required key that will not be in the environment.
    pub(crate) fn require(mut self, required: &[Required]) -> Result<Self, Error> {
        let unresolved = |variable: &VariableName| {
            self.failures.iter().any(|failure| failure.variable.as_ref() == Some(variable))
        };
        let absent = |required: &&Required| {
            let variable = &required.variable;
            let set = environment::has(variable) && !unresolved(variable);
            !self.variables.contains_key(variable) && !set
        };
        let Some(missing) = required.iter().find(absent) else {
            return Ok(self);
        };
        let key = missing.key.clone();
        let tells_why = |failure: &Failure| match &failure.variable {
            Some(variable) => *variable == missing.variable,
            None => missing.is_of(&failure.secret),
        };
        if let Some(index) = self.failures.iter().position(tells_why) {
            let source = Box::new(self.failures.swap_remove(index).error);
            return Err(Error::RequiredNotLoaded { key, source });
        }
        let searched = self.names_of.iter().filter(|(secret, _)| missing.is_of(secret));
        let (mut secrets, mut existing) = (Vec::new(), BTreeSet::new());
        for (secret, names) in searched {
            secrets.push(secret.as_str());
            existing.extend(names.iter().map(|name| name.as_str().to_owned()));
        }
        let secret = match secrets.is_empty() {
            true => missing.secret.clone().unwrap_or_default(),
            false => crate::words::list(&secrets),
        };
        Err(Error::KeyMissing { secret, key, existing: existing.into_iter().collect() })
    }
}

/// The value that the reference stands for.
fn referred(
    reference: &Reference,
    answer: &Result<Fetched, FetchError>,
) -> Result<SecretString, Error> {
    let id = reference.request.id();
    let secret = id.as_str().to_owned();
    let fetched = answer
        .as_ref()
        .map_err(|source| Error::Fetch { secret: secret.clone(), source: source.clone() })?;
    let found = Secret::fetched(id.clone(), Source::Aws, fetched.clone());
    let value = match &reference.key {
        Some(key) => found.key(key)?,
        None => match found.value() {
            SecretValue::Text(text) => text.clone(),
            SecretValue::Binary(_) => return Err(found.bad(MappingError::NotText)),
        },
    };
    let key = reference.key.as_deref().unwrap_or(reference.variable.as_str());
    match value.expose_secret().contains('\0') {
        true => Err(found.bad(MappingError::InvalidValue { key: printable(key) })),
        false => Ok(value),
    }
}

/// What will happen to every variable.
#[derive(Debug)]
pub(crate) struct Decided<'a> {
    write: Vec<(&'a VariableName, &'a SecretString)>,
    /// The secret behind each of these, in the same order.
    secrets: Vec<&'a str>,
    keep: Vec<&'a VariableName>,
}

/// Decides by `policy`, against the environment as it is.
pub(crate) fn decide(merged: &Merged, policy: Policy) -> Result<Decided<'_>, Error> {
    let mut decided = Decided { write: Vec::new(), secrets: Vec::new(), keep: Vec::new() };
    for (name, sourced) in &merged.variables {
        let policy = match sourced.origin {
            Origin::Reference => Policy::Overwrite,
            Origin::Key => policy,
        };
        match (policy, environment::has(name)) {
            (_, false) | (Policy::Overwrite, true) => {
                decided.write.push((name, &sourced.value));
                decided.secrets.push(&sourced.secret);
            }
            (Policy::Keep, true) => decided.keep.push(name),
            (Policy::Error, true) => {
                return Err(Error::AlreadySet {
                    variable: name.as_str().to_owned(),
                    secret: sourced.secret.clone(),
                });
            }
        }
    }
    Ok(decided)
}

impl Decided<'_> {
    pub(crate) fn to_write(&self) -> &[(&VariableName, &SecretString)] {
        &self.write
    }

    pub(crate) fn written(&self) -> Vec<String> {
        self.write.iter().map(|(name, _)| name.as_str().to_owned()).collect()
    }

    /// The secret that each variable comes from.
    pub(crate) fn origins(&self) -> BTreeMap<String, String> {
        let names = self.write.iter().map(|(name, _)| name.as_str().to_owned());
        names.zip(self.secrets.iter().map(|secret| (*secret).to_owned())).collect()
    }

    pub(crate) fn kept(&self) -> Vec<String> {
        self.keep.iter().map(|name| name.as_str().to_owned()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merged(answers: Vec<Answer>) -> Merged {
        let ids: Vec<_> = answers.iter().map(|(request, _)| request.id().clone()).collect();
        Merged::of(&ids, Vec::new(), answers)
    }

    fn answer(id: &str, text: &str) -> Answer {
        let fetched = Fetched {
            name: id.to_owned(),
            arn: None,
            version_id: None,
            version_stages: Vec::new(),
            created: None,
            value: SecretValue::Text(text.into()),
        };
        (SecretRequest::parse(id).unwrap(), Ok(fetched))
    }

    fn required(list: &str) -> Vec<Required> {
        crate::required::parse_list(list).unwrap()
    }

    #[test]
    fn the_later_secret_wins() {
        let merged = merged(vec![
            answer("p/e/a", r#"{"LS_MERGE_X":"1","LS_MERGE_Y":"2"}"#),
            answer("p/e/b", r#"{"LS_MERGE_X":"3"}"#),
        ]);
        let decided = decide(&merged, Policy::Error).unwrap();
        let values: Vec<_> = decided
            .to_write()
            .iter()
            .map(|(name, value)| (name.as_str(), secrecy::ExposeSecret::expose_secret(*value)))
            .collect();
        assert_eq!(values, [("LS_MERGE_X", "3"), ("LS_MERGE_Y", "2")]);
        assert_eq!(merged.secrets, ["p/e/a", "p/e/b"]);
    }

    #[test]
    fn a_missing_key_lists_those_that_exist() {
        let merged = merged(vec![answer("p/e/a", r#"{"LS_MERGE_X":"canary"}"#)]);
        let error = merged.require(&required("a:LS_MERGE_Z")).unwrap_err();
        let text = format!("{error} {error:?}");
        assert!(text.contains("`p/e/a` has no key `LS_MERGE_Z`; it has LS_MERGE_X"), "{text}");
        assert!(!text.contains("canary"), "{text}");
    }

    #[test]
    fn a_required_key_of_a_secret_that_failed_tells_why() {
        let failed = (SecretRequest::parse("p/e/a").unwrap(), Err(FetchError::CredentialsMissing));
        let error = merged(vec![failed]).require(&required("LS_MERGE_Z")).unwrap_err();
        assert_eq!(error.kind(), "credentials_missing");
        assert!(error.to_string().contains("LS_MERGE_Z"));
    }
}
