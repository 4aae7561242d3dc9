//! `destroy`: deletes what the environment owns, secrets and key inside their recovery window.

use provision_core::diff::destroy;

use crate::cli::{ApplyArgs, Global};
use crate::commands::apply::carry_out;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::print::Printer;
use crate::session;

pub(crate) async fn run(
    global: &Global,
    printer: Printer,
    permit: &ApplyArgs,
) -> Result<Exit, Failure> {
    let project = session::load(global)?;
    let session = session::open(global, &project).await?;
    let plan = session.plan(destroy).await?;
    carry_out(global, printer, permit, &session, &plan).await
}
