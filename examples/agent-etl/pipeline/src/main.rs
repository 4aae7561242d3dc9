//! The agent-etl pipeline: what it is configured with, and where each value comes from.
//!
//! `AGENT_ETL_SECRET_PROVIDER` and its like decide between AWS and the environment; see the README.
//! It tells by names and numbers, and never by a value.
#![allow(clippy::print_stdout, reason = "it is a program for a terminal")]

use std::process::ExitCode;

use lambda_secrets::{Error, Secrets, SecretsBuilder, log_level};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::FmtSpan;

/// The secret `database`, or its keys one by one.
#[derive(Deserialize)]
struct Database {
    host: String,
    username: String,
    password: SecretString,
}

fn main() -> ExitCode {
    log();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime without threads needs nothing");
    let wanted = std::env::args().nth(1);
    let done = match wanted.as_deref() {
        None => runtime.block_on(configure()),
        Some("check") => runtime.block_on(check()),
        Some(other) => {
            println!("`{other}` is no command; there is `check`");
            return ExitCode::from(64);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("AWS Secrets Manager error: {error}\nhint: {}", error.hint());
            ExitCode::FAILURE
        }
    }
}

/// To stderr, from the level of `AGENT_ETL_LOG_LEVEL` on: at INFO each call to AWS ends with a line of
/// its outcome. What the libraries below have to say starts at WARN.
fn log() {
    let level = log_level("AGENT_ETL_LOG_LEVEL").map_or("warn".to_owned(), |it| it.to_string());
    let filter = EnvFilter::new(format!("warn,agent_etl_pipeline={level},lambda_secrets={level}"));
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_span_events(FmtSpan::CLOSE);
    lines.with_writer(std::io::stderr).without_time().with_ansi(false).init();
}

/// Whether every provider answers.
async fn check() -> Result<(), Error> {
    let checked = secrets()?.check().await?;
    let sources: Vec<String> = checked.sources.iter().map(ToString::to_string).collect();
    println!("AWS Secrets Manager integration: OK ({})", sources.join(", "));
    Ok(())
}

async fn configure() -> Result<(), Error> {
    let secrets = secrets()?;
    let password = secrets.get_value("db_password").await?;
    println!("db_password from {}", secrets.source_of("db_password", None).await?);
    let key = secrets.get_value_or("api_key", "fallback-key").await;
    let is_default = key.expose_secret() == "fallback-key";
    println!("api_key {}", if is_default { "is the default" } else { "is there" });
    let database = database(&secrets).await?;
    let is_same = database.password.expose_secret() == password.expose_secret();
    println!(
        "database: host {}, username {}, password {}",
        told(&database.host),
        told(&database.username),
        if is_same { "the same as db_password" } else { "of its own" }
    );
    report(&secrets, "read");
    secrets.get_value("db_password").await?;
    report(&secrets, "read again");
    secrets.clear_cache();
    report(&secrets, "cleared");
    secrets.get_value("db_password").await?;
    report(&secrets, "read anew");
    Ok(())
}

fn secrets() -> Result<Secrets, Error> {
    SecretsBuilder::from_prefixed_env("AGENT_ETL")?.build()
}

/// The whole secret at once, and where no source has that, its keys one by one: so they stand in an
/// environment.
async fn database(secrets: &Secrets) -> Result<Database, Error> {
    match secrets.typed("database").await {
        Err(error) => by_keys(secrets).await.map_err(|_| error),
        found => found,
    }
}

async fn by_keys(secrets: &Secrets) -> Result<Database, Error> {
    Ok(Database {
        host: key(secrets, "host").await?,
        username: key(secrets, "username").await?,
        password: secrets.get_secret_value("database", "password").await?,
    })
}

async fn key(secrets: &Secrets, key: &str) -> Result<String, Error> {
    let value = secrets.get_secret_value("database", key).await?;
    Ok(value.expose_secret().to_owned())
}

fn told(value: &str) -> &'static str {
    if value.is_empty() { "is empty" } else { "is there" }
}

fn report(secrets: &Secrets, when: &str) {
    let stats = secrets.stats();
    println!(
        "{when}: entries {}, valid {}, expired {}, hits {}, misses {}, calls {}",
        stats.entries, stats.valid, stats.expired, stats.hits, stats.misses, stats.calls
    );
}
