//! What cannot be read as the YAML of a manifest, in words that name the cure.

use saphyr_parser::ScanError;

use super::problem::{Finding, Kind};
use super::source::Span;

/// Returns the parser's error as a problem at byte `at`
pub(super) fn finding(text: &str, error: &ScanError, at: usize) -> Finding {
    let at = at.min(text.len());
    let start = text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |end| end + 1);
    let line = text.get(start..).and_then(|rest| rest.lines().next()).unwrap_or("");
    // a text that goes on may meet the tab only in a line below
    let below = error.info().contains("tab").then(|| tab_below(text, start)).flatten();
    if let Some(tab) = tab_of_indent(text, start).or(below) {
        let span = Span { start: tab, end: tab + 1 };
        return Finding::new(
            Kind::Syntax,
            span,
            "a tab is used for indentation",
            "YAML is indented with spaces: put two of them in place of the tab",
        );
    }
    let (message, hint) = advice(error.info(), text.get(start..at).unwrap_or(""));
    let end = (start + line.trim_end().len()).max(at);
    Finding::new(Kind::Syntax, Span { start: at, end }, message, hint)
}

/// Returns the first tab in the indentation of the line at `start`
fn tab_of_indent(text: &str, start: usize) -> Option<usize> {
    let line = text.get(start..)?.lines().next()?;
    let indent = &line[..line.len() - line.trim_start().len()];
    indent.find('\t').map(|at| start + at)
}

/// Returns the first tab in the indentation of the lines below the one at `start`, as far as these
/// may be of its text; an empty line may hold tabs
fn tab_below(text: &str, start: usize) -> Option<usize> {
    let (_, below) = text.get(start..)?.split_once('\n')?;
    let mut at = text.len() - below.len();
    for line in below.split_inclusive('\n') {
        if !line.trim().is_empty() {
            let tab = tab_of_indent(text, at);
            if tab.is_some() || !line.starts_with(' ') {
                return tab;
            }
        }
        at += line.len();
    }
    None
}

/// Returns a sentence and a hint for what the scanner says of what comes after `before`
fn advice(info: &str, before: &str) -> (String, &'static str) {
    let told = |message: &str, hint| (message.to_owned(), hint);
    match info {
        _ if info.contains("tab") => {
            told("a tab stands where spaces belong", "YAML is indented with spaces")
        }
        "mapping values are not allowed in this context" if before.contains(':') => told(
            "a second `:` in one line",
            "put the text in quotes if it holds `: `, or start a new line and indent it",
        ),
        _ if info.contains("valid YAML whitespace") => told(
            "a tab stands where a space belongs, behind a `:`",
            "put a space in place of the tab",
        ),
        _ if info.contains("unknown anchor") => {
            told("`*` refers to an anchor that does not exist", "define it first with `&name`")
        }
        _ if info.contains("escape") => {
            told("an escape that YAML does not know", "use single quotes, where `\\` is plain text")
        }
        _ if info.contains("trailing content") => {
            told("text follows the closing quote", "put the whole text in quotes")
        }
        _ if info.contains("quoted scalar") => told(
            "a quote is opened and not closed, or a line of the quoted text is out of place",
            "close the quote in the same line",
        ),
        _ if info.contains("flow") || info.contains("bracket") => told(
            "a `{` or `[` is not closed, or a comma is missing",
            "close it, and put a comma between the items",
        ),
        "recursion limit exceeded" => told("the manifest is nested too deeply", "flatten it"),
        _ if info.contains("unprintable") => {
            told("a character that cannot be printed", "remove it")
        }
        _ if ["indent", "block", "simple key", "mapping values"]
            .iter()
            .any(|w| info.contains(w)) =>
        {
            told(
                "the line does not fit the lines above it",
                "give it the indentation of its neighbours, and end each key with `:`",
            )
        }
        _ => (
            format!("this is not YAML: {info}"),
            "check indentation, quotes and `:` here and in the line above",
        ),
    }
}

pub(super) fn empty() -> Finding {
    Finding::new(
        Kind::MissingField,
        Span::default(),
        "the manifest is empty",
        "it starts with `project`, `region` and `environments`",
    )
}

pub(super) fn second_document(span: Span) -> Finding {
    Finding::new(
        Kind::Syntax,
        span,
        "a second YAML document starts here",
        "one file holds one manifest: remove the `---` or use a second file",
    )
}

pub(super) fn alias_of_itself(span: Span) -> Finding {
    Finding::new(
        Kind::Syntax,
        span,
        "an alias lies inside the value that it stands for",
        "write the value out",
    )
}

pub(super) fn too_deep(span: Span) -> Finding {
    Finding::new(Kind::TooLarge, span, "the manifest is nested too deeply", "flatten it")
}

pub(super) fn too_many(span: Span, most: usize) -> Finding {
    Finding::new(
        Kind::TooLarge,
        span,
        format!("the manifest holds more than {most} keys and values, aliases counted each time"),
        "split it: one manifest holds one project",
    )
}

pub(super) fn tag(span: Span) -> Finding {
    Finding::new(
        Kind::Syntax,
        span,
        "YAML tags are not used in a manifest",
        "remove the `!…`; a text that looks like a number goes in quotes",
    )
}

pub(super) fn merge_key(span: Span) -> Finding {
    Finding::new(
        Kind::Syntax,
        span,
        "the merge key `<<` is not supported",
        "write the fields out, use an alias for the whole value, or `overrides`",
    )
}

pub(super) fn key_is_not_text(span: Span, noun: &str) -> Finding {
    Finding::new(
        Kind::WrongType,
        span,
        format!("a key must be a text, not {noun}"),
        "put it in quotes",
    )
}
