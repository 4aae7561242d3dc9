//! Secrets of AWS Secrets Manager in the environment of a Lambda function, before its first line.
//!
//! ```
//! fn main() -> Result<(), lambda_secrets::Error> {
//!     tracing_subscriber::fmt().init(); // the log, for the lines of the loader too
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
//! The lines are events of `tracing`. Without a subscriber what failed is still told, by one line on
//! stderr, and what went well is not.
//!
//! # Beyond the environment
//!
//! - [`Secrets`] keeps what it read for its time, makes one call however many want a secret, and
//!   serves an old value for a bounded time while Secrets Manager does not answer.
//! - A chain of providers: AWS, the environment, a `.env` file, and your own by [`Provider`].
//! - [`Secret::typed`] gives a struct, [`Secrets::with_secret`] retries with rotated credentials.
//! - [`llm`] puts the key of a language model's provider in its place, or picks from several.
//! - [`Metrics`] for CloudWatch, spans of `tracing`, and [`Stats`], by names and numbers only.
//!
//! [`systems`] shows each of these in use, [`prelude`] has what most programs name.
//!
//! # Features
//!
//! None is on by default, and none costs anything where it is off.
//!
//! | feature | gives | and needs |
//! |---|---|---|
//! | `dotenv` | `.env` files as a provider | dotenvy |
//! | `serde` | fields of the type [`SecretString`](secrecy::SecretString) in typed structs | serde |
//! | `snapstart` | `Secrets` as a `SnapStartResource` of the Lambda runtime | lambda_runtime |
//! | `write` | storing a value by compare-and-swap | nothing |
//!
//! The minimum supported Rust version is the AWS SDK's own, 1.94.1.
//!
//! # What it does not do
//!
//! It writes nothing while the process has more than one thread, logs no value and puts none into
//! an error, and reads by GetSecretValue alone: no STS, no instance metadata, no DescribeSecret.
//! While a call runs, the SDK's own log lines are off, because at TRACE they hold the session
//! token. What this crate holds of a value is zeroed when it is dropped; the buffers of TLS and of
//! the SDK, and the environment itself, are not.

mod application;
mod blocking;
mod cache;
mod environment;
mod error;
mod fetch;
mod hint;
mod json;
pub mod llm;
mod loaded;
mod loader;
mod mapping;
mod merge;
mod metrics;
mod name;
pub mod prelude;
mod provider;
mod quiet;
mod reference;
mod rejected;
mod report;
mod request;
mod required;
mod reserved;
mod runtime;
mod secret;
mod secrets;
mod settings;
#[cfg(feature = "snapstart")]
mod snapstart;
mod source;
pub mod systems;
mod trust;
mod typed;
mod value;
mod words;
#[cfg(feature = "write")]
mod write;

pub use application::log_level;
pub use blocking::BlockingSecrets;
pub use cache::{Clock, Stats};
pub use error::Error;
pub use fetch::{FetchError, Refusal, Timeouts};
pub use loaded::{Loaded, Origin};
pub use loader::{Fetch, Loader, OnFailure, Policy, References};
pub use mapping::MappingError;
pub use metrics::Metrics;
pub use name::SecretId;
pub use provider::{BoxFuture, Provider};
pub use rejected::{Attempt, CallError};
pub use request::SecretRequest;
pub use secret::Secret;
pub use secrets::{Checked, Renewal, Secrets, SecretsBuilder};
pub use source::Source;
pub use typed::TypedError;
pub use value::SecretValue;

pub use secrecy;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// Loads `<project>/<environment>/api-keys` and `<project>/<environment>/config` into the
/// environment of the process.
///
/// Call it first in a plain `main`, before anything starts a thread or an async runtime. Errors are
/// misuse, bad settings and missing required keys; a secret that cannot be read is logged and
/// stands in [`Loaded::failures`].
pub fn load_secrets_to_env(project: &str, environment: &str) -> Result<Loaded, Error> {
    Loader::new(project, environment).load()
}
