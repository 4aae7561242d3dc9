//! Commands in hints lead to the place that this run works at: what they leave out of `--env` and its
//! like is put in, so that they can be pasted as they stand.

use std::borrow::Cow;
use std::sync::{Mutex, PoisonError};

use clap::Arg;

use crate::cli;

/// Commands that belong to no environment
const PLACELESS: [&str; 5] = ["completions", "help", "init", "man", "schema"];
/// What ends a command's own words
const ENDS: [&str; 5] = [" -- ", " > ", " | ", " && ", " #"];

static FLAGS: Mutex<String> = Mutex::new(String::new());

/// Has commands in hints lead to the place of these flags from now on
pub(crate) fn commands_lead_to(flags: String) {
    // who panicked has left no half of a text behind
    *FLAGS.lock().unwrap_or_else(PoisonError::into_inner) = flags;
}

/// Returns the hint with this run's place in its commands
pub(crate) fn led(hint: &str) -> Cow<'_, str> {
    led_to(hint, &FLAGS.lock().unwrap_or_else(PoisonError::into_inner))
}

fn led_to<'a>(hint: &'a str, flags: &str) -> Cow<'a, str> {
    if flags.is_empty() || !hint.contains("`provision") {
        return Cow::Borrowed(hint);
    }
    let parts = hint.split('`').enumerate().map(|(number, part)| match number % 2 {
        1 => command(part, flags),
        _ => Cow::Borrowed(part),
    });
    Cow::Owned(parts.collect::<Vec<_>>().join("`"))
}

/// The command with the flags behind its own words, where it has a place and names none
fn command<'a>(text: &'a str, flags: &str) -> Cow<'a, str> {
    let mut words = text.split(' ');
    let is_ours = words.next() == Some("provision");
    let placeless = words.next().is_some_and(|word| PLACELESS.contains(&word));
    // a command that is not written out in full is named, not meant to be pasted
    let is_whole = text.contains("--env ") || text.contains(flags);
    let is_named = text.split(' ').count() == 2 && wants_more(text);
    let is_said = is_whole || is_named || text.contains("--help") || text.contains('…');
    if !is_ours || placeless || is_said {
        return Cow::Borrowed(text);
    }
    let end = ENDS.iter().filter_map(|end| text.find(end)).min().unwrap_or(text.len());
    let (own, rest) = text.split_at(end);
    Cow::Owned(format!("{own} {flags}{rest}"))
}

/// Whether the command does not work without a word of what it is about, such as a secret
fn wants_more(text: &str) -> bool {
    let name = text.split(' ').next_back();
    let root = cli::command();
    let command = name.and_then(|name| root.find_subcommand(name));
    command.is_some_and(|command| command.get_positionals().any(Arg::is_required_set))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_leads_to_the_place_that_it_leaves_out() {
        let flags = "--file a.yaml --env dev --local";
        for (hint, led) in [
            (
                "`provision set s` gives it one",
                "`provision set s --file a.yaml --env dev --local` gives it one",
            ),
            ("`provision run -- env`", "`provision run --file a.yaml --env dev --local -- env`"),
            (
                "x `a`, `provision plan > f` y",
                "x `a`, `provision plan --file a.yaml --env dev --local > f` y",
            ),
            ("`provision plan --env prod` there", "`provision plan --env prod` there"),
            (
                "`provision schema` and `provision get … --reveal`",
                "`provision schema` and `provision get … --reveal`",
            ),
            ("`provision set --help`, `provisioner`", "`provision set --help`, `provisioner`"),
            (
                "`provision set` gives it, not `provision get`",
                "`provision set` gives it, not `provision get`",
            ),
            ("`provision plan` shows", "`provision plan --file a.yaml --env dev --local` shows"),
            ("no command", "no command"),
        ] {
            assert_eq!(led_to(hint, flags), led);
            assert_eq!(led_to(led, flags), led, "once and no more");
            assert_eq!(led_to(hint, ""), hint);
        }
        let led = "`provision check --local`";
        assert_eq!(led_to("`provision check`", "--local"), led);
        assert_eq!(led_to(led, "--local"), led);
    }
}
