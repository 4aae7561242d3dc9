//! `schema`: prints a JSON Schema, of the manifest or of what `--output json` prints.

use schemars::schema_for;

use crate::cli::SchemaOf;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::print::Printer;
use crate::print::document::Any;

pub(crate) fn run(printer: Printer, of: SchemaOf) -> Result<Exit, Failure> {
    let schema = match of {
        SchemaOf::Manifest => provision_core::manifest::schema(),
        SchemaOf::Output => schema_for!(Any<'_>).to_value(),
    };
    printer.stdout(&format!("{schema:#}\n"))?;
    Ok(Exit::Done)
}
