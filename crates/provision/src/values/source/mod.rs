//! What a file or a process gives: names with values, in the order of the source.
//!
//! Whoever reads a source reports places and names, never the text of a line: it may be a value.

mod dotenv;
mod json;
mod tfvars;
mod yaml;

use std::fmt;
use std::path::Path;

use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use crate::cli::SourceFormat;

/// The largest source that is read, in bytes: sixteen secrets at their limit
pub(crate) const LARGEST: usize = 1 << 20;
/// The deepest nesting of a source's objects
const DEEPEST: usize = 32;

/// A name with its value
#[derive(Debug)]
pub(crate) struct Entry {
    /// the name as it is written
    pub(crate) name: String,
    /// the line that it begins on
    pub(crate) line: Option<usize>,
    /// the line that it ends on, where that is another and known
    pub(crate) end: Option<usize>,
    /// its value
    pub(crate) node: Node,
}

/// A value of a source
#[derive(Debug)]
pub(crate) enum Node {
    /// there is none
    Null,
    /// a text
    Text(SecretString),
    /// a number, a boolean or an array, as JSON
    Json(SecretString),
    /// an object
    Object {
        /// the whole of it, as JSON
        raw: SecretString,
        /// its members
        members: Vec<Entry>,
    },
    /// bytes that are no text
    NotText,
}

/// What is wrong with a source; quotes nothing of it
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// the line, where there is one
    pub(crate) line: Option<usize>,
    /// what is wrong
    pub(crate) problem: String,
    /// what to do about it, empty for nothing
    pub(crate) hint: &'static str,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line}: {}", self.problem),
            None => f.write_str(&self.problem),
        }
    }
}

impl Fault {
    fn at(line: usize, problem: impl Into<String>, hint: &'static str) -> Self {
        Self { line: Some(line), problem: problem.into(), hint }
    }
}

/// Returns the format that a file's name stands for; what has no known ending is an .env file
pub(crate) fn format_of(path: &Path) -> SourceFormat {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    match name.rsplit('.').next() {
        Some("json") => SourceFormat::Json,
        Some("yaml" | "yml") => SourceFormat::Yaml,
        Some("tfvars") => SourceFormat::Tfvars,
        _ => SourceFormat::Env,
    }
}

/// Returns the names and values of a source
///
/// # Errors
/// Everything that is wrong with it, with places.
pub(crate) fn parse(format: SourceFormat, bytes: &[u8]) -> Result<Vec<Entry>, Vec<Fault>> {
    let whole = |problem: &str| vec![Fault { line: None, problem: problem.into(), hint: "" }];
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let line = 1 + bytes[..error.valid_up_to()].iter().filter(|b| **b == b'\n').count();
        vec![Fault::at(line, "it is not UTF-8 text", "save the file as UTF-8")]
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if let Some(at) = text.find('\0') {
        let line = line_of(text, at);
        return Err(vec![Fault::at(line, "a NUL byte, which no variable can hold", "")]);
    }
    let entries = match format {
        SourceFormat::Env => dotenv::parse(text),
        SourceFormat::Json => json::parse(text),
        SourceFormat::Yaml => yaml::parse(text),
        SourceFormat::Tfvars => tfvars::parse(text),
    }?;
    if entries.is_empty() {
        return Err(whole("it holds no names"));
    }
    Ok(entries)
}

/// Returns the variables of this process
pub(crate) fn environment() -> Vec<Entry> {
    std::env::vars_os()
        .filter_map(|(name, value)| {
            let node = match value.into_string() {
                Ok(value) => Node::Text(Zeroizing::new(value).as_str().into()),
                Err(_) => Node::NotText,
            };
            Some(Entry { name: name.into_string().ok()?, line: None, end: None, node })
        })
        .collect()
}

/// The line of a byte of the text, counted from one
fn line_of(text: &str, at: usize) -> usize {
    1 + text.as_bytes()[..at.min(text.len())].iter().filter(|b| **b == b'\n').count()
}

/// The text of a value as JSON
fn json_of(node: &Node) -> Zeroizing<String> {
    match node {
        Node::Null | Node::NotText => Zeroizing::new("null".to_owned()),
        Node::Text(text) => crate::object::quoted(text.expose_secret()),
        Node::Json(raw) | Node::Object { raw, .. } => {
            Zeroizing::new(raw.expose_secret().to_owned())
        }
    }
}

/// The members as one JSON object
fn object(members: Vec<Entry>) -> Node {
    let parts: Vec<Zeroizing<String>> = members
        .iter()
        .flat_map(|member| {
            let name = crate::object::quoted(&member.name);
            [name, Zeroizing::new(":".into()), json_of(&member.node), Zeroizing::new(",".into())]
        })
        .collect();
    let raw = enclosed('{', &parts[..parts.len().saturating_sub(1)], '}');
    Node::Object { raw, members }
}

