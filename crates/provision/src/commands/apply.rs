//! `apply`, and the main job without a subcommand: plan, show, ask, apply.
//!
//! What is applied is the plan that was shown; nothing is decided after it.

use std::path::Path;

use provision_core::plan::{Action, Change, FORMAT, Intent, Plan, Resource};
use provision_core::show::{Line, Mark, show};

use crate::ask::{self, Permit};
use crate::cli::{ApplyArgs, Global, quoted};
use crate::commands::plan::blocked;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::make::{Run, make, spoken};
use crate::print::document::{Applied, PlanDocument};
use crate::print::{self, Printer};
use crate::session::{self, Session};

pub(crate) async fn run(
    global: &Global,
    printer: Printer,
    permit: &ApplyArgs,
    intent: Intent,
) -> Result<Exit, Failure> {
    let project = session::load(global)?;
    let session = session::open(global, &project).await?;
    let plan = session.plan(intent).await?;
    carry_out(global, printer, permit, &session, &plan, &[]).await
}

/// Applies a saved plan, if nothing has moved since it was made
pub(crate) async fn run_saved(
    global: &Global,
    printer: Printer,
    permit: &ApplyArgs,
    file: &Path,
) -> Result<Exit, Failure> {
    let saved = read(file)?;
    let place = environment(&saved);
    if let Some(other) = global.env.as_ref().filter(|other| **other != place) {
        let text = format!("the saved plan is for `{place}` and not for `{other}`");
        let hint = "leave out `--env`: the plan says it";
        return Err(Failure::new(Exit::Refused, "moved", text).hint(hint));
    }
    print::commands_lead_to(global.flags(&place));
    let global = &Global { env: Some(place), ..global.clone() };
    let project = session::load(global)?;
    let session = session::open(global, &project).await?;
    let fresh = session.plan(saved.binding.intent).await?;
    if let Some(moved) = moved(&saved, &fresh) {
        return Err(Failure::new(
            Exit::Refused,
            "moved",
            format!("the saved plan is out of date: {moved}; nothing was changed"),
        )
        .hint(format!(
            "make it again with `provision plan --out {}`",
            quoted(&file.display().to_string())
        )));
    }
    carry_out(global, printer, permit, &session, &saved, &[]).await
}

fn environment(plan: &Plan) -> String {
    plan.binding.environment.to_string()
}

fn read(file: &Path) -> Result<Plan, Failure> {
    let bad = |error: &dyn std::fmt::Display| {
        Failure::new(
            Exit::Error,
            "plan",
            format!("`{}` is not a saved plan: {error}", file.display()),
        )
        .hint("`provision plan --out FILE` saves one")
    };
    let text = std::fs::read_to_string(file).map_err(|e| bad(&e))?;
    // of another format nothing else is understood
    let Stamp { format } = serde_json::from_str(&text).map_err(|e| bad(&e))?;
    if format != FORMAT {
        return Err(bad(&format!("its format is {format} and not {FORMAT}")));
    }
    serde_json::from_str(&text).map_err(|e| bad(&e))
}

/// What every format of a saved plan has
#[derive(serde::Deserialize)]
struct Stamp {
    format: u32,
}

/// What a saved plan was bound to and is no longer so; who asks may differ
fn moved(saved: &Plan, fresh: &Plan) -> Option<&'static str> {
    let (old, new) = (&saved.binding, &fresh.binding);
    if (&old.project, &old.environment) != (&new.project, &new.environment) {
        Some("it is for another environment")
    } else if (&old.partition, &old.account, &old.region)
        != (&new.partition, &new.account, &new.region)
    {
        Some("it is for another account or region")
    } else if old.manifest != new.manifest {
        Some("the manifest or a file that it names has changed")
    } else if old.state != new.state {
        Some("the live state has changed")
    } else if (&saved.changes, &saved.blockers, old.protection)
        != (&fresh.changes, &fresh.blockers, new.protection)
    {
        Some("the file was changed by hand or made by another version")
    } else {
        None
    }
}

