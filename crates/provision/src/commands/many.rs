//! What `import`, `migrate` and `promote` share: values on their way into secrets are shown, asked
//! for where they replace something, written, and told.

use provision_core::show::{Line, Mark};

use crate::ask;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt::Changing;
use crate::print::document::Imported;
use crate::print::title;
use crate::values::bulk::{self, Batch, Done, Run};
use crate::values::merge::Change;
use crate::values::store::Store;
use crate::values::target::{self, Passed, Why};
use crate::values::versions::short;

/// Values on their way
pub(crate) struct Job<'a> {
    pub(crate) batches: &'a [Batch],
    /// names of the source that go nowhere
    pub(crate) passed: &'a [Passed],
    pub(crate) asking: Asking,
    /// `migrate`: names that can be removed once all are set, and how that is said
    pub(crate) removable: Vec<&'a str>,
    pub(crate) afterwards: Vec<Line>,
}

/// What is asked for
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asking {
    /// where it replaces a value
    OfReplacements,
    /// where it changes anything
    OfEverything,
}

/// Shows what would become of the secrets, or asks, writes and tells what became of them
pub(crate) async fn carry_out(store: Store<'_>, job: Job<'_>) -> Result<Exit, Failure> {
    let Store { global, printer, .. } = store;
    let Job { batches, passed, .. } = job;
    let preview = bulk::preview(store, batches).await?;
    if global.dry_run {
        let mut lines = lines(batches, &preview);
        lines.extend(passed_lines(passed));
        lines.push(title(summary(&preview, true)));
        printer.lines(&lines)?;
        printer.json(&Imported::of(batches, &preview, passed, true))?;
        return Ok(Exit::Done);
    }
    let question = question(&preview, emptied(batches, &preview), job.asking);
    let is_asked = question.is_some() && !global.yes;
    if is_asked {
        printer.lines(&lines(batches, &preview))?;
    }
    if let Some(question) = question {
        ask::go_on(global, &question)?;
    }
    // until all is told: what was written is not denied
    let _changing = Changing::begin();
    let run = bulk::write(store, batches, &preview).await?;
    // what was shown for the question is not told again
    let shown = if is_asked { Vec::new() } else { lines(batches, &run.done) };
    Ok(report(store, job, &run, shown))
}

/// Tells what became of the secrets, after what is told of each
fn report(store: Store<'_>, job: Job<'_>, run: &Run, mut lines: Vec<Line>) -> Exit {
    let Job { batches, passed, asking: _, removable, afterwards } = job;
    let Run { done, failed, not_tried } = run;
    let mut document = Imported::of(batches, done, passed, false);
    lines.extend(passed_lines(passed));
    let back = back(&store.flags(), batches, done);
    if failed.is_none() && not_tried.is_empty() {
        lines.push(title(summary(done, false)));
        lines.extend(back);
        lines.extend(rotations(store, batches, done));
        lines.extend(afterwards);
        document.removable = removable;
        store.printer.outcome(&lines, &document);
        return Exit::Done;
    }
    lines.extend(unfinished(batches, run));
    lines.extend(back);
    document.stopped(failed.as_ref(), not_tried);
    store.printer.outcome(&lines, &document);
    store.printer.stderr(&match failed {
        Some((_, failure)) => failure.text(),
        None => "interrupted: run the same command again to go on from here\n".into(),
    });
    Exit::Partly
}

fn unfinished(batches: &[Batch], run: &Run) -> Vec<Line> {
    let Run { done, failed, not_tried } = run;
    let line = |mark, text: String| Line { mark, depth: 1, text };
    let mut lines = vec![Line { mark: Mark::Blank, depth: 0, text: String::new() }];
    lines.push(title("Not finished"));
    for (batch, done) in batches.iter().zip(done) {
        lines.push(match done.version {
            Some(_) => line(Mark::Create, format!("written    {}", batch.secret)),
            None => line(Mark::Detail, format!("unchanged  {}", batch.secret)),
        });
    }
    lines.extend(
        failed.iter().map(|(secret, _)| line(Mark::Blocked, format!("failed     {secret}"))),
    );
    lines.extend(not_tried.iter().map(|secret| line(Mark::Note, format!("not tried  {secret}"))));
    lines
}

