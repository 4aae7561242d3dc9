//! Many values at once: shown first, asked for where they replace something, written secret by
//! secret, each read back and compared by digest.

use std::cell::RefCell;
use std::collections::BTreeMap;

use provision_core::name::SecretName;
use provision_core::show::{Line, Mark};

use super::merge::{self, Change, Edit, Place};
use super::store::Store;
use super::target::Assigned;
use crate::ask;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt;
use crate::print::document::{SecretChanges, ValueChange};

/// The values that go into one secret
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) secret: SecretName,
    pub(crate) edits: Vec<Edit>,
    /// where each comes from, empty where that goes without saying
    pub(crate) sources: Vec<String>,
}

/// What becomes of one secret
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) changes: Vec<Change>,
    /// the version that was written
    pub(crate) version: Option<String>,
}

/// Whether what replaces a value is asked for
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asking {
    /// where it replaces one
    OfReplacements,
    /// where it changes anything
    OfEverything,
}

/// Returns the values by the secret that they go into
pub(crate) fn batches(assigned: Vec<Assigned>) -> Vec<Batch> {
    let mut by_secret: BTreeMap<SecretName, Batch> = BTreeMap::new();
    for Assigned { secret, edit, source, line: _ } in assigned {
        let batch = by_secret.entry(secret.clone()).or_insert_with(|| Batch {
            secret,
            edits: Vec::new(),
            sources: Vec::new(),
        });
        batch.edits.push(edit);
        batch.sources.push(source);
    }
    by_secret.into_values().collect()
}

/// Returns what would become of each secret; every batch is checked before one is written
pub(crate) async fn preview(store: Store<'_>, batches: &[Batch]) -> Result<Vec<Done>, Failure> {
    let mut done = Vec::new();
    for Batch { secret, edits, .. } in batches {
        let base = store.current(secret).await?;
        let merged = merge::merged(base.content.as_ref(), edits).map_err(|failure| Failure {
            message: format!("{secret}: {}", failure.message),
            ..failure
        })?;
        done.push(Done { changes: merged.changes, version: None });
    }
    Ok(done)
}

/// Asks where a value is replaced, if nobody has answered beforehand
pub(crate) fn permit(store: Store<'_>, preview: &[Done], asking: Asking) -> Result<(), Failure> {
    let count = |wanted| {
        preview.iter().flat_map(|done| &done.changes).filter(|change| **change == wanted).count()
    };
    let (changed, added) = (count(Change::Changed), count(Change::Added));
    let question = match (changed, asking) {
        (0, Asking::OfReplacements) => return Ok(()),
        (0, Asking::OfEverything) if added == 0 => return Ok(()),
        (0, Asking::OfEverything) if added == 1 => "Set 1 value?".into(),
        (0, Asking::OfEverything) => format!("Set {added} values?"),
        (1, _) => "Replace 1 value that exists?".into(),
        (changed, _) => format!("Replace {changed} values that exist?"),
    };
    ask::go_on(store.global, &question)
}

/// Asks where a value would be replaced, writes, and returns what became of the secrets with the
/// lines that tell it; what was shown for the question is not told again
pub(crate) async fn carry_out(
    store: Store<'_>,
    batches: &[Batch],
    preview: &[Done],
) -> Result<(Vec<Done>, Vec<Line>), Failure> {
    let replaces = preview.iter().any(|done| done.changes.contains(&Change::Changed));
    let is_asked = replaces && !store.global.yes;
    if is_asked {
        store.printer.lines(&lines(batches, preview))?;
    }
    permit(store, preview, Asking::OfReplacements)?;
    let done = write(store, batches).await?;
    let lines = if is_asked { Vec::new() } else { lines(batches, &done) };
    Ok((done, lines))
}

