//! What the cache did, in numbers.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// What a cache holds and did since it was made. Numbers only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Stats {
    /// The versions that are held.
    pub entries: usize,
    /// Those that are served without a call.
    pub valid: usize,
    /// Those whose time is over.
    pub expired: usize,
    /// Reads that were served without a call.
    pub hits: u64,
    /// Reads that needed a call, their own or one that was under way.
    pub misses: u64,
    /// Reads that were served past the time, because Secrets Manager did not answer.
    pub stale: u64,
    /// Calls to providers; the retries within a call are not counted.
    pub calls: u64,
    /// Calls that failed.
    pub failures: u64,
    /// How long the last call took.
    pub last_latency: Option<Duration>,
}

/// No call took place.
const NEVER: u64 = u64::MAX;

#[derive(Debug)]
pub(crate) struct Counters {
    pub(crate) misses: AtomicU64,
    pub(crate) stale: AtomicU64,
    calls: AtomicU64,
    failures: AtomicU64,
    /// In microseconds.
    last_latency: AtomicU64,
}

impl Default for Counters {
    fn default() -> Self {
        let zero = AtomicU64::default;
        Self {
            misses: zero(),
            stale: zero(),
            calls: zero(),
            failures: zero(),
            last_latency: AtomicU64::new(NEVER),
        }
    }
}

/// Counts one.
pub(crate) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

impl Counters {
    /// Notes the end of one call.
    pub(crate) fn called(&self, took: Duration, failed: bool) {
        count(&self.calls);
        if failed {
            count(&self.failures);
        }
        let micros = u64::try_from(took.as_micros()).unwrap_or(NEVER - 1);
        self.last_latency.store(micros, Ordering::Relaxed);
    }

    /// The numbers now, with what the entries are and how often they were hit.
    pub(crate) fn stats(&self, valid: usize, expired: usize, hits: u64) -> Stats {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let latency = read(&self.last_latency);
        Stats {
            entries: valid + expired,
            valid,
            expired,
            hits,
            misses: read(&self.misses),
            stale: read(&self.stale),
            calls: read(&self.calls),
            failures: read(&self.failures),
            last_latency: (latency != NEVER).then(|| Duration::from_micros(latency)),
        }
    }
}
