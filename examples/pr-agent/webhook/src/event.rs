//! What the webhook is asked.

use lambda_runtime::Error;
use lambda_secrets::secrecy::SecretString;
use serde_json::{Map, Value};

/// One question.
pub(crate) enum Event {
    /// `{}`: which settings are there?
    Settings,
    /// `{"body", "signature"}`, with `"installation"` where it is not GitHub's.
    Call(Call),
    /// `{"installation", "shared_secret"}`: from now on it signs with that.
    Installed(Installation),
}

pub(crate) struct Call {
    pub(crate) body: String,
    pub(crate) signature: String,
    pub(crate) installation: Option<String>,
}

pub(crate) struct Installation {
    pub(crate) name: String,
    pub(crate) shared_secret: SecretString,
}

impl Event {
    /// The question in `payload`; anything else is an error of the invocation, without its text.
    pub(crate) fn parse(payload: Value) -> Result<Self, Error> {
        let unknown =
            || Error::from("expected {}, {body, signature} or {installation, shared_secret}");
        let Value::Object(mut members) = payload else { return Err(unknown()) };
        let installation = text(&mut members, "installation");
        let event = match (text(&mut members, "body"), text(&mut members, "signature")) {
            (Some(body), Some(signature)) => Self::Call(Call { body, signature, installation }),
            (None, None) => match (installation, text(&mut members, "shared_secret")) {
                (Some(name), Some(secret)) => {
                    Self::Installed(Installation { name, shared_secret: secret.into() })
                }
                (None, None) => Self::Settings,
                _ => return Err(unknown()),
            },
            _ => return Err(unknown()),
        };
        if members.is_empty() { Ok(event) } else { Err(unknown()) }
    }
}

fn text(members: &mut Map<String, Value>, name: &str) -> Option<String> {
    match members.remove(name) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_three_questions_are_told_apart_and_nothing_else_is_one() {
        assert!(matches!(Event::parse(json!({})), Ok(Event::Settings)));
        let call = json!({"body": "b", "signature": "s"});
        assert!(matches!(Event::parse(call), Ok(Event::Call(Call { installation: None, .. }))));
        let new = json!({"installation": "i", "shared_secret": "canary"});
        assert!(matches!(Event::parse(new), Ok(Event::Installed(_))));
        for bad in [
            json!(1),
            json!({"body": "b"}),
            json!({"installation": "i"}),
            json!({"shared_secret": "canary"}),
            json!({"installation": "i", "shared_secret": "canary", "x": 1}),
        ] {
            let error = Event::parse(bad).err().expect("it is no question");
            assert!(!error.to_string().contains("canary"));
        }
    }
}
