//! The manifest as a tree in which every key and value knows its place.

use indexmap::IndexMap;
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::Number;

use super::source::Span;

/// A value and its place
#[derive(Clone)]
pub(super) struct Node {
    pub(super) span: Span,
    pub(super) value: Value,
}

/// What YAML's core schema reads in a value
#[derive(Clone)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    List(Vec<Node>),
    Map(IndexMap<String, Entry>),
    /// was there, and was not what it should be
    Cut,
}

/// What stands behind a key of a mapping, and where the key stands
#[derive(Clone)]
pub(super) struct Entry {
    pub(super) key_span: Span,
    pub(super) value: Node,
}

impl Node {
    /// Returns the value at `path`, list items by their number
    pub(super) fn at<S: AsRef<str>>(&self, path: &[S]) -> Option<&Node> {
        path.iter().try_fold(self, |node, step| node.child(step.as_ref()).map(|(_, node)| node))
    }

    /// Returns the place to point at for `path`: the value where it stands on one line, else its key
    pub(super) fn place<S: AsRef<str>>(&self, path: &[S]) -> Span {
        let mut node = self;
        let mut place = self.head();
        for step in path {
            let Some((key, child)) = node.child(step.as_ref()) else { return place };
            node = child;
            let scalar = !matches!(child.value, Value::List(_) | Value::Map(_) | Value::Null);
            place = match key {
                Some(key) if !scalar => key,
                _ => child.head(),
            };
        }
        place
    }

    /// Returns the place of the key of `path`, or of the list item
    pub(super) fn key_place<S: AsRef<str>>(&self, path: &[S]) -> Span {
        let Some((last, parents)) = path.split_last() else { return self.head() };
        match self.at(parents).and_then(|parent| parent.child(last.as_ref())) {
            Some((Some(key), _)) => key,
            Some((None, item)) => item.head(),
            None => self.place(parents),
        }
    }

    fn child(&self, step: &str) -> Option<(Option<Span>, &Node)> {
        match &self.value {
            Value::Map(entries) => {
                entries.get(step).map(|entry| (Some(entry.key_span), &entry.value))
            }
            Value::List(items) => items.get(step.parse::<usize>().ok()?).map(|item| (None, item)),
            _ => None,
        }
    }

    fn child_mut(&mut self, step: &str) -> Option<&mut Node> {
        match &mut self.value {
            Value::Map(entries) => entries.get_mut(step).map(|entry| &mut entry.value),
            Value::List(items) => items.get_mut(step.parse::<usize>().ok()?),
            _ => None,
        }
    }

    /// Returns the part of the span that names the node without running over the whole block
    pub(super) fn head(&self) -> Span {
        match &self.value {
            Value::Map(entries) => entries.first().map_or(self.span, |(_, entry)| entry.key_span),
            Value::List(items) => items.first().map_or(self.span, Node::head),
            _ => self.span,
        }
    }

    /// Marks the value at `path` as not there; [`Node::prune`] takes it away
    pub(super) fn cut<S: AsRef<str>>(&mut self, path: &[S]) {
        let node = path.iter().try_fold(self, |node, step| node.child_mut(step.as_ref()));
        if let Some(node) = node {
            node.value = Value::Cut;
        }
    }

    /// Takes away what was cut, so that list items have the numbers that a reader counts
    pub(super) fn prune(&mut self) {
        let stays = |node: &Node| !matches!(node.value, Value::Cut);
        match &mut self.value {
            Value::Map(entries) => {
                entries.retain(|_, entry| stays(&entry.value));
                entries.values_mut().for_each(|entry| entry.value.prune());
            }
            Value::List(items) => {
                items.retain(stays);
                items.iter_mut().for_each(Node::prune);
            }
            _ => {}
        }
    }

    /// Returns what stands behind `key` and where the key stands
    pub(super) fn entry(&self, key: &str) -> Option<&Entry> {
        match &self.value {
            Value::Map(entries) => entries.get(key),
            _ => None,
        }
    }

    /// Returns the entries of a mapping to change their values, none for anything else
    pub(super) fn entries_mut(&mut self) -> impl Iterator<Item = (&str, &mut Entry)> {
        let entries = match &mut self.value {
            Value::Map(entries) => Some(entries),
            _ => None,
        };
        entries.into_iter().flatten().map(|(key, entry)| (key.as_str(), entry))
    }

    /// Returns the word for the value in a sentence
    pub(super) fn noun(&self) -> &'static str {
        match self.value {
            Value::Null | Value::Cut => "nothing",
            Value::Bool(_) => "true or false",
            Value::Number(_) => "a number",
            Value::Text(_) => "a text",
            Value::List(_) => "a list",
            Value::Map(_) => "a mapping",
        }
    }

    /// Returns how many keys and values there are
    pub(super) fn size(&self) -> usize {
        1 + match &self.value {
            Value::Map(entries) => entries.values().map(|entry| 1 + entry.value.size()).sum(),
            Value::List(items) => items.iter().map(Node::size).sum(),
            _ => 0,
        }
    }

    /// Returns how many levels there are
    pub(super) fn depth(&self) -> usize {
        1 + match &self.value {
            Value::Map(entries) => entries.values().map(|entry| entry.value.depth()).max(),
            Value::List(items) => items.iter().map(Node::depth).max(),
            _ => None,
        }
        .unwrap_or(0)
    }
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.value {
            Value::Null | Value::Cut => serializer.serialize_unit(),
            Value::Bool(bool) => serializer.serialize_bool(*bool),
            Value::Number(number) => number.serialize(serializer),
            Value::Text(text) => serializer.serialize_str(text),
            Value::List(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    list.serialize_element(item)?;
                }
                list.end()
            }
            Value::Map(entries) => {
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                for (key, entry) in entries {
                    map.serialize_entry(key, &entry.value)?;
                }
                map.end()
            }
        }
    }
}
