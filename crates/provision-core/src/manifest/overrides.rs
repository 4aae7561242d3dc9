//! What one environment declares: the manifest's own sections with its `overrides` merged in.
//!
//! Mappings merge by key, lists and single values replace. A list of keys is a mapping without
//! rules, so an override may give one of them a rule. Every value keeps its place in the file.

use super::problem::{Finding, Kind};
use super::source::Span;
use super::tree::{Entry, Node, Value};

/// the sections that an environment may override
const SECTIONS: [&str; 4] = ["secrets", "functions", "alarms", "log_retention_days"];

/// Returns the sections of the manifest as the environment sees them
pub(super) fn effective(manifest: &Node, environment: &str) -> Node {
    let overrides = manifest.at(&["environments", environment, "overrides"]);
    let entries = SECTIONS.iter().filter_map(|section| {
        let base = entry(manifest, section);
        let over = overrides.and_then(|overrides| entry(overrides, section));
        match (base, over) {
            (Some(base), Some(over)) => Some(merged_entry(base, over)),
            (only, None) | (None, only) => only.cloned(),
        }
    });
    Node { span: manifest.span, value: Value::Map(entries.collect()) }
}

/// Rewrites every list of a secret's keys as the mapping that it is short for
pub(super) fn expand_keys(manifest: &mut Node, findings: &mut Vec<Finding>) {
    for entry in entries_mut(manifest) {
        match entry.key.as_str() {
            "secrets" => expand_secrets(&mut entry.value, findings),
            "environments" => {
                for environment in entries_mut(&mut entry.value) {
                    for field in entries_mut(&mut environment.value) {
                        if field.key == "overrides" {
                            expand_keys(&mut field.value, findings);
                        }
                    }
                }
            }
            _ => {}
        }
    }
}

fn expand_secrets(secrets: &mut Node, findings: &mut Vec<Finding>) {
    for secret in entries_mut(secrets) {
        for field in entries_mut(&mut secret.value) {
            if let ("keys", Value::List(items)) = (field.key.as_str(), &field.value.value) {
                field.value.value = Value::Map(named(items, findings));
            }
        }
    }
}

fn named(items: &[Node], findings: &mut Vec<Finding>) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for item in items {
        let Value::Text(key) = &item.value else { continue };
        if let Some(first) = entries.iter().find(|entry| entry.key == *key) {
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
        entries.push(Entry {
            key: key.clone(),
            key_span: item.span,
            value: Node { span: nothing, value: Value::Null },
        });
    }
    entries
}

fn entries_mut(node: &mut Node) -> &mut [Entry] {
    match &mut node.value {
        Value::Map(entries) => entries,
        _ => &mut [],
    }
}

fn entry<'n>(node: &'n Node, key: &str) -> Option<&'n Entry> {
    node.entries().iter().find(|entry| entry.key == key)
}

fn merged_entry(base: &Entry, over: &Entry) -> Entry {
    let value = merged(&base.value, &over.value);
    let key_span = match over.value.value {
        Value::Null => base.key_span,
        _ => over.key_span,
    };
    Entry { key: base.key.clone(), key_span, value }
}

fn merged(base: &Node, over: &Node) -> Node {
    match (&base.value, &over.value) {
        (_, Value::Null) => base.clone(),
        (Value::Map(below), Value::Map(above)) => {
            let kept = below.iter().map(|base| {
                above
                    .iter()
                    .find(|over| over.key == base.key)
                    .map_or_else(|| base.clone(), |over| merged_entry(base, over))
            });
            let added = above.iter().filter(|over| below.iter().all(|base| base.key != over.key));
            Node { span: over.span, value: Value::Map(kept.chain(added.cloned()).collect()) }
        }
        _ => over.clone(),
    }
}
