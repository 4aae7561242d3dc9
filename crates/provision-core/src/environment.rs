//! What a secret becomes in the environment of a process.
//!
//! The convention is the loader's; the two share no code and are tested against one fixture,
//! `fixtures/environment-names.json`. Values pass through here as text on loan: nothing is kept,
//! shown or put into an error.

use std::collections::BTreeMap;

use crate::members::Members;

/// The deepest nesting of objects below a secret's own
const DEEPEST: usize = 32;

/// Variables that no secret may set: Lambda's own, and those that change what code runs
const RESERVED: &[&str] = &[
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_CA_BUNDLE",
    "AWS_DEFAULT_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "BASH_ENV",
    "GEM_PATH",
    "HOME",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "JAVA_TOOL_OPTIONS",
    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",
    "LD_LIBRARY_PATH",
    "LD_PRELOAD",
    "NODE_OPTIONS",
    "NODE_PATH",
    "PATH",
    "PERL5OPT",
    "PYTHONPATH",
    "PYTHONSTARTUP",
    "RUBYOPT",
    "SSL_CERT_FILE",
    "TZ",
];
/// Beginnings of names that no secret may set
const RESERVED_PREFIXES: &[&str] = &["AWS_CONTAINER_", "AWS_ENDPOINT_URL", "AWS_LAMBDA_"];

/// Why a secret cannot go into the environment; names keys, never values
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EnvironmentError {
    /// begins like a JSON object and is none
    #[error("the value begins with a brace and is not a JSON object")]
    BadJson,
    /// objects nested too deep
    #[error("the objects below `{0}` are nested more than {DEEPEST} deep")]
    TooDeep(String),
    /// two keys give one variable
    #[error("two keys give the variable `{0}`")]
    Collision(String),
    /// a variable that no secret may set
    #[error("`{key}` would arrive in `{variable}`, which no secret may set")]
    ReservedName {
        /// the key
        key: String,
        /// the variable
        variable: String,
    },
    /// not the name of a variable
    #[error("`{0}` gives no name of a variable: letters, digits and `_`, no digit first")]
    InvalidName(String),
    /// a NUL byte, or half of a surrogate pair
    #[error("the value of `{0}` is no text that a variable can hold")]
    InvalidValue(String),
}

impl EnvironmentError {
    /// Returns the kind in one word
    pub fn kind(&self) -> &'static str {
        match self {
            Self::BadJson => "bad_json",
            Self::TooDeep(_) => "too_deep",
            Self::Collision(_) => "collision",
            Self::ReservedName { .. } => "reserved_name",
            Self::InvalidName(_) => "invalid_name",
            Self::InvalidValue(_) => "invalid_value",
        }
    }
}

/// Hands each variable that the secret `name` with the text `value` gives to `put`, sorted
///
/// # Errors
/// One problem refuses the whole secret, before anything is handed on.
pub fn variables(
    name: &str,
    value: &str,
    mut put: impl FnMut(&str, &str),
) -> Result<(), EnvironmentError> {
    let mut found = BTreeMap::new();
    if value.trim_start_matches([' ', '\t', '\n', '\r']).starts_with('{') {
        flatten(&parse(value)?, &mut Vec::new(), &mut found)?;
    } else {
        let variable = variable_of_secret(name)?;
        if value.contains('\0') {
            return Err(EnvironmentError::InvalidValue(printable(name)));
        }
        found.insert(variable, Text::Borrowed(value));
    }
    for (variable, text) in &found {
        put(variable, text.as_str());
    }
    Ok(())
}

/// Returns the variable that a key of a JSON secret arrives in: `openai.key` in `OPENAI__KEY`
pub fn variable_of_key(key: &str) -> Result<String, EnvironmentError> {
    variable(&[key.to_owned()])
}

/// Returns the variable that a secret of one text arrives in: the last segment of its name
pub fn variable_of_secret(name: &str) -> Result<String, EnvironmentError> {
    let last = name.rsplit('/').next().unwrap_or_default();
    let upper = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    checked(last.chars().map(upper).collect(), name)
}

/// Text of a value, wiped by its drop where it was unescaped into memory of its own
enum Text<'a> {
    Borrowed(&'a str),
    Owned(String),
}

impl Text<'_> {
    fn as_str(&self) -> &str {
        match self {
            Text::Borrowed(text) => text,
            Text::Owned(text) => text,
        }
    }
}

impl Drop for Text<'_> {
    fn drop(&mut self) {
        if let Text::Owned(text) = self {
            zeroize::Zeroize::zeroize(text);
        }
    }
}