/// Writes the batches and reads each back
///
/// # Errors
/// Of the first secret that could not be written; what was written before it is named in a hint, and
/// the exit code is that of a part.
pub(crate) async fn write(store: Store<'_>, batches: &[Batch]) -> Result<Vec<Done>, Failure> {
    let mut done: Vec<Done> = Vec::new();
    let written = |done: &[Done]| -> Vec<String> {
        let pairs = batches.iter().zip(done);
        pairs.filter(|(_, d)| d.version.is_some()).map(|(b, _)| b.secret.to_string()).collect()
    };
    for batch in batches {
        let result = match interrupt::requested() {
            true => Err(Failure::new(Exit::Interrupted, "interrupted", "interrupted")),
            false => one(store, batch).await,
        };
        match result {
            Ok(one) => done.push(one),
            Err(failure) => {
                let before = written(&done);
                if before.is_empty() {
                    return Err(failure);
                }
                let hint = format!("written before that: {}; run it again", before.join(", "));
                return Err(failure.with_exit(Exit::Partly).hint(hint));
            }
        }
    }
    Ok(done)
}

async fn one(store: Store<'_>, batch: &Batch) -> Result<Done, Failure> {
    let changes = RefCell::new(Vec::new());
    let written = store
        .put(&batch.secret, |base| {
            let merged = merge::merged(base.content.as_ref(), &batch.edits)?;
            changes.replace(merged.changes);
            Ok(merged.content)
        })
        .await?;
    if let Some(written) = &written {
        store.verify(&batch.secret, written).await?;
    }
    Ok(Done { changes: changes.into_inner(), version: written.map(|written| written.version) })
}

/// Returns what becomes of the secrets as lines
pub(crate) fn lines(batches: &[Batch], done: &[Done]) -> Vec<Line> {
    let mut lines = Vec::new();
    for (batch, done) in batches.iter().zip(done) {
        let text = match &done.version {
            Some(version) => {
                format!("{}, version {}", batch.secret, super::versions::short(version))
            }
            None => batch.secret.to_string(),
        };
        lines.push(Line { mark: Mark::Title, depth: 0, text });
        for ((edit, change), source) in batch.edits.iter().zip(&done.changes).zip(&batch.sources) {
            let (mark, word) = match change {
                Change::Added => (Mark::Create, "added"),
                Change::Changed => (Mark::Update, "changed"),
                Change::Unchanged => (Mark::Detail, "unchanged"),
            };
            let place = place(&edit.place);
            let from = match source.trim_matches('`') {
                source if source.is_empty() || source == place => String::new(),
                source => format!(", from `{source}`"),
            };
            lines.push(Line { mark, depth: 1, text: format!("{place} {word}{from}") });
        }
    }
    lines
}

/// Returns what becomes of the secrets as part of a document
pub(crate) fn documents<'a>(batches: &'a [Batch], done: &'a [Done]) -> Vec<SecretChanges<'a>> {
    batches
        .iter()
        .zip(done)
        .map(|(batch, done)| SecretChanges {
            secret: batch.secret.as_str(),
            version: done.version.as_deref(),
            values: batch
                .edits
                .iter()
                .zip(&done.changes)
                .map(|(edit, change)| ValueChange { key: key(&edit.place), change: *change })
                .collect(),
        })
        .collect()
}

/// Returns how many values are added, changed and unchanged, in words
pub(crate) fn summary(done: &[Done], dry: bool) -> String {
    let count = |wanted| {
        done.iter().flat_map(|done| &done.changes).filter(|change| **change == wanted).count()
    };
    let (added, changed) = (count(Change::Added), count(Change::Changed));
    let unchanged = count(Change::Unchanged);
    match (added + changed, dry) {
        (0, _) => format!("Nothing to do: {unchanged} unchanged"),
        (_, true) => format!("Would set: {added} added, {changed} changed, {unchanged} unchanged"),
        (_, false) => {
            format!("Set and read back: {added} added, {changed} changed, {unchanged} unchanged")
        }
    }
}

fn place(place: &Place) -> &str {
    key(place).unwrap_or("the value")
}

pub(crate) fn key(place: &Place) -> Option<&str> {
    match place {
        Place::Key(key) => Some(key.as_str()),
        Place::Text | Place::Binary => None,
    }
}
