//! From the text of a secret to the variables of the environment.
//!
//! The rules, which the command line shares through `fixtures/environment-names.json`:
//!
//! - A JSON object gives one variable per key. A plain key keeps its case; a path, written with
//!   dots or as nested objects, is joined with `__` and put in upper case: `openai.key` and
//!   `{"openai": {"key": …}}` both give `OPENAI__KEY`. `-` becomes `_`.
//! - Text arrives as it is; numbers, booleans and arrays as the JSON text that was written; `null`
//!   sets nothing.
//! - Text that does not begin with `{` is one value. Its variable is the last segment of the
//!   secret's name in upper case, with `_` for what is neither letter nor digit.
//! - A binary value sets nothing.
//!
//! One problem refuses the whole secret: half of a secret is worse than none.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use secrecy::SecretString;

use crate::SecretValue;
use crate::json;
use crate::reserved::is_reserved;
use crate::value::seal;

/// The deepest nesting of objects that is followed.
const DEEPEST: usize = 32;

/// Why a secret cannot go into the environment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MappingError {
    /// It begins like a JSON object and is none.
    #[error(
        "the value begins with a brace and is not a JSON object (line {line}, column {column})"
    )]
    BadJson {
        /// Counted from 1.
        line: usize,
        /// Counted from 1.
        column: usize,
    },
    /// Objects are nested more than 32 deep.
    #[error("the objects below `{key}` are nested more than 32 deep")]
    TooDeep {
        /// The outermost key.
        key: String,
    },
    /// Two keys would land on one variable.
    #[error("two keys give the variable `{variable}`: `{first}` and `{second}`")]
    Collision {
        /// The variable.
        variable: String,
        /// The key that came first.
        first: String,
        /// The key that came second.
        second: String,
    },
    /// Lambda's own variable, or one that changes which code runs.
    #[error("`{key}` would set `{variable}`, which no secret may set")]
    ReservedName {
        /// The key.
        key: String,
        /// The variable.
        variable: String,
    },
    /// What the key gives is no name of a variable.
    #[error("`{key}` gives no name of a variable: letters, digits and `_`, no digit first")]
    InvalidName {
        /// The key.
        key: String,
    },
    /// Bytes, where text was asked for.
    #[error("the value is binary")]
    NotText,
    /// The value holds a NUL byte or half of a surrogate pair.
    #[error("the value of `{key}` is no text that a variable can hold")]
    InvalidValue {
        /// The key.
        key: String,
    },
}

impl MappingError {
    /// The kind in one word, the same from release to release.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::BadJson { .. } => "bad_json",
            Self::TooDeep { .. } => "too_deep",
            Self::Collision { .. } => "collision",
            Self::ReservedName { .. } => "reserved_name",
            Self::InvalidName { .. } => "invalid_name",
            Self::NotText => "not_text",
            Self::InvalidValue { .. } => "invalid_value",
        }
    }
}

/// A name that the environment can hold and a secret may set.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct VariableName(String);

impl VariableName {
    /// The variable that the path of keys gives; `key` is what an error shows.
    fn of(path: &[&str], key: &str) -> Result<Self, MappingError> {
        let invalid = || MappingError::InvalidName { key: printable(key) };
        let parts: Vec<&str> = path.iter().flat_map(|part| part.split('.')).collect();
        if parts.iter().any(|part| part.is_empty()) {
            return Err(invalid());
        }
        let mut name = parts.join("__").replace('-', "_");
        if parts.len() > 1 {
            name.make_ascii_uppercase();
        }
        Self::checked(name, key)
    }

    /// The variable of the whole secret `name`.
    fn of_secret(name: &str) -> Result<Self, MappingError> {
        let last = name.rsplit('/').next().unwrap_or_default();
        let upper = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
        Self::checked(last.chars().map(upper).collect(), name)
    }

    /// The variable that the key of an object gives at the top.
    pub(crate) fn of_key(key: &str) -> Result<Self, MappingError> {
        Self::of(&[key], key)
    }

    /// The variable of exactly this name.
    pub(crate) fn exactly(name: &str) -> Result<Self, MappingError> {
        Self::checked(name.to_owned(), name)
    }

