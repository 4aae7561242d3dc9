//! Versions as people name them, and what differs between two values: key names, never values.

use std::collections::BTreeMap;

use provision_core::name::SecretName;
use provision_core::show::{Line, Mark, printable};
use schemars::JsonSchema;
use secrecy::ExposeSecret;
use serde::Serialize;
use zeroize::Zeroizing;

use super::merge;
use crate::aws::{AwsError, Content, ErrorKind, Version};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::object;

/// The shortest beginning of an id that names a version
const SHORTEST: usize = 4;
/// As many characters of an id as are shown
const SHOWN: usize = 8;
/// What the labels begin with that keep versions alive
pub(crate) const PIN: &str = "pin-";

/// Returns the version that `wanted` names: a label, an id, or the beginning of one
pub(crate) fn find<'a>(versions: &'a [Version], wanted: &str) -> Result<&'a Version, Failure> {
    let label = match wanted {
        "current" => "AWSCURRENT",
        "previous" => "AWSPREVIOUS",
        other => other,
    };
    if let Some(version) = versions.iter().find(|v| v.labels.contains(label) || v.id == wanted) {
        return Ok(version);
    }
    let begins = |version: &&Version| wanted.len() >= SHORTEST && version.id.starts_with(wanted);
    let mut found = versions.iter().filter(begins);
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one),
        (Some(_), Some(_)) => Err(unknown("more than one version begins so", versions)),
        (None, _) => Err(unknown("there is no such version", versions)),
    }
}

/// Returns the version before the current one
pub(crate) fn before<'a>(
    versions: &'a [Version],
    name: &SecretName,
) -> Result<&'a Version, Failure> {
    find(versions, "AWSPREVIOUS").map_err(|_| {
        let message = format!("{name} has no version before this");
        Failure::new(Exit::Error, "unknown_version", message)
            .hint(format!("`provision versions {name}` lists what there is"))
    })
}

fn unknown(message: &str, versions: &[Version]) -> Failure {
    const TOLD: usize = 10;
    let names: Vec<String> = versions.iter().take(TOLD).map(named).collect();
    let failure = Failure::new(Exit::Error, "unknown_version", message);
    match names.len() {
        0 => failure.hint("the secret has no value yet: `provision set` gives it one"),
        _ => failure.hint(format!("the newest versions are {}", names.join(", "))),
    }
}

/// The version as it stands in a sentence
pub(crate) fn named(version: &Version) -> String {
    let labels: Vec<&str> = version.labels.iter().map(String::as_str).collect();
    match labels.len() {
        0 => short(&version.id).to_owned(),
        _ => format!("{} ({})", short(&version.id), labels.join(", ")),
    }
}

/// The beginning of an id
pub(crate) fn short(id: &str) -> &str {
    id.get(..SHOWN).unwrap_or(id)
}

/// Returns why a value cannot be read, where what AWS says around it still can be
pub(crate) fn unread(error: &AwsError) -> Option<String> {
    match error.kind {
        ErrorKind::AccessDenied => Some(format!("the caller lacks `{}`", error.operation)),
        ErrorKind::KeyUnusable => Some("its KMS key cannot be used".into()),
        _ => None,
    }
}

/// What differs between two values
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Difference {
    /// both are JSON objects
    Keys {
        /// keys that only the second has
        added: Vec<String>,
        /// keys that only the first has
        removed: Vec<String>,
        /// keys whose values differ
        changed: Vec<String>,
        /// keys whose values are the same
        equal: Vec<String>,
    },
    /// at least one is none, and they are compared as a whole
    Whole {
        /// whether they are the same
        equal: bool,
    },
    /// one of them has no value, and the other is no JSON object
    OneSided {
        /// whether it is the second that has a value
        second: bool,
    },
}

impl Difference {
    /// Returns whether the two are the same
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Self::Keys { added, removed, changed, equal: _ } => {
                added.is_empty() && removed.is_empty() && changed.is_empty()
            }
            Self::Whole { equal } => *equal,
            Self::OneSided { .. } => false,
        }
    }

    /// Returns the difference as lines
    pub(crate) fn lines(&self, depth: u8) -> Vec<Line> {
        let line = |mark, text: &str| Line { mark, depth, text: printable(text) };
        match self {
            Self::Whole { equal: true } => vec![line(Mark::Detail, "the same")],
            Self::Whole { equal: false } => vec![line(Mark::Update, "the value differs")],
            Self::OneSided { second: true } => vec![line(Mark::Create, "the value")],
            Self::OneSided { second: false } => vec![line(Mark::Delete, "the value")],
            Self::Keys { added, removed, changed, equal } => {
                let each = |mark, keys: &[String]| {
                    keys.iter().map(|key| line(mark, key)).collect::<Vec<_>>()
                };
                let mut lines = each(Mark::Create, added);
                lines.extend(each(Mark::Update, changed));
                lines.extend(each(Mark::Delete, removed));
                if !equal.is_empty() {
                    lines.push(line(Mark::Detail, &format!("the same: {}", equal.join(", "))));
                }
                if lines.is_empty() {
                    lines.push(line(Mark::Detail, "both are empty"));
                }
                lines
            }
        }
    }

    /// Returns the difference in a few words
    pub(crate) fn words(&self) -> String {
        match self {
            Self::Whole { equal: true } => "the same value".into(),
            Self::Whole { equal: false } => "another value".into(),
            Self::OneSided { second: true } => "a value, where there was none".into(),
            Self::OneSided { second: false } => "no value, where there was one".into(),
            Self::Keys { .. } if self.is_empty() => "the same values".into(),
            Self::Keys { added, removed, changed, equal: _ } => {
                let signed = |sign: char, keys: &[String]| {
                    keys.iter().map(|key| format!("{sign}{key}")).collect::<Vec<_>>()
                };
                let all = [signed('+', added), signed('~', changed), signed('-', removed)].concat();
                printable(&all.join(" "))
            }
        }
    }
}

