//! An agent in Rust: the loader replaces the references in its variables before anything else runs.

use lambda_runtime::{Error, LambdaEvent, service_fn};
use lambda_secrets::{Loader, OnFailure};
use serde_json::{Value, json};

fn main() -> Result<(), Error> {
    // no secret by name: just what a variable refers to
    let none: [&str; 0] = [];
    Loader::new("", "").secrets(none).on_failure(OnFailure::Fail).load()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(lambda_runtime::run(service_fn(handle)))
}

async fn handle(_event: LambdaEvent<Value>) -> Result<Value, Error> {
    Ok(json!({ "ready": std::env::var_os("OPENAI_API_KEY").is_some() }))
}
