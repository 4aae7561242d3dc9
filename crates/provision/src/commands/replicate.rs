//! `replicate [SECRET]`: the state of the copies in other regions. Where copies are is the
//! manifest's business, and `apply` makes them.

use provision_core::name::SecretName;
use provision_core::show::{Line, Mark, printable};

use super::waiting::{self, End};
use crate::aws::{self, Replica, ReplicaState};
use crate::cli::Global;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt::{self, Changing};
use crate::print::{Printer, document, title};
use crate::session;
use crate::values::naming;
use crate::values::store::Store;

/// Whether copies that failed are started anew
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Retry {
    Failed,
    Nothing,
}

type Found = Vec<(SecretName, Vec<Replica>)>;

pub(crate) async fn run(
    global: &Global,
    printer: Printer,
    secret: Option<&str>,
    retry: Retry,
    wait: u64,
) -> Result<Exit, Failure> {
    let project = session::load(global)?;
    let session = session::open(global, &project).await?;
    let store = Store { session: &session, global, printer };
    let names: Vec<&SecretName> = match secret {
        Some(wanted) => vec![naming::find(&session.desired, wanted)?.0],
        None => session.desired.secrets.keys().collect(),
    };
    // until the end is told: what was set off is not denied
    let _changing = (retry == Retry::Failed).then(Changing::begin);
    let anew = match retry {
        Retry::Failed => again(store, read(store, &names).await?).await?,
        Retry::Nothing => Anew::default(),
    };
    // what was not set off is no longer waited for
    let wait = if anew.is_whole() { wait } else { 0 };
    let waited = waiting::until(
        "waiting for the copies",
        wait,
        async || read(store, &names).await,
        |found| !any(found, ReplicaState::InProgress),
    );
    let (found, end) = match waited.await {
        Ok(found) => found,
        Err(failure) if anew.set_off.is_empty() => return Err(failure),
        Err(failure) => {
            let hint = format!("copies are set off anew: {}", list(&anew.set_off));
            return Err(failure.with_exit(Exit::Partly).hint(hint));
        }
    };
    let is_interrupted = end == End::Interrupted || !anew.not_tried.is_empty();
    if is_interrupted && anew.set_off.is_empty() {
        return Err(interrupt::failure());
    }
    report(printer, &found, &anew, is_interrupted)
}

/// Tells the state of the copies and what was set off, and returns how the command ends
fn report(
    printer: Printer,
    found: &Found,
    anew: &Anew,
    is_interrupted: bool,
) -> Result<Exit, Failure> {
    let Anew { set_off, failed, not_tried } = anew;
    let mut lines = lines(found);
    let told = |mark, text| Line { mark, depth: 0, text };
    if !set_off.is_empty() {
        lines.push(told(Mark::Update, format!("set off anew: {}", list(set_off))));
    }
    if !not_tried.is_empty() {
        lines.push(told(Mark::Note, format!("not tried: {}", list(not_tried))));
    }
    let document = document::Replicated {
        secrets: found
            .iter()
            .map(|(name, replicas)| document::ReplicatedSecret {
                secret: name.as_str(),
                replicas: replicas.iter().map(document::ReplicaDocument::of).collect(),
            })
            .collect(),
        set_off: set_off.iter().map(SecretName::as_str).collect(),
        failed: failed.as_ref().map(Failure::document),
        not_tried: not_tried.iter().map(SecretName::as_str).collect(),
    };
    if set_off.is_empty() {
        printer.lines(&lines)?;
        printer.json(&document)?;
    } else {
        printer.outcome(&lines, &document);
    }
    if let Some(failure) = failed {
        printer.stderr(&failure.text());
        return Ok(Exit::Partly);
    }
    if is_interrupted {
        printer.stderr(
            "interrupted: AWS goes on with what is set off\n\
             hint: `provision replicate` shows its end\n",
        );
        return Ok(Exit::Partly);
    }
    Ok(if any(found, ReplicaState::Failed) { Exit::Findings } else { Exit::Done })
}

async fn read(store: Store<'_>, names: &[&SecretName]) -> Result<Found, Failure> {
    let tags = &store.session.desired.tags;
    let mut found = Vec::new();
    for name in names {
        let details = aws::details(&store.session.aws, name.as_str(), tags)
            .await
            .map_err(|error| Failure::of_secret(error, name, &store.flags()))?;
        found.push(((*name).clone(), details.replicas));
    }
    Ok(found)
}

/// What became of the copies that had failed, by secret
#[derive(Debug, Default)]
struct Anew {
    set_off: Vec<SecretName>,
    /// why the one behind them was not
    failed: Option<Failure>,
    not_tried: Vec<SecretName>,
}

impl Anew {
    fn is_whole(&self) -> bool {
        self.failed.is_none() && self.not_tried.is_empty()
    }
}

/// Starts copies anew that have failed, until one cannot be or somebody asks to stop
///
/// # Errors
/// Where none could be.
async fn again(store: Store<'_>, found: Found) -> Result<Anew, Failure> {
    let mut anew = Anew::default();
    for (name, replicas) in found {
        let failed: Vec<&Replica> =
            replicas.iter().filter(|replica| replica.state == ReplicaState::Failed).collect();
        if failed.is_empty() {
            continue;
        }
        if !anew.is_whole() || interrupt::requested() {
            anew.not_tried.push(name);
            continue;
        }
        match aws::replicate_again(&store.session.aws, name.as_str(), &failed).await {
            Ok(()) => anew.set_off.push(name),
            Err(error) => {
                let failure = Failure::of_secret(error.into(), &name, &store.flags());
                if anew.set_off.is_empty() {
                    return Err(failure);
                }
                anew.failed = Some(failure.with_exit(Exit::Partly));
            }
        }
    }
    Ok(anew)
}

fn list(names: &[SecretName]) -> String {
    names.iter().map(SecretName::as_str).collect::<Vec<_>>().join(", ")
}

fn any(found: &Found, state: ReplicaState) -> bool {
    found.iter().flat_map(|(_, replicas)| replicas).any(|replica| replica.state == state)
}

fn lines(found: &Found) -> Vec<Line> {
    let mut lines = Vec::new();
    for (name, replicas) in found.iter().filter(|(_, replicas)| !replicas.is_empty()) {
        lines.push(title(name.as_str()));
        for Replica { region, kms_key, state, message } in replicas {
            let mark = match state {
                ReplicaState::InSync => Mark::Detail,
                ReplicaState::InProgress | ReplicaState::Unknown => Mark::Update,
                ReplicaState::Failed => Mark::Blocked,
            };
            let key = kms_key.as_deref().unwrap_or("the key that AWS manages there");
            let why = message.as_deref().filter(|_| *state == ReplicaState::Failed);
            let why = why.map(|why| format!(": {why}")).unwrap_or_default();
            let text = format!("{region} {}, under {key}{why}", state.words());
            lines.push(Line { mark, depth: 1, text: printable(&text) });
        }
    }
    if any(found, ReplicaState::Failed) {
        let text = "`provision replicate --retry` starts the failed copies anew".into();
        lines.push(Line { mark: Mark::Hint, depth: 0, text });
    }
    if lines.is_empty() {
        lines.push(title("No secret has a copy in another region"));
        let text = "`replicas` of an environment in the manifest names the regions".into();
        lines.push(Line { mark: Mark::Hint, depth: 0, text });
    }
    lines
}
