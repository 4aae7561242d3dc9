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
use super::suggestion;
use super::tree::{Node, Value};

/// A text that looks like a secret value
pub(super) struct Suspect {
    pub(super) span: Span,
    /// the value, to be found again in messages; never shown
    pub(super) text: String,
    /// what it looks like; nothing for a text that is only blotted out, to be on the safe side
    what: Option<&'static str>,
}

impl fmt::Debug for Suspect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Suspect")
            .field("span", &self.span)
            .field("what", &self.what)
            .finish_non_exhaustive()
    }
}

/// The shape of a kind of secret
struct Shape {
    what: &'static str,
    /// one of these stands in every such text: a search for it costs next to nothing
    marks: &'static [&'static str],
    /// where it has a group, the group is the secret part
    pattern: &'static str,
    reach: Reach,
}

enum Reach {
    Line,
    /// over several lines, to the end of the text where it has no end
    Text,
}

const fn shape(what: &'static str, marks: &'static [&'static str], pattern: &'static str) -> Shape {
    Shape { what, marks, pattern, reach: Reach::Line }
}

const SHAPES: &[Shape] = &[
    shape(
        "a GitHub token",
        &["ghp_", "gho_", "ghu_", "ghs_", "ghr_"],
        r"\bgh[pousr]_[A-Za-z0-9]{8,}",
    ),
    shape("a GitHub token", &["github_pat_"], r"\bgithub_pat_[A-Za-z0-9_]{16,}"),
    shape("a GitLab token", &["glpat-"], r"\bglpat-[A-Za-z0-9_-]{16,}"),
    shape("an Anthropic key", &["sk-ant-"], r"\bsk-ant-[A-Za-z0-9_-]{8,}"),
    shape(
        "an OpenAI key",
        &["sk-"],
        r"\bsk-(?:proj-|svcacct-|admin-)?[A-Za-z0-9_]*[0-9A-Z][A-Za-z0-9_-]{18,}",
    ),
    shape("a Stripe key", &["k_live_", "k_test_"], r"\b[rs]k_(?:live|test)_[A-Za-z0-9]{8,}"),
    shape("an AWS access key", &["AKIA", "ASIA"], r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
    shape("a Slack token", &["xox"], r"\bxox[abeoprs]-[A-Za-z0-9-]{8,}"),
    shape(
        "a Slack webhook",
        &["hooks.slack.com"],
        r"hooks\.slack\.com/services/([A-Za-z0-9/]{16,})",
    ),
    shape("a Google key", &["AIza"], r"\bAIza[A-Za-z0-9_-]{30,}"),
    shape("an npm token", &["npm_"], r"\bnpm_[A-Za-z0-9]{30,}"),
    shape("a Hugging Face token", &["hf_"], r"\bhf_[A-Za-z0-9]{30,}"),
    shape("a SendGrid key", &["SG."], r"\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}"),
    shape(
        "a JSON Web Token",
        &["eyJ"],
        r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?",
    ),
    shape(
        "a URL with a password",
        &["://"],
        r#"\b[A-Za-z][A-Za-z0-9+.-]*://[^\s/@:"']*:([^\s/@"'{}<>$*]+)@"#,
    ),
    Shape {
        what: "a private key",
        marks: &["-----BEGIN"],
        pattern: r"(?s)-----BEGIN [A-Z0-9 ]*PRIVATE KEY.*?(?:-----END [A-Z0-9 ]*-----|\z)",
        reach: Reach::Text,
    },
];

static PATTERNS: LazyLock<Vec<(&Shape, Regex)>> = LazyLock::new(|| {
    SHAPES
        .iter()
        .map(|shape| {
            #[allow(clippy::expect_used, reason = "the patterns are constants of the program")]
            let regex = Regex::new(shape.pattern).expect("the pattern is valid");
            (shape, regex)
        })
        .collect()
});

/// words at the end of a key's name that say that its value is secret
pub(super) const SECRET_WORDS: &[&str] = &[
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "SECRET",
    "TOKEN",
    "API_KEY",
    "PRIVATE_KEY",
    "CREDENTIALS",
];

/// fields that a manifest does not have, under which people look for a place for their values
const VALUE_FIELDS: &[&str] =
    &["value", "values", "secret_value", "secret_string", "secret_binary", "plaintext"];

/// what a manifest has at its top; a test holds it against the schema
pub(super) const TOP_FIELDS: &[&str] = &[
    "project",
    "region",
    "account",
    "partition",
    "key_alias",
    "environments",
    "secrets",
    "functions",
    "access",
    "alarms",
    "log_retention_days",
];

/// Returns what looks like a secret value in the text, and in its tree where it could be read
pub(super) fn suspects(text: &str, tree: Option<&Node>) -> Vec<Suspect> {
    let mut found: Vec<Suspect> = shapes_in(text)
        .into_iter()
        .map(|(what, secret, start)| suspect(secret, start, Some(what)))
        .collect();
    match tree {
        Some(tree @ Node { value: Value::Map(entries), .. }) => {
            // a file of values in place of a manifest, or one of them in it by mistake
            let strange = entries.iter().filter(|(key, _)| !is_meant_as_field(key));
            strange.for_each(|(_, entry)| scalars(&entry.value, text, None, &mut found));
            walk(tree, text, &mut found);
        }
        // such as an .env file in place of a manifest, whatever its values look like
        _ => assigned(text, &mut found),
    }
    // Comments may hold what looks random and is none, and so may a text that is no YAML.
    let words = random_words(text).into_iter().map(|(word, start)| suspect(word, start, None));
    found.extend(words);
    found.sort_by_key(|suspect| suspect.span);
    found
}

/// Whether a key at the top is a field, or one that was misspelt
fn is_meant_as_field(key: &str) -> bool {
    let lower = !key.contains(|c: char| c.is_ascii_uppercase() || c == '=');
    let near = || suggestion::nearest(key, TOP_FIELDS.iter().copied()).is_some();
    TOP_FIELDS.contains(&key) || (lower && near())
}

/// Returns what looks like a secret value in a text, the longest first
pub(crate) fn suspects_of(text: &str) -> Vec<String> {
    let shapes = shapes_in(text).into_iter().map(|(_, secret, _)| secret.to_owned());
    let random = random_words(text).into_iter().map(|(word, _)| word.to_owned());
    let mut all: Vec<String> =
        shapes.chain(random).filter(|t| !t.trim_matches('*').is_empty()).collect();
    all.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    all.dedup();
    all
}

/// Returns what a text looks like where it looks like a secret value
pub fn looks_like_value(text: &str) -> Option<&'static str> {
    let shape = shapes_in(text).first().map(|(what, ..)| *what);
    shape.or_else(|| if random_words(text).is_empty() { None } else { RANDOM })
}

/// Returns a problem for each suspected text, one where several overlap
pub(super) fn findings(suspects: &[Suspect], tree: Option<&Node>) -> Vec<Finding> {
    let mut end = 0;
    let mut findings = Vec::new();
    for suspect in suspects {
        let Some(what) = suspect.what else { continue };
        if suspect.span.start >= end {
            findings.push(finding(suspect.span, what, tree));
        }
        end = end.max(suspect.span.end);
    }
    findings
}

fn finding(span: Span, what: &str, tree: Option<&Node>) -> Finding {
    let place = match tree.and_then(|tree| path_to(tree, span)) {
        Some(path) if !path.is_empty() => format!("`{}` holds", dotted(&path)),
        _ => "the manifest holds".to_owned(),
    };
    Finding::new(
        Kind::LooksLikeValue,
        span,
        format!("{place} what looks like {what}"),
        "a manifest holds names and rules, never values: remove it, replace the credential if \
         the file was ever shared, and give values with `provision set`",
    )
    .label("masked")
}

fn suspect(text: &str, start: usize, what: Option<&'static str>) -> Suspect {
    Suspect { span: Span { start, end: start + text.len() }, text: text.to_owned(), what }
}

/// Returns what has the shape of a secret, with its kind and its place
pub(super) fn shapes_in(text: &str) -> Vec<(&'static str, &str, usize)> {
    let mut found = Vec::new();
    for (shape, regex) in PATTERNS.iter() {
        let Shape { what, marks, pattern: _, reach } = shape;
        let marked = |text: &str| marks.iter().any(|mark| text.contains(mark));
        if !marked(text) {
            continue;
        }
        let parts = match reach {
            Reach::Text => vec![text],
            Reach::Line => text.lines().filter(|line| marked(line)).collect(),
        };
        for part in parts {
            let secrets = regex.captures_iter(part);
            found.extend(
                secrets
                    .filter_map(|captures| captures.get(1).or(captures.get(0)))
                    .map(|secret| (*what, secret.as_str(), place_in(text, secret.as_str()))),
            );
        }
    }
    found
}

/// Returns where in `text` its slice `part` begins: the difference of their addresses
fn place_in(text: &str, part: &str) -> usize {
    part.as_ptr() as usize - text.as_ptr() as usize
}

/// Looks at the texts as YAML reads them: escapes and folded lines hide a shape from the raw text
fn walk(node: &Node, text: &str, found: &mut Vec<Suspect>) {
    match &node.value {
        Value::Text(value) => scalar(value, node.span, text, found),
        Value::List(items) => items.iter().for_each(|item| walk(item, text, found)),
        Value::Map(entries) => {
            for (key, entry) in entries {
                scalar(key, entry.key_span, text, found);
                misplaced(key, &entry.value, text, found);
                walk(&entry.value, text, found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Cut => {}
    }
}

/// Looks at places where a value is written by mistake, whatever it looks like
///
/// Most of them are a problem already, because a rule or nothing at all belongs there: then the
/// text is only kept out of the snippet.
fn misplaced(key: &str, node: &Node, text: &str, found: &mut Vec<Suspect>) {
    match (key, &node.value) {
        ("secrets", Value::Map(secrets)) => {
            let defaults = secrets.values().filter_map(|secret| secret.value.at(&["default"]));
            defaults.for_each(|default| scalars(default, text, None, found));
        }
        ("keys", Value::Map(rules)) => {
            for (key, rule) in rules {
                assignment(key, rule.key_span, text, found);
                if !matches!(rule.value.value, Value::Map(_)) {
                    scalars(&rule.value, text, None, found);
                }
            }
        }
        ("keys", Value::List(items)) => {
            for item in items {
                match &item.value {
                    Value::Text(key) => assignment(key, item.span, text, found),
                    _ => scalars(item, text, None, found),
                }
            }
        }
        _ => {}
    }
    let name = key.to_uppercase().replace(['.', '-'], "_");
    let secret = SECRET_WORDS.iter().any(|word| name.ends_with(word));
    if VALUE_FIELDS.contains(&key) || (secret && !matches!(node.value, Value::Map(_))) {
        scalars(node, text, None, found);
    }
    if secret && let Some(default) = node.at(&["default"]) {
        scalars(default, text, Some("a secret value"), found);
    }
}

/// Suspects every single value of a node as a whole
fn scalars(node: &Node, text: &str, what: Option<&'static str>, found: &mut Vec<Suspect>) {
    let span = unquoted(node.span, text);
    let value = match &node.value {
        Value::Text(value) => value.as_str(),
        Value::Number(_) => span.of(text),
        Value::List(items) => {
            return items.iter().for_each(|item| scalars(item, text, what, found));
        }
        Value::Map(entries) => {
            return entries.values().for_each(|entry| scalars(&entry.value, text, what, found));
        }
        Value::Null | Value::Bool(_) | Value::Cut => return,
    };
    if !value.trim().is_empty() {
        found.push(Suspect { span, text: value.to_owned(), what });
    }
}

/// Suspects what stands behind the `=` of a line that was copied from an .env file
fn assignment(key: &str, span: Span, text: &str, found: &mut Vec<Suspect>) {
    let Some((name, value)) = key.split_once('=') else { return };
    if value.trim().is_empty() {
        return;
    }
    let inner = unquoted(span, text);
    let start = if inner.of(text) == key { inner.start + name.len() + 1 } else { inner.start };
    let what = Some("a secret value");
    found.push(Suspect { span: Span { start, end: inner.end }, text: value.to_owned(), what });
}

/// What stands behind the `=` of a line, or behind the `:` of a variable or of a name that says that it
/// is secret
static ASSIGNED: LazyLock<[Regex; 3]> = LazyLock::new(|| {
    let words = SECRET_WORDS.join("|");
    [
        r"(?m)^[ \t]*(?:export[ \t]+)?[A-Za-z_][A-Za-z0-9_.-]*[ \t]*=[ \t]*(\S.*)$".to_owned(),
        r#"(?m)^[ \t]*["']?[A-Z][A-Z0-9_]*["']?[ \t]*:[ \t]*([^\s{\[&*|>].*)$"#.to_owned(),
        format!(r#"(?mi)(?:{words})["']?[ \t]*:[ \t]*([^\s{{\[&*|>].*)$"#),
    ]
    .map(|pattern| {
        #[allow(clippy::expect_used, reason = "the patterns are constants of the program")]
        let regex = Regex::new(&pattern).expect("the pattern is valid");
        regex
    })
});

/// Blots out the values of a text that is no mapping, by its lines
fn assigned(text: &str, found: &mut Vec<Suspect>) {
    for pattern in ASSIGNED.iter() {
        let values = pattern.captures_iter(text).filter_map(|captures| captures.get(1));
        found.extend(values.map(|value| suspect(value.as_str(), value.start(), None)));
    }
    // of an .env file, the further lines of a value as well
    let [line, ..] = &*ASSIGNED;
    if line.is_match(text) {
        let rest =
            text.lines().filter(|of| !of.trim_start().starts_with('#') && !line.is_match(of));
        let rest = rest.map(str::trim).filter(|of| !of.is_empty());
        found.extend(rest.map(|of| suspect(of, place_in(text, of), None)));
    }
}

fn scalar(value: &str, span: Span, text: &str, found: &mut Vec<Suspect>) {
    let inner = unquoted(span, text);
    if inner.of(text) == value {
        let words = random_words(value).into_iter();
        found.extend(words.map(|(word, start)| suspect(word, inner.start + start, RANDOM)));
        return;
    }
    let shape = shapes_in(value).first().map(|(what, ..)| *what);
    let random = || if random_words(value).is_empty() { None } else { RANDOM };
    if let Some(what) = shape.or_else(random) {
        found.push(Suspect { span: inner, text: value.to_owned(), what: Some(what) });
    }
}

fn unquoted(span: Span, text: &str) -> Span {
    let whole = span.of(text);
    let quoted = |quote| whole.len() >= 2 && whole.starts_with(quote) && whole.ends_with(quote);
    if quoted('"') || quoted('\'') {
        Span { start: span.start + 1, end: span.end - 1 }
    } else {
        span
    }
}

const RANDOM: Option<&str> = Some("a random key");

/// Returns the words of a text that look drawn at random, with their places
pub(super) fn random_words(text: &str) -> Vec<(&str, usize)> {
    let mut found = Vec::new();
    for word in text.split(|c: char| c.is_whitespace() || "\"'`,;()[]{}<>".contains(c)) {
        if word.starts_with("arn:") || word.ends_with(".apps.googleusercontent.com") {
            continue;
        }
        let url = word.contains("://");
        for part in word.split(|c: char| "?&=#:@".contains(c) || (url && c == '/')) {
            if looks_random(part) {
                found.push((part, place_in(text, part)));
            }
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
        Value::Map(entries) => entries.iter().find_map(|(key, entry)| {
            // A key that is the secret is left out of the path.
            if inside(entry.key_span) {
                return Some(Vec::new());
            }
            let mut path = path_to(&entry.value, place)?;
            path.insert(0, key.clone());
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
    fn the_fields_at_the_top_are_those_of_the_schema() {
        let schema = crate::manifest::schema();
        let fields = schema["properties"].as_object().unwrap();
        let mut known = TOP_FIELDS.to_vec();
        known.sort_unstable();
        assert!(fields.keys().map(String::as_str).eq(known), "{fields:?}");
    }

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
            assert!(random_words(word).is_empty(), "{word}");
        }
    }

    #[test]
    fn keys_are_random() {
        for word in [
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY0a1B2c3",
            "4f3c2b1a9d8e7f6a5b4c3d2e1f0a9b8c",
            "https://example.com/hook?sig=a8F3kd92LmQ0x7Zp1Rt5",
        ] {
            assert_eq!(random_words(word).len(), 1, "{word}");
        }
    }
}
