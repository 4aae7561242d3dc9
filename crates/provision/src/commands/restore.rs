//! `restore`: takes a deletion back while its recovery window lasts.

use provision_core::diff::restore;

use crate::cli::{ApplyArgs, Global};
use crate::commands::apply::carry_out;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::print::Printer;
use crate::session;

pub(crate) async fn run(global: &Global, printer: Printer) -> Result<Exit, Failure> {
    let project = session::load(global)?;
    let session = session::open(global, &project).await?;
    let plan = session.plan(restore).await?;
    carry_out(global, printer, &ApplyArgs::default(), &session, &plan).await
}