/// How the values that were replaced come back
fn back(flags: &str, batches: &[Batch], done: &[Done]) -> Vec<Line> {
    let replaced = batches
        .iter()
        .zip(done)
        .filter(|(_, done)| done.version.is_some() && done.changes.contains(&Change::Changed));
    let line =
        |secret: &str| format!("`provision rollback {secret} {flags}` brings back what was there");
    replaced
        .map(|(batch, _)| Line { mark: Mark::Hint, depth: 0, text: line(batch.secret.as_str()) })
        .collect()
}

/// How rotations start that waited for the values that were written
fn rotations(store: Store<'_>, batches: &[Batch], done: &[Done]) -> Vec<Line> {
    let secrets = &store.session.desired.secrets;
    let first = |done: &Done| done.version.is_some() && done.is_first;
    let written = batches.iter().zip(done).filter(|(_, done)| first(done));
    let line = |(batch, _): (&Batch, &Done)| {
        bulk::rotation_line(&batch.secret, secrets.get(&batch.secret)?)
    };
    written.filter_map(line).collect()
}

/// How many values that are there would be replaced by nothing
fn emptied(batches: &[Batch], done: &[Done]) -> usize {
    let edits = batches.iter().flat_map(|batch| &batch.edits);
    let changes = done.iter().flat_map(|done| &done.changes);
    edits.zip(changes).filter(|(e, c)| **c == Change::Changed && e.given.is_empty()).count()
}

/// Returns what is to be asked, if anything
fn question(preview: &[Done], emptied: usize, asking: Asking) -> Option<String> {
    let by_nothing = match emptied {
        0 => String::new(),
        emptied => format!(", {emptied} of them by an empty one"),
    };
    match (count(preview, Change::Changed), count(preview, Change::Added), asking) {
        (0, _, Asking::OfReplacements) | (0, 0, Asking::OfEverything) => None,
        (0, 1, Asking::OfEverything) => Some("Set 1 value?".into()),
        (0, added, Asking::OfEverything) => Some(format!("Set {added} values?")),
        (1, _, _) if emptied == 1 => Some("Replace 1 value that exists by an empty one?".into()),
        (1, _, _) => Some("Replace 1 value that exists?".into()),
        (changed, _, _) => Some(format!("Replace {changed} values that exist{by_nothing}?")),
    }
}

/// Returns what becomes of the secrets as lines
fn lines(batches: &[Batch], done: &[Done]) -> Vec<Line> {
    let mut lines = Vec::new();
    for (batch, done) in batches.iter().zip(done) {
        lines.push(title(match &done.version {
            Some(version) => format!("{}, version {}", batch.secret, short(version)),
            None => batch.secret.to_string(),
        }));
        for ((edit, change), source) in batch.edits.iter().zip(&done.changes).zip(&batch.sources) {
            let (mark, word) = match change {
                Change::Added => (Mark::Create, "added"),
                Change::Changed => (Mark::Update, "changed"),
                Change::Unchanged => (Mark::Detail, "unchanged"),
            };
            let place = bulk::key(&edit.place).unwrap_or("the value");
            let from = match source.trim_matches('`') {
                source if source.is_empty() || source == place => String::new(),
                source => format!(", from `{source}`"),
            };
            let empty = if edit.given.is_empty() { ", and is empty" } else { "" };
            lines.push(Line { mark, depth: 1, text: format!("{place} {word}{from}{empty}") });
        }
    }
    lines
}

/// Returns how many values are added, changed and unchanged, in words
fn summary(done: &[Done], dry: bool) -> String {
    let (added, changed) = (count(done, Change::Added), count(done, Change::Changed));
    let unchanged = count(done, Change::Unchanged);
    match (added + changed, dry) {
        (0, _) => format!("Nothing to do: {unchanged} unchanged"),
        (_, true) => format!("Would set: {added} added, {changed} changed, {unchanged} unchanged"),
        (_, false) => {
            format!("Set and read back: {added} added, {changed} changed, {unchanged} unchanged")
        }
    }
}

fn count(done: &[Done], wanted: Change) -> usize {
    done.iter().flat_map(|done| &done.changes).filter(|change| **change == wanted).count()
}

/// What goes nowhere as lines
fn passed_lines(passed: &[Passed]) -> Vec<Line> {
    passed
        .iter()
        .map(|passed| {
            let why = match passed.why {
                Why::Undeclared => "the manifest does not declare it",
                Why::Reserved => "no secret may set that variable",
                Why::Null => "it has no value",
            };
            let name = target::at(&passed.source, passed.line);
            Line { mark: Mark::Note, depth: 0, text: format!("{name} is passed over: {why}") }
        })
        .collect()
}