/// Shows the plan and what comes after it, asks, and makes the changes
pub(crate) async fn carry_out(
    global: &Global,
    printer: Printer,
    permit: &ApplyArgs,
    session: &Session,
    plan: &Plan,
    preview: &[Line],
) -> Result<Exit, Failure> {
    printer.lines(&show(plan))?;
    printer.lines(preview)?;
    let document = || PlanDocument::of(plan, &session.aws.calls);
    if let Some(failure) = blocked(plan) {
        return Ok(printer.failure_of(&failure, document()));
    }
    if global.dry_run {
        printer.json(&document())?;
        return Ok(Exit::Done);
    }
    if !plan.is_empty() {
        match ask::permit(plan, global, permit) {
            Ok(Permit::Flags) => {}
            Ok(Permit::Person) => still_true(session, plan).await?,
            Err(failure) => return Ok(printer.failure_of(&failure, document())),
        }
    }
    let run = make(&session.aws, plan).await;
    Ok(report(printer, session, plan, run))
}

/// Refuses where something moved while a person was thinking
async fn still_true(session: &Session, plan: &Plan) -> Result<(), Failure> {
    let fresh = session.plan(plan.binding.intent).await?;
    match moved(plan, &fresh) {
        None => Ok(()),
        Some(moved) => Err(Failure::new(
            Exit::Refused,
            "moved",
            format!("the plan that was shown is out of date: {moved}; nothing was changed"),
        )
        .hint("run the same command again")),
    }
}

fn report(printer: Printer, session: &Session, plan: &Plan, run: Run) -> Exit {
    let run = explained(run, plan.binding.intent);
    let Run { done, failed, not_tried } = &run;
    let lines = if !failed.is_empty() || !not_tried.is_empty() {
        unfinished(&run)
    } else if plan.is_empty() {
        Vec::new()
    } else {
        finished(plan, session)
    };
    let errors = failed.iter().map(|(id, failure)| (id.as_str(), failure.document())).collect();
    let document = PlanDocument::of(plan, &session.aws.calls);
    printer.outcome(&lines, &Applied::of(document, done, errors, not_tried));
    for (_, failure) in failed {
        printer.stderr(&failure.text());
    }
    match failed.iter().map(|(_, failure)| failure.exit).next() {
        Some(exit) => exit,
        None if !not_tried.is_empty() => {
            printer.stderr("interrupted: run the same command again to go on from here\n");
            if done.is_empty() { Exit::Interrupted } else { Exit::Partly }
        }
        None => Exit::Done,
    }
}

/// The failures with how far the run has come, and what to do next
fn explained(run: Run, intent: Intent) -> Run {
    let Run { done, failed, not_tried } = run;
    // what AWS was asked and did not answer may have been done
    let is_unknown =
        |failure: &Failure| matches!(failure.kind, "timeout" | "server" | "unreachable");
    // a copy that fails, or that is not there yet, was asked for
    let is_begun = |failure: &Failure| {
        matches!(failure.kind, "replica_failed" | "pending") || is_unknown(failure)
    };
    let untouched = done.is_empty() && !failed.iter().any(|(_, failure)| is_begun(failure));
    let exit = if untouched { Exit::Error } else { Exit::Partly };
    let last = failed.len().saturating_sub(1);
    let failed = failed.into_iter().enumerate().map(|(number, (id, failure))| {
        let unknown = is_unknown(&failure);
        let mut failure = failure.with_exit(exit);
        if unknown {
            failure = failure.hint("it may have been made all the same: a second run finds out");
        }
        if failure.kind == "access_denied" && intent == Intent::ForceDestroy {
            let hint = "deleting without a way back takes the rights of the role `break_glass`";
            failure = failure.only_hint(hint);
        }
        if number == last {
            let hint = "what was made stays made: run the same command again to go on from here";
            failure = failure.hint(hint);
        }
        (id, failure)
    });
    Run { failed: failed.collect(), done, not_tried }
}

