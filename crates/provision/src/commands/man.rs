//! `man`: writes the manual pages, one for each command.

use std::path::Path;

use crate::cli;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::print::Printer;

pub(crate) fn run(printer: Printer, folder: &Path) -> Result<Exit, Failure> {
    std::fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(cli::command(), folder))
        .map_err(|error| {
            let message = format!("cannot write to `{}`: {error}", folder.display());
            Failure::new(Exit::Error, "file", message)
        })?;
    printer.stderr(&format!("wrote the manual pages to {}\n", folder.display()));
    Ok(Exit::Done)
}
