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
mod print;
#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that panics has failed")]
mod reference;
mod session;
mod values;

use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;

use crate::cli::{Cli, Output};
use crate::exit::Exit;
use crate::print::Printer;

#[tokio::main]
async fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    log(cli.global.verbose);
    interrupt::watch();
    let mut printer = Printer::new(cli.global.output);
    if cli.global.no_color {
        printer = printer.without_colour();
    }
    let exit = match commands::dispatch(cli, printer).await {
        Ok(exit) => exit,
        Err(failure) => {
            printer.failure(&failure);
            failure.exit
        }
    };
    ExitCode::from(exit.code())
}

/// Says what is wrong with the command line; of `set`'s, without a word of it
fn usage(error: &clap::Error) -> ExitCode {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    // a value that begins with a dash is taken for a flag, and clap would quote it
    if std::env::args_os().any(|word| word == "set") {
        Printer::new(Output::Text).failure(&commands::set::refusal());
    } else {
        let _ = error.print();
    }
    ExitCode::from(Exit::Usage.code())
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
        .without_time()
        .init();
}
