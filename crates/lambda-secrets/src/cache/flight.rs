//! One call per secret, however many want it at once.
//!
//! Whoever comes first makes the call, the others queue for the turn and take what it brought. A
//! caller that gives up while it makes the call passes the turn on.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::{Error, Secret};

/// What a caller accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// What a call brings that ended after the caller came.
    Any,
    /// What a call brings that began after the caller came.
    Anew,
}

#[derive(Debug, Default)]
pub(crate) struct Flights(Mutex<HashMap<String, Arc<Flight>>>);

#[derive(Debug, Default)]
struct Flight {
    turn: tokio::sync::Mutex<()>,
    log: Mutex<Log>,
}

#[derive(Debug, Default)]
struct Log {
    /// The calls that began.
    begun: u64,
    /// The number of the call that ended last, and what it brought.
    last: Option<(u64, Result<Secret, Error>)>,
}

/// A caller among those of one key; its flight goes with the last of them.
pub(crate) struct Caller<'a> {
    flights: &'a Flights,
    key: &'a str,
    flight: Arc<Flight>,
    /// The number that a call must have at least for the caller to take what it brings.
    accepts: u64,
}

/// The right to make the call.
pub(crate) struct Turn<'a> {
    flight: &'a Flight,
    _guard: tokio::sync::MutexGuard<'a, ()>,
}

/// What a caller that has queued gets.
pub(crate) enum Queued<'a> {
    Result(Result<Secret, Error>),
    Turn(Turn<'a>),
}

/// A panic elsewhere leaves plain data behind.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Flights {
    pub(crate) fn join<'a>(&'a self, key: &'a str, wanted: Wanted) -> Caller<'a> {
        let flight = lock(&self.0).entry(key.to_owned()).or_default().clone();
        let accepts = {
            let log = lock(&flight.log);
            let ended = log.last.as_ref().map_or(0, |(number, _)| *number);
            match wanted {
                Wanted::Any => ended + 1,
                Wanted::Anew => log.begun + 1,
            }
        };
        Caller { flights: self, key, flight, accepts }
    }

    /// Nobody joins the calls that are under way any more.
    pub(crate) fn leave(&self) {
        lock(&self.0).clear();
    }

    #[cfg(test)]
    pub(crate) fn is_empty(&self) -> bool {
        lock(&self.0).is_empty()
    }
}

impl Caller<'_> {
    /// Waits for a result that the caller accepts, or for the turn.
    pub(crate) async fn queue(&self) -> Queued<'_> {
        let guard = self.flight.turn.lock().await;
        match &lock(&self.flight.log).last {
            Some((number, result)) if *number >= self.accepts => Queued::Result(copy(result)),
            _ => Queued::Turn(Turn { flight: &self.flight, _guard: guard }),
        }
    }
}

impl Drop for Caller<'_> {
    fn drop(&mut self) {
        let mut flights = lock(&self.flights.0);
        // let go of before the lock is: of two that leave at once the second sees that it is the last
        let flight = std::mem::take(&mut self.flight);
        let is_joined = flights.get(self.key).is_some_and(|one| Arc::ptr_eq(one, &flight));
        // the map's own and this one
        if is_joined && Arc::strong_count(&flight) <= 2 {
            flights.remove(self.key);
        }
    }
}

impl Turn<'_> {
    /// Notes that the call begins; its number.
    pub(crate) fn begin(&self) -> u64 {
        let mut log = lock(&self.flight.log);
        log.begun += 1;
        log.begun
    }

    /// Leaves the result of the call to those who queue.
    pub(crate) fn end(self, number: u64, result: &Result<Secret, Error>) {
        lock(&self.flight.log).last = Some((number, copy(result)));
    }
}

fn copy(result: &Result<Secret, Error>) -> Result<Secret, Error> {
    match result {
        Ok(secret) => Ok(secret.clone()),
        Err(error) => Err(error.copy()),
    }
}
