//! What this program tells of its own work, on stderr, at the level that is asked for. Errors and warnings
//! are for people: they look like every other of this program's, and are told once.
//!
//! Nobody else's events are written, whatever a variable of the environment wants: at TRACE the SDK
//! writes its requests, and a value is in them.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use anstream::{AutoStream, ColorChoice};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::{Format, Full, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use crate::print;

/// Writes events to stderr from now on; `verbose` is how often `-v` was given
pub(crate) fn begin(verbose: u8) {
    tracing_subscriber::fmt()
        .with_env_filter(own(verbose))
        .with_writer(std::io::stderr)
        .with_ansi(AutoStream::choice(&std::io::stderr()) != ColorChoice::Never)
        .event_format(Words::default())
        .init();
}

/// Events as they are written
#[derive(Debug)]
struct Words {
    /// those that only `-v` shows
    events: Format<Full, ()>,
    /// the errors and warnings that were told
    told: Mutex<BTreeSet<String>>,
}

impl Default for Words {
    fn default() -> Self {
        Self { events: Format::default().without_time(), told: Mutex::default() }
    }
}

impl<S, N> FormatEvent<S, N> for Words
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        if *event.metadata().level() > Level::WARN {
            return self.events.format_event(context, writer, event);
        }
        let is_error = *event.metadata().level() == Level::ERROR;
        let mut text = String::from(if is_error { "error: " } else { "warning: " });
        context.format_fields(Writer::new(&mut text), event)?;
        text.push('\n');
        // a thread that panicked has left no half of a text behind
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.contains(&text) {
            return Ok(());
        }
        writer.write_str(&print::for_stderr(&text))?;
        told.insert(text);
        Ok(())
    }
}

/// Lets the events of this project pass, and no other
pub(crate) fn own(verbose: u8) -> EnvFilter {
    let level = match verbose {
        0 => "warn",
        1 => "info",
        2 => "debug",
        _ => "trace",
    };
    EnvFilter::new(format!("off,provision={level},provision_core={level},local_aws={level}"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that panics has failed")]
mod tests {
    use std::io;
    use std::sync::Arc;

    use super::*;

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_warning_is_told_once_and_in_words() {
        let written = Written::default();
        let writer = written.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_writer(move || writer.clone())
            .with_ansi(false)
            .event_format(Words::default())
            .finish();
        tracing::subscriber::with_default(subscriber, || {
            for operation in ["iam:ListRoles", "iam:ListRoles", "iam:ListPolicies"] {
                tracing::warn!("some are not seen: the caller may not call {operation}");
            }
            tracing::error!("the state is lost");
            tracing::info!(calls = 2, "made");
        });
        let text = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
        let (warnings, event) = text.rsplit_once(" INFO").unwrap();
        assert_eq!(
            warnings,
            "warning: some are not seen: the caller may not call iam:ListRoles\n\
             warning: some are not seen: the caller may not call iam:ListPolicies\n\
             error: the state is lost\n"
        );
        assert!(event.contains("provision::log") && event.contains("calls=2"), "{event}");
    }
}