/// The items as one JSON array
fn array(items: &[Node]) -> Node {
    let parts: Vec<Zeroizing<String>> =
        items.iter().flat_map(|item| [json_of(item), Zeroizing::new(",".into())]).collect();
    Node::Json(enclosed('[', &parts[..parts.len().saturating_sub(1)], ']'))
}

/// The parts in one allocation that is never grown: no copy of a value stays behind
fn enclosed(open: char, parts: &[Zeroizing<String>], close: char) -> SecretString {
    let length = 2 + parts.iter().map(|part| part.len()).sum::<usize>();
    let mut text = Zeroizing::new(String::with_capacity(length));
    text.push(open);
    parts.iter().for_each(|part| text.push_str(part));
    text.push(close);
    text.as_str().into()
}

/// A plain word of YAML or HCL: a number or a boolean as JSON, else a text
fn plain(word: &str) -> Node {
    let is_json = matches!(word, "true" | "false")
        || (word.starts_with(|c: char| c == '-' || c.is_ascii_digit())
            && serde_json::from_str::<&serde_json::value::RawValue>(word).is_ok());
    if is_json { Node::Json(word.into()) } else { Node::Text(word.into()) }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that panics has failed")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a node holds, for a comparison
    pub(super) fn shown(entries: &[Entry]) -> Vec<(String, String)> {
        let shown = |entry: &Entry| (entry.name.clone(), json_of(&entry.node).to_string());
        entries.iter().map(shown).collect()
    }

    pub(super) fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn a_files_name_tells_its_format() {
        for (name, format) in [
            (".env", SourceFormat::Env),
            (".env.local", SourceFormat::Env),
            ("prod.env", SourceFormat::Env),
            ("values.json", SourceFormat::Json),
            ("a.YML", SourceFormat::Yaml),
            ("terraform.tfvars", SourceFormat::Tfvars),
            ("terraform.tfvars.json", SourceFormat::Json),
            ("-", SourceFormat::Env),
        ] {
            assert_eq!(format_of(Path::new(name)), format, "{name}");
        }
    }

    #[test]
    fn what_is_no_text_is_told_by_its_line() {
        let formats =
            [SourceFormat::Env, SourceFormat::Json, SourceFormat::Yaml, SourceFormat::Tfvars];
        for format in formats {
            let faults = parse(format, b"\n\xff").unwrap_err();
            assert_eq!(faults[0].line, Some(2), "{format:?}");
            let faults = parse(format, b"\n\nA=\0").unwrap_err();
            assert_eq!(faults[0].line, Some(3), "{format:?}");
            assert!(parse(format, b"").is_err(), "{format:?}");
            assert!(parse(format, "\u{feff}".as_bytes()).is_err(), "{format:?}");
        }
    }

    #[test]
    fn no_fault_quotes_its_source() {
        let sources: [(SourceFormat, &str); 14] = [
            (SourceFormat::Env, "c4n4ry"),
            (SourceFormat::Env, "A='c4n4ry"),
            (SourceFormat::Env, "A=\"x\"c4n4ry"),
            (SourceFormat::Env, "export c4n4ry"),
            (SourceFormat::Json, "{\"A\": c4n4ry}"),
            (SourceFormat::Json, "\"c4n4ry\""),
            (SourceFormat::Json, "{\"A\":\"c4n4ry"),
            (SourceFormat::Yaml, "A: \"c4n4ry"),
            (SourceFormat::Yaml, "c4n4ry"),
            (SourceFormat::Yaml, "A: *c4n4ry"),
            (SourceFormat::Yaml, "A: !c4n4ry x"),
            (SourceFormat::Tfvars, "a = c4n4ry"),
            (SourceFormat::Tfvars, "a = \"${c4n4ry}\""),
            (SourceFormat::Tfvars, "a = \"c4n4ry"),
        ];
        for (format, text) in sources {
            let faults = parse(format, text.as_bytes()).unwrap_err();
            assert!(!faults.is_empty(), "{text}");
            assert!(!format!("{faults:?}").contains("c4n4ry"), "{text}: {faults:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_a_reader_fall_over(
            text in "[ -~\n\r\té]{0,60}",
            odd in "([-A-Za-z=:'\"`\\\\$#{}\\[\\]<>|&*!,\n ]|<<E\n|export |\\$\\{){0,30}",
        ) {
            for format in
                [SourceFormat::Env, SourceFormat::Json, SourceFormat::Yaml, SourceFormat::Tfvars]
            {
                let _ = parse(format, text.as_bytes());
                let _ = parse(format, odd.as_bytes());
            }
        }
    }

    #[test]
    fn an_entry_shows_nothing_of_its_value() {
        for (format, text) in [
            (SourceFormat::Env, "A=c4n4ry"),
            (SourceFormat::Json, r#"{"A":{"b":"c4n4ry"}}"#),
            (SourceFormat::Yaml, "A: [c4n4ry]"),
            (SourceFormat::Tfvars, "A = { b = \"c4n4ry\" }"),
        ] {
            let entries = parse(format, text.as_bytes()).unwrap();
            assert!(!format!("{entries:?}").contains("c4n4ry"), "{text}");
        }
    }
}
