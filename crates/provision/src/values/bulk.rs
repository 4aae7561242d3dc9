//! Many values at once: looked at first, then written secret by secret, each read back and compared by
//! digest.

use std::cell::RefCell;
use std::collections::BTreeMap;

use provision_core::desired::DesiredSecret;
use provision_core::name::SecretName;
use provision_core::show::{Line, Mark};

use super::merge::{self, Change, Edit, Place};
use super::store::Store;
use super::target::{self, Assigned};
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
    /// whether there was no value before
    pub(crate) is_first: bool,
    /// the version that was written
    pub(crate) version: Option<String>,
}

/// How the rotation of a secret starts whose first value was just written
pub(crate) fn rotation_line(secret: &SecretName, declared: &DesiredSecret) -> Option<Line> {
    let text = format!("{secret}: `provision apply` starts its rotation, which waited for a value");
    declared.rotation.as_ref().map(|_| Line { mark: Mark::Hint, depth: 0, text })
}

/// How far the batches were carried out
#[derive(Debug)]
pub(crate) struct Run {
    /// what became of the first ones
    pub(crate) done: Vec<Done>,
    /// the secret behind them that could not be written, or not be read back
    pub(crate) failed: Option<(SecretName, Failure)>,
    /// the secrets behind that
    pub(crate) not_tried: Vec<SecretName>,
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
        let merge::Merged { content: _, changes, is_first } = merged;
        done.push(Done { changes, is_first, version: None });
    }
    Ok(done)
}

/// Writes the batches one after another and reads each back; the first failure and whoever asks to stop
/// end it before the next
///
/// A secret in which something else would be replaced than `preview` showed is left alone, unless
/// `--yes` has answered for everything; then that is told.
///
/// # Errors
/// Where it ended with nothing written.
pub(crate) async fn write(
    store: Store<'_>,
    batches: &[Batch],
    preview: &[Done],
) -> Result<Run, Failure> {
    let mut run = Run { done: Vec::new(), failed: None, not_tried: Vec::new() };
    let mut left = batches.iter().zip(preview);
    for (batch, shown) in left.by_ref() {
        match one(store, batch, shown).await {
            Ok(one) => run.done.push(one),
            Err(failure) if failure.exit == Exit::Interrupted => {
                run.not_tried.push(batch.secret.clone());
                break;
            }
            Err(failure) => {
                run.failed = Some((batch.secret.clone(), failure));
                break;
            }
        }
    }
    run.not_tried.extend(left.map(|(batch, _)| batch.secret.clone()));
    let is_written = run.done.iter().any(|done| done.version.is_some());
    run.failed = match run.failed {
        // such as one that was written and could not be read back
        Some((_, failure)) if !is_written && failure.exit != Exit::Partly => return Err(failure),
        Some((secret, failure)) => {
            let hint =
                "what was written stays written: run the same command again to go on from here";
            Some((secret, failure.with_exit(Exit::Partly).hint(hint)))
        }
        None if !is_written && !run.not_tried.is_empty() => return Err(interrupt::failure()),
        None => None,
    };
    Ok(run)
}

async fn one(store: Store<'_>, batch: &Batch, shown: &Done) -> Result<Done, Failure> {
    let Batch { secret, edits, .. } = batch;
    let changes = RefCell::new((Vec::new(), false));
    let written = store
        .put(secret, |base| {
            let merged = merge::merged(base.content.as_ref(), edits)?;
            let unseen = unseen(batch, &shown.changes, &merged.changes);
            if !unseen.is_empty() && !store.global.yes {
                let what = unseen.join(", ");
                let message = format!("somebody set {what} meanwhile; {secret} was left as it is");
                return Err(Failure::new(Exit::Refused, "moved", message)
                    .hint("run it again to see what it would replace"));
            }
            changes.replace((merged.changes, merged.is_first));
            Ok(merged.content)
        })
        .await?;
    let (changes, is_first) = changes.into_inner();
    let Some(written) = written else { return Ok(Done { changes, is_first, version: None }) };
    let unseen = unseen(batch, &shown.changes, &changes);
    if !unseen.is_empty() {
        store.printer.stderr(&format!(
            "warning: somebody set {} meanwhile, and that is replaced\n\
             hint: `provision rollback {secret} {}` brings it back\n",
            unseen.join(", "),
            store.flags()
        ));
    }
    store.verify(secret, &written).await?;
    Ok(Done { changes, is_first, version: Some(written.version) })
}

/// The places in which a value would be replaced now, and none was when it was shown
fn unseen(batch: &Batch, shown: &[Change], now: &[Change]) -> Vec<String> {
    let places = batch.edits.iter().map(|edit| target::target(&batch.secret, &edit.place));
    places
        .zip(shown.iter().zip(now))
        .filter(|(_, (shown, now))| **now == Change::Changed && **shown != Change::Changed)
        .map(|(place, _)| place)
        .collect()
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
                .map(|(edit, change)| change_of(edit, *change))
                .collect(),
        })
        .collect()
}

/// Returns what became of one value as part of a document
pub(crate) fn change_of(edit: &Edit, change: Change) -> ValueChange<'_> {
    ValueChange { key: key(&edit.place), change, empty: edit.given.is_empty() }
}

pub(crate) fn key(place: &Place) -> Option<&str> {
    match place {
        Place::Key(key) => Some(key.as_str()),
        Place::Text | Place::Binary => None,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that panics has failed")]
mod tests {
    use provision_core::name::ValueKey;

    use super::super::merge::Given;
    use super::*;

    #[test]
    fn only_what_was_shown_to_be_replaced_may_be() {
        let all = [Change::Added, Change::Changed, Change::Unchanged];
        let edit = |name: &str| Edit {
            place: Place::Key(ValueKey::parse(name).unwrap()),
            given: Given::Text("canary".into()),
        };
        let secret = SecretName::parse("shop/dev/api-keys").unwrap();
        let edits = vec![edit("A"), edit("B"), edit("C")];
        let batch = Batch { secret, edits, sources: Vec::new() };
        assert!(unseen(&batch, &all, &all).is_empty());
        assert!(unseen(&batch, &[Change::Changed; 3], &all).is_empty());
        let found = unseen(&batch, &all, &[Change::Changed; 3]);
        assert_eq!(found, ["A in shop/dev/api-keys", "C in shop/dev/api-keys"]);
    }
}
