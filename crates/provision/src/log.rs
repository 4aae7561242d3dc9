//! What this program tells of its own work, on stderr, at the level that is asked for.
//!
//! Nobody else's events are written, whatever a variable of the environment wants: at TRACE the SDK
//! writes its requests, and a value is in them.

use anstream::{AutoStream, ColorChoice};
use tracing_subscriber::EnvFilter;

/// Writes events to stderr from now on; `verbose` is how often `-v` was given
pub(crate) fn begin(verbose: u8) {
    tracing_subscriber::fmt()
        .with_env_filter(own(verbose))
        .with_writer(std::io::stderr)
        .with_ansi(AutoStream::choice(&std::io::stderr()) != ColorChoice::Never)
        .without_time()
        .init();
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
