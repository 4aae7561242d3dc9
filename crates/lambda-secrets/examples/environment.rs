//! Fills the environment before anything else runs, and tells by names what was done.
//!
//! ```sh
//! cargo run --package lambda-secrets --example environment -- miyabi dev
//! ```
//!
//! It stands for a function outside Lambda: credentials, region and `AWS_ENDPOINT_URL` come from the
//! environment, and the load is forced. Any AWS that listens on loopback will do.

use std::io::Write;

use lambda_secrets::Metrics;
use lambda_secrets::prelude::*;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(project), Some(environment)) = (arguments.next(), arguments.next()) else {
        return Err("usage: environment PROJECT ENVIRONMENT [REQUIRED_KEY…]".into());
    };
    // before the async runtime starts: writing the environment is only sound on one thread
    let loaded = Loader::new(project, environment)
        .required(arguments)
        .policy(Policy::Keep)
        .on_failure(OnFailure::Fail)
        .metrics(Metrics::to_log("Example"))
        .force()
        .load()?;
    let mut out = std::io::stdout();
    for name in loaded.written() {
        writeln!(out, "{name} comes from {:?}", loaded.source_of(name))?;
    }
    for name in loaded.kept() {
        writeln!(out, "{name} was there already")?;
    }
    Ok(())
}
