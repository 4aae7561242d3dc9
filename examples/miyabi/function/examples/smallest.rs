//! A function that needs a secret, as README.md and the pages on languages show it.

use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::{Value, json};

fn main() -> Result<(), Error> {
    lambda_runtime::tracing::init_default_subscriber(); // the log, for the lines of the loader too
    // before the async runtime starts: writing the environment is only sound on one thread
    lambda_secrets::load_secrets_to_env("miyabi", "prod")?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(lambda_runtime::run(service_fn(handle)))
}

async fn handle(_event: LambdaEvent<Value>) -> Result<Value, Error> {
    let token = std::env::var("GITHUB_TOKEN")?;
    Ok(json!({ "token_is_set": !token.is_empty() }))
}
