//! A JSON secret in memory: its members in order, wiped when dropped, never shown.

use std::fmt;

use secrecy::SecretString;
use serde_json::{Map, Value};
use zeroize::Zeroize;

/// The object that a JSON secret is
pub(crate) struct Object(Map<String, Value>);

/// Why a value is no JSON object; says nothing of the value
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the current value is not a JSON object")]
pub(crate) struct NotAnObject;

impl Object {
    /// Returns an object without members
    pub(crate) fn empty() -> Self {
        Self(Map::new())
    }

    /// Returns the object in `text`
    pub(crate) fn parse(text: &str) -> Result<Self, NotAnObject> {
        match serde_json::from_str(text) {
            Ok(Value::Object(map)) => Ok(Self(map)),
            Ok(mut other) => {
                wipe(&mut other);
                Err(NotAnObject)
            }
            Err(_) => Err(NotAnObject),
        }
    }

    /// Sets one member, and returns whether that changes anything
    pub(crate) fn set(&mut self, key: &str, value: &str) -> bool {
        if self.0.get(key).and_then(Value::as_str) == Some(value) {
            return false;
        }
        if let Some(mut old) = self.0.insert(key.to_owned(), Value::String(value.to_owned())) {
            wipe(&mut old);
        }
        true
    }

    /// Returns the object as text
    pub(crate) fn to_text(&self) -> SecretString {
        serde_json::to_string(&self.0).expect("a map of JSON values is JSON").into()
    }
}

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Object").field(&"…").finish()
    }
}

impl Drop for Object {
    fn drop(&mut self) {
        self.0.values_mut().for_each(wipe);
    }
}

fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(list) => list.iter_mut().for_each(wipe),
        Value::Object(map) => map.values_mut().for_each(wipe),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn a_member_is_set_and_the_others_stay() {
        let mut object = Object::parse(r#"{"A":"1","n":{"x":2}}"#).unwrap();
        assert!(object.set("B", "2"));
        assert!(!object.set("A", "1"));
        assert!(object.set("A", "3"));
        assert_eq!(object.to_text().expose_secret(), r#"{"A":"3","B":"2","n":{"x":2}}"#);
    }

    #[test]
    fn debug_shows_nothing() {
        let mut object = Object::empty();
        object.set("KEY", "canary");
        assert!(!format!("{object:?}").contains("canary"));
    }

    #[test]
    fn what_is_no_object_is_refused_without_a_word_of_it() {
        for text in ["canary", "\"canary\"", "[\"canary\"]", "{\"a\":\"canary\""] {
            let error = Object::parse(text).unwrap_err();
            assert!(!format!("{error:?} {error}").contains("canary"), "{text}");
        }
    }
}
