//! What the function is asked.

use lambda_runtime::Error;
use serde_json::{Map, Value};

/// One question.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// `{}`: which of the declared variables are set?
    Declared,
    /// `{"name": …, "sha256": …}`: is the variable's value the one with this digest?
    Compare { name: String, sha256: String },
    /// `{"read": …}`: may this function read the secret?
    Read { secret: String },
}

impl Event {
    /// The question in `payload`; anything else is an error of the invocation.
    pub(crate) fn parse(payload: &Value) -> Result<Self, Error> {
        let unknown = || Error::from("expected {}, {\"name\", \"sha256\"} or {\"read\"}");
        let members = payload.as_object().ok_or_else(unknown)?;
        let text = |name: &str| members.get(name).and_then(Value::as_str).map(str::to_owned);
        match (keys(members).as_slice(), text("name"), text("sha256"), text("read")) {
            ([], ..) => Ok(Self::Declared),
            (["name", "sha256"], Some(name), Some(sha256), _) => Ok(Self::Compare { name, sha256 }),
            (["read"], _, _, Some(secret)) => Ok(Self::Read { secret }),
            _ => Err(unknown()),
        }
    }
}

fn keys(members: &Map<String, Value>) -> Vec<&str> {
    let mut keys: Vec<&str> = members.keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_three_questions_are_told_apart_and_nothing_else_is_one() {
        assert_eq!(Event::parse(&json!({})).unwrap(), Event::Declared);
        let compare = json!({"sha256": "ab", "name": "X"});
        let expected = Event::Compare { name: "X".to_owned(), sha256: "ab".to_owned() };
        assert_eq!(Event::parse(&compare).unwrap(), expected);
        let read = Event::Read { secret: "a/b/c".to_owned() };
        assert_eq!(Event::parse(&json!({"read": "a/b/c"})).unwrap(), read);
        for bad in
            [json!(1), json!({"name": "X"}), json!({"read": 1}), json!({"read": "a", "x": 1})]
        {
            assert!(Event::parse(&bad).is_err(), "{bad}");
        }
    }
}
