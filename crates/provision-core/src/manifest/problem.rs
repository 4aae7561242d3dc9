//! What is wrong with a manifest: place, sentence, hint.
//!
//! A problem owns the text around it, because it outlives the file. That text is masked first:
//! what looks like a secret value never reaches a snippet, a message or a hint.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use miette::{Diagnostic, LabeledSpan, NamedSource, SourceCode};
use serde::Serialize;

use super::source::Span;
use super::suspicion::Suspect;

/// Everything that is wrong with a manifest, sorted by place; never empty
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub struct Problems {
    all: Vec<Problem>,
    #[serde(skip)]
    name: String,
}

/// One thing that is wrong with a manifest
#[derive(Debug, Clone, Serialize)]
pub struct Problem {
    /// the file as it is shown
    pub file: String,
    /// from 1
    pub line: usize,
    /// from 1, in characters
    pub column: usize,
    /// what is wrong, as a sentence without a full stop
    pub message: String,
    /// what to do about it
    pub hint: Option<String>,
    /// the kind of problem, in kebab case
    pub code: &'static str,
    /// the bytes that the problem is about
    pub span: Span,
    #[serde(skip)]
    label: Option<String>,
    #[serde(skip)]
    also: Option<(Span, String)>,
    #[serde(skip)]
    source: Arc<NamedSource<String>>,
}

/// The kind of a problem, which gives its code
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Syntax,
    Encoding,
    TooLarge,
    DuplicateKey,
    UnknownField,
    WrongType,
    MissingField,
    OutOfRange,
    UnknownValue,
    BadName,
    BadTemplate,
    BadReference,
    DuplicateName,
    NameCollision,
    ReservedName,
    Contradiction,
    LooksLikeValue,
    NotSupportedYet,
}

impl Kind {
    fn code(self) -> &'static str {
        match self {
            Kind::Syntax => "syntax",
            Kind::Encoding => "encoding",
            Kind::TooLarge => "too-large",
            Kind::DuplicateKey => "duplicate-key",
            Kind::UnknownField => "unknown-field",
            Kind::WrongType => "wrong-type",
            Kind::MissingField => "missing-field",
            Kind::OutOfRange => "out-of-range",
            Kind::UnknownValue => "unknown-value",
            Kind::BadName => "bad-name",
            Kind::BadTemplate => "bad-template",
            Kind::BadReference => "bad-reference",
            Kind::DuplicateName => "duplicate-name",
            Kind::NameCollision => "name-collision",
            Kind::ReservedName => "reserved-name",
            Kind::Contradiction => "contradiction",
            Kind::LooksLikeValue => "looks-like-value",
            Kind::NotSupportedYet => "not-supported-yet",
        }
    }
}

/// A problem before it is masked and placed
pub(super) struct Finding {
    kind: Kind,
    span: Span,
    message: String,
    hint: String,
    label: Option<String>,
    also: Option<Box<(Span, String)>>,
}

impl Finding {
    pub(super) fn new(
        kind: Kind,
        span: Span,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self { kind, span, message: message.into(), hint: hint.into(), label: None, also: None }
    }

    /// Adds what stands at the place itself
    pub(super) fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// Adds a second place that has to do with it
    pub(super) fn also(mut self, span: Span, label: impl Into<String>) -> Self {
        self.also = Some(Box::new((span, label.into())));
        self
    }
}

impl Problems {
    /// Returns the findings as problems of the file `name` with `text`, masked, sorted, each once
    pub(super) fn of(name: &str, text: &str, findings: Vec<Finding>, suspects: &[Suspect]) -> Self {
        let source = Arc::new(NamedSource::new(name, masked_text(text, suspects)));
        let mut seen = BTreeSet::new();
        let mut all = Vec::new();
        for finding in findings {
            let Finding { kind, span, message, hint, label, also } = finding;
            let message = masked_words(&message, suspects);
            if !seen.insert((span, kind, message.clone())) {
                continue;
            }
            let (line, column) = span.place(text);
            all.push(Problem {
                file: name.to_owned(),
                line,
                column,
                message,
                hint: Some(masked_words(&hint, suspects)),
                code: kind.code(),
                span,
                label: label.map(|label| masked_words(&label, suspects)),
                also: also.map(|also| (also.0, masked_words(&also.1, suspects))),
                source: Arc::clone(&source),
            });
        }
        all.sort_by(|a, b| (a.span.start, a.code).cmp(&(b.span.start, b.code)));
        Self { all, name: name.to_owned() }
    }

    /// Returns the problems in the order of the file
    pub fn iter(&self) -> std::slice::Iter<'_, Problem> {
        self.all.iter()
    }

    /// Returns how many problems there are, at least one
    #[allow(clippy::len_without_is_empty, reason = "never empty")]
    pub fn len(&self) -> usize {
        self.all.len()
    }
}

impl<'p> IntoIterator for &'p Problems {
    type Item = &'p Problem;
    type IntoIter = std::slice::Iter<'p, Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl IntoIterator for Problems {
    type Item = Problem;
    type IntoIter = std::vec::IntoIter<Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.all.into_iter()
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.all.len() {
            1 => write!(f, "`{}` has a problem", self.name),
            count => write!(f, "`{}` has {count} problems", self.name),
        }
    }
}

impl std::error::Error for Problems {}

impl Diagnostic for Problems {
    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        Some(Box::new(self.all.iter().map(|problem| problem as &dyn Diagnostic)))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Problem {}

impl Diagnostic for Problem {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.code))
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.hint.as_ref().map(|hint| Box::new(hint) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let length = |span: &Span| span.end.saturating_sub(span.start);
        let here = LabeledSpan::new_primary_with_span(
            self.label.clone(),
            (self.span.start, length(&self.span)),
        );
        let there = self.also.iter().map(move |(span, label)| {
            LabeledSpan::new_with_span(Some(label.clone()), (span.start, length(span)))
        });
        Some(Box::new(std::iter::once(here).chain(there)))
    }
}

/// Returns `text` with what is suspected and what a terminal would obey blotted out, byte for byte
fn masked_text(text: &str, suspects: &[Suspect]) -> String {
    let hidden = |at: usize| suspects.iter().any(|s| s.span.start <= at && at < s.span.end);
    let mut masked = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        let filler = match c {
            '\n' | '\r' | '\t' => None,
            _ if !suspects.is_empty() && hidden(at) => Some('*'),
            _ if c.is_control() => Some('?'),
            _ => None,
        };
        match filler {
            Some(filler) => masked.extend(std::iter::repeat_n(filler, c.len_utf8())),
            None => masked.push(c),
        }
    }
    masked
}

fn masked_words(words: &str, suspects: &[Suspect]) -> String {
    let mut masked = Cow::Borrowed(words);
    for suspect in suspects {
        if masked.contains(&suspect.text) {
            let stars = "*".repeat(suspect.text.chars().count());
            masked = Cow::Owned(masked.replace(&suspect.text, &stars));
        }
    }
    masked.chars().map(|c| if c.is_control() { '?' } else { c }).collect()
}
