//! Which secret and which key are meant. What is unknown may be a value and is not shown.

use provision_core::desired::{Desired, DesiredSecret};
use provision_core::manifest::ValueShape;
use provision_core::name::{SecretName, ValueKey};

use super::merge::Place;
use crate::exit::Exit;
use crate::failure::Failure;

/// Returns the secret of that name, as the manifest or AWS names it
pub(crate) fn find<'a>(
    desired: &'a Desired,
    wanted: &str,
) -> Result<(&'a SecretName, &'a DesiredSecret), Failure> {
    let secrets = &desired.secrets;
    secrets
        .iter()
        .find(|(name, secret)| secret.key.as_str() == wanted || name.as_str() == wanted)
        .ok_or_else(|| {
            let names: Vec<&str> = secrets.values().map(|s| s.key.as_str()).collect();
            let unknown =
                Failure::new(Exit::Error, "unknown_secret", "the manifest declares no such secret");
            // what the manifest calls a key is no value
            let holder =
                secrets.values().find_map(|secret| Some((secret, key_of(secret, wanted)?)));
            match holder {
                Some((secret, key)) => unknown
                    .hint(format!("`{key}` is a key of `{}`: here a secret is named", secret.key)),
                None => unknown.hint(declared(wanted, &names)),
            }
        })
}

/// The declared key of that name
fn key_of<'a>(secret: &'a DesiredSecret, name: &str) -> Option<&'a ValueKey> {
    match &secret.value {
        ValueShape::Json(keys) => keys.keys().find(|known| known.as_str() == name),
        ValueShape::String | ValueShape::Binary => None,
    }
}

/// Returns where a value goes that is given for `key`
pub(crate) fn place(secret: &DesiredSecret, key: Option<&str>) -> Result<Place, Failure> {
    let usage = |message: String| Failure::new(Exit::Usage, "usage", message);
    match (&secret.value, key) {
        (ValueShape::Json(keys), Some(key)) => {
            if let Some(known) = key_of(secret, key) {
                return Ok(Place::Key(known.clone()));
            }
            let names: Vec<&str> = keys.keys().map(ValueKey::as_str).collect();
            Err(Failure::new(
                Exit::Error,
                "unknown_key",
                format!("the manifest declares no such key in `{}`", secret.key),
            )
            .hint(format!("{}; add it there first", declared(key, &names))))
        }
        (ValueShape::Json(keys), None) => {
            let names: Vec<&str> = keys.keys().map(ValueKey::as_str).collect();
            Err(usage(format!("`{}` is a JSON secret: which key is meant?", secret.key))
                .hint(format!("add one of {}", list(&names)))
                .hint("`provision import - --format json` takes several at once, as a JSON object"))
        }
        (ValueShape::String | ValueShape::Binary, Some(_)) => Err(without_keys(secret)
            .hint("leave the key out; a value is never taken from the command line")),
        (ValueShape::String, None) => Ok(Place::Text),
        (ValueShape::Binary, None) => Ok(Place::Binary),
    }
}

/// A key that is given for a secret of one value
pub(crate) fn without_keys(secret: &DesiredSecret) -> Failure {
    let message = format!("`{}` holds one value and has no keys", secret.key);
    Failure::new(Exit::Usage, "usage", message)
}

/// What is declared, and which of it was meant
pub(crate) fn declared(wanted: &str, names: &[&str]) -> String {
    among("declared are", wanted, names)
}

/// What there is, behind the words that say of it what it is, and which of it was meant
pub(crate) fn among(words: &str, wanted: &str, names: &[&str]) -> String {
    match nearest(wanted, names) {
        Some(near) => {
            let (first, rest) = words.split_at(1);
            let words = first.to_uppercase() + rest;
            format!("did you mean `{near}`? {words} {}", list(names))
        }
        None => format!("{words} {}", list(names)),
    }
}

/// The nearest of `names`, if every third letter at most is wrong
fn nearest<'a>(wanted: &str, names: &[&'a str]) -> Option<&'a str> {
    let wanted = wanted.to_lowercase();
    names
        .iter()
        .map(|name| (strsim::damerau_levenshtein(&wanted, &name.to_lowercase()), *name))
        .filter(|(steps, name)| *steps <= (name.len() / 3).max(1))
        .min()
        .map(|(_, name)| name)
}

/// The names as they stand in a sentence
pub(crate) fn list(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_meant_is_near() {
        let names = ["GITHUB_TOKEN", "openai.key", "A"];
        assert_eq!(nearest("github_tokn", &names), Some("GITHUB_TOKEN"));
        assert_eq!(nearest("openai-key", &names), Some("openai.key"));
        assert_eq!(nearest("ghp_16C7e42F292c6912E7710c838347Ae178B4a", &names), None);
    }
}
