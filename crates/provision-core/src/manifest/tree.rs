//! The YAML of a manifest as a tree in which every key and value knows its place.
//!
//! It takes the part of YAML that a manifest needs: one document, text keys, aliases. Tags, merge
//! keys and duplicate keys are problems, and so is a document that is out of all proportion.

use std::collections::HashMap;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::Number;

use super::problem::{Finding, Kind};
use super::source::Span;
use super::syntax;

/// a manifest of 500 secrets with 20 keys each stays below a third of it
const MOST_BYTES: usize = 1 << 20;
/// keys and values together, aliases counted as often as they are used
const MOST_NODES: usize = 50_000;
/// the deepest field of the grammar is at level 9
const DEEPEST: usize = 24;

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
    Map(Vec<Entry>),
    /// was there, and was not what it should be
    Cut,
}

/// One key of a mapping with its value
#[derive(Clone)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) key_span: Span,
    pub(super) value: Node,
}

/// Reads the one document of `text`; problems that leave a tree are added to `findings`
pub(super) fn read(text: &str, findings: &mut Vec<Finding>) -> Option<Node> {
    let mut builder = Builder::new(text, findings);
    match builder.run() {
        Ok(node) => Some(node),
        Err(finding) => {
            findings.push(finding);
            None
        }
    }
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
            Value::Map(entries) => entries
                .iter()
                .find(|entry| entry.key == step)
                .map(|entry| (Some(entry.key_span), &entry.value)),
            Value::List(items) => items.get(step.parse::<usize>().ok()?).map(|item| (None, item)),
            _ => None,
        }
    }

    fn child_mut(&mut self, step: &str) -> Option<&mut Node> {
        match &mut self.value {
            Value::Map(entries) => {
                entries.iter_mut().find(|entry| entry.key == step).map(|entry| &mut entry.value)
            }
            Value::List(items) => items.get_mut(step.parse::<usize>().ok()?),
            _ => None,
        }
    }

    /// Returns the part of the span that names the node without running over the whole block
    fn head(&self) -> Span {
        match &self.value {
            Value::Map(entries) => entries.first().map_or(self.span, |entry| entry.key_span),
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
                entries.retain(|entry| stays(&entry.value));
                entries.iter_mut().for_each(|entry| entry.value.prune());
            }
            Value::List(items) => {
                items.retain(stays);
                items.iter_mut().for_each(Node::prune);
            }
            _ => {}
        }
    }

    /// Returns the entries of a mapping, none for anything else
    pub(super) fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
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

    fn size(&self) -> usize {
        1 + match &self.value {
            Value::Map(entries) => entries.iter().map(|entry| 1 + entry.value.size()).sum(),
            Value::List(items) => items.iter().map(Node::size).sum(),
            _ => 0,
        }
    }

    fn depth(&self) -> usize {
        1 + match &self.value {
            Value::Map(entries) => entries.iter().map(|entry| entry.value.depth()).max(),
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
                for entry in entries {
                    map.serialize_entry(&entry.key, &entry.value)?;
                }
                map.end()
            }
        }
    }
}

/// A collection that is still open
struct Frame {
    anchor: usize,
    span: Span,
    content: Content,
}

enum Content {
    List(Vec<Node>),
    Map { entries: Vec<Entry>, key: PendingKey },
}

enum PendingKey {
    None,
    Named(String, Span),
    /// a problem by itself; its value is read and dropped
    Refused,
}

struct Builder<'t, 'f> {
    text: &'t str,
    /// the byte at which each character starts, and the end
    bytes: Vec<usize>,
    findings: &'f mut Vec<Finding>,
    open: Vec<Frame>,
    anchors: HashMap<usize, Node>,
    nodes: usize,
    root: Option<Node>,
}

impl<'t, 'f> Builder<'t, 'f> {
    fn new(text: &'t str, findings: &'f mut Vec<Finding>) -> Self {
        Self {
            text,
            bytes: Vec::new(),
            findings,
            open: Vec::new(),
            anchors: HashMap::new(),
            nodes: 0,
            root: None,
        }
    }

