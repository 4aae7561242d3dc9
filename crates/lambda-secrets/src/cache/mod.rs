//! The versions that were read, for as long as they may be kept.
//!
//! A value is served without a call while its time lasts, by the wall clock and by the monotonic
//! clock. After that one call is made, however many want it; where Secrets Manager throttles, fails
//! or does not answer, the old value is served for a bounded time more. A value that was denied,
//! deleted or disabled is dropped at once.

mod clock;
mod flight;
mod shards;
mod stats;
#[cfg(test)]
mod tests;

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::future::Future;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};

pub use clock::Clock;
pub(crate) use flight::Wanted;
pub use stats::Stats;

use clock::{Moment, SystemClock, scatter};
use flight::{Flights, Queued};
use shards::Shards;
use stats::{Counters, count};

use crate::{Error, Secret, SecretRequest};

/// The pause after the first failure; it doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// The longest pause between two calls while Secrets Manager does not answer.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// The longest that a value is kept without a look, a year; `Duration` would overflow somewhere.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 3_600);
/// The part of its time after which a value that is in use may be renewed early.
const EARLY: f64 = 0.75;

/// For how long values are kept, and how many.
#[derive(Debug, Clone)]
pub(crate) struct Rules {
    pub(crate) ttl: Duration,
    pub(crate) max_stale: Duration,
    /// The part of the TTL by which it is shortened at random, 0 to 1.
    pub(crate) jitter: f64,
    pub(crate) most: usize,
    pub(crate) failures: Failures,
    pub(crate) clock: Arc<dyn Clock>,
}

/// What happens to a failure that may pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failures {
    /// The next read makes a call.
    Retried,
    /// Reads fail at once during a pause, because another provider can answer.
    Held,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            ttl: Duration::from_secs(300),
            max_stale: Duration::from_secs(3_600),
            jitter: 0.1,
            most: 1_000,
            failures: Failures::Retried,
            clock: Arc::new(SystemClock::default()),
        }
    }
}

#[derive(Debug)]
pub(crate) struct Cache {
    /// Few keys, so that a search by comparison is faster than a hash.
    entries: RwLock<BTreeMap<String, Arc<Entry>>>,
    /// What hits read.
    shards: Shards,
    /// How many values were stored.
    stored: AtomicU64,
    /// How often everything was dropped.
    cleared: AtomicU64,
    pauses: Mutex<HashMap<String, Pause>>,
    flights: Flights,
    counters: Counters,
    rules: Rules,
}

#[derive(Debug)]
struct Entry {
    /// How many were stored before it: those of one tick of the clock have one age.
    number: u64,
    request: SecretRequest,
    secret: Secret,
    at: Moment,
    ttl: Duration,
    /// `at` and `ttl` more.
    until: Moment,
    /// Since it was stored or last looked at by the renewal.
    used: AtomicBool,
}

impl Entry {
    /// Whether it is served without a call, by both clocks.
    fn is_fresh(&self, now: &Moment) -> bool {
        now.is_between(&self.at, &self.until)
    }

    /// Notes that it is in use. Most often it is noted already, and a write would take the line away
    /// from the other cores.
    fn mark_used(&self) {
        if !self.used.load(Ordering::Relaxed) {
            self.used.store(true, Ordering::Relaxed);
        }
    }
}

/// No call before this is over.
#[derive(Debug)]
struct Pause {
    since: Moment,
    length: Duration,
    failures: u32,
    error: Error,
}

impl Cache {
    pub(crate) fn new(mut rules: Rules) -> Self {
        rules.ttl = rules.ttl.min(LONGEST);
        rules.jitter = rules.jitter.clamp(0.0, 1.0);
        Self {
            entries: RwLock::default(),
            shards: Shards::default(),
            stored: AtomicU64::default(),
            cleared: AtomicU64::default(),
            pauses: Mutex::default(),
            flights: Flights::default(),
            counters: Counters::default(),
            rules,
        }
    }

    /// The value of `key`, if its time lasts.
    pub(crate) fn hit(&self, key: &str) -> Option<Secret> {
        self.hit_with(key, Secret::clone)
    }

