//! New values put into what is current. Pure: what becomes of a secret is decided here, and nothing
//! is sent.

use provision_core::name::ValueKey;
use provision_core::show::printable;
use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use serde::Serialize;

use super::naming;
use crate::aws::Content;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::object::{self, Edited, Member};

/// The most that Secrets Manager takes as one value, in bytes
pub(crate) const LONGEST: usize = 65_536;

/// A value on its way, as it was given
#[derive(Debug, Clone)]
pub(crate) enum Given {
    /// a text
    Text(SecretString),
    /// a number, a boolean, an array or an object, as JSON; for a key only
    Json(SecretString),
    /// bytes
    Binary(SecretSlice<u8>),
}

impl Given {
    /// Returns whether there is nothing in it
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Self::Text(text) | Self::Json(text) => text.expose_secret().is_empty(),
            Self::Binary(bytes) => bytes.expose_secret().is_empty(),
        }
    }
}

/// Where a value goes
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    /// one key of a JSON secret
    Key(ValueKey),
    /// the whole of a text secret
    Text,
    /// the whole of a binary secret
    Binary,
}

/// A value and where it goes
#[derive(Debug, Clone)]
pub(crate) struct Edit {
    pub(crate) place: Place,
    pub(crate) given: Given,
}

/// What a value becomes
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Change {
    /// there was none
    Added,
    /// there was another
    Changed,
    /// it is there already
    Unchanged,
}

/// A secret with values put into it
#[derive(Debug)]
pub(crate) struct Merged {
    /// the new content, none where it is what is current
    pub(crate) content: Option<Content>,
    /// what becomes of each value, in the order of the edits
    pub(crate) changes: Vec<Change>,
    /// whether there was no value before
    pub(crate) is_first: bool,
}

/// Returns what `base` is with `edits` put into it
///
/// # Errors
/// What is no JSON object, and what is longer than Secrets Manager takes.
pub(crate) fn merged(base: Option<&Content>, edits: &[Edit]) -> Result<Merged, Failure> {
    let mut changes = Vec::with_capacity(edits.len());
    let mut object: Option<SecretString> = None;
    let mut whole: Option<Content> = None;
    for Edit { place, given } in edits {
        changes.push(match place {
            Place::Key(key) => with_key(base, &mut object, key.as_str(), given)?,
            Place::Text | Place::Binary => with_whole(base, &mut whole, given),
        });
    }
    let content = object.map(Content::Text).or(whole);
    if content.as_ref().is_some_and(|content| bytes(content).len() > LONGEST) {
        return Err(too_long());
    }
    Ok(Merged { content, changes, is_first: base.is_none() })
}

/// Returns what `base` is without `keys`
///
/// # Errors
/// What is no JSON object, a key that it has not, and where no key would be left.
pub(crate) fn without(base: Option<&Content>, keys: &[String]) -> Result<Content, Failure> {
    let text = match base {
        Some(Content::Text(text)) => text,
        Some(Content::Binary(_)) => return Err(bad_value("the current value is binary")),
        None => return Err(bad_value("the secret has no value yet")),
    };
    let members = object::members(text.expose_secret()).map_err(|e| bad_value(&e.to_string()))?;
    let names: Vec<String> = members.iter().map(|(name, _)| printable(name)).collect();
    let mut left = text.clone();
    for key in keys {
        let without = object::without_member(left.expose_secret(), key);
        left =
            without.map_err(|e| bad_value(&e.to_string()))?.ok_or_else(|| absent(key, &names))?;
    }
    if members.len() == keys.len() {
        return Err(Failure::new(
            Exit::Refused,
            "last_key",
            "no key would be left in the secret; nothing was changed",
        )
        .hint("to be rid of the secret, take it out of the manifest: `provision apply --prune` deletes it"));
    }
    Ok(Content::Text(left))
}

/// A key that the current value has not; it may be a value and is not shown
fn absent(key: &str, names: &[String]) -> Failure {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    Failure::new(
        Exit::Error,
        "unknown_key",
        "the current value has no such key; nothing was changed",
    )
    .hint(match &names[..] {
        [] => "it has no keys at all".to_owned(),
        names => naming::among("it has", key, names),
    })
}

/// Puts one value into the object that is on its way, which begins as what is current
fn with_key(
    base: Option<&Content>,
    object: &mut Option<SecretString>,
    key: &str,
    given: &Given,
) -> Result<Change, Failure> {
    let value = match given {
        Given::Text(value) => Member::Text(value.expose_secret()),
        Given::Json(value) => Member::Json(value.expose_secret()),
        Given::Binary(_) => return Err(bad_value("a key of a JSON secret holds text")),
    };
    let now = match (&*object, base) {
        (Some(edited), _) => edited.expose_secret(),
        (None, None) => "{}",
        (None, Some(Content::Text(text))) => text.expose_secret(),
        (None, Some(Content::Binary(_))) => return Err(bad_value("the current value is binary")),
    };
    match object::with_member(now, key, value) {
        Ok(Edited::Same) => Ok(Change::Unchanged),
        Ok(Edited::Changed(text)) => {
            *object = Some(text);
            Ok(Change::Changed)
        }
        Ok(Edited::Added(text)) => {
            *object = Some(text);
            Ok(Change::Added)
        }
        Err(error) => Err(bad_value(&error.to_string())),
    }
}

