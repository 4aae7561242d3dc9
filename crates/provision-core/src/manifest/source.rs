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
    /// Returns the source, or the place of the first byte that is not UTF-8
    pub fn from_bytes(name: impl Into<String>, bytes: Vec<u8>) -> Result<Self, Problems> {
        let name = name.into();
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Self { name, text }),
            Err(error) => {
                let start = error.utf8_error().valid_up_to();
                let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
                let finding = Finding::new(
                    Kind::Encoding,
                    Span { start, end: start + char::REPLACEMENT_CHARACTER.len_utf8() },
                    "the file is not UTF-8",
                    "save it as UTF-8",
                );
                Err(Problems::of(&name, &text, vec![finding], &[]))
            }
        }
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
