//! Text of Terraform's language, laid out as `terraform fmt` lays it out.
//!
//! Only what the renderer needs: blocks, attributes and values. A text is always escaped; what is to
//! be evaluated is an [`Value::Expression`] or stands in a [`Value::Template`].

use std::fmt::Write as _;

/// A line longer than this is cut into one line for each element
const LINE: usize = 90;

/// A value
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    /// a text as it is
    Text(String),
    /// a text whose `${…}` are evaluated, already escaped
    Template(String),
    /// an expression
    Expression(String),
    /// a number
    Number(u64),
    /// `true` or `false`
    Bool(bool),
    /// a list
    List(Vec<Value>),
    /// an object or a map, in this order
    Map(Vec<(String, Value)>),
    /// a call of a function with one argument
    Call(&'static str, Box<Value>),
}

/// What stands in a block
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Item {
    /// `name = value`
    Attribute(String, Value),
    /// a line that says why
    Comment(String),
    /// an empty line
    Gap,
    /// a block
    Block(Block),
}

/// A block
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Block {
    head: String,
    items: Vec<Item>,
}

impl Value {
    /// Returns a text
    pub(super) fn text(text: impl ToString) -> Self {
        Self::Text(text.to_string())
    }

    /// Returns an expression
    pub(super) fn expression(text: impl Into<String>) -> Self {
        Self::Expression(text.into())
    }

    /// Returns a list of texts
    pub(super) fn texts<T: ToString>(texts: impl IntoIterator<Item = T>) -> Self {
        Self::List(texts.into_iter().map(Self::text).collect())
    }

    fn print(&self, indent: usize) -> String {
        match self {
            Self::Text(text) => format!("\"{}\"", escape(text)),
            Self::Template(text) => format!("\"{text}\""),
            Self::Expression(text) => text.clone(),
            Self::Number(number) => number.to_string(),
            Self::Bool(truth) => truth.to_string(),
            Self::List(values) => list(values, indent),
            Self::Call(function, value) => format!("{function}({})", value.print(indent)),
            Self::Map(fields) if fields.is_empty() => "{}".to_owned(),
            Self::Map(fields) => {
                let fields: Vec<(String, &Value)> =
                    fields.iter().map(|(name, value)| (key(name), value)).collect();
                format!("{{\n{}{}}}", aligned(&fields, indent + 1), spaces(indent))
            }
        }
    }
}

impl Block {
    /// Returns a block without anything in it, such as `resource "a" "b"`
    pub(super) fn new(kind: &str, labels: &[&str]) -> Self {
        let labels: String = labels.iter().map(|label| format!(" \"{}\"", escape(label))).collect();
        Self { head: format!("{kind}{labels}"), items: Vec::new() }
    }

    /// Adds an attribute
    pub(super) fn set(mut self, name: &str, value: Value) -> Self {
        self.items.push(Item::Attribute(name.to_owned(), value));
        self
    }

    /// Adds an attribute where there is a value
    pub(super) fn maybe(self, name: &str, value: Option<Value>) -> Self {
        match value {
            Some(value) => self.set(name, value),
            None => self,
        }
    }

    /// Adds an empty line
    pub(super) fn gap(mut self) -> Self {
        self.items.push(Item::Gap);
        self
    }

    /// Adds a comment
    pub(super) fn comment(mut self, text: &str) -> Self {
        self.items.push(Item::Comment(text.to_owned()));
        self
    }

    /// Adds a block
    pub(super) fn block(mut self, block: Block) -> Self {
        self.items.push(Item::Block(block));
        self
    }

