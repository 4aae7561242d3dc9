//! Lines broken between words, where a terminal would break them anywhere.
//!
//! What stands in backticks stays in one piece, however long: a command that is copied from two lines
//! would be run by halves.

use std::io::IsTerminal;

/// A terminal that is narrower is left to break lines itself
const NARROWEST: usize = 40;
/// The widest first column under which a row does not go on
const COLUMN: usize = 14;

/// Returns how wide the terminal is behind a stream, none where there is no terminal
pub(super) fn width(stream: &(impl IsTerminal + std::os::fd::AsFd)) -> Option<usize> {
    let (terminal_size::Width(width), _) =
        stream.is_terminal().then(|| terminal_size::terminal_size_of(stream)).flatten()?;
    Some(usize::from(width)).filter(|width| *width >= NARROWEST)
}

/// Returns the text in lines of at most `width`, the first of which begins at `indent`
pub(super) fn wrapped(text: &str, indent: usize, width: usize) -> Vec<String> {
    let hang = indent + column(text).unwrap_or(0);
    let mut lines = vec![String::new()];
    let mut used = indent;
    for (space, word) in words(text) {
        let length = word.chars().count();
        let is_first = lines.last().is_none_or(String::is_empty);
        if !is_first && used + space.len() + length > width && hang < used {
            lines.push(format!("{:hang$}{word}", ""));
            used = hang + length;
        } else if let Some(line) = lines.last_mut() {
            line.push_str(space);
            line.push_str(word);
            used += space.len() + length;
        }
    }
    lines
}

/// Where the second column of a row begins, whose first is a word or two
fn column(text: &str) -> Option<usize> {
    let gap = text.find("  ")?;
    let begin = gap + text[gap..].find(|c| c != ' ')?;
    (begin <= COLUMN).then(|| text[..begin].chars().count())
}

/// The words, each with the blanks before it
fn words(text: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let begin = rest.find(|c| c != ' ').unwrap_or(rest.len());
        let (space, behind) = rest.split_at(begin);
        let end = end_of_word(behind);
        found.push((space, &behind[..end]));
        rest = &behind[end..];
    }
    found
}

/// Where the first word ends: at a blank that stands in no backticks
fn end_of_word(text: &str) -> usize {
    let mut from = 0;
    loop {
        let Some(at) = text[from..].find([' ', '`']).map(|at| from + at) else { return text.len() };
        if text[at..].starts_with(' ') {
            return at;
        }
        // a backtick that nothing closes is a letter
        from = match text[at + 1..].find('`') {
            Some(closing) => at + 1 + closing + 1,
            None => at + 1,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::wrapped;

    #[test]
    fn a_line_breaks_between_words() {
        assert_eq!(wrapped("one two three", 0, 20), ["one two three"]);
        assert_eq!(wrapped("one two three four", 2, 10), ["one two", "  three", "  four"]);
        assert_eq!(wrapped("", 4, 40), [""]);
        assert_eq!(wrapped("a-word-that-is-too-long", 2, 10), ["a-word-that-is-too-long"]);
    }

    #[test]
    fn a_row_goes_on_under_its_second_column() {
        assert_eq!(
            wrapped("reads        one, two, three", 6, 30),
            ["reads        one, two,", "                   three"]
        );
    }

    #[test]
    fn what_is_in_backticks_stays_in_one_piece() {
        assert_eq!(
            wrapped("then `provision set api-keys` sets it", 0, 20),
            ["then", "`provision set api-keys`", "sets it"]
        );
        assert_eq!(wrapped("a lone ` is a letter", 0, 10), ["a lone `", "is a", "letter"]);
    }
}
