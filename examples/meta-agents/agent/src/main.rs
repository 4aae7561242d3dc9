//! An agent in Rust with several keys of its provider: calls go to them in turn, and one that the
//! provider rejects is passed over.
//!
//! `OPENAI_SECRET_NAME` names the secret. The provider here is a stand-in that rejects the keys
//! that the event names; what it would be asked with never leaves this process.

use std::sync::Arc;

use lambda_runtime::{Error, LambdaEvent, service_fn, tracing};
use lambda_secrets::Secrets;
use lambda_secrets::llm::{KeyPool, PooledKey};
use serde::{Deserialize, Serialize};

/// What the agent is asked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Task {
    /// How many calls the task takes.
    #[serde(default = "one")]
    calls: usize,
    /// The keys, by their places in the secret, that the provider rejects.
    #[serde(default)]
    rejected: Vec<usize>,
}

/// What it answers: places of keys, never a key.
#[derive(Serialize)]
struct Done {
    keys: usize,
    served_by: Vec<usize>,
    failed: usize,
}

fn one() -> usize {
    1
}

fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(run())
}

async fn run() -> Result<(), Error> {
    let name = std::env::var("OPENAI_SECRET_NAME").map_err(|_| "OPENAI_SECRET_NAME is not set")?;
    // in INIT, which is the cold start: invocations find the keys there
    let pool = Arc::new(KeyPool::new(&Secrets::from_env()?, &name).await?);
    lambda_runtime::run(service_fn(|event: LambdaEvent<Task>| {
        let pool = pool.clone();
        async move { work(&pool, &event.payload).await }
    }))
    .await
}

async fn work(pool: &KeyPool, task: &Task) -> Result<Done, Error> {
    let mut done = Done { keys: pool.len(), served_by: Vec::new(), failed: 0 };
    for _ in 0..task.calls {
        match call(pool, task).await? {
            Some(key) => done.served_by.push(key.index()),
            None => done.failed += 1,
        }
    }
    Ok(done)
}

/// The key that served one call; none where the provider rejects them all.
async fn call(pool: &KeyPool, task: &Task) -> Result<Option<PooledKey>, Error> {
    let mut key = Some(pool.next().await?);
    for _ in 0..pool.len() {
        match key {
            Some(key) if accepts(task, &key) => return Ok(Some(key)),
            Some(rejected) => {
                tracing::warn!("the provider rejects key {}", rejected.index());
                key = pool.report_rejected(&rejected).await?;
            }
            None => break,
        }
    }
    Ok(None)
}

/// Stands for the provider.
fn accepts(task: &Task, key: &PooledKey) -> bool {
    !task.rejected.contains(&key.index())
}
