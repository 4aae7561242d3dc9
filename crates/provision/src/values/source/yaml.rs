//! One YAML mapping. Plain numbers and booleans stay as they are written; aliases and tags, which
//! can make more of a file than stands in it, are refused.

use saphyr_parser::{Event, Parser, ScalarStyle, Span};

use super::{DEEPEST, Entry, Fault, Node, array, object, plain};

pub(super) fn parse(text: &str) -> Result<Vec<Entry>, Vec<Fault>> {
    let mut reader = Reader { parser: Parser::new_from_str(text) };
    reader.document().map_err(|fault| vec![fault])
}

struct Reader<'t, T: Iterator<Item = Result<(Event<'t>, Span), saphyr_parser::ScanError>>> {
    parser: T,
}

impl<'t, T: Iterator<Item = Result<(Event<'t>, Span), saphyr_parser::ScanError>>> Reader<'t, T> {
    /// The next event that carries something, with its line
    fn next(&mut self) -> Result<(Event<'t>, usize), Fault> {
        loop {
            let end = Fault { line: None, problem: "it ends too early".into(), hint: "" };
            let (event, span) = self.parser.next().ok_or(end)?.map_err(|error| {
                // the parser's own words may quote the text
                Fault::at(error.marker().line(), "it is no YAML", "check quotes and indentation")
            })?;
            let carries = !matches!(
                event,
                Event::Nothing | Event::StreamStart | Event::DocumentStart(_) | Event::DocumentEnd
            );
            if carries {
                return Ok((event, span.start.line()));
            }
        }
    }

    fn document(&mut self) -> Result<Vec<Entry>, Fault> {
        let members = match self.next()? {
            (Event::StreamEnd, _) => return Ok(Vec::new()),
            (Event::MappingStart(_, None), line) => self.members(line, 0)?,
            (_, line) => {
                return Err(Fault::at(line, "it is no YAML mapping", "`NAME: value` is wanted"));
            }
        };
        match self.next()? {
            (Event::StreamEnd, _) => Ok(members),
            (_, line) => Err(Fault::at(line, "a second document begins", "keep one of them")),
        }
    }

    fn members(&mut self, line: usize, depth: usize) -> Result<Vec<Entry>, Fault> {
        if depth > DEEPEST {
            return Err(Fault::at(
                line,
                format!("objects are nested more than {DEEPEST} deep"),
                "",
            ));
        }
        let mut members: Vec<Entry> = Vec::new();
        loop {
            let (name, line) = match self.next()? {
                (Event::MappingEnd, _) => return Ok(members),
                (Event::Scalar(name, _, _, None), line) if name != "<<" => {
                    (name.into_owned(), line)
                }
                (_, line) => return Err(Fault::at(line, "a name is no plain text", "")),
            };
            if let Some(first) = members.iter().find(|member| member.name == name) {
                let first = first.line.unwrap_or_default();
                let problem = format!("a name stands a second time; the first is on line {first}");
                return Err(Fault::at(line, problem, "keep one of them"));
            }
            let (event, at) = self.next()?;
            let node = self.node(event, at, depth)?;
            members.push(Entry { name, line: Some(line), end: None, node });
        }
    }

    fn node(&mut self, event: Event<'t>, line: usize, depth: usize) -> Result<Node, Fault> {
        match event {
            Event::Scalar(text, ScalarStyle::Plain, _, None) => Ok(match text.as_ref() {
                "" | "~" | "null" | "Null" | "NULL" => Node::Null,
                word => plain(word),
            }),
            Event::Scalar(text, _, _, None) => Ok(Node::Text(text.as_ref().into())),
            Event::MappingStart(_, None) => Ok(object(self.members(line, depth + 1)?)),
            Event::SequenceStart(_, None) => {
                if depth > DEEPEST {
                    return Err(Fault::at(
                        line,
                        format!("lists are nested more than {DEEPEST} deep"),
                        "",
                    ));
                }
                let mut items = Vec::new();
                loop {
                    match self.next()? {
                        (Event::SequenceEnd, _) => return Ok(array(&items)),
                        (event, line) => items.push(self.node(event, line, depth + 1)?),
                    }
                }
            }
            Event::Alias(_) => Err(Fault::at(line, "an alias stands for a value", "write it out")),
            _ => Err(Fault::at(line, "a value has a tag", "leave the tag out")),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that panics has failed")]
mod tests {
    use super::super::tests::{pairs, shown};
    use super::*;

    #[test]
    fn plain_words_and_quoted_ones_are_told_apart() {
        let text =
            "A: 1.10\nB: \"1.10\"\nC: 0123\nD: yes\nE: true\nF: ~\nG:\nH: 'it''s'\nI: 12:30\n";
        let wanted = [
            ("A", "1.10"),
            ("B", "\"1.10\""),
            ("C", "\"0123\""),
            ("D", "\"yes\""),
            ("E", "true"),
            ("F", "null"),
            ("G", "null"),
            ("H", "\"it's\""),
            ("I", "\"12:30\""),
        ];
        assert_eq!(shown(&parse(text).unwrap()), pairs(&wanted));
    }

    #[test]
    fn blocks_lists_and_mappings() {
        let text = "---\nkey: |\n  line\n  line2\napi:\n  a: x\n  b: [1, two, {c: 3}]\n";
        let wanted = [("key", r#""line\nline2\n""#), ("api", r#"{"a":"x","b":[1,"two",{"c":3}]}"#)];
        let entries = parse(text).unwrap();
        assert_eq!(shown(&entries), pairs(&wanted));
        assert_eq!(entries[1].line, Some(5));
    }

    #[test]
    fn what_is_refused_is_told_by_its_line() {
        for (text, line) in [
            ("A: 1\nA: 2\n", 2),
            ("A: &x 1\nB: *x\n", 2),
            ("A: !!str 1\n", 1),
            ("- a\n", 1),
            ("A: 1\n---\nB: 2\n", 3),
            ("A: [1\n", 2),
            ("? [a]\n: 1\n", 1),
            ("<<: {a: 1}\n", 1),
        ] {
            let faults = parse(text).unwrap_err();
            assert_eq!(faults[0].line, Some(line), "{text}: {faults:?}");
        }
    }

    #[test]
    fn nesting_has_an_end() {
        for text in ["{a: ".repeat(60), format!("a: {}", "[".repeat(60))] {
            assert!(!parse(&text).unwrap_err().is_empty());
        }
    }
}
