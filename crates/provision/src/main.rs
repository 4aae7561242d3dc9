//! `provision`: from one manifest to KMS keys, secrets and least-privilege roles.
//!
//! Reads a manifest, reads AWS, shows the difference, asks, applies. What is decided is decided in
//! `provision-core`; here are the commands, the AWS adapter and what is printed.
#![forbid(unsafe_code)]

mod ask;
mod aws;
mod cli;
mod commands;
mod exit;
mod failure;
mod interrupt;
mod make;
mod object;
mod output_file;
mod print;
#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that panics has failed")]
mod reference;
mod session;
mod usage;
mod values;

use std::process::ExitCode;

use anstream::{AutoStream, ColorChoice};

use crate::print::Printer;

#[tokio::main]
async fn main() -> ExitCode {
    let cli = match cli::read() {
        Ok(cli) => cli,
        Err(error) => return usage::told(&error),
    };
    interrupt::watch();
    let mut printer = Printer::new(cli.global.output);
    if cli.global.no_color {
        printer = printer.without_colour();
    }
    log(cli.global.verbose);
    let exit = match commands::dispatch(cli, printer).await {
        Ok(exit) => exit,
        Err(failure) => {
            printer.failure(&failure);
            failure.exit
        }
    };
    ExitCode::from(exit.code())
}

/// Sends this program's own events to stderr, and nobody else's: the SDK's may hold what was sent
fn log(verbose: u8) {
    let level = match verbose {
        0 => "warn",
        1 => "info",
        2 => "debug",
        _ => "trace",
    };
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::new(format!(
            "off,provision={level},provision_core={level},local_aws={level}"
        )))
        .with_writer(std::io::stderr)
        .with_ansi(AutoStream::choice(&std::io::stderr()) != ColorChoice::Never)
        .without_time()
        .init();
}
