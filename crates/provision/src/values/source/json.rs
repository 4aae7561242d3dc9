//! One JSON object. Numbers stay as they are written.

use provision_core::members::Members;
use secrecy::SecretString;
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use super::{DEEPEST, Entry, Fault, Node, line_of};

pub(super) fn parse(text: &str) -> Result<Vec<Entry>, Vec<Fault>> {
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    let Members(members) = serde_json::from_str(text).map_err(|error| {
        let hint = "an object of names and values is wanted: `{\"NAME\": \"value\"}`";
        // serde_json's own words may quote the text
        vec![Fault::at(error.line(), "it is no JSON object", hint)]
    })?;
    entries(text, members, 0).map_err(|fault| vec![fault])
}

fn entries(
    text: &str,
    members: Vec<(String, &RawValue)>,
    depth: usize,
) -> Result<Vec<Entry>, Fault> {
    members
        .into_iter()
        .map(|(name, raw)| {
            let at = raw.get().as_ptr().addr() - text.as_ptr().addr();
            let line = line_of(text, at);
            Ok(Entry { name, line: Some(line), end: None, node: node(text, raw, line, depth)? })
        })
        .collect()
}

fn node(text: &str, raw: &RawValue, line: usize, depth: usize) -> Result<Node, Fault> {
    let secret = || SecretString::from(raw.get());
    Ok(match raw.get().as_bytes().first() {
        Some(b'n') => Node::Null,
        Some(b'"') => {
            let text: String = serde_json::from_str(raw.get())
                .map_err(|_| Fault::at(line, "the value is no text", ""))?;
            Node::Text(Zeroizing::new(text).as_str().into())
        }
        Some(b'{') if depth >= DEEPEST => {
            return Err(Fault::at(
                line,
                format!("objects are nested more than {DEEPEST} deep"),
                "",
            ));
        }
        Some(b'{') => {
            let Members(members) = serde_json::from_str(raw.get())
                .map_err(|_| Fault::at(line, "it is no JSON object", ""))?;
            Node::Object { raw: secret(), members: entries(text, members, depth + 1)? }
        }
        _ => Node::Json(secret()),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that panics has failed")]
mod tests {
    use super::super::tests::{pairs, shown};
    use super::*;

    #[test]
    fn values_stay_as_they_are_written() {
        let text = "{\"A\": \"x\\n\",\n \"B\": 1.10, \"C\": null,\n \"D\": {\"e\": [1, 2]}}";
        let entries = parse(text).unwrap();
        let wanted = [("A", r#""x\n""#), ("B", "1.10"), ("C", "null"), ("D", r#"{"e": [1, 2]}"#)];
        assert_eq!(shown(&entries), pairs(&wanted));
        assert_eq!(entries.iter().map(|e| e.line.unwrap()).collect::<Vec<_>>(), [1, 2, 2, 3]);
    }

    #[test]
    fn nesting_has_an_end() {
        let deep = format!("{}1{}", "{\"a\":".repeat(40), "}".repeat(40));
        assert!(parse(&deep).unwrap_err()[0].problem.contains("nested"));
    }
}
