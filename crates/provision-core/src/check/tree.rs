//! A JSON or YAML text as a tree in which every value knows its place.
//!
//! It takes what templates of CloudFormation and SAM hold: `!Sub x` and its like are read as
//! `{"Fn::Sub": x}`. A text that is out of all proportion is refused.

use std::collections::HashMap;

use saphyr_parser::{Event, Marker, Parser, Tag};

use crate::manifest::Span;

/// CloudFormation takes templates of up to a megabyte
const MOST_BYTES: usize = 4 << 20;
const MOST_NODES: usize = 200_000;
const DEEPEST: usize = 100;

/// A value and its place
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) span: Span,
    pub(super) value: Value,
}

#[derive(Debug, Clone)]
pub(super) enum Value {
    Text(String),
    List(Vec<Node>),
    Map(Vec<(Text, Node)>),
}

/// A text and its place
#[derive(Debug, Clone)]
pub(super) struct Text {
    pub(super) value: String,
    pub(super) span: Span,
}

/// Why a text cannot be read, and the place
#[derive(Debug)]
pub(super) struct Unreadable {
    pub(super) span: Span,
    pub(super) why: String,
}

impl Node {
    /// Returns the entries of a mapping, none for anything else
    pub(super) fn entries(&self) -> &[(Text, Node)] {
        match &self.value {
            Value::Map(entries) => entries,
            Value::Text(_) | Value::List(_) => &[],
        }
    }

    /// Returns what stands behind `key`
    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        self.entries().iter().find(|(name, _)| name.value == key).map(|(_, node)| node)
    }

    /// Returns the items of a list, or the value itself where one stands for a list of one
    pub(super) fn items(&self) -> &[Node] {
        match &self.value {
            Value::List(items) => items,
            Value::Text(_) | Value::Map(_) => std::slice::from_ref(self),
        }
    }

    /// Returns the text of a scalar, or of a function of CloudFormation as far as it can be known:
    /// what stands for another value is `${name}`, and what cannot be known `${?}`
    pub(super) fn text(&self) -> String {
        match &self.value {
            Value::Text(text) => text.clone(),
            Value::List(_) => "${?}".to_owned(),
            Value::Map(entries) => match entries.as_slice() {
                [(function, argument)] => called(&function.value, argument),
                _ => "${?}".to_owned(),
            },
        }
    }

    /// Returns the text of a scalar with its place
    pub(super) fn placed(&self) -> Text {
        Text { value: self.text(), span: self.head() }
    }

    /// Returns the part of the span that names the node without running over the whole block
    pub(super) fn head(&self) -> Span {
        match &self.value {
            Value::Map(entries) => entries.first().map_or(self.span, |(key, _)| key.span),
            Value::List(items) => items.first().map_or(self.span, Node::head),
            Value::Text(_) => self.span,
        }
    }

    /// Calls `visit` with each node and the path that leads to it, the outer ones first
    pub(super) fn walk<'n>(&'n self, visit: &mut impl FnMut(&[&'n str], &'n Node)) {
        fn step<'n>(
            node: &'n Node,
            path: &mut Vec<&'n str>,
            visit: &mut impl FnMut(&[&'n str], &'n Node),
        ) {
            visit(path, node);
            match &node.value {
                Value::Text(_) => {}
                Value::List(items) => items.iter().for_each(|item| step(item, path, visit)),
                Value::Map(entries) => {
                    for (key, value) in entries {
                        path.push(&key.value);
                        step(value, path, visit);
                        path.pop();
                    }
                }
            }
        }
        step(self, &mut Vec::new(), visit);
    }

    /// Returns the value as JSON, functions as their texts
    pub(super) fn to_json(&self) -> serde_json::Value {
        match &self.value {
            Value::Text(text) => text.clone().into(),
            Value::List(items) => items.iter().map(Node::to_json).collect(),
            Value::Map(entries) => match entries.as_slice() {
                [(key, _)] if is_function(&key.value) => self.text().into(),
                _ => entries
                    .iter()
                    .map(|(key, node)| (key.value.clone(), node.to_json()))
                    .collect::<serde_json::Map<_, _>>()
                    .into(),
            },
        }
    }
}

fn is_function(name: &str) -> bool {
    name == "Ref" || name.starts_with("Fn::")
}

fn called(function: &str, argument: &Node) -> String {
    let named = |text: &str| format!("${{{text}}}");
    match (function, &argument.value) {
        ("Ref" | "Fn::GetAtt" | "Fn::ImportValue", Value::Text(name)) => named(name),
        ("Fn::GetAtt", Value::List(parts)) => {
            named(&parts.iter().map(Node::text).collect::<Vec<_>>().join("."))
        }
        ("Fn::Sub", Value::Text(text)) => text.clone(),
        ("Fn::Sub", Value::List(parts)) => parts.first().map_or_else(|| named("?"), Node::text),
        ("Fn::Join", Value::List(parts)) => match parts.as_slice() {
            [between, list] => {
                list.items().iter().map(Node::text).collect::<Vec<_>>().join(&between.text())
            }
            _ => named("?"),
        },
        _ => named("?"),
    }
}