fn line(mark: Mark, depth: u8, text: impl Into<String>) -> Line {
    Line { mark, depth, text: text.into() }
}

fn unfinished(run: &Run) -> Vec<Line> {
    let Run { done, failed, not_tried } = run;
    let mut lines = vec![line(Mark::Blank, 0, ""), line(Mark::Title, 0, "Not finished")];
    let told = |mark, what: &str, id: &str| line(mark, 1, format!("{what:<10} {}", spoken(id)));
    lines.extend(done.iter().map(|id| told(Mark::Create, "done", id)));
    lines.extend(failed.iter().map(|(id, _)| told(Mark::Blocked, "failed", id)));
    lines.extend(not_tried.iter().map(|id| told(Mark::Note, "not tried", id)));
    let (done, failed, not_tried) = (done.len(), failed.len(), not_tried.len());
    let sum = format!("{done} done, {failed} failed, {not_tried} not tried");
    lines.push(line(Mark::Title, 0, sum));
    lines
}

fn finished(plan: &Plan, session: &Session) -> Vec<Line> {
    let sum = plan.summary();
    let text = format!(
        "Done: {} created, {} changed, {} deleted, {} calls to AWS in all",
        sum.create,
        sum.update,
        sum.delete,
        session.aws.calls.total()
    );
    let mut lines = vec![line(Mark::Blank, 0, ""), line(Mark::Title, 0, text)];
    if matches!(plan.binding.intent, Intent::Apply | Intent::Prune)
        && let Some((secret, key)) = next_value(plan, session)
    {
        lines.push(line(Mark::Hint, 0, format!("`provision set {secret}{key}` sets a value")));
    }
    if plan.binding.intent == Intent::Restore {
        let destroyed = |change: &Change| matches!(change.action, Action::ReopenKey { .. });
        let hint = if plan.changes.iter().any(destroyed) {
            "`provision` makes the roles again"
        } else {
            "`provision plan` shows what is left"
        };
        lines.push(line(Mark::Hint, 0, hint));
    }
    if plan.binding.intent == Intent::Adopt {
        lines.push(line(Mark::Hint, 0, "`provision plan` shows what is left"));
    }
    if plan.binding.intent == Intent::Destroy && sum.delete > 0 {
        lines.push(line(Mark::Hint, 0, "`provision restore` takes it back until the window ends"));
    }
    lines
}

/// The first secret that somebody has to put a value into
fn next_value(plan: &Plan, session: &Session) -> Option<(String, String)> {
    plan.changes.iter().find_map(|change| match (&change.resource, &change.action) {
        (Resource::Secret(name), Action::CreateSecret { required, defaults, .. }) => {
            let secret = session.desired.secrets.get(name)?;
            let key = required.first().map(|key| format!(" {key}"));
            (key.is_some() || defaults.is_empty()).then(|| {
                let any = match &secret.value {
                    provision_core::manifest::ValueShape::Json(keys) => {
                        keys.keys().next().map(|key| format!(" {key}"))
                    }
                    _ => None,
                };
                (secret.key.to_string(), key.or(any).unwrap_or_default())
            })
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_stopped_is_told_in_words_and_numbers() {
        let failure = Failure::new(Exit::Error, "denied", "denied");
        let run = Run {
            done: vec!["key alias/p/e#create_key".into(), "role p-e-a#create_role".into()],
            failed: vec![("role p-e-a#attach_policy:arn:aws:iam::aws:policy/a_b".into(), failure)],
            not_tried: vec!["role p-e-a#put_policy:secrets-access".into()],
        };
        let told: Vec<String> = unfinished(&run).into_iter().map(|line| line.text).collect();
        assert_eq!(
            told[2..],
            [
                "done       key alias/p/e: create key",
                "done       role p-e-a: create role",
                "failed     role p-e-a: attach policy arn:aws:iam::aws:policy/a_b",
                "not tried  role p-e-a: put policy secrets-access",
                "2 done, 1 failed, 1 not tried",
            ]
        );
    }
}