    fn checked(name: String, key: &str) -> Result<Self, MappingError> {
        let letters = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if !letters || name.is_empty() || name.as_bytes()[0].is_ascii_digit() {
            return Err(MappingError::InvalidName { key: printable(key) });
        }
        if is_reserved(&name) {
            return Err(MappingError::ReservedName { key: printable(key), variable: name });
        }
        Ok(Self(name))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// The variables of one secret.
pub(crate) type Variables = BTreeMap<VariableName, SecretString>;

/// The variables that the secret `name` with `value` gives.
pub(crate) fn variables(name: &str, value: &SecretValue) -> Result<Variables, MappingError> {
    let Some(text) = value.as_text() else {
        return Ok(Variables::new());
    };
    if !json::looks_like_object(text) {
        let variable = VariableName::of_secret(name)?;
        return Ok(Variables::from([(variable, sealed(text.to_owned(), name)?)]));
    }
    let mut found = Found::default();
    found.object(text, &[])?;
    Ok(found.variables)
}

#[derive(Default)]
struct Found {
    variables: Variables,
    /// The key that gave each variable, for the error about a second one.
    keys: BTreeMap<VariableName, String>,
}

impl Found {
    fn object(&mut self, text: &str, path: &[&str]) -> Result<(), MappingError> {
        if path.len() > DEEPEST {
            return Err(MappingError::TooDeep { key: printable(path[0]) });
        }
        let entries = json::entries(text).map_err(|error| MappingError::BadJson {
            line: error.line(),
            column: error.column(),
        })?;
        for (key, value) in &entries {
            let path: Vec<&str> = path.iter().copied().chain([key.as_str()]).collect();
            self.entry(&path, value.get())?;
        }
        Ok(())
    }

    fn entry(&mut self, path: &[&str], text: &str) -> Result<(), MappingError> {
        match text.as_bytes().first() {
            Some(b'n') => Ok(()),
            Some(b'{') => self.object(text, path),
            Some(b'"') => {
                let text = json::string(text)
                    .map_err(|_| MappingError::InvalidValue { key: printable(&path.join(".")) })?;
                self.insert(path, text)
            }
            _ => self.insert(path, text.to_owned()),
        }
    }

    fn insert(&mut self, path: &[&str], text: String) -> Result<(), MappingError> {
        let key = path.join(".");
        let text = sealed(text, &key)?;
        let variable = VariableName::of(path, &key)?;
        match self.keys.entry(variable.clone()) {
            Entry::Occupied(first) => Err(MappingError::Collision {
                variable: variable.0,
                first: printable(first.get()),
                second: printable(&key),
            }),
            Entry::Vacant(empty) => {
                empty.insert(key);
                self.variables.insert(variable, text);
                Ok(())
            }
        }
    }
}

pub(crate) fn sealed(text: String, key: &str) -> Result<SecretString, MappingError> {
    let text = seal(text);
    match secrecy::ExposeSecret::expose_secret(&text).contains('\0') {
        true => Err(MappingError::InvalidValue { key: printable(key) }),
        false => Ok(text),
    }
}

/// A key as an error may show it: no control characters, no more than 80 characters.
pub(crate) fn printable(key: &str) -> String {
    key.chars().take(80).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use secrecy::{ExposeSecret, SecretSlice};
    use serde_json::Value;

    use super::*;

    fn value_of(case: &Value) -> SecretValue {
        match (case["value"]["text"].as_str(), case["value"]["binary"].as_str()) {
            (Some(text), None) => SecretValue::Text(text.into()),
            (None, Some(binary)) => {
                SecretValue::Binary(SecretSlice::from(binary.as_bytes().to_vec()))
            }
            _ => panic!("a case holds text or binary: {case}"),
        }
    }

    fn outcome(name: &str, value: &SecretValue) -> Result<BTreeMap<String, String>, MappingError> {
        let found = variables(name, value)?;
        let plain = |(name, value): (VariableName, SecretString)| {
            (name.0, value.expose_secret().to_owned())
        };
        Ok(found.into_iter().map(plain).collect())
    }

    #[test]
    fn every_case_of_the_shared_fixture_holds() {
        let fixture: Value =
            serde_json::from_str(include_str!("../../../fixtures/environment-names.json")).unwrap();
        let cases = fixture["cases"].as_array().unwrap();
        assert!(cases.len() > 70);
        for case in cases {
            let (name, secret) = (&case["name"], case["secret"].as_str().unwrap());
            match (outcome(secret, &value_of(case)), case.get("variables"), case.get("error")) {
                (Ok(found), Some(expected), None) => {
                    assert_eq!(serde_json::to_value(found).unwrap(), *expected, "{name}");
                }
                (Err(error), None, Some(expected)) => assert_eq!(error.kind(), expected, "{name}"),
                (found, _, _) => panic!("{name}: {found:?}"),
            }
        }
    }

    #[test]
    fn every_reserved_name_of_the_fixture_is_refused_in_any_case() {
        let fixture: Value =
            serde_json::from_str(include_str!("../../../fixtures/environment-names.json")).unwrap();
        let names = fixture["reserved"]["names"].as_array().unwrap().iter();
        let prefixes = fixture["reserved"]["prefixes"].as_array().unwrap().iter();
        for name in names.chain(prefixes).map(|name| name.as_str().unwrap()) {
            for key in [name.to_owned(), name.to_lowercase()] {
                let text = format!("{{\"{key}\":\"1\"}}");
                let error = variables("p/e/s", &SecretValue::Text(text.into())).unwrap_err();
                assert_eq!(error.kind(), "reserved_name", "{key}");
            }
        }
    }

    #[test]
    fn the_largest_secret_arrives_whole() {
        let text = "x".repeat(65_536 - 8);
        let json = format!("{{\"A\":\"{text}\"}}");
        let found = outcome("p/e/s", &SecretValue::Text(json.into())).unwrap();
        assert_eq!(found["A"], text);
    }

    #[test]
    fn a_hostile_depth_is_an_error_and_no_overflow() {
        let text = format!("{}1{}", "{\"a\":".repeat(10_000), "}".repeat(10_000));
        let error = variables("p/e/s", &SecretValue::Text(text.into())).unwrap_err();
        assert!(["too_deep", "bad_json"].contains(&error.kind()), "{error}");
    }

    #[test]
    fn no_error_shows_a_value_or_a_control_character() {
        let texts = [
            "{\"A\":\"canary\"",
            "{\"A\\u0000\\u001b\":\"canary\"}",
            "{\"A\":\"canary\",\"A\":\"canary\"}",
            "{\"A\":\"canary\\u0000\"}",
        ];
        for text in texts {
            let error = variables("p/e/s", &SecretValue::Text(text.into())).unwrap_err();
            let shown = format!("{error} {error:?}");
            assert!(!shown.contains("canary"), "{shown}");
            assert!(!error.to_string().chars().any(char::is_control), "{shown}");
        }
    }
}
