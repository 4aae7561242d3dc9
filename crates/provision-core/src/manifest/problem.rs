//! What is wrong with a manifest: place, sentence, hint.
//!
//! A problem owns the text around it, because it outlives the file. That text is masked first:
//! what looks like a secret value never reaches a snippet, a message or a hint.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use miette::{Diagnostic, LabeledSpan, NamedSource, SourceCode};
use serde::Serialize;

use super::source::Span;
use super::suspicion::Suspect;

/// as many as anybody reads; the rest is only counted
const MOST: usize = 500;

/// Everything that is wrong with a manifest, sorted by place; never empty
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub struct Problems {
    all: Vec<Problem>,
    /// how many there are where they are too many to be shown
    #[serde(skip)]
    found: usize,
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
    /// none where no text can be shown
    #[serde(skip)]
    source: Option<Arc<NamedSource<String>>>,
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
    PolicyFile,
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
            Kind::PolicyFile => "policy-file",
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

    fn order(&self) -> (usize, &'static str, &str, usize) {
        (self.span.start, self.kind.code(), &self.message, self.span.end)
    }

    fn shown(self, text: &str, suspects: &[Suspect], source: &Arc<NamedSource<String>>) -> Problem {
        let Finding { kind, span, message, hint, label, also } = self;
        let (line, column) = span.place(text);
        Problem {
            file: source.name().to_owned(),
            line,
            column,
            message: masked_words(&message, suspects),
            hint: Some(masked_words(&hint, suspects)),
            code: kind.code(),
            span,
            label: label.map(|label| masked_words(&label, suspects)),
            also: also.map(|also| (also.0, masked_words(&also.1, suspects))),
            // what is no text, no mask fits
            source: (kind != Kind::Encoding).then(|| Arc::clone(source)),
        }
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
        let mut findings = findings;
        findings.sort_by(|a, b| a.order().cmp(&b.order()));
        findings.dedup_by(|a, b| a.order() == b.order());
        let found = findings.len();
        findings.truncate(MOST);
        let all = findings.into_iter().map(|finding| finding.shown(text, suspects, &source));
        Self { all: all.collect(), found, name: name.to_owned() }
    }

    /// Returns the problems in the order of the file
    pub fn iter(&self) -> std::slice::Iter<'_, Problem> {
        self.all.iter()
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
        match self.found {
            1 => write!(f, "`{}` has a problem", self.name),
            count if count > MOST => {
                write!(f, "`{}` has {count} problems; the first {MOST} are shown", self.name)
            }
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
        self.source.as_ref().map(|source| source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        self.source.as_ref()?;
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
    let mut hidden = vec![false; text.len()];
    for Suspect { span, .. } in suspects {
        hidden.get_mut(span.start..span.end).into_iter().for_each(|part| part.fill(true));
    }
    let mut masked = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        let filler = match c {
            '\n' | '\r' | '\t' => None,
            _ if hidden[at] => Some('*'),
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

/// Returns a sentence with every suspected text in it blotted out
fn masked_words(words: &str, suspects: &[Suspect]) -> String {
    let mut masked = Cow::Borrowed(words);
    for Suspect { text, .. } in suspects {
        while let Some(at) = place_of(&masked, text) {
            let stars = "*".repeat(text.chars().count());
            masked.to_mut().replace_range(at..at + text.len(), &stars);
        }
    }
    masked.chars().map(|c| if c.is_control() { '?' } else { c }).collect()
}

/// Returns where a suspected text stands in a sentence
fn place_of(words: &str, text: &str) -> Option<usize> {
    // A text of stars alone would be found again for ever.
    if text.chars().all(|c| c == '*') {
        return None;
    }
    // Short ones are words of ours as well: theirs are quoted, and stand alone. A name that holds
    // a backtick itself leaves no telling.
    let unclear = words.matches('`').count() % 2 == 1;
    let theirs = |at: usize| {
        let (before, after) = (&words[..at], &words[at + text.len()..]);
        let ends = [before.chars().next_back(), after.chars().next()];
        (unclear || before.matches('`').count() % 2 == 1)
            && !ends.into_iter().flatten().any(char::is_alphanumeric)
    };
    words.match_indices(text).map(|(at, _)| at).find(|at| text.len() >= 8 || theirs(*at))
}
