//! Making the changes of a plan: in its stages, several at once where none depends on another.
//!
//! After the first failure, or when somebody asks to stop, no further change is begun; those in
//! flight are ended, because a change is made or it is not.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::StreamExt as _;
use provision_core::plan::{Change, Plan};

use crate::aws::{Aws, Outputs, Waiting, execute};
use crate::failure::Failure;
use crate::interrupt::{self, Changing};
use crate::print::progress::Count;

/// Resources that are changed at once: far below what AWS takes in a second, so that the SDK's own
/// slowing down is the exception
const AT_ONCE: usize = 6;

/// What became of the changes, by id, in the order of the plan
#[derive(Default)]
pub(crate) struct Run {
    pub(crate) done: Vec<String>,
    pub(crate) failed: Vec<(String, Failure)>,
    pub(crate) not_tried: Vec<String>,
}

/// What became of one change that was begun
enum Fate {
    Done,
    Failed(Failure),
}

/// Makes the changes of the plan, and returns what became of them
pub(crate) async fn make(aws: &Aws, plan: &Plan) -> Run {
    let count = Arc::new(Count::start(plan.changes.len()));
    let shown = Arc::clone(&count);
    let outputs = Outputs::new(Waiting::telling(move |what| shown.waiting_for(what)));
    let maker = Maker { aws, outputs, count, failed: AtomicBool::new(false) };
    let _changing = Changing::begin();
    let mut fates = BTreeMap::new();
    for stage in plan.stages() {
        let chains = futures_util::stream::iter(stage).map(|chain| maker.chain(chain));
        let mut ended = chains.buffer_unordered(AT_ONCE);
        while let Some(made) = ended.next().await {
            fates.extend(made);
        }
    }
    let mut run = Run::default();
    for id in plan.changes.iter().map(Change::id) {
        match fates.remove(&id) {
            Some(Fate::Done) => run.done.push(id),
            Some(Fate::Failed(failure)) => run.failed.push((id, failure)),
            None => run.not_tried.push(id),
        }
    }
    run
}

struct Maker<'a> {
    aws: &'a Aws,
    outputs: Outputs,
    count: Arc<Count>,
    failed: AtomicBool,
}

impl Maker<'_> {
    /// Makes the changes of one resource one after another
    async fn chain(&self, changes: &[Change]) -> Vec<(String, Fate)> {
        let mut fates = Vec::new();
        for change in changes {
            if self.failed.load(Ordering::Relaxed) || interrupt::requested() {
                break;
            }
            let id = change.id();
            self.count.now(&spoken(&id));
            match execute(self.aws, change, &self.outputs).await {
                Ok(()) => {
                    tracing::info!(change = %id, "made");
                    self.count.one();
                    fates.push((id, Fate::Done));
                }
                Err(error) => {
                    self.failed.store(true, Ordering::Relaxed);
                    fates.push((id, Fate::Failed(error.into())));
                }
            }
        }
        fates
    }
}

/// What a person reads while the change with this id is made: `secret p/e/s: create secret`
pub(crate) fn spoken(id: &str) -> String {
    let Some((resource, action)) = id.split_once('#') else { return id.to_owned() };
    match action.split_once(':') {
        Some((action, about)) => format!("{resource}: {} {about}", action.replace('_', " ")),
        None => format!("{resource}: {}", action.replace('_', " ")),
    }
}
