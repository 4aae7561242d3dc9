//! What looks like a secret value. A manifest that holds one is refused, wherever it stands: in a
//! field, a name or a comment. The text itself is only kept to blot it out.
//!
//! It errs towards refusing: a public value that happens to look random can always be given by
//! `provision set`.

use std::fmt;
use std::sync::LazyLock;

use regex_lite::Regex;

use super::problem::{Finding, Kind};
use super::shape::dotted;
use super::source::Span;
use super::tree::{Entry, Node, Value};

/// A text that looks like a secret value
pub(super) struct Suspect {
    pub(super) span: Span,
    /// the value, to be found again in messages; never shown
    pub(super) text: String,
    what: &'static str,
}

impl fmt::Debug for Suspect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Suspect").field("span", &self.span).field("what", &self.what).finish()
    }
}

/// The shape of a kind of secret: where a pattern has a group, the group is the secret part
const SHAPES: &[(&str, &str)] = &[
    ("a GitHub token", r"\bgh[pousr]_[A-Za-z0-9]{8,}"),
    ("a GitHub token", r"\bgithub_pat_[A-Za-z0-9_]{16,}"),
    ("a GitLab token", r"\bglpat-[A-Za-z0-9_-]{16,}"),
    ("an Anthropic key", r"\bsk-ant-[A-Za-z0-9_-]{8,}"),
    ("an OpenAI key", r"\bsk-(?:proj-|svcacct-|admin-)?[A-Za-z0-9_]*[0-9A-Z][A-Za-z0-9_-]{18,}"),
    ("a Stripe key", r"\b[rs]k_(?:live|test)_[A-Za-z0-9]{8,}"),
    ("an AWS access key", r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
    ("a Slack token", r"\bxox[abeoprs]-[A-Za-z0-9-]{8,}"),
    ("a Slack webhook", r"hooks\.slack\.com/services/([A-Za-z0-9/]{16,})"),
    ("a Google key", r"\bAIza[A-Za-z0-9_-]{30,}"),
    ("an npm token", r"\bnpm_[A-Za-z0-9]{30,}"),
    ("a Hugging Face token", r"\bhf_[A-Za-z0-9]{30,}"),
    ("a SendGrid key", r"\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}"),
    ("a JSON Web Token", r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?"),
    ("a private key", r"(?s)-----BEGIN [A-Z0-9 ]*PRIVATE KEY.*?(?:-----END [A-Z0-9 ]*-----|\z)"),
    ("a URL with a password", r#"\b[A-Za-z][A-Za-z0-9+.-]*://[^\s/@:"']*:([^\s/@"'{}<>$*]+)@"#),
];

static PATTERNS: LazyLock<Vec<(&str, Regex)>> = LazyLock::new(|| {
    SHAPES
        .iter()
        .map(|(what, pattern)| {
            #[allow(clippy::expect_used, reason = "the patterns are constants of the program")]
            let regex = Regex::new(pattern).expect("the pattern is valid");
            (*what, regex)
        })
        .collect()
});

/// words at the end of a key's name that say that its value is secret
const SECRET_WORDS: &[&str] = &[
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "SECRET",
    "TOKEN",
    "API_KEY",
    "PRIVATE_KEY",
    "CREDENTIALS",
];

/// Returns what looks like a secret value in the text, and in its tree where it could be read
pub(super) fn suspects(text: &str, tree: Option<&Node>) -> Vec<Suspect> {
    let mut found = Vec::new();
    for (what, secret, start) in shapes_in(text) {
        found.push(Suspect {
            span: Span { start, end: start + secret.len() },
            text: secret.to_owned(),
            what,
        });
    }
    match tree {
        Some(tree) => walk(tree, text, &mut found),
        None => found.extend(random_words(text, 0)),
    }
    found.sort_by_key(|suspect| suspect.span);
    found.dedup_by(|later, first| {
        later.span.start < first.span.end && later.span.end <= first.span.end
    });
    found
}

impl Suspect {
    /// Returns the problem that names place and kind, and not the text
    pub(super) fn finding(&self, tree: Option<&Node>) -> Finding {
        let place = match tree.and_then(|tree| path_to(tree, self.span)) {
            Some(path) if !path.is_empty() => format!("`{}` holds", dotted(&path)),
            _ => "the manifest holds".to_owned(),
        };
        Finding::new(
            Kind::LooksLikeValue,
            self.span,
            format!("{place} what looks like {}", self.what),
            "a manifest holds names and rules, never values: remove it, replace the credential \
             if the file was ever shared, and give values with `provision set`",
        )
        .label("masked")
    }
}

fn shapes_in(text: &str) -> Vec<(&'static str, &str, usize)> {
    PATTERNS
        .iter()
        .flat_map(|(what, regex)| {
            regex.captures_iter(text).filter_map(|captures| {
                let part = captures.get(1).or_else(|| captures.get(0))?;
                Some((*what, part.as_str(), part.start()))
            })
        })
        .collect()
}

/// Looks at the texts as YAML reads them: escapes and folded lines hide a shape from the raw text
fn walk(node: &Node, text: &str, found: &mut Vec<Suspect>) {
    match &node.value {
        Value::Text(value) => scalar(value, node.span, text, found),
        Value::List(items) => items.iter().for_each(|item| walk(item, text, found)),
        Value::Map(entries) => {
            for entry in entries {
                scalar(&entry.key, entry.key_span, text, found);
                named_secret(entry, text, found);
                walk(&entry.value, text, found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Cut => {}
    }
}

fn scalar(value: &str, span: Span, text: &str, found: &mut Vec<Suspect>) {
    let inner = unquoted(span, text);
    if inner.of(text) == value {
        found.extend(random_words(value, inner.start));
        return;
    }
    let what = shapes_in(value).first().map(|(what, ..)| *what);
    let random = random_words(value, 0).first().map(|suspect| suspect.what);
    if let Some(what) = what.or(random) {
        found.push(Suspect { span: inner, text: value.to_owned(), what });
    }
}

/// A default under a name like `CLIENT_SECRET` is a value, whatever it looks like
fn named_secret(entry: &Entry, text: &str, found: &mut Vec<Suspect>) {
    let name = entry.key.to_uppercase().replace(['.', '-'], "_");
    if !SECRET_WORDS.iter().any(|word| name.ends_with(word)) {
        return;
    }
    let Some(node) = entry.value.at(&["default"]) else { return };
    if let Value::Text(value) = &node.value
        && !value.trim().is_empty()
    {
        let span = unquoted(node.span, text);
        found.push(Suspect { span, text: value.clone(), what: "the default of a secret" });
    }
}

fn unquoted(span: Span, text: &str) -> Span {
    let whole = span.of(text);
    let quoted = |quote| whole.len() >= 2 && whole.starts_with(quote) && whole.ends_with(quote);
    match quoted('"') || quoted('\'') {
        true => Span { start: span.start + 1, end: span.end - 1 },
        false => span,
    }
}

/// Returns the words of a text that look drawn at random
fn random_words(text: &str, offset: usize) -> Vec<Suspect> {
    let mut found = Vec::new();
    for word in text.split(|c: char| c.is_whitespace() || "\"'`,;()[]{}<>".contains(c)) {
        // a word is a slice of the text, so the difference of their addresses is its place
        let start = word.as_ptr() as usize - text.as_ptr() as usize;
        if word.starts_with("arn:") || word.ends_with(".apps.googleusercontent.com") {
            continue;
        }
        let url = word.contains("://");
        for part in word.split(|c: char| "?&=#:@".contains(c) || (url && c == '/')) {
            if !looks_random(part) {
                continue;
            }
            let start = offset + start + (part.as_ptr() as usize - word.as_ptr() as usize);
            found.push(Suspect {
                span: Span { start, end: start + part.len() },
                text: part.to_owned(),
                what: "a random key",
            });
        }
    }
    found
}

/// Returns whether digits and letters alternate as in keys, and not as in names with a version
fn looks_random(word: &str) -> bool {
    let bytes = word.as_bytes();
    if bytes.len() < 20 || is_uuid(word) {
        return false;
    }
    if !bytes.iter().all(|b| b.is_ascii_alphanumeric() || b"+/_-.~".contains(b)) {
        return false;
    }
    let alternations = bytes
        .windows(2)
        .filter(|pair| {
            (pair[0].is_ascii_digit() && pair[1].is_ascii_alphabetic())
                || (pair[0].is_ascii_alphabetic() && pair[1].is_ascii_digit())
        })
        .count();
    alternations >= (bytes.len() / 8).max(4)
}

fn is_uuid(word: &str) -> bool {
    let parts: Vec<usize> = word.split('-').map(str::len).collect();
    parts == [8, 4, 4, 4, 12] && word.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')
}

/// Returns the path of the innermost field around a place
fn path_to(node: &Node, place: Span) -> Option<Vec<String>> {
    let inside = |span: Span| span.start <= place.start && place.end <= span.end;
    match &node.value {
        Value::Map(entries) => entries.iter().find_map(|entry| {
            // A key that is the secret is left out of the path.
            if inside(entry.key_span) {
                return Some(Vec::new());
            }
            let mut path = path_to(&entry.value, place)?;
            path.insert(0, entry.key.clone());
            Some(path)
        }),
        Value::List(items) => items.iter().enumerate().find_map(|(number, item)| {
            let mut path = path_to(item, place)?;
            path.insert(0, number.to_string());
            Some(path)
        }),
        _ => inside(node.span).then(Vec::new),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_numbers_are_not_random() {
        for word in [
            "my-company-production-service-2024-api",
            "MiyabiProductionDatabase2024Backup",
            "provided.al2023",
            "ec2-54-12-3-4.us-west-2.compute.amazonaws.com",
            "arn:aws:kms:us-west-2:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            "1234abcd-12ab-34cd-56ef-1234567890ab",
            "https://d111111abcdef8.cloudfront.net/v2/api1/users",
            "mrk-us-west-2-and-us-east-1-and-eu-west-1",
            "12345678901234567890123456789012",
        ] {
            assert!(random_words(word, 0).is_empty(), "{word}");
        }
    }

    #[test]
    fn keys_are_random() {
        for word in [
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY0a1B2c3",
            "4f3c2b1a9d8e7f6a5b4c3d2e1f0a9b8c",
            "https://example.com/hook?sig=a8F3kd92LmQ0x7Zp1Rt5",
        ] {
            assert_eq!(random_words(word, 0).len(), 1, "{word}");
        }
    }
}
