//! The lines on the log. They name secrets, and hold no value.

use tracing::Level;

use crate::error::with_causes;
use crate::llm::ProviderLoaded;
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

/// The macros of `tracing` want their level as a constant.
fn at(level: Level, line: &str) {
    match level {
        Level::ERROR => tracing::error!("{line}"),
        Level::WARN => tracing::warn!("{line}"),
        Level::INFO => tracing::info!("{line}"),
        Level::DEBUG => tracing::debug!("{line}"),
        Level::TRACE => tracing::trace!("{line}"),
    }
}
