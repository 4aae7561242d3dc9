//! The miyabi function: a Lambda in Rust that starts with its secrets in the environment.
//!
//! `LAMBDA_SECRETS_PROJECT` and `LAMBDA_SECRETS_ENVIRONMENT` name them, `miyabi` and `prod` by
//! default. It answers which of its variables are set, and whether a value is the one that the
//! caller knows. It never answers with a value. Outside Lambda, where a `.env` file or `provision
//! run` sets them, it tells which are set and ends.

mod event;

use std::io::Write;

use event::Event;
use lambda_runtime::{Error, LambdaEvent, service_fn, tracing};
use lambda_secrets::Secrets;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// What `examples/miyabi/secrets.yaml` declares.
const DECLARED: [&str; 12] = [
    "GITHUB_TOKEN",
    "MIYABI_ACCESS_TOKEN",
    "OAUTH_CLIENT_ID",
    "OAUTH_CLIENT_SECRET",
    "OAUTH_ISSUER",
    "GITHUB_OAUTH_CLIENT_ID",
    "GITHUB_OAUTH_CLIENT_SECRET",
    "GITHUB_OAUTH_CALLBACK_URL",
    "MIYABI_REPO_OWNER",
    "MIYABI_REPO_NAME",
    "BASE_URL",
    "MIYABI_ROOT",
];

fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let project = variable_or("LAMBDA_SECRETS_PROJECT", "miyabi");
    let environment = variable_or("LAMBDA_SECRETS_ENVIRONMENT", "prod");
    // before the async runtime starts: writing the environment is only sound on one thread
    lambda_secrets::load_secrets_to_env(&project, &environment)?;
    if std::env::var_os("AWS_LAMBDA_RUNTIME_API").is_none() {
        return Ok(writeln!(std::io::stdout(), "{}", declared())?);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(lambda_runtime::run(service_fn(handle)))
}

async fn handle(event: LambdaEvent<Value>) -> Result<Value, Error> {
    match Event::parse(&event.payload)? {
        Event::Declared => Ok(declared()),
        Event::Compare { name, sha256 } => Ok(compare(&name, &sha256)),
        Event::Read { secret } => Ok(read(&secret).await),
    }
}

fn declared() -> Value {
    let is_set = |name: &&str| std::env::var_os(name).is_some();
    let (set, unset): (Vec<&str>, Vec<&str>) = DECLARED.into_iter().partition(is_set);
    json!({"set": set, "unset": unset})
}

/// Whether the variable's value has this SHA-256: a yes that tells nothing to who did not know.
fn compare(name: &str, sha256: &str) -> Value {
    match std::env::var(name) {
        Ok(value) => {
            let hex: String =
                Sha256::digest(value).iter().map(|byte| format!("{byte:02x}")).collect();
            json!({"name": name, "set": true, "matches": hex.eq_ignore_ascii_case(sha256)})
        }
        Err(_) => json!({"name": name, "set": false, "matches": false}),
    }
}

/// Whether this function may read the secret; the value is dropped.
async fn read(secret: &str) -> Value {
    let read = async { Secrets::from_env()?.get_secret(secret).await };
    match read.await {
        Ok(_) => json!({"read": true}),
        Err(error) => json!({"error": error.kind()}),
    }
}

fn variable_or(name: &str, default: &str) -> String {
    std::env::var(name).ok().filter(|value| !value.is_empty()).unwrap_or_else(|| default.to_owned())
}
