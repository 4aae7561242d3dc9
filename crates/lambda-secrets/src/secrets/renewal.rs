//! Renewal in the background, so that no request waits for a call.
//!
//! For functions that live long and serve many requests at once, as on managed instances. Values
//! that were used since their last renewal are renewed at three quarters of their time; those that
//! nobody used are left to expire. It touches the map alone, never the environment.

use std::sync::{Arc, Weak};
use std::time::Duration;

use super::{Inner, Secrets};
use crate::cache::Wanted;

/// How often the renewal looks, as a part of the TTL, and within which bounds.
const LOOKS_PER_TTL: u32 = 20;
const SHORTEST: Duration = Duration::from_millis(10);
const LONGEST: Duration = Duration::from_secs(30);

/// A renewal that runs until this is dropped.
#[derive(Debug)]
#[must_use = "the renewal ends when this is dropped"]
pub struct Renewal {
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Renewal {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Secrets {
    /// Renews in the background what is in use, on the async runtime of the caller.
    ///
    /// Panics outside a tokio runtime, as every `tokio::spawn` does.
    pub fn renew_in_background(&self) -> Renewal {
        let wait = (self.inner.cache.ttl() / LOOKS_PER_TTL).clamp(SHORTEST, LONGEST);
        Renewal { task: tokio::spawn(renew(Arc::downgrade(&self.inner), wait)) }
    }
}

async fn renew(secrets: Weak<Inner>, wait: Duration) {
    loop {
        tokio::time::sleep(wait).await;
        let Some(secrets) = secrets.upgrade() else { return };
        for request in secrets.cache.due() {
            // a failure leaves the value as it is; the next reader meets it
            let _ = secrets.ask_all(&request, Wanted::Anew).await;
        }
    }
}
