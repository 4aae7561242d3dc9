//! The loader alone: two secrets into the environment, then the end.
//!
//! `BENCH_FETCH=at-once` reads them at once. Prints the microseconds that the load took.

use std::io::Write;
use std::time::Instant;

use lambda_secrets::{Fetch, Loader, OnFailure};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let fetch = match std::env::var("BENCH_FETCH").as_deref() {
        Ok("at-once") => Fetch::AtOnce,
        _ => Fetch::InTurn,
    };
    let started = Instant::now();
    Loader::new("bench", "prod").fetch(fetch).on_failure(OnFailure::Fail).force().load()?;
    writeln!(std::io::stdout(), "{}", started.elapsed().as_micros())?;
    Ok(())
}
