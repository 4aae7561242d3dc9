//! `check`: reads the manifest and resolves every environment, offline.

use provision_core::desired::resolve;
use provision_core::diff::refused;
use provision_core::show::{Line, Mark};

use crate::cli::Global;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::print::Printer;
use crate::print::document::{Checked, Finding};
use crate::session;

pub(crate) fn run(global: &Global, printer: Printer) -> Result<Exit, Failure> {
    // what is wrong with a manifest is a finding here
    let project = session::load(global).map_err(|failure| match failure.kind {
        "manifest" => failure.with_exit(Exit::Findings),
        _ => failure,
    })?;
    let mut findings = Vec::new();
    let mut notes = Vec::new();
    for (name, declared) in &project.manifest.environments {
        let found = |message: String, hint: &str| Finding {
            environment: name.to_string(),
            message,
            hint: hint.to_owned(),
        };
        for region in std::iter::once(&declared.region).chain(declared.replicas.keys()) {
            // AWS adds regions: a new one is no mistake, and a misspelt one is found by the first call
            if !region.is_known() {
                notes.push(format!("{name}: this version knows no region `{region}`"));
            }
        }
        match resolve(&project.manifest, name.as_str(), &project.files, declared.account.as_ref()) {
            Err(error) => {
                let failure = Failure::from(error);
                let hint = failure.hints.first().map_or("", String::as_str);
                findings.push(found(failure.message.clone(), hint));
            }
            Ok(desired) => findings.extend(refused(&desired).into_iter().map(|blocker| {
                found(format!("{} {}", blocker.resource, blocker.reason), blocker.reason.hint())
            })),
        }
    }
    let environments = project.manifest.environments.keys().map(|n| n.as_str()).collect();
    printer.lines(&lines(&findings, &notes, project.manifest.environments.len()))?;
    let exit = if findings.is_empty() { Exit::Done } else { Exit::Findings };
    printer.json(&Checked { environments, findings, notes })?;
    Ok(exit)
}

fn lines(findings: &[Finding], notes: &[String], environments: usize) -> Vec<Line> {
    let line = |mark, depth, text: String| Line { mark, depth, text };
    let mut lines = Vec::new();
    for Finding { environment, message, hint } in findings {
        lines.push(line(Mark::Blocked, 0, format!("{environment}: {message}")));
        if !hint.is_empty() {
            lines.push(line(Mark::Hint, 1, hint.clone()));
        }
    }
    lines.extend(notes.iter().map(|note| line(Mark::Note, 0, note.clone())));
    let plural = if environments == 1 { "environment" } else { "environments" };
    let text = format!("Checked {environments} {plural}: {} findings", findings.len());
    lines.push(line(Mark::Title, 0, text));
    lines
}
