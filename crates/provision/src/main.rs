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
mod log;
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

use crate::print::Printer;

#[tokio::main]
async fn main() -> ExitCode {
    let cli = match cli::read() {
        Ok(cli) => cli,
        Err(error) => return usage::told(error),
    };
    interrupt::watch();
    let mut printer = Printer::new(cli.global.output);
    if cli.global.no_color {
        printer = printer.without_colour();
    }
    print::reports_in_words();
    print::commands_lead_to(cli.global.place(cli.global.env.as_deref()));
    log::begin(cli.global.verbose);
    let exit = match commands::dispatch(cli, printer).await {
        Ok(exit) => exit,
        Err(failure) => {
            printer.failure(&failure);
            failure.exit
        }
    };
    ExitCode::from(exit.code())
}
