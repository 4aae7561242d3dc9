//! The keys inside a secret: one as `api_key`, or a pool of them as `api_keys`.
//!
//! Of a pool, each rotation replaces the oldest, which stands first; the new one stands last. The
//! others stay, so that a function which has not read the new version still has keys that work.
//! Every other member of the secret stays as it is written.

use std::fmt;

use provision_core::members::Members;
use secrecy::{ExposeSecret, SecretString};
use serde_json::value::RawValue;
use zeroize::Zeroizing;

const ONE: &str = "api_key";
const POOL: &str = "api_keys";

/// Why a value cannot be rotated
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeysError {
    /// nothing was ever put
    #[error("the secret has no value: give it the first one by hand")]
    Empty,
    /// no object with keys
    #[error("the secret is no JSON object with a text `api_key` or a list `api_keys`")]
    Shape,
}

/// A secret's value
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Keys(pub(crate) Zeroizing<String>);

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys")
    }
}

impl Keys {
    /// Returns every key, the oldest first
    pub(crate) fn all(&self) -> Result<Vec<Zeroizing<String>>, KeysError> {
        let (name, value) = self.member()?;
        let keys = match name {
            ONE => vec![serde_json::from_str::<String>(value.get()).map_err(|_| KeysError::Shape)?],
            _ => serde_json::from_str(value.get()).map_err(|_| KeysError::Shape)?,
        };
        let keys: Vec<Zeroizing<String>> = keys.into_iter().map(Zeroizing::new).collect();
        if keys.is_empty() { Err(KeysError::Shape) } else { Ok(keys) }
    }

    /// Returns the key that came last
    pub(crate) fn newest(&self) -> Result<SecretString, KeysError> {
        let all = self.all()?;
        all.last().map(|key| key.as_str().into()).ok_or(KeysError::Shape)
    }

    /// Returns the value with a new key in place of the oldest
    pub(crate) fn rotated(&self, key: &SecretString) -> Result<Keys, KeysError> {
        let (name, old) = self.member()?;
        let new = match name {
            ONE => json(&[key.expose_secret()])[0].clone(),
            _ => {
                let all = self.all()?;
                let mut keys: Vec<&str> = all.iter().skip(1).map(|key| key.as_str()).collect();
                keys.push(key.expose_secret());
                let items = json(&keys);
                let length = items.iter().map(|item| item.len() + 1).sum::<usize>() + 1;
                let mut list = Zeroizing::new(String::with_capacity(length));
                for (place, item) in items.iter().enumerate() {
                    list.push(if place == 0 { '[' } else { ',' });
                    list.push_str(item);
                }
                list.push(']');
                list
            }
        };
        let start = old.get().as_ptr().addr() - self.0.as_ptr().addr();
        let (before, after) = (&self.0[..start], &self.0[start + old.get().len()..]);
        let mut text = Zeroizing::new(String::with_capacity(self.0.len() + new.len()));
        [before, &new, after].into_iter().for_each(|part| text.push_str(part));
        Ok(Keys(text))
    }

    /// Returns whether this is `before` with one key rotated, and nothing else changed
    pub(crate) fn follows(&self, before: &Keys) -> Result<bool, KeysError> {
        Ok(before.rotated(&self.newest()?)? == *self)
    }

    /// The member that holds the keys
    fn member(&self) -> Result<(&'static str, &RawValue), KeysError> {
        // serde_json's own words may quote the text
        let Members(members) = serde_json::from_str(&self.0).map_err(|_| KeysError::Shape)?;
        let find = |wanted: &'static str| {
            let mut found = members.iter().filter(|(name, _)| name == wanted);
            match (found.next(), found.next()) {
                (Some((_, value)), None) => Some((wanted, *value)),
                _ => None,
            }
        };
        match (find(ONE), find(POOL)) {
            (Some(one), None) | (None, Some(one)) => Ok(one),
            _ => Err(KeysError::Shape),
        }
    }
}

fn json(texts: &[&str]) -> Vec<Zeroizing<String>> {
    texts.iter().map(|text| Zeroizing::new(serde_json::Value::from(*text).to_string())).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that panics has failed")]
mod tests {
    use super::*;

    fn keys(text: &str) -> Keys {
        Keys(Zeroizing::new(text.to_owned()))
    }

    fn rotated(text: &str, key: &str) -> String {
        keys(text).rotated(&key.into()).unwrap().0.to_string()
    }

    #[test]
    fn one_key_is_replaced_and_all_else_stays() {
        let before = "{ \"org\": 1.10, \"api_key\" : \"old\",\n\"x\": [1 , 2] }";
        assert_eq!(rotated(before, "n\"w"), before.replace("\"old\"", "\"n\\\"w\""));
    }

    #[test]
    fn of_a_pool_the_oldest_goes_and_the_newest_comes_last() {
        let text = r#"{"api_keys": ["a", "b", "c"], "org": "o"}"#;
        assert_eq!(rotated(text, "d"), r#"{"api_keys": ["b","c","d"], "org": "o"}"#);
        assert_eq!(rotated(r#"{"api_keys":["a"]}"#, "b"), r#"{"api_keys":["b"]}"#);
        let new = keys(text).rotated(&"d".into()).unwrap();
        assert_eq!(new.newest().unwrap().expose_secret(), "d");
    }

    #[test]
    fn what_was_changed_meanwhile_does_not_follow() {
        let before = keys(r#"{"api_key":"a","org":"o"}"#);
        let after = before.rotated(&"b".into()).unwrap();
        assert!(after.follows(&before).unwrap());
        for changed in [r#"{"api_key":"a","org":"p"}"#, r#"{"api_key":"a"}"#] {
            assert!(!after.follows(&keys(changed)).unwrap(), "{changed}");
        }
    }

    #[test]
    fn what_holds_no_keys_is_refused_without_a_word_of_it() {
        for text in [
            "canary",
            "{\"canary\":1}",
            r#"{"api_key":1}"#,
            r#"{"api_keys":"canary"}"#,
            r#"{"api_keys":[]}"#,
            r#"{"api_keys":[1]}"#,
            r#"{"api_key":"canary","api_keys":["canary"]}"#,
            r#"{"api_key":"canary","api_key":"canary"}"#,
        ] {
            let keys = keys(text);
            let error = keys.all().unwrap_err();
            assert_eq!(error, KeysError::Shape, "{text}");
            assert!(!format!("{keys:?} {error:?} {error}").contains("canary"));
        }
    }
}
