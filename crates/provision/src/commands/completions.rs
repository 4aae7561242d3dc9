//! `completions`: prints completions for a shell.

use crate::cli;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::print::Printer;

pub(crate) fn run(printer: Printer, shell: clap_complete::Shell) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut cli::command(), "provision", &mut script);
    printer.stdout(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Done)
}
