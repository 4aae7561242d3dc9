//! The webhook of pr-agent as a Lambda function.
//!
//! Its settings are the keys of one secret, named by ARN: `openai.key` arrives as `OPENAI__KEY`.
//! What signs the calls of GitHub, and of each installation elsewhere, is read by name when a call
//! comes. It answers by names, and never with a value.

mod event;

use std::sync::Arc;

use event::{Call, Event, Installation};
use hmac::{Hmac, KeyInit, Mac};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use lambda_secrets::secrecy::{ExposeSecret, SecretString};
use lambda_secrets::{Loaded, Loader, Origin, SecretValue, Secrets, log_level};
use serde_json::{Map, Value, json};
use sha2::Sha256;
use tracing_subscriber::EnvFilter;

/// Where pr-agent looks for its settings.
const SETTINGS: [&str; 4] = [
    "OPENAI__KEY",
    "GITHUB__WEBHOOK_SECRET",
    "GITHUB__USER_TOKEN",
    "GITLAB__PERSONAL_ACCESS_TOKEN",
];
/// The variables that name the other two secrets.
const WEBHOOK: &str = "WEBHOOK_SECRET_NAME";
const INSTALLATIONS: &str = "INSTALLATIONS_SECRET_NAME";

fn main() -> Result<(), Error> {
    let level = log_level("CONFIG__LOG_LEVEL").map_or("info".to_owned(), |level| level.to_string());
    // of its own and of the loader; what the libraries below have to say starts at WARN
    let filter = EnvFilter::new(format!("warn,pr_agent_webhook={level},lambda_secrets={level}"));
    tracing_subscriber::fmt().with_env_filter(filter).without_time().with_ansi(false).init();
    // before the async runtime starts: writing the environment is only sound on one thread
    let loaded = Arc::new(Loader::from_sectioned_env().load()?);
    let secrets = Secrets::from_env()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(lambda_runtime::run(service_fn(|event: LambdaEvent<Value>| {
        let (loaded, secrets) = (loaded.clone(), secrets.clone());
        async move { answer(&loaded, &secrets, event.payload).await }
    })))
}

async fn answer(loaded: &Loaded, secrets: &Secrets, payload: Value) -> Result<Value, Error> {
    match Event::parse(payload)? {
        Event::Settings => Ok(settings(loaded)),
        Event::Call(call) => {
            let secret = match &call.installation {
                None => secrets.get_value(&named(WEBHOOK)?).await,
                Some(name) => secrets.get_secret_value(&named(INSTALLATIONS)?, name).await,
            };
            Ok(json!({ "signed": is_signed(&call, &secret.map_err(explained)?) }))
        }
        Event::Installed(installation) => {
            let stored = store(secrets, &named(INSTALLATIONS)?, &installation).await;
            stored.map_err(explained)?;
            Ok(json!({ "stored": installation.name }))
        }
    }
}

/// Which settings are there, and where each comes from.
fn settings(loaded: &Loaded) -> Value {
    let origin = |name: &str| match loaded.source_of(name) {
        Some(Origin::Secret(secret)) => json!(secret.rsplit(':').next()),
        _ if std::env::var_os(name).is_some() => json!("environment"),
        _ => Value::Null,
    };
    let found = SETTINGS.iter().map(|name| ((*name).to_owned(), origin(name)));
    Value::Object(Map::from_iter(found))
}

/// Whether the caller knows the secret: `X-Hub-Signature-256` of GitHub.
fn is_signed(call: &Call, secret: &SecretString) -> bool {
    let Some(given) = call.signature.strip_prefix("sha256=").and_then(bytes) else { return false };
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()) else {
        return false;
    };
    mac.update(call.body.as_bytes());
    // in constant time
    mac.verify_slice(&given).is_ok()
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    let digits = hex.as_bytes().chunks(2);
    digits.map(|two| u8::from_str_radix(std::str::from_utf8(two).ok()?, 16).ok()).collect()
}

/// Keeps what an installation signs with beside the others, never over a write that was not seen.
async fn store(
    secrets: &Secrets,
    name: &str,
    new: &Installation,
) -> Result<(), lambda_secrets::Error> {
    let secret = new.shared_secret.expose_secret();
    match secrets.store_key(name, &new.name, secret).await {
        Err(error) if error.kind() == "not_found" => {
            // the first one of all
            let object = json!({ &new.name: secret }).to_string();
            secrets.store(name, SecretValue::Text(object.into())).await?;
        }
        stored => drop(stored?),
    }
    Ok(())
}

/// The error with its causes, its kind and what to do: all that the caller of a function reads.
fn explained(error: lambda_secrets::Error) -> Error {
    format!("{error:?}").into()
}

fn named(variable: &str) -> Result<String, Error> {
    std::env::var(variable).map_err(|_| Error::from(format!("`{variable}` names no secret")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_of_this_body_and_this_secret() {
        // of GitHub's own documentation
        let signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
        let call = |body: &str, signature: &str| Call {
            body: body.to_owned(),
            signature: signature.to_owned(),
            installation: None,
        };
        let secret = SecretString::from("It's a Secret to Everybody");
        assert!(is_signed(&call("Hello, World!", signature), &secret));
        assert!(!is_signed(&call("Hello, World?", signature), &secret));
        assert!(!is_signed(&call("Hello, World!", signature), &SecretString::from("other")));
        for broken in ["", "sha256=", "sha256=zz", "sha256=757", "sha1=00", "sha256=\u{e9}"] {
            assert!(!is_signed(&call("Hello, World!", broken), &secret), "{broken}");
        }
    }
}