/// Returns what differs from `old` to `new`; no value counts as an empty object
pub(crate) fn difference(old: Option<&Content>, new: Option<&Content>) -> Difference {
    let (Some(old_keys), Some(new_keys)) = (keys(old), keys(new)) else {
        return match (old, new) {
            (Some(old), Some(new)) => Difference::Whole { equal: merge::same(old, new) },
            (None, None) => Difference::Whole { equal: true },
            (None, Some(_)) => Difference::OneSided { second: true },
            (Some(_), None) => Difference::OneSided { second: false },
        };
    };
    let only = |one: &Keys, other: &Keys| -> Vec<String> {
        one.keys().filter(|key| !other.contains_key(*key)).cloned().collect()
    };
    let (equal, changed): (Vec<_>, Vec<_>) = old_keys
        .iter()
        .filter_map(|(key, value)| Some((key, new_keys.get(key)? == value)))
        .partition(|(_, equal)| *equal);
    let names = |pairs: Vec<(&String, bool)>| pairs.into_iter().map(|(k, _)| k.clone()).collect();
    Difference::Keys {
        added: only(&new_keys, &old_keys),
        removed: only(&old_keys, &new_keys),
        changed: names(changed),
        equal: names(equal),
    }
}

type Keys = BTreeMap<String, Zeroizing<String>>;

/// The members of a JSON object: a text by what it says, all else as it is written
fn keys(content: Option<&Content>) -> Option<Keys> {
    let text = match content {
        None => return Some(Keys::new()),
        Some(Content::Text(text)) => text.expose_secret(),
        Some(Content::Binary(_)) => return None,
    };
    let members = object::members(text).ok()?;
    let value = |raw: &serde_json::value::RawValue| match serde_json::from_str::<String>(raw.get())
    {
        Ok(text) => object::quoted(&Zeroizing::new(text)),
        Err(_) => Zeroizing::new(raw.get().to_owned()),
    };
    Some(members.into_iter().map(|(key, raw)| (key, value(raw))).collect())
}

/// Returns the names of the keys of a value, none where it is no JSON object
pub(crate) fn key_names(content: &Content) -> Option<Vec<String>> {
    keys(Some(content)).map(|keys| keys.into_keys().collect())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that panics has failed")]
mod tests {
    use super::*;

    fn version(id: &str, labels: &[&str]) -> Version {
        let labels = labels.iter().map(|label| (*label).to_owned()).collect();
        Version { id: id.into(), labels, created: None }
    }

    #[test]
    fn a_version_is_named_by_label_id_or_beginning() {
        let versions = [
            version("aaaa1111-x", &["AWSCURRENT"]),
            version("aaaa2222-x", &["AWSPREVIOUS"]),
            version("bbbb3333-x", &["pin-good"]),
        ];
        for (wanted, id) in [
            ("AWSCURRENT", "aaaa1111-x"),
            ("current", "aaaa1111-x"),
            ("previous", "aaaa2222-x"),
            ("pin-good", "bbbb3333-x"),
            ("bbbb", "bbbb3333-x"),
            ("aaaa1", "aaaa1111-x"),
            ("aaaa2222-x", "aaaa2222-x"),
        ] {
            assert_eq!(find(&versions, wanted).unwrap().id, id, "{wanted}");
        }
        for wanted in ["aaaa", "bbb", "cccc", "", "canary"] {
            let failure = find(&versions, wanted).unwrap_err();
            assert_eq!(failure.kind, "unknown_version");
            assert!(!failure.text().contains("canary"));
        }
        assert!(find(&[], "current").unwrap_err().text().contains("no value yet"));
    }

    fn text(text: &str) -> Content {
        Content::Text(text.into())
    }

    #[test]
    fn keys_are_compared_by_what_they_say() {
        let old = text(r#"{"A":"\u0041","B":1,"C":"x","D":"gone"}"#);
        let new = text(r#"{"C":"y","B":1,"A":"A","E":"new"}"#);
        let found = difference(Some(&old), Some(&new));
        let names = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>();
        let wanted = Difference::Keys {
            added: names(&["E"]),
            removed: names(&["D"]),
            changed: names(&["C"]),
            equal: names(&["A", "B"]),
        };
        assert_eq!(found, wanted);
        assert_eq!(found.words(), "+E ~C -D");
        assert!(difference(Some(&old), Some(&old)).is_empty());
    }

    #[test]
    fn what_is_no_object_is_compared_as_a_whole() {
        let bytes = Content::Binary(b"x".to_vec().into());
        let whole = |a: &Content, b: &Content| difference(Some(a), Some(b));
        assert_eq!(whole(&text("x"), &text("x")), Difference::Whole { equal: true });
        assert_eq!(whole(&text("x"), &bytes), Difference::Whole { equal: false });
        assert_eq!(whole(&text("{}"), &text("x")), Difference::Whole { equal: false });
        assert!(difference(None, None).is_empty());
        assert!(!difference(None, Some(&text(r#"{"A":1}"#))).is_empty());
    }
}
