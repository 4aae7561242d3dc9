//! Lines of `NAME=value`, as shells and the libraries of that name read them.
//!
//! A value is taken as it is written: `$NAME` and `${NAME}` are not replaced, because a password
//! may hold a dollar sign. Quotes may span lines. In double quotes `\n`, `\r`, `\t`, `\\`, `\"`,
//! `\$` and `` \` `` are escapes and every other backslash is itself; in single quotes and
//! backticks nothing is an escape.

use zeroize::Zeroizing;

use super::{Entry, Fault, Node};

const QUOTES: &str = "a value of several lines stands in quotes";

pub(super) fn parse(text: &str) -> Result<Vec<Entry>, Vec<Fault>> {
    let mut reader = Reader { rest: text, line: 1 };
    let mut entries = Vec::new();
    let mut faults = Vec::new();
    while reader.skip_to_line() {
        match reader.entry() {
            Ok(entry) => entries.push(entry),
            Err(fault) => faults.push(fault),
        }
        // whatever is left of the line is a comment, or part of what is wrong with it
        reader.skip_line();
    }
    if faults.is_empty() { Ok(entries) } else { Err(faults) }
}

struct Reader<'t> {
    rest: &'t str,
    line: usize,
}

impl<'t> Reader<'t> {
    fn take(&mut self, bytes: usize) -> &'t str {
        let (taken, rest) = self.rest.split_at(bytes);
        self.line += taken.bytes().filter(|b| *b == b'\n').count();
        self.rest = rest;
        taken
    }

    fn skip_blanks(&mut self) {
        let blanks = self.rest.len() - self.rest.trim_start_matches([' ', '\t']).len();
        self.take(blanks);
    }

    fn skip_line(&mut self) {
        self.take(self.rest.find('\n').unwrap_or(self.rest.len()));
    }

    /// Goes to the next line that is neither empty nor a comment; false at the end
    fn skip_to_line(&mut self) -> bool {
        loop {
            let space = self.rest.len() - self.rest.trim_start().len();
            self.take(space);
            if !self.rest.starts_with('#') {
                return !self.rest.is_empty();
            }
            self.skip_line();
        }
    }

    fn entry(&mut self) -> Result<Entry, Fault> {
        let line = self.line;
        let mut name = self.name();
        if name == "export" && self.rest.starts_with([' ', '\t']) {
            self.skip_blanks();
            if !self.rest.starts_with('=') {
                name = self.name();
            }
        }
        self.skip_blanks();
        if name.is_empty() || !self.rest.starts_with('=') {
            return Err(Fault::at(line, "it is no `NAME=value`", QUOTES));
        }
        self.take(1);
        let blank = self.rest.starts_with([' ', '\t']);
        self.skip_blanks();
        let value = match self.rest.chars().next() {
            Some(quote @ ('"' | '\'' | '`')) => self.quoted(quote)?,
            Some('#') if blank => Zeroizing::new(String::new()),
            _ => self.bare(),
        };
        Ok(Entry {
            name: name.to_owned(),
            line: Some(line),
            end: (self.line > line).then_some(self.line),
            node: Node::Text(value.as_str().into()),
        })
    }

    fn name(&mut self) -> &'t str {
        let is_part = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
        self.take(self.rest.find(|c| !is_part(c)).unwrap_or(self.rest.len()))
    }

    /// A value without quotes: to the end of the line, or to a `#` behind a blank
    fn bare(&mut self) -> Zeroizing<String> {
        let line = self.take(self.rest.find('\n').unwrap_or(self.rest.len()));
        let comment = line.find(" #").into_iter().chain(line.find("\t#")).min();
        Zeroizing::new(line[..comment.unwrap_or(line.len())].trim_end().to_owned())
    }

    fn quoted(&mut self, quote: char) -> Result<Zeroizing<String>, Fault> {
        let line = self.line;
        self.take(1);
        let mut value = Zeroizing::new(String::with_capacity(self.rest.len()));
        let unclosed = || Fault::at(line, format!("the quote {quote} is not closed"), QUOTES);
        loop {
            let next = self.rest.chars().next().ok_or_else(unclosed)?;
            self.take(next.len_utf8());
            match next {
                _ if next == quote => break,
                '\\' if quote == '"' => self.escape(&mut value),
                // a file with Windows line ends holds the same values
                '\r' if self.rest.starts_with('\n') => {}
                _ => value.push(next),
            }
        }
        self.skip_blanks();
        let end = self.rest.chars().next();
        if end.is_none_or(|c| "#\r\n".contains(c)) {
            return Ok(value);
        }
        Err(Fault::at(
            self.line,
            "text stands behind the closing quote",
            "quote the whole value; in double quotes `\\\"` is a quote",
        ))
    }

    /// Adds what stands behind a backslash
    fn escape(&mut self, value: &mut String) {
        let escaped = match self.rest.chars().next() {
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some(c @ ('\\' | '"' | '$' | '`')) => c,
            _ => return value.push('\\'),
        };
        self.take(1);
        value.push(escaped);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that panics has failed")]
mod tests {
    use super::super::tests::{pairs, shown};
    use super::*;

    #[test]
    fn lines_are_counted_through_quotes_and_comments() {
        let text = "# one\n\nA='x\ny'\nexport B=2 # b\n  C = 3\n";
        let entries = parse(text).unwrap();
        assert_eq!(entries.iter().map(|e| e.line.unwrap()).collect::<Vec<_>>(), [3, 5, 6]);
        assert_eq!(shown(&entries), pairs(&[("A", r#""x\ny""#), ("B", "\"2\""), ("C", "\"3\"")]));
    }

    #[test]
    fn every_fault_is_told_and_what_follows_is_read() {
        let faults = parse("A=1\nnonsense\nB=\"x\" y\nC=3\n=5\nD='open\n").unwrap_err();
        assert_eq!(faults.iter().map(|f| f.line.unwrap()).collect::<Vec<_>>(), [2, 3, 5, 6]);
    }

    #[test]
    fn a_key_without_quotes_is_refused_and_not_cut() {
        let faults = parse("KEY=-----BEGIN PRIVATE KEY-----\nMIIE\n-----END-----\n").unwrap_err();
        assert_eq!(faults.len(), 2, "{faults:?}");
    }
}
