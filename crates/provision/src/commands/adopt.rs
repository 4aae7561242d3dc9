//! `adopt`: takes over what exists under the manifest's names, after showing what `apply` would then
//! make of it.

use provision_core::diff::{adopted, diff};
use provision_core::plan::Intent;
use provision_core::show::{Line, Mark, changes};

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
    let (plan, actual) = session.plan_with(Intent::Adopt).await?;
    let mut preview = Vec::new();
    if !plan.is_empty() {
        let next = diff(&session.desired, &adopted(&plan, &actual));
        let title = match next.is_empty() && next.blockers.is_empty() {
            true => "Once adopted, `apply` has nothing to do",
            false => "Once adopted, the next `apply` would",
        };
        preview.push(Line { mark: Mark::Blank, depth: 0, text: String::new() });
        preview.push(Line { mark: Mark::Title, depth: 0, text: title.to_owned() });
        preview.extend(changes(&next));
    }
    carry_out(global, printer, permit, &session, &plan, &preview).await
}
