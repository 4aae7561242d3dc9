//! `plan`: shows what `apply` would do, and saves it where asked.

use std::path::Path;

use provision_core::plan::{Intent, Plan};
use provision_core::show::show;

use crate::cli::{Global, quoted};
use crate::exit::{Codes, Exit};
use crate::failure::Failure;
use crate::output_file;
use crate::print::Printer;
use crate::print::document::PlanDocument;
use crate::session;

pub(crate) async fn run(
    global: &Global,
    printer: Printer,
    codes: Codes,
    out: Option<&Path>,
    intent: Intent,
) -> Result<Exit, Failure> {
    let project = session::load(global)?;
    let session = session::open(global, &project).await?;
    let plan = session.plan(intent).await?;
    printer.lines(&show(&plan))?;
    if let Some(failure) = blocked(&plan) {
        return Ok(printer.failure_of(&failure, PlanDocument::of(&plan, &session.aws.calls)));
    }
    printer.json(&PlanDocument::of(&plan, &session.aws.calls))?;
    if let Some(path) = out {
        save(&plan, path)?;
        let flags = global.flags(session.desired.environment.as_str());
        let path = quoted(&path.display().to_string());
        let widening = plan.widening().next().map_or("", |_| " --allow-widening");
        printer.stderr(&match plan.is_empty() {
            true => "saved: there is nothing to apply\n".to_owned(),
            false => format!("saved: `provision apply {path} {flags}{widening}` applies it\n"),
        });
    }
    Ok(codes.exit(!plan.is_empty()))
}

/// Returns the failure of a plan that something stands in the way of
pub(crate) fn blocked(plan: &Plan) -> Option<Failure> {
    let first = plan.blockers.first()?;
    let more = plan.blockers.len() - 1;
    let tail = if more == 0 { String::new() } else { format!(", and {more} more as shown") };
    let message = format!("{} {}{tail}; nothing was changed", first.resource, first.reason);
    Some(Failure::new(Exit::Error, "blocked", message).hint(first.reason.hint()))
}

fn save(plan: &Plan, path: &Path) -> Result<(), Failure> {
    let mut text = serde_json::to_string_pretty(plan)
        .map_err(|error| Failure::new(Exit::Error, "plan", error.to_string()))?;
    text.push('\n');
    // one of another version is a saved plan too
    let is_plan = |there: &str| {
        serde_json::from_str(there)
            .is_ok_and(|there: serde_json::Value| there["binding"].is_object())
    };
    output_file::write(path, &text, "a saved plan", is_plan)
}