    fn print(&self, indent: usize) -> String {
        let Self { head, items } = self;
        if items.is_empty() {
            return format!("{}{head} {{}}\n", spaces(indent));
        }
        let mut text = format!("{}{head} {{\n", spaces(indent));
        let mut attributes: Vec<(String, &Value)> = Vec::new();
        for item in items {
            if let Item::Attribute(name, value) = item {
                attributes.push((name.clone(), value));
                continue;
            }
            text += &aligned(&std::mem::take(&mut attributes), indent + 1);
            match item {
                Item::Attribute(..) => {}
                Item::Comment(words) => {
                    let _ = writeln!(text, "{}# {words}", spaces(indent + 1));
                }
                Item::Gap => text.push('\n'),
                Item::Block(block) => text += &block.print(indent + 1),
            }
        }
        text + &aligned(&attributes, indent + 1) + &spaces(indent) + "}\n"
    }
}

/// Returns the text of a file: what it is, then its blocks with an empty line between
pub(super) fn file(head: &str, blocks: &[Block]) -> String {
    let blocks: Vec<String> = blocks.iter().map(|block| block.print(0)).collect();
    format!("{head}\n{}", blocks.join("\n"))
}

/// Returns `text` for the inside of quotes
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '$' | '%' if rest.peek() == Some(&'{') => {
                out.push(c);
                out.push(c);
            }
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}

/// Attributes, one a line, their signs in one column as far as the values are single lines
fn aligned(fields: &[(String, &Value)], indent: usize) -> String {
    let printed: Vec<(&str, String)> =
        fields.iter().map(|(name, value)| (name.as_str(), value.print(indent))).collect();
    let mut text = String::new();
    let mut rest = printed.as_slice();
    while !rest.is_empty() {
        let together = rest.iter().take_while(|(_, value)| !value.contains('\n')).count();
        let (lines, after) = rest.split_at(together.max(1));
        let width = match together {
            0 => 0,
            _ => lines.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0),
        };
        for (name, value) in lines {
            let _ = writeln!(text, "{}{name:<width$} = {value}", spaces(indent));
        }
        rest = after;
    }
    text
}

fn list(values: &[Value], indent: usize) -> String {
    let printed: Vec<String> = values.iter().map(|value| value.print(indent + 1)).collect();
    let line = format!("[{}]", printed.join(", "));
    if line.len() <= LINE && !line.contains('\n') {
        return line;
    }
    let mut text = "[\n".to_owned();
    for value in printed {
        let _ = writeln!(text, "{}{value},", spaces(indent + 1));
    }
    text + &spaces(indent) + "]"
}

fn key(name: &str) -> String {
    let plain = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b));
    if plain { name.to_owned() } else { format!("\"{}\"", escape(name)) }
}

fn spaces(indent: usize) -> String {
    "  ".repeat(indent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_cannot_become_an_expression() {
        for (text, printed) in [
            ("${file(\"/etc/passwd\")}", "\"$${file(\\\"/etc/passwd\\\")}\""),
            ("%{ for x in y }", "\"%%{ for x in y }\""),
            ("a\"b\\c\nd", "\"a\\\"b\\\\c\\nd\""),
            ("$5 100%", "\"$5 100%\""),
        ] {
            assert_eq!(Value::text(text).print(0), printed);
        }
    }

    #[test]
    fn signs_stand_in_one_column_up_to_a_value_of_several_lines() {
        let block = Block::new("module", &["m"])
            .set("source", Value::text("./m"))
            .gap()
            .set("a", Value::Number(1))
            .set("long", Value::Bool(true))
            .set("map", Value::Map(vec![("api-keys".into(), Value::Map(vec![]))]))
            .set("x.y", Value::expression("var.x"));
        let wanted = "head\nmodule \"m\" {\n  source = \"./m\"\n\n  a    = 1\n  long = true\n  map = {\n    api-keys = {}\n  }\n  x.y = var.x\n}\n";
        assert_eq!(file("head", &[block]), wanted);
    }

    #[test]
    fn a_long_list_has_one_element_a_line() {
        let long = "x".repeat(LINE);
        assert_eq!(Value::texts(["a", "b"]).print(1), "[\"a\", \"b\"]");
        assert_eq!(Value::texts([&long]).print(1), format!("[\n    \"{long}\",\n  ]"));
    }
}
