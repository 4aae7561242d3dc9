//! YAML as a tree with places.
//!
//! It takes the part of YAML that a manifest needs: one document, text keys, aliases. Tags, merge
//! keys and duplicate keys are problems, and so is a document that is out of all proportion.

use std::collections::HashMap;

use indexmap::IndexMap;
use saphyr_parser::{Event, Marker, Parser, ScalarStyle};
use serde_json::Number;

use super::problem::{Finding, Kind};
use super::source::Span;
use super::syntax;
use super::tree::{Entry, Node, Value};

/// a manifest of 500 secrets with 20 keys each stays below a third of it
const MOST_BYTES: usize = 1 << 20;
/// keys and values together, aliases counted as often as they are used
const MOST_NODES: usize = 50_000;
/// the deepest field of the grammar is at level 9
const DEEPEST: usize = 24;

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

/// A collection that is still open
struct Frame {
    anchor: usize,
    span: Span,
    content: Content,
}

enum Content {
    List(Vec<Node>),
    Map { entries: IndexMap<String, Entry>, key: PendingKey },
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
                // A tag is a problem already: what it makes of the text does not matter.
                let plain = tag.is_none() && style == ScalarStyle::Plain;
                let value = if plain { scalar(&text) } else { Value::Text(text.into_owned()) };
                self.add(Node { span, value }, anchor)
            }
            Event::Alias(anchor) => {
                let node = self.anchors.get(&anchor).cloned();
                let node = node.ok_or_else(|| syntax::alias_of_itself(span))?;
                self.nodes += node.size();
                if self.open.len() + node.depth() > DEEPEST {
                    return Err(syntax::too_deep(span));
                }
                self.add(node, 0)
            }
            Event::SequenceStart(anchor, tag) => {
                self.refuse_tag(tag.is_some(), span);
                self.enter(Frame { anchor, span, content: Content::List(Vec::new()) })
            }
            Event::MappingStart(anchor, tag) => {
                self.refuse_tag(tag.is_some(), span);
                let content = Content::Map { entries: IndexMap::new(), key: PendingKey::None };
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
        self.nodes += 1;
        if self.nodes > MOST_NODES {
            return Err(syntax::too_many(node.head(), MOST_NODES));
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
                    entries.insert(key, Entry { key_span, value: node });
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
fn name(node: Node, entries: &IndexMap<String, Entry>, findings: &mut Vec<Finding>) -> PendingKey {
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
    if let Some(first) = entries.get(&key) {
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

/// Reads a plain scalar by YAML's core schema, as serde_yaml does
fn scalar(text: &str) -> Value {
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
