//! Reading secrets from AWS by `GetSecretValue`, and by nothing else.
//!
//! No STS, no instance metadata, no DescribeSecret; and never BatchGetSecretValue, whose quota of
//! 100 calls per second is used up by the cold starts of one busy function.

mod classify;
mod client;
mod credentials;
mod error;
#[cfg(feature = "write")]
mod write;

use std::time::Duration;

pub use error::{FetchError, Refusal};

#[cfg(feature = "write")]
pub(crate) use write::Written;

pub(crate) use client::{Client, Fetched, check};

/// How long to wait for Secrets Manager; well under the 10 s that Lambda gives to INIT.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    connect: Duration,
    attempt: Duration,
    total: Duration,
}

impl Default for Timeouts {
    /// 1 s to connect, 2 s for an attempt, 5 s for all attempts at all secrets.
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(1),
            attempt: Duration::from_secs(2),
            total: Duration::from_secs(5),
        }
    }
}

/// The longest wait that can be asked for, a day: more than any function runs, and no clock
/// overflows.
const LONGEST: Duration = Duration::from_secs(24 * 3_600);

impl Timeouts {
    /// The longest that a connection may take, with the look-up of the name and the handshake; a day
    /// at most, as the others.
    pub fn connect(mut self, connect: Duration) -> Self {
        self.connect = connect.min(LONGEST);
        self
    }

    /// The longest that one attempt may take.
    pub fn attempt(mut self, attempt: Duration) -> Self {
        self.attempt = attempt.min(LONGEST);
        self
    }

    /// The longest that everything may take: all secrets, all attempts.
    pub fn total(mut self, total: Duration) -> Self {
        self.total = total.min(LONGEST);
        self
    }

    pub(crate) fn deadline(&self) -> Duration {
        self.total
    }
}

/// What a caller says about the connection; the variables of the process fill the rest.
#[derive(Debug, Clone, Default)]
pub(crate) struct Connection {
    pub(crate) region: Option<String>,
    /// What a `.env` file says of `SECRETS_MANAGER_REGION`, where the variables do not.
    pub(crate) secrets_region: Option<String>,
    /// The region where neither caller, variables nor ARN name one.
    pub(crate) fallback_region: Option<String>,
    pub(crate) endpoint: Option<String>,
    pub(crate) timeouts: Timeouts,
}