fn parse(text: &str) -> Result<Members<'_>, EnvironmentError> {
    // serde_json's own words may quote the text
    serde_json::from_str(text).map_err(|_| EnvironmentError::BadJson)
}

fn flatten<'a>(
    object: &Members<'a>,
    path: &mut Vec<String>,
    found: &mut BTreeMap<String, Text<'a>>,
) -> Result<(), EnvironmentError> {
    for (key, value) in &object.0 {
        path.push(key.clone());
        let raw = value.get();
        let shown = || path.join(".");
        match raw.as_bytes().first() {
            Some(b'{') if path.len() > DEEPEST => {
                return Err(EnvironmentError::TooDeep(printable(&path[0])));
            }
            Some(b'{') => flatten(&parse(raw)?, path, found)?,
            Some(b'n') => {}
            first => {
                let text = if first == Some(&b'"') {
                    let text: String = serde_json::from_str(raw)
                        .map_err(|_| EnvironmentError::InvalidValue(printable(&shown())))?;
                    Text::Owned(text)
                } else {
                    Text::Borrowed(raw)
                };
                let variable = variable(path)?;
                if text.as_str().contains('\0') {
                    return Err(EnvironmentError::InvalidValue(printable(&shown())));
                }
                if found.insert(variable.clone(), text).is_some() {
                    return Err(EnvironmentError::Collision(variable));
                }
            }
        }
        path.pop();
    }
    Ok(())
}

fn variable(path: &[String]) -> Result<String, EnvironmentError> {
    let key = path.join(".");
    let parts: Vec<&str> = path.iter().flat_map(|part| part.split('.')).collect();
    if parts.iter().any(|part| part.is_empty()) {
        return Err(EnvironmentError::InvalidName(printable(&key)));
    }
    let mut name = parts.join("__").replace('-', "_");
    if parts.len() > 1 {
        name.make_ascii_uppercase();
    }
    checked(name, &key)
}

fn checked(name: String, key: &str) -> Result<String, EnvironmentError> {
    let letters = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if !letters || name.is_empty() || name.as_bytes()[0].is_ascii_digit() {
        return Err(EnvironmentError::InvalidName(printable(key)));
    }
    if is_reserved(&name) {
        return Err(EnvironmentError::ReservedName { key: printable(key), variable: name });
    }
    Ok(name)
}

/// Whether no secret may set the variable; upper and lower case count as the same
fn is_reserved(variable: &str) -> bool {
    let upper = variable.to_ascii_uppercase();
    RESERVED.contains(&upper.as_str())
        || RESERVED_PREFIXES.iter().any(|prefix| upper.starts_with(prefix))
}

/// A key as it may stand in a message
fn printable(key: &str) -> String {
    key.chars().take(64).flat_map(char::escape_debug).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shared_convention_holds() {
        let text = include_str!("../../../fixtures/environment-names.json");
        let fixture: serde_json::Value = serde_json::from_str(text).unwrap();
        let cases = fixture["cases"].as_array().unwrap();
        assert!(cases.len() >= 40);
        for case in cases {
            let name = case["name"].as_str().unwrap();
            // a binary value never comes this far
            let Some(value) = case["value"]["text"].as_str() else { continue };
            let mut found = serde_json::Map::new();
            let result = variables(case["secret"].as_str().unwrap(), value, |variable, text| {
                found.insert(variable.into(), text.into());
            });
            match (result, case["error"].as_str()) {
                (Ok(()), None) => {
                    assert_eq!(serde_json::Value::Object(found), case["variables"], "{name}");
                }
                (Err(error), Some(kind)) => {
                    assert_eq!(error.kind(), kind, "{name}");
                    assert!(found.is_empty(), "{name}: something was handed on");
                }
                (result, wanted) => panic!("{name}: {result:?} and not {wanted:?}"),
            }
        }
    }

    #[test]
    fn the_shared_list_of_reserved_names_is_ours() {
        let text = include_str!("../../../fixtures/environment-names.json");
        let fixture: serde_json::Value = serde_json::from_str(text).unwrap();
        let list = |field: &str| -> Vec<String> {
            let list = fixture["reserved"][field].as_array().unwrap();
            let mut list: Vec<String> =
                list.iter().map(|v| v.as_str().unwrap().to_owned()).collect();
            list.sort();
            list
        };
        let sorted = |names: &[&str]| {
            let mut names: Vec<String> = names.iter().map(|n| (*n).to_owned()).collect();
            names.sort();
            names
        };
        assert_eq!(list("names"), sorted(RESERVED));
        assert_eq!(list("prefixes"), sorted(RESERVED_PREFIXES));
    }
}