    /// What `take` makes of the value of `key`, if its time lasts. Writers wait while it runs.
    pub(crate) fn hit_with<T>(&self, key: &str, take: impl FnOnce(&Secret) -> T) -> Option<T> {
        let now = self.now();
        let shard = self.shards.own();
        let found = match shard.with(key, &now, take) {
            Ok(found) => found,
            // the first hit of this shard, or no hit
            Err(take) => {
                let entries = read(&self.entries);
                let entry = entries.get(key).filter(|entry| entry.is_fresh(&now))?;
                shard.keep(key, entry);
                take(&entry.secret)
            }
        };
        count(&shard.hits);
        Some(found)
    }

    /// The value of `key` by `call`, by a call that is under way, or a stale one.
    pub(crate) async fn read(
        &self,
        key: &str,
        request: &SecretRequest,
        wanted: Wanted,
        call: impl Future<Output = Result<Secret, Error>>,
    ) -> Result<Secret, Error> {
        count(&self.counters.misses);
        let caller = self.flights.join(key, wanted);
        let turn = match caller.queue().await {
            Queued::Result(result) => return self.or_stale(key, wanted, result),
            Queued::Turn(turn) => turn,
        };
        if wanted == Wanted::Any
            && let Some(result) = self.without_a_call(key)
        {
            return result;
        }
        let number = turn.begin();
        let cleared = self.cleared.load(Ordering::SeqCst);
        let started = Instant::now();
        let result = call.await;
        self.counters.called(started.elapsed(), result.is_err());
        self.settle(key, request, &result, cleared);
        turn.end(number, &result);
        self.or_stale(key, wanted, result)
    }

    /// What can be said although the time of the value is over, or none is there.
    fn without_a_call(&self, key: &str) -> Option<Result<Secret, Error>> {
        // another caller may have stored it before this one joined
        if let Some(secret) = self.fresh(key) {
            return Some(Ok(secret));
        }
        let now = self.now();
        let error = {
            let pauses = lock(&self.pauses);
            let pause = pauses.get(key)?;
            if !pause.since.is_within(pause.length, &now) {
                return None;
            }
            pause.error.copy()
        };
        match (self.stale(key, &now), self.rules.failures) {
            (Some(secret), _) => Some(Ok(secret)),
            (None, Failures::Held) => Some(Err(error)),
            (None, Failures::Retried) => None,
        }
    }

    /// Keeps what the call brought, or notes what its failure means. `cleared` is the count when
    /// the call began.
    fn settle(
        &self,
        key: &str,
        request: &SecretRequest,
        result: &Result<Secret, Error>,
        cleared: u64,
    ) {
        match result {
            Ok(secret) => {
                lock(&self.pauses).remove(key);
                self.store(key, request.clone(), secret.clone(), cleared);
            }
            Err(error) if error.may_pass() => self.pause(key, error),
            Err(error) => {
                lock(&self.pauses).remove(key);
                if error.revokes() {
                    self.forget(key);
                }
            }
        }
    }

    /// The result, or the old value where the failure may pass and any value will do.
    fn or_stale(
        &self,
        key: &str,
        wanted: Wanted,
        result: Result<Secret, Error>,
    ) -> Result<Secret, Error> {
        match result {
            Err(error) if wanted == Wanted::Any && error.may_pass() => {
                self.stale(key, &self.now()).ok_or(error)
            }
            result => result,
        }
    }

    fn store(&self, key: &str, request: SecretRequest, secret: Secret, cleared: u64) {
        if self.rules.ttl.is_zero() {
            return;
        }
        let clock = &*self.rules.clock;
        let at = Moment::now(clock);
        let ttl = self.rules.ttl.mul_f64(1.0 - self.rules.jitter * scatter(clock));
        let until = at.plus(ttl);
        let number = self.stored.fetch_add(1, Ordering::Relaxed);
        let entry = Entry { number, request, secret, at, ttl, until, used: AtomicBool::new(false) };
        let mut entries = write(&self.entries);
        // what was asked for before everything was dropped may be old, or not to be held
        if self.cleared.load(Ordering::SeqCst) != cleared {
            return;
        }
        let mut dropped = Vec::new();
        if entries.len() >= self.rules.most && !entries.contains_key(key) {
            let age = |entry: &Entry| entry.at.age(&at).unwrap_or(Duration::MAX);
            let oldest = entries.iter().max_by_key(|(_, it)| (age(it), Reverse(it.number)));
            if let Some(oldest) = oldest.map(|(key, _)| key.clone()) {
                dropped.extend(entries.remove(&oldest));
                self.shards.forget(&oldest);
            }
        }
        dropped.extend(entries.insert(key.to_owned(), Arc::new(entry)));
        self.shards.forget(key);
        // zeroing a large value takes time, and nobody shall wait for it
        drop(entries);
        drop(dropped);
    }