    fn run(&mut self) -> Result<Node, Finding> {
        if self.text.len() > MOST_BYTES {
            return Err(Finding::new(
                Kind::TooLarge,
                Span::default(),
                format!("the manifest is larger than {MOST_BYTES} bytes"),
                "split it: one manifest holds one project",
            ));
        }
        self.bytes = self.text.char_indices().map(|(at, _)| at).collect();
        self.bytes.push(self.text.len());
        for event in Parser::new_from_str(self.text) {
            let (event, span) = event
                .map_err(|error| syntax::finding(self.text, &error, self.byte(error.marker())))?;
            let span = self.span(span);
            self.take(event, span)?;
        }
        match self.root.take() {
            Some(Node { value: Value::Null, .. }) | None => Err(syntax::empty()),
            Some(root) => Ok(root),
        }
    }

    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), Finding> {
        match event {
            Event::DocumentStart(_) if self.root.is_some() => Err(syntax::second_document(span)),
            Event::Scalar(text, style, anchor, tag) => {
                self.refuse_tag(tag.is_some(), span);
                let value = scalar(&text, style);
                self.add(Node { span, value }, anchor)
            }
            Event::Alias(anchor) => match self.anchors.get(&anchor) {
                Some(node) => {
                    let node = node.clone();
                    self.add(node, 0)
                }
                None => Err(syntax::alias_of_itself(span)),
            },
            Event::SequenceStart(anchor, tag) => {
                self.refuse_tag(tag.is_some(), span);
                self.enter(Frame { anchor, span, content: Content::List(Vec::new()) })
            }
            Event::MappingStart(anchor, tag) => {
                self.refuse_tag(tag.is_some(), span);
                let content = Content::Map { entries: Vec::new(), key: PendingKey::None };
                self.enter(Frame { anchor, span, content })
            }
            Event::SequenceEnd | Event::MappingEnd => self.leave(span),
            _ => Ok(()),
        }
    }

    fn enter(&mut self, frame: Frame) -> Result<(), Finding> {
        if self.open.len() >= DEEPEST {
            return Err(syntax::too_deep(frame.span));
        }
        self.open.push(frame);
        Ok(())
    }

    fn leave(&mut self, end: Span) -> Result<(), Finding> {
        let Some(Frame { anchor, span, content }) = self.open.pop() else { return Ok(()) };
        let value = match content {
            Content::List(items) => Value::List(items),
            Content::Map { entries, .. } => Value::Map(entries),
        };
        let whole = self.trimmed(Span { start: span.start, end: end.end.max(span.end) });
        self.add(Node { span: whole, value }, anchor)
    }

    /// Puts a finished node where it belongs: a document's root, a list's item, a key or its value
    fn add(&mut self, node: Node, anchor: usize) -> Result<(), Finding> {
        self.nodes += node.size();
        if self.nodes > MOST_NODES {
            return Err(syntax::too_many(node.head(), MOST_NODES));
        }
        if self.open.len() + node.depth() > DEEPEST + 1 {
            return Err(syntax::too_deep(node.head()));
        }
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        match self.open.last_mut().map(|frame| &mut frame.content) {
            None => self.root = Some(node),
            Some(Content::List(items)) => items.push(node),
            Some(Content::Map { entries, key }) => match std::mem::replace(key, PendingKey::None) {
                PendingKey::None => *key = name(node, entries, self.findings),
                PendingKey::Named(key, key_span) => {
                    entries.push(Entry { key, key_span, value: node });
                }
                PendingKey::Refused => {}
            },
        }
        Ok(())
    }

    fn refuse_tag(&mut self, tagged: bool, span: Span) {
        if tagged {
            self.findings.push(syntax::tag(span));
        }
    }

    fn byte(&self, marker: &Marker) -> usize {
        self.bytes.get(marker.index()).copied().unwrap_or(self.text.len())
    }

    fn span(&self, span: saphyr_parser::Span) -> Span {
        self.trimmed(Span { start: self.byte(&span.start), end: self.byte(&span.end) })
    }

    /// Returns the span without the line ends that a block carries behind it
    fn trimmed(&self, span: Span) -> Span {
        let end = span.start + span.of(self.text).trim_end().len();
        Span { start: span.start, end: end.max(span.start) }
    }
}

/// Reads a node as the next key of a mapping
fn name(node: Node, entries: &[Entry], findings: &mut Vec<Finding>) -> PendingKey {
    let place = node.head();
    let noun = node.noun();
    let Value::Text(key) = node.value else {
        findings.push(syntax::key_is_not_text(place, noun));
        return PendingKey::Refused;
    };
    if key == "<<" {
        findings.push(syntax::merge_key(place));
        return PendingKey::Refused;
    }
    if let Some(first) = entries.iter().find(|entry| entry.key == key) {
        findings.push(
            Finding::new(
                Kind::DuplicateKey,
                place,
                format!("`{key}` is given twice"),
                "keep one of the two",
            )
            .label("given again here")
            .also(first.key_span, "first given here"),
        );
        return PendingKey::Refused;
    }
    PendingKey::Named(key, place)
}

/// Reads a scalar by YAML's core schema, as serde_yaml does
fn scalar(text: &str, style: ScalarStyle) -> Value {
    if style != ScalarStyle::Plain {
        return Value::Text(text.to_owned());
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return Value::Bool(true),
        "false" | "False" | "FALSE" => return Value::Bool(false),
        _ => {}
    }
    number(text).map_or_else(|| Value::Text(text.to_owned()), Value::Number)
}

fn number(text: &str) -> Option<Number> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    // an account such as 012345678901 is a text to serde_yaml and to YAML 1.2
    let padded =
        digits.len() > 1 && digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit());
    if padded || !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(rest) = digits.strip_prefix(prefix) {
            let value =
                i64::from_str_radix(rest, radix).ok().filter(|_| !rest.starts_with(['-', '+']))?;
            return Some(if text.starts_with('-') { -value } else { value }.into());
        }
    }
    if let Ok(whole) = text.parse::<i64>() {
        return Some(whole.into());
    }
    let real = text.parse::<f64>().ok().filter(|real| real.is_finite())?;
    // `30.0` is a whole number to a JSON Schema, so let it be one to serde as well
    if real.fract() == 0.0 && real.abs() < 9e15 {
        return Some((real as i64).into());
    }
    Number::from_f64(real)
}