/// Returns the tree of the first document of `text`
pub(super) fn read(text: &str) -> Result<Node, Unreadable> {
    if text.len() > MOST_BYTES {
        let why = format!("it is larger than {MOST_BYTES} bytes");
        return Err(Unreadable { span: Span::default(), why });
    }
    let unmarked = text.trim_start_matches('\u{feff}');
    let (yaml, bytes) = if unmarked.trim_start().starts_with(['{', '[']) {
        as_yaml(text)
    } else {
        (text.to_owned(), text.char_indices().map(|(at, _)| at).collect())
    };
    let mut builder =
        Builder { text, bytes, open: Vec::new(), anchors: HashMap::new(), nodes: 0, root: None };
    for event in Parser::new_from_str(&yaml) {
        let (event, span) = event.map_err(|error| {
            let at = builder.byte(error.marker());
            builder.refusal(Span { start: at, end: at }, "it is neither JSON nor YAML")
        })?;
        let span = builder.span(span);
        if builder.root.is_some() {
            break;
        }
        builder.take(event, span)?;
    }
    let empty = builder.refusal(Span::default(), "it is empty");
    builder.root.ok_or(empty)
}

/// Returns JSON as a reader of YAML takes it, and the byte of `text` at which each character stands
///
/// JSON may be indented with tabs, and writes a character past U+FFFF as a pair of escapes: YAML
/// takes both for errors.
fn as_yaml(text: &str) -> (String, Vec<usize>) {
    let (mut yaml, mut bytes) = (String::with_capacity(text.len()), Vec::new());
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        let pair = text.get(at..).and_then(paired).filter(|_| character == '\\');
        yaml.push(match (character, pair) {
            ('\t', _) => ' ',
            (_, Some(whole)) => whole,
            (other, None) => other,
        });
        bytes.push(at);
        let more = match (character, pair) {
            (_, Some(_)) => PAIR - 1,
            // what is escaped begins no escape of its own
            ('\\', None) => 1,
            _ => 0,
        };
        for (at, escaped) in characters.by_ref().take(more).filter(|_| pair.is_none()) {
            yaml.push(escaped);
            bytes.push(at);
        }
    }
    (yaml, bytes)
}

/// Length of the two escapes of JSON that are one character
const PAIR: usize = 12;

/// Returns the character whose two escapes `text` begins with
fn paired(text: &str) -> Option<char> {
    let half = |at: usize| {
        let digits = text.get(at..at + PAIR / 2)?.strip_prefix("\\u")?;
        let is_hex = digits.bytes().all(|b| b.is_ascii_hexdigit());
        u16::from_str_radix(digits, 16).ok().filter(|_| is_hex)
    };
    let whole = char::decode_utf16([half(0)?, half(PAIR / 2)?]).next()?.ok()?;
    (whole.len_utf16() == 2).then_some(whole)
}

/// A collection that is still open
struct Frame {
    anchor: usize,
    span: Span,
    function: Option<String>,
    content: Content,
}

enum Content {
    List(Vec<Node>),
    Map { entries: Vec<(Text, Node)>, key: Option<Text> },
}

struct Builder<'t> {
    text: &'t str,
    /// the byte at which each character that is read starts
    bytes: Vec<usize>,
    open: Vec<Frame>,
    anchors: HashMap<usize, Node>,
    nodes: usize,
    root: Option<Node>,
}

