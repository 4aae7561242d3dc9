//! The text of a manifest with the name it is shown under, and places in that text.

use std::fmt;

use serde::Serialize;

use super::problem::{Finding, Kind, Problems};

/// A manifest's text, before it is parsed
#[derive(Clone, PartialEq, Eq)]
pub struct Source {
    /// the path as it is shown in problems
    pub name: String,
    /// the text
    pub text: String,
}

impl Source {
    /// Returns the source, or what is wrong where the bytes are no text in UTF-8
    ///
    /// None of the text is shown then: what looks like a secret value can only be told in text that
    /// was read right.
    pub fn from_bytes(name: impl Into<String>, bytes: Vec<u8>) -> Result<Self, Problems> {
        let name = name.into();
        let is_utf16 = is_utf16(&bytes);
        let (text, start, is_text) = match String::from_utf8(bytes) {
            // NUL is UTF-8, and stands in no text
            Ok(text) => match text.find('\0') {
                None => return Ok(Self { name, text }),
                Some(at) => (text, at, false),
            },
            Err(error) => {
                let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
                (text, error.utf8_error().valid_up_to(), !error.as_bytes().contains(&0))
            }
        };
        let span = Span { start, end: start };
        let (line, column) = span.place(&text);
        let (message, hint) = match (is_utf16, is_text) {
            (true, _) => ("this looks like UTF-16".to_owned(), "save it as UTF-8"),
            (_, true) => (
                format!("the file is not UTF-8: look at line {line}, column {column}"),
                "save it as UTF-8",
            ),
            (_, false) => ("this is no text file".to_owned(), "name the manifest with `--file`"),
        };
        let finding = Finding::new(Kind::Encoding, span, message, hint);
        Err(Problems::of(&name, &text, vec![finding], &[]))
    }

    /// Returns the text without the byte order mark that some editors write
    pub(super) fn body(&self) -> &str {
        self.text.strip_prefix('\u{feff}').unwrap_or(&self.text)
    }
}

// The text may hold a value that somebody pasted by mistake.
impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source")
            .field("name", &self.name)
            .field("bytes", &self.text.len())
            .finish_non_exhaustive()
    }
}

/// A range of bytes of the text
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Span {
    /// the first byte
    pub start: usize,
    /// the byte after the last one
    pub end: usize,
}

impl Span {
    /// Returns the part of `text` that the span covers
    pub(super) fn of<'t>(&self, text: &'t str) -> &'t str {
        text.get(self.start..self.end).unwrap_or("")
    }

    /// Returns line and column of the span's start, both from 1, the column in characters
    pub(crate) fn place(&self, text: &str) -> (usize, usize) {
        let before = text.get(..self.start).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        (line, column)
    }
}

/// Whether the bytes begin with a mark of UTF-16, or a NUL stands beside most of the first letters
fn is_utf16(bytes: &[u8]) -> bool {
    let first = &bytes[..bytes.len().min(128)];
    let nuls = |at: usize| first.iter().skip(at).step_by(2).filter(|byte| **byte == 0).count();
    let marks: [&[u8]; 2] = [&[0xff, 0xfe], &[0xfe, 0xff]];
    let is_wide = |at: usize| nuls(at) * 4 > first.len() && nuls(1 - at) == 0;
    marks.iter().any(|mark| bytes.starts_with(mark)) || is_wide(0) || is_wide(1)
}
