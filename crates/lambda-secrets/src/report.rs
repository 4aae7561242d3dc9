//! The lines on the log. They name secrets, and hold no value.
//!
//! They are events of `tracing`. Where the program has no subscriber for those, what failed is
//! written to stderr all the same: a function that goes on without its secrets must not do so in
//! silence. What went well is for the log alone.

use std::io::Write;

use tracing::Level;
use tracing::subscriber::NoSubscriber;

use crate::error::with_causes;
use crate::llm::ProviderLoaded;
use crate::quiet::aloud;
use crate::words::list;
use crate::{Error, Loaded};

/// Says that nothing was tried.
pub(crate) fn skipped() {
    tracing::info!("Not running in AWS Lambda, skipping Secrets Manager");
}

/// Says that nothing was tried, because a variable forbids it.
pub(crate) fn switched_off() {
    tracing::info!("USE_SECRETS_MANAGER is false, skipping Secrets Manager");
}

/// Says what was loaded, and at `fallback` what was not.
pub(crate) fn loaded(loaded: &Loaded, fallback: Level) {
    for error in loaded.failures() {
        let (text, hint) = (with_causes(error), error.hint());
        at(fallback, &format!("{text}; hint: {hint}; going on with the environment as it is"));
    }
    if !loaded.secrets().is_empty() {
        tracing::info!("Successfully loaded secrets from {}", list(loaded.secrets()));
    }
}

/// Says whose credentials are in place.
pub(crate) fn provider_loaded(loaded: &ProviderLoaded) {
    if let Some(source) = loaded.source() {
        tracing::info!("Loaded the credentials of {} from {source}", loaded.provider());
    }
}

/// Says at `level` that something failed and what is done instead.
pub(crate) fn fallen_back(level: Level, error: &Error, instead: &str) {
    at(level, &format!("{}; hint: {}; {instead}", with_causes(error), error.hint()));
}

fn at(level: Level, line: &str) {
    aloud(|| written(level, line));
}

fn written(level: Level, line: &str) {
    if level <= Level::WARN && nobody_listens() {
        let line = plain(level, line);
        // a stderr that is gone is no reason to fail
        let _ = std::io::stderr().lock().write_all(line.as_bytes());
        return;
    }
    // the macros want their level as a constant
    match level {
        Level::ERROR => tracing::error!("{line}"),
        Level::WARN => tracing::warn!("{line}"),
        Level::INFO => tracing::info!("{line}"),
        Level::DEBUG => tracing::debug!("{line}"),
        Level::TRACE => tracing::trace!("{line}"),
    }
}

/// Whether this thread has no subscriber, of its own or of the program.
///
/// `has_been_set` does not tell: silencing the SDK sets one for a while.
fn nobody_listens() -> bool {
    tracing::dispatcher::get_default(|subscriber| subscriber.is::<NoSubscriber>())
}

/// One line, whatever a message of a provider holds: Lambda makes an event of every line.
fn plain(level: Level, line: &str) -> String {
    format!("{level} lambda-secrets: {}\n", line.replace(char::is_control, " "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_cannot_begin_a_line_of_its_own() {
        assert_eq!(plain(Level::WARN, "a\nb\u{1b}[c"), "WARN lambda-secrets: a b [c\n");
    }
}