impl Builder<'_> {
    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), Unreadable> {
        match event {
            Event::Scalar(text, _, anchor, tag) => {
                let node = Node { span, value: Value::Text(text.into_owned()) };
                self.add(wrapped(node, function(tag.as_deref())), anchor)
            }
            Event::Alias(anchor) => {
                let known = self.anchors.get(&anchor).cloned();
                let node =
                    known.ok_or_else(|| self.refusal(span, "an alias stands in its own value"))?;
                self.nodes += size(&node);
                self.add(node, 0)
            }
            Event::SequenceStart(anchor, tag) => {
                let function = function(tag.as_deref());
                self.enter(Frame { anchor, span, function, content: Content::List(Vec::new()) })
            }
            Event::MappingStart(anchor, tag) => {
                let function = function(tag.as_deref());
                let content = Content::Map { entries: Vec::new(), key: None };
                self.enter(Frame { anchor, span, function, content })
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(Frame { anchor, span: start, function, content }) = self.open.pop() else {
                    return Ok(());
                };
                let value = match content {
                    Content::List(items) => Value::List(items),
                    Content::Map { entries, .. } => Value::Map(entries),
                };
                let span = Span { start: start.start, end: span.end.max(start.end) };
                self.add(wrapped(Node { span, value }, function), anchor)
            }
            _ => Ok(()),
        }
    }

    fn enter(&mut self, frame: Frame) -> Result<(), Unreadable> {
        if self.open.len() >= DEEPEST {
            return Err(self.refusal(frame.span, "it is nested too deeply"));
        }
        self.open.push(frame);
        Ok(())
    }

    fn add(&mut self, node: Node, anchor: usize) -> Result<(), Unreadable> {
        self.nodes += 1;
        if self.nodes > MOST_NODES {
            return Err(self.refusal(node.span, "it holds too many values"));
        }
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        match self.open.last_mut().map(|frame| &mut frame.content) {
            None => self.root = Some(node),
            Some(Content::List(items)) => items.push(node),
            Some(Content::Map { entries, key }) => match key.take() {
                None => *key = Some(node.placed()),
                Some(key) => entries.push((key, node)),
            },
        }
        Ok(())
    }

    fn refusal(&self, span: Span, why: &str) -> Unreadable {
        Unreadable { span, why: why.to_owned() }
    }

    fn byte(&self, marker: &Marker) -> usize {
        self.bytes.get(marker.index()).copied().unwrap_or(self.text.len())
    }

    /// The span without the line ends that a block carries behind it
    fn span(&self, span: saphyr_parser::Span) -> Span {
        let (start, end) = (self.byte(&span.start), self.byte(&span.end));
        let inner = self.text.get(start..end).unwrap_or("").trim_end().len();
        Span { start, end: start + inner }
    }
}

/// The long form of a tag such as `!Sub`
fn function(tag: Option<&Tag>) -> Option<String> {
    let tag = tag.filter(|tag| tag.handle == "!")?;
    Some(match tag.suffix.as_str() {
        "Ref" | "Condition" => tag.suffix.clone(),
        name => format!("Fn::{name}"),
    })
}

fn wrapped(node: Node, function: Option<String>) -> Node {
    let Some(value) = function else { return node };
    let span = node.span;
    Node { span, value: Value::Map(vec![(Text { value, span }, node)]) }
}

fn size(node: &Node) -> usize {
    1 + match &node.value {
        Value::Text(_) => 0,
        Value::List(items) => items.iter().map(size).sum(),
        Value::Map(entries) => entries.iter().map(|(_, value)| 1 + size(value)).sum(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_of_cloudformation_are_read_as_far_as_they_can_be_known() {
        for (yaml, text) in [
            ("!Sub arn:${AWS::Partition}:x", "arn:${AWS::Partition}:x"),
            ("{ Fn::Sub: a }", "a"),
            ("!Sub ['${a}-b', { a: 1 }]", "${a}-b"),
            ("!Ref Name", "${Name}"),
            ("!GetAtt Key.Arn", "${Key.Arn}"),
            ("{ 'Fn::GetAtt': [Key, Arn] }", "${Key.Arn}"),
            ("!Join [':', [arn, !Ref A, b]]", "arn:${A}:b"),
            ("!FindInMap [a, b, c]", "${?}"),
            ("plain", "plain"),
        ] {
            let tree = read(&format!("x: {yaml}")).unwrap();
            assert_eq!(tree.get("x").unwrap().text(), text, "{yaml}");
        }
    }

    #[test]
    fn places_are_those_of_the_text() {
        let text = "{\n\t\"a\": [\n\t\t\"b\", \"é\",\n\t\t\"c\"\n\t]\n}\n";
        let tree = read(text).unwrap();
        let places: Vec<_> =
            tree.get("a").unwrap().items().iter().map(|n| n.span.place(text)).collect();
        assert_eq!(places, [(3, 3), (3, 8), (4, 3)]);
    }

    #[test]
    fn characters_that_json_writes_in_two_halves_are_read_and_move_no_place() {
        let json =
            r#"{"a": "\ud83c\udf89 \uD83D\uDE00\u00e9", "b": "\\\ud83c\udf89", "c": "\\ud83c"}"#;
        let by_serde: serde_json::Value = serde_json::from_str(json).unwrap();
        // some programs begin a file with the mark of its byte order
        for text in [json.to_owned(), format!("\u{feff}{json}"), format!("\u{feff}\r\n\t{json}")] {
            let tree = read(&text).unwrap();
            for key in ["a", "b", "c"] {
                assert_eq!(tree.get(key).unwrap().text(), by_serde[key], "{key}");
            }
            let Span { start, end } = tree.get("c").unwrap().span;
            assert_eq!(&text[start..end], r#""\\ud83c""#);
        }
        for lone in [r#"{"a": "\ud83c"}"#, r#"{"a": "\udf89\ud83c"}"#, r#"{"a": "\ud83c\u0041"}"#] {
            assert!(read(lone).is_err(), "{lone}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_told_with_its_place() {
        for text in ["", "a: [b", "a: &a [*a]", "{\"a\": }}"] {
            assert!(read(text).is_err(), "{text}");
        }
        assert!(read(&"[".repeat(DEEPEST + 1)).is_err());
    }
}
