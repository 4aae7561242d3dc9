//! Secrets of AWS Secrets Manager in the environment of a Lambda function, before its first line.
//!
//! ```no_run
//! fn main() -> Result<(), lambda_secrets::Error> {
//!     // before the async runtime starts: writing the environment is only sound on one thread
//!     lambda_secrets::load_secrets_to_env("miyabi", "prod")?;
//!     // … start the runtime here
//!     Ok(())
//! }
//! ```
//!
//! That reads `miyabi/prod/api-keys` and `miyabi/prod/config` and sets one variable per key.
//! Variables that are there already keep their value; outside Lambda nothing happens; a secret that
//! cannot be read is a line on the log. [`Loader`] changes any of that, and [`Secrets`] reads
//! secrets without touching the environment.
//!
//! # What it does not do
//!
//! It writes nothing while the process has more than one thread, logs no value and puts none into
//! an error, and calls nothing but GetSecretValue: no STS, no instance metadata, no DescribeSecret.
//! While a call runs, the SDK's own log lines are off, because at TRACE they hold the session
//! token. What this crate holds of a value is zeroed when it is dropped; the buffers of TLS and of
//! the SDK, and the environment itself, are not.

mod cache;
mod environment;
mod error;
mod fetch;
mod hint;
mod json;
mod loaded;
mod loader;
mod mapping;
mod merge;
mod name;
mod provider;
mod quiet;
mod reference;
mod report;
mod request;
mod required;
mod reserved;
mod runtime;
mod secret;
mod secrets;
mod settings;
mod source;
mod trust;
mod value;
mod words;

pub use cache::{Clock, Stats};
pub use error::Error;
pub use fetch::{FetchError, Refusal, Timeouts};
pub use loaded::Loaded;
pub use loader::{Fetch, Loader, OnFailure, Policy, References};
pub use mapping::MappingError;
pub use name::SecretId;
pub use provider::{BoxFuture, Provider};
pub use request::SecretRequest;
pub use secret::Secret;
pub use secrets::{Checked, Renewal, Secrets, SecretsBuilder};
pub use source::Source;
pub use value::SecretValue;

pub use secrecy;

/// Loads `<project>/<environment>/api-keys` and `<project>/<environment>/config` into the
/// environment of the process.
///
/// Call it first in a plain `main`, before anything starts a thread or an async runtime. Errors are
/// misuse, bad settings and missing required keys; a secret that cannot be read is logged and
/// stands in [`Loaded::failures`].
pub fn load_secrets_to_env(project: &str, environment: &str) -> Result<Loaded, Error> {
    Loader::new(project, environment).load()
}
