//! How often and how many at once Secrets Manager is called, whatever the function asks for.
//!
//! A call past the limit counts as throttled: a value that is past its time is served instead.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use lambda_secrets::{
    BoxFuture, Error, FetchError, Provider, Refusal, Secret, SecretRequest, Secrets, Source,
};
use tokio::sync::Semaphore;

#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) at_once: usize,
    pub(super) per_second: u64,
}

/// Secrets Manager behind the limits.
#[derive(Debug)]
pub(super) struct Limited {
    calls: Secrets,
    at_once: Semaphore,
    bucket: Mutex<Bucket>,
}

impl Limited {
    pub(super) fn new(calls: Secrets, limits: Limits) -> Self {
        Self {
            calls,
            at_once: Semaphore::new(limits.at_once),
            bucket: Mutex::new(Bucket::full(limits.per_second, Instant::now())),
        }
    }

    async fn call(&self, request: &SecretRequest) -> Result<Secret, Error> {
        let _turn = self.at_once.acquire().await;
        let taken = {
            let mut bucket = self.bucket.lock().unwrap_or_else(PoisonError::into_inner);
            bucket.take(Instant::now())
        };
        match taken {
            true => self.calls.refresh_version(request).await,
            false => Err(too_often(request)),
        }
    }
}

impl Provider for Limited {
    fn source(&self) -> Source {
        Source::Aws
    }

    fn secret<'a>(&'a self, request: &'a SecretRequest) -> BoxFuture<'a, Result<Secret, Error>> {
        Box::pin(self.call(request))
    }
}

fn too_often(request: &SecretRequest) -> Error {
    Error::Fetch {
        secret: request.id().as_str().to_owned(),
        source: FetchError::Throttled(Refusal::new(
            "CallsPerSecond",
            "the refresher's own limit, `LAMBDA_SECRETS_CALLS_PER_SECOND`",
        )),
    }
}

/// So many calls a second, and as many at once after a pause.
#[derive(Debug)]
struct Bucket {
    per_second: u64,
    left: f64,
    at: Instant,
}

impl Bucket {
    fn full(per_second: u64, now: Instant) -> Self {
        Self { per_second, left: per_second as f64, at: now }
    }

    fn take(&mut self, now: Instant) -> bool {
        let most = self.per_second as f64;
        let since = now.saturating_duration_since(self.at).min(Duration::from_secs(1));
        self.left = (self.left + since.as_secs_f64() * most).min(most);
        self.at = now;
        let there = self.left >= 1.0;
        if there {
            self.left -= 1.0;
        }
        there
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_brings_as_many_calls_as_it_may() {
        let start = Instant::now();
        let mut bucket = Bucket::full(2, start);
        assert!(bucket.take(start) && bucket.take(start));
        assert!(!bucket.take(start));
        assert!(bucket.take(start + Duration::from_millis(500)));
        assert!(!bucket.take(start + Duration::from_millis(500)));
        // a long pause brings no more than one second does
        let later = start + Duration::from_secs(3_600);
        assert!(bucket.take(later) && bucket.take(later) && !bucket.take(later));
        // a clock that goes back brings nothing
        assert!(!bucket.take(start));
    }
}
