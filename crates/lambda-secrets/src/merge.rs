//! Several secrets become one set of variables, and every variable gets its decision.

use std::collections::{BTreeMap, BTreeSet};

use secrecy::SecretString;

use crate::loader::Answer;
use crate::mapping::{VariableName, variables};
use crate::required::Required;
use crate::{Error, Policy, environment};

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

/// One secret that did not load.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) secret: String,
    pub(crate) error: Error,
}

#[derive(Debug)]
struct Sourced {
    value: SecretString,
    secret: String,
}

impl Merged {
    /// Maps every answer; a later secret wins over an earlier one.
    pub(crate) fn of(answers: Vec<Answer>) -> Self {
        let mut merged = Self {
            secrets: Vec::new(),
            failures: Vec::new(),
            variables: BTreeMap::new(),
            names_of: BTreeMap::new(),
        };
        for (id, answer) in answers {
            let secret = id.as_str().to_owned();
            let mapped = answer
                .map_err(|source| Error::Fetch { secret: secret.clone(), source })
                .and_then(|fetched| {
                    variables(&fetched.name, &fetched.value)
                        .map_err(|source| Error::Mapping { secret: secret.clone(), source })
                });
            match mapped {
                Err(error) => merged.failures.push(Failure { secret, error }),
                Ok(found) => {
                    let names = found.keys().cloned().collect();
                    merged.names_of.insert(secret.clone(), names);
                    for (name, value) in found {
                        let sourced = Sourced { value, secret: secret.clone() };
                        merged.variables.insert(name, sourced);
                    }
                    merged.secrets.push(secret);
                }
            }
        }
        merged
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
        let absent = |required: &&Required| {
            !self.variables.contains_key(&required.variable)
                && !environment::has(&required.variable)
        };
        let Some(missing) = required.iter().find(absent) else {
            return Ok(self);
        };
        let key = missing.key.clone();
        if let Some(index) = self.failures.iter().position(|one| missing.is_of(&one.secret)) {
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

/// What will happen to every variable.
#[derive(Debug)]
pub(crate) struct Decided<'a> {
    write: Vec<(&'a VariableName, &'a SecretString)>,
    keep: Vec<&'a VariableName>,
}

/// Decides by `policy`, against the environment as it is.
pub(crate) fn decide(merged: &Merged, policy: Policy) -> Result<Decided<'_>, Error> {
    let mut decided = Decided { write: Vec::new(), keep: Vec::new() };
    for (name, sourced) in &merged.variables {
        match (policy, environment::has(name)) {
            (_, false) | (Policy::Overwrite, true) => decided.write.push((name, &sourced.value)),
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

    pub(crate) fn kept(&self) -> Vec<String> {
        self.keep.iter().map(|name| name.as_str().to_owned()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fetch::{FetchError, Fetched};
    use crate::{SecretId, SecretValue};

    fn answer(id: &str, text: &str) -> Answer {
        let value = SecretValue::Text(text.into());
        let fetched = Fetched { name: id.to_owned(), version_id: None, value };
        (SecretId::parse(id).unwrap(), Ok(fetched))
    }

    fn required(list: &str) -> Vec<Required> {
        crate::required::parse_list(list).unwrap()
    }

    #[test]
    fn the_later_secret_wins() {
        let merged = Merged::of(vec![
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
        let merged = Merged::of(vec![answer("p/e/a", r#"{"LS_MERGE_X":"canary"}"#)]);
        let error = merged.require(&required("a:LS_MERGE_Z")).unwrap_err();
        let text = format!("{error} {error:?}");
        assert!(text.contains("`p/e/a` has no key `LS_MERGE_Z`; it has LS_MERGE_X"), "{text}");
        assert!(!text.contains("canary"), "{text}");
    }

    #[test]
    fn a_required_key_of_a_secret_that_failed_tells_why() {
        let failed = (SecretId::parse("p/e/a").unwrap(), Err(FetchError::CredentialsMissing));
        let error = Merged::of(vec![failed]).require(&required("LS_MERGE_Z")).unwrap_err();
        assert_eq!(error.kind(), "credentials_missing");
        assert!(error.to_string().contains("LS_MERGE_Z"));
    }
}
