//! What one environment declares: the manifest's own sections with its `overrides` merged in.
//!
//! Mappings merge by key, lists and single values replace. A list of keys is a mapping without
//! rules, so an override may give one of them a rule. Every value keeps its place in the file.

use indexmap::IndexMap;

use super::problem::{Finding, Kind};
use super::source::Span;
use super::tree::{Entry, Node, Value};

/// the sections that an environment may override
const SECTIONS: [&str; 4] = ["secrets", "functions", "alarms", "log_retention_days"];

/// Returns the sections of the manifest as the environment sees them
pub(super) fn effective(manifest: &Node, environment: &str) -> Node {
    let overrides = manifest.at(&["environments", environment, "overrides"]);
    let entries = SECTIONS.iter().filter_map(|section| {
        let base = manifest.entry(section);
        let over = overrides.and_then(|overrides| overrides.entry(section));
        let entry = match (base, over) {
            (Some(base), Some(over)) => merged_entry(base, over),
            (only, None) | (None, only) => only?.clone(),
        };
        Some(((*section).to_owned(), entry))
    });
    Node { span: manifest.span, value: Value::Map(entries.collect()) }
}

/// Rewrites every list of a secret's keys as the mapping that it is short for
pub(super) fn expand_keys(manifest: &mut Node, findings: &mut Vec<Finding>) {
    for (section, entry) in manifest.entries_mut() {
        match section {
            "secrets" => expand_secrets(&mut entry.value, findings),
            "environments" => {
                for (_, environment) in entry.value.entries_mut() {
                    for (field, entry) in environment.value.entries_mut() {
                        if field == "overrides" {
                            expand_keys(&mut entry.value, findings);
                        }
                    }
                }
            }
            _ => {}
        }
    }
}

fn expand_secrets(secrets: &mut Node, findings: &mut Vec<Finding>) {
    for (_, secret) in secrets.entries_mut() {
        for (field, entry) in secret.value.entries_mut() {
            if let ("keys", Value::List(items)) = (field, &entry.value.value) {
                entry.value.value = Value::Map(named(items, findings));
            }
        }
    }
}

fn named(items: &[Node], findings: &mut Vec<Finding>) -> IndexMap<String, Entry> {
    let mut entries: IndexMap<String, Entry> = IndexMap::new();
    for item in items {
        let Value::Text(key) = &item.value else { continue };
        if let Some(first) = entries.get(key) {
            findings.push(
                Finding::new(
                    Kind::DuplicateKey,
                    item.span,
                    format!("`{key}` is listed twice"),
                    "keep one of the two",
                )
                .also(first.key_span, "first listed here"),
            );
            continue;
        }
        let nothing = Span { start: item.span.end, end: item.span.end };
        let value = Node { span: nothing, value: Value::Null };
        entries.insert(key.clone(), Entry { key_span: item.span, value });
    }
    entries
}

fn merged_entry(base: &Entry, over: &Entry) -> Entry {
    let value = merged(&base.value, &over.value);
    let key_span = match over.value.value {
        Value::Null => base.key_span,
        _ => over.key_span,
    };
    Entry { key_span, value }
}

fn merged(base: &Node, over: &Node) -> Node {
    match (&base.value, &over.value) {
        (_, Value::Null) => base.clone(),
        (Value::Map(below), Value::Map(above)) => {
            let mut entries = below.clone();
            for (key, over) in above {
                let entry = match below.get(key) {
                    Some(base) => merged_entry(base, over),
                    None => over.clone(),
                };
                entries.insert(key.clone(), entry);
            }
            Node { span: over.span, value: Value::Map(entries) }
        }
        _ => over.clone(),
    }
}
