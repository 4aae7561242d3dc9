//! The loader alone: two secrets into the environment, then the end.
//!
//! `BENCH_FETCH=at-once` reads them at once. Prints the microseconds that the load took.
//! `BENCH_PATIENT` waits longer: where instructions are counted everything takes fifty times as long,
//! and a second attempt would be counted too.

use std::io::Write;
use std::time::{Duration, Instant};

use lambda_secrets::{Fetch, Loader, OnFailure, Timeouts};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let fetch = match std::env::var("BENCH_FETCH").as_deref() {
        Ok("at-once") => Fetch::AtOnce,
        _ => Fetch::InTurn,
    };
    let timeouts = match std::env::var_os("BENCH_PATIENT") {
        Some(_) => [60, 60, 120].map(Duration::from_secs),
        None => [1, 2, 5].map(Duration::from_secs),
    };
    let [connect, attempt, total] = timeouts;
    let timeouts = Timeouts::default().connect(connect).attempt(attempt).total(total);
    let started = Instant::now();
    let loader = Loader::new("bench", "prod").fetch(fetch).timeouts(timeouts);
    loader.on_failure(OnFailure::Fail).force().load()?;
    writeln!(std::io::stdout(), "{}", started.elapsed().as_micros())?;
    Ok(())
}