    fn fresh(&self, key: &str) -> Option<Secret> {
        let now = self.now();
        let entries = read(&self.entries);
        let entry = entries.get(key).filter(|entry| entry.is_fresh(&now))?;
        entry.mark_used();
        Some(entry.secret.clone())
    }

    /// The value past its time, while it may stand in; counted.
    fn stale(&self, key: &str, now: &Moment) -> Option<Secret> {
        let entries = read(&self.entries);
        let entry = entries.get(key)?;
        if !entry.at.is_within(entry.ttl.saturating_add(self.rules.max_stale), now) {
            return None;
        }
        count(&self.counters.stale);
        Some(entry.secret.stale())
    }

    fn pause(&self, key: &str, error: &Error) {
        let clock = &*self.rules.clock;
        let mut pauses = lock(&self.pauses);
        // as many as there may be values: a flood of names shall not grow it without end
        if pauses.len() >= self.rules.most && !pauses.contains_key(key) {
            pauses.clear();
        }
        let failures = pauses.get(key).map_or(0, |pause| pause.failures);
        let length = FIRST_PAUSE.saturating_mul(1 << failures.min(10)).min(LONGEST_PAUSE);
        let length = length.mul_f64(1.0 - self.rules.jitter * scatter(clock));
        let since = Moment::now(clock);
        let failures = failures.saturating_add(1);
        pauses.insert(key.to_owned(), Pause { since, length, failures, error: error.copy() });
    }

    /// Drops the value of `key`.
    fn forget(&self, key: &str) {
        let mut entries = write(&self.entries);
        let removed = entries.remove(key);
        self.shards.forget(key);
        drop(entries);
        drop(removed);
    }

    /// Drops every value, and zeroes those that nobody holds. What a call brings that is under way
    /// is not kept, and goes to those alone who wait for it already.
    pub(crate) fn clear(&self) {
        let mut entries = write(&self.entries);
        self.cleared.fetch_add(1, Ordering::SeqCst);
        let dropped = std::mem::take(&mut *entries);
        self.shards.clear();
        drop(entries);
        self.flights.leave();
        lock(&self.pauses).clear();
        drop(dropped);
    }

    /// What was asked for to get the values that are held.
    #[cfg(feature = "snapstart")]
    pub(crate) fn requests(&self) -> Vec<SecretRequest> {
        read(&self.entries).values().map(|entry| entry.request.clone()).collect()
    }

    /// The same for the values that were used and are about to expire, or have.
    pub(crate) fn due(&self) -> Vec<SecretRequest> {
        let now = self.now();
        let entries = read(&self.entries);
        let due = entries.values().filter(|entry| {
            !entry.at.is_within(entry.ttl.mul_f64(EARLY), &now)
                && entry.used.swap(false, Ordering::Relaxed)
        });
        due.map(|entry| entry.request.clone()).collect()
    }

    /// How long ago the value of `key` was read; `None` where that is unknown.
    pub(crate) fn age(&self, key: &str) -> Option<Duration> {
        read(&self.entries).get(key)?.at.age(&self.now())
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.rules.clock
    }

    pub(crate) fn ttl(&self) -> Duration {
        self.rules.ttl
    }

    pub(crate) fn stats(&self) -> Stats {
        let now = self.now();
        let entries = read(&self.entries);
        let valid = entries.values().filter(|entry| entry.is_fresh(&now)).count();
        self.counters.stats(valid, entries.len() - valid, self.shards.hits())
    }

    fn now(&self) -> Moment {
        Moment::now(&*self.rules.clock)
    }
}

/// A panic elsewhere leaves whole entries behind.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn read<T>(lock: &RwLock<T>) -> std::sync::RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> std::sync::RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}
