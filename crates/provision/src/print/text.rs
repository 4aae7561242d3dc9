//! Lines with their signs and colours. The sign carries the meaning, the colour only repeats it.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use provision_core::show::{Line, Mark};

use super::place::led;
use super::wrap::wrapped;

/// A line that opens or sums up
pub(crate) fn title(text: impl Into<String>) -> Line {
    Line { mark: Mark::Title, depth: 0, text: text.into() }
}

/// Returns the lines as text with ANSI colours, which the stream strips where they are not wanted;
/// broken between words where the width of a terminal is given
pub(crate) fn paint(lines: &[Line], width: Option<usize>) -> String {
    lines.iter().fold(String::new(), |mut text, line| {
        let Line { mark, depth, text: words } = line;
        let style = style(*mark);
        let indent = "  ".repeat(usize::from(*depth));
        let sign = mark.sign();
        let space = if sign.is_empty() { "" } else { " " };
        let begin = indent.len() + sign.len() + space.len();
        let words = match mark {
            Mark::Hint => format!("hint: {}", led(words)),
            _ => words.clone(),
        };
        let words = match width {
            Some(width) => wrapped(&words, begin, width).join("\n"),
            None => words,
        };
        let _ = writeln!(text, "{indent}{style}{sign}{space}{words}{style:#}");
        text
    })
}

fn style(mark: Mark) -> Style {
    let colour = |colour: AnsiColor| colour.on_default();
    match mark {
        Mark::Title => Style::new().bold(),
        Mark::Create => colour(AnsiColor::Green),
        Mark::Update => colour(AnsiColor::Yellow),
        Mark::Delete | Mark::Blocked => colour(AnsiColor::Red),
        Mark::Widen => colour(AnsiColor::Magenta).bold(),
        Mark::Hint => colour(AnsiColor::Cyan),
        Mark::Note => colour(AnsiColor::Blue),
        Mark::Detail => Style::new().dimmed(),
        Mark::Blank => Style::new(),
    }
}
