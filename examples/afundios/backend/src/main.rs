//! The AfundiOS backend: one interface for secrets, whether they lie in AWS, in the environment or
//! in a `.env` file.
//!
//! ```text
//! afundios-backend provider            the credentials of LLM_PROVIDER in their place
//! afundios-backend secret NAME [KEY]   where a secret, or a key of it, comes from
//! ```
//!
//! It tells by names, and never by a value.
#![allow(clippy::print_stdout, reason = "it is a program for a terminal")]

use std::process::ExitCode;

use lambda_secrets::llm::ProviderLoader;
use lambda_secrets::{Error, Secrets, SecretsBuilder, Source};

fn main() -> ExitCode {
    let lines = tracing_subscriber::fmt().with_writer(std::io::stderr).without_time();
    lines.with_ansi(false).init();
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let done = match words[..] {
        ["provider"] => provider(),
        ["secret", name] => secret(name, None),
        ["secret", name, key] => secret(name, Some(key)),
        _ => {
            println!("afundios-backend provider | secret NAME [KEY]");
            return ExitCode::from(64);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("Secret not found: {error}\nhint: {}", error.hint());
            ExitCode::FAILURE
        }
    }
}

/// AWS where `USE_SECRETS_MANAGER` is true, then the environment, then `.env`, which may hold that
/// setting too.
fn settings() -> SecretsBuilder {
    Secrets::builder()
        .chain([Source::Aws, Source::Environment, Source::DotEnv])
        .aws_on_request()
        .fallback_region("us-east-1")
}

/// Called while the process has one thread: it may write the provider's own variable.
fn provider() -> Result<(), Error> {
    let loaded = ProviderLoader::new().secrets(settings()).env_file(".env").load()?;
    println!("Provider: {}", loaded.provider());
    match loaded.source() {
        Some(source) => println!("API Key loaded: true, from {source}"),
        None => println!("API Key loaded: false, none is needed"),
    }
    for variable in loaded.written() {
        println!("{variable} is set");
    }
    if loaded.bedrock().is_some() {
        println!("the credentials of Bedrock are held, and those of the process are its own");
    }
    Ok(())
}

fn secret(name: &str, key: Option<&str>) -> Result<(), Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime without threads needs nothing");
    runtime.block_on(async {
        let secrets = settings().build()?;
        println!("calls before the first secret: {}", secrets.stats().calls);
        let source = secrets.source_of(name, key).await?;
        match key {
            Some(key) => println!("{key} of {name} from {source}"),
            None => {
                let keys = secrets.get_secret(name).await?.keys()?;
                let keys = if keys.is_empty() { "plain text".to_owned() } else { keys.join(", ") };
                println!("{name} from {source}: {keys}");
            }
        }
        println!("calls: {}", secrets.stats().calls);
        Ok(())
    })
}
