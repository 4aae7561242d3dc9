//! `replicate [SECRET]`: the state of the copies in other regions. Where copies are is the
//! manifest's business, and `apply` makes them.

use std::time::Duration;

use provision_core::name::SecretName;
use provision_core::show::{Line, Mark, printable};

use super::import::title;
use crate::aws::{self, Replica, ReplicaState};
use crate::cli::Global;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt::Changing;
use crate::print::progress::Step;
use crate::print::{Printer, document};
use crate::session;
use crate::values::naming;
use crate::values::store::Store;

const PAUSE: Duration = Duration::from_secs(2);

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
    let mut found = read(store, &names).await?;
    if retry == Retry::Failed && again(store, &found).await? {
        found = read(store, &names).await?;
    }
    let step = Step::start("waiting for the copies");
    let deadline = tokio::time::Instant::now() + Duration::from_secs(wait);
    while any(&found, ReplicaState::InProgress) && tokio::time::Instant::now() + PAUSE <= deadline {
        tokio::time::sleep(PAUSE).await;
        found = read(store, &names).await?;
    }
    step.done();
    printer.lines(&lines(&found))?;
    printer.json(&document::Replicated {
        secrets: found
            .iter()
            .map(|(name, replicas)| document::ReplicatedSecret {
                secret: name.as_str(),
                replicas: replicas.iter().map(document::ReplicaDocument::of).collect(),
            })
            .collect(),
    })?;
    Ok(if any(&found, ReplicaState::Failed) { Exit::Findings } else { Exit::Done })
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

/// Starts copies anew that have failed, and returns whether there were any
async fn again(store: Store<'_>, found: &Found) -> Result<bool, Failure> {
    let _changing = Changing::begin();
    let mut any = false;
    for (name, replicas) in found {
        let failed: Vec<&Replica> =
            replicas.iter().filter(|replica| replica.state == ReplicaState::Failed).collect();
        if failed.is_empty() {
            continue;
        }
        any = true;
        aws::replicate_again(&store.session.aws, name.as_str(), &failed)
            .await
            .map_err(|error| Failure::of_secret(error.into(), name, &store.flags()))?;
    }
    Ok(any)
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