/// Puts a value in place of what is current
fn with_whole(base: Option<&Content>, whole: &mut Option<Content>, given: &Given) -> Change {
    let content = match given {
        Given::Text(text) | Given::Json(text) => Content::Text(text.clone()),
        Given::Binary(bytes) => Content::Binary(bytes.clone()),
    };
    match base {
        Some(now) if same(now, &content) => Change::Unchanged,
        base => {
            *whole = Some(content);
            if base.is_some() { Change::Changed } else { Change::Added }
        }
    }
}

/// Whether two contents are the same bytes of the same kind
pub(crate) fn same(one: &Content, other: &Content) -> bool {
    let kind = |content: &Content| matches!(content, Content::Text(_));
    kind(one) == kind(other) && bytes(one) == bytes(other)
}

/// The content as it is sent
pub(crate) fn bytes(content: &Content) -> &[u8] {
    match content {
        Content::Text(text) => text.expose_secret().as_bytes(),
        Content::Binary(bytes) => bytes.expose_secret(),
    }
}

/// A value that cannot be kept
pub(crate) fn bad_value(message: &str) -> Failure {
    Failure::new(Exit::Error, "value", format!("{message}; nothing was changed"))
}

/// A value past what Secrets Manager takes
pub(crate) fn too_long() -> Failure {
    bad_value("the value is longer than the 65,536 bytes that Secrets Manager takes")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that panics has failed")]
mod tests {
    use super::*;

    fn key(key: &str, value: &str) -> Edit {
        Edit { place: Place::Key(ValueKey::parse(key).unwrap()), given: Given::Text(value.into()) }
    }

    fn text(text: &str) -> Content {
        Content::Text(text.into())
    }

    fn read(merged: &Merged) -> Option<&str> {
        merged.content.as_ref().map(|content| std::str::from_utf8(bytes(content)).unwrap())
    }

    #[test]
    fn several_keys_go_in_as_one_content() {
        let base = text(r#"{"A":"1","B":"2"}"#);
        let merged = merged(Some(&base), &[key("A", "1"), key("B", "3"), key("C", "4")]).unwrap();
        assert_eq!(merged.changes, [Change::Unchanged, Change::Changed, Change::Added]);
        assert_eq!(read(&merged), Some(r#"{"A":"1","B":"3","C":"4"}"#));
    }

    #[test]
    fn what_is_there_already_is_no_content() {
        let base = text(r#"{"A":"1"}"#);
        let merged = merged(Some(&base), &[key("A", "1")]).unwrap();
        assert_eq!((read(&merged), &merged.changes[..]), (None, &[Change::Unchanged][..]));
    }

    #[test]
    fn a_whole_value_is_compared_as_a_whole() {
        let edit = |given| [Edit { place: Place::Text, given }];
        let base = text("x");
        let changed = merged(Some(&base), &edit(Given::Text("y".into()))).unwrap();
        assert_eq!((read(&changed), &changed.changes[..]), (Some("y"), &[Change::Changed][..]));
        let same = merged(Some(&base), &edit(Given::Text("x".into()))).unwrap();
        assert!(same.content.is_none());
        let binary = merged(Some(&base), &edit(Given::Binary(b"x".to_vec().into()))).unwrap();
        assert_eq!(binary.changes, [Change::Changed], "bytes are no text");
        assert_eq!(merged(None, &edit(Given::Text("x".into()))).unwrap().changes, [Change::Added]);
    }

    #[test]
    fn what_cannot_hold_keys_is_left_alone() {
        for base in [text("canary"), text("[1]"), Content::Binary(b"canary".to_vec().into())] {
            let failure = merged(Some(&base), &[key("A", "canary")]).unwrap_err();
            assert!(failure.message.contains("nothing was changed"));
            assert!(!format!("{failure:?}").contains("canary"));
        }
    }

    #[test]
    fn keys_are_taken_out_and_one_stays() {
        let base = text(r#"{"A":"canary","B":"2","C":"3"}"#);
        let keys = |keys: &[&str]| keys.iter().map(|k| (*k).to_owned()).collect::<Vec<_>>();
        let left = without(Some(&base), &keys(&["C", "A"])).unwrap();
        assert_eq!(bytes(&left), br#"{"B":"2"}"#);
        let binary = Content::Binary(b"canary".to_vec().into());
        for (base, wanted, kind, part) in [
            (Some(&base), &["A", "B", "C"][..], "last_key", "no key would be left"),
            (Some(&base), &["a"], "unknown_key", "did you mean `A`? It has `A`, `B`, `C`"),
            (Some(&base), &["canary-key"], "unknown_key", "it has `A`, `B`, `C`"),
            (Some(&text("{}")), &["A"], "unknown_key", "no keys at all"),
            (Some(&text("canary")), &["A"], "value", "not a JSON object"),
            (Some(&binary), &["A"], "value", "is binary"),
            (None, &["A"], "value", "has no value yet"),
        ] {
            let failure = without(base, &keys(wanted)).unwrap_err();
            assert_eq!(failure.kind, kind, "{wanted:?}");
            assert!(failure.text().contains(part), "{}", failure.text());
            assert!(!format!("{failure:?}").contains("canary"), "{wanted:?}");
        }
    }

    #[test]
    fn the_whole_counts_and_not_the_value() {
        let half = "x".repeat(LONGEST / 2);
        let base = text(&format!(r#"{{"A":"{half}"}}"#));
        let failure = merged(Some(&base), &[key("B", &half)]).unwrap_err();
        assert!(failure.message.contains("65,536"));
        let just = "x".repeat(LONGEST - r#"{"A":""}"#.len());
        assert!(merged(None, &[key("A", &just)]).is_ok());
    }
}
