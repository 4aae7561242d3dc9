//! The refresher: values by name on a loopback port, for as long as the function lives.
//!
//! It speaks the API of AWS's own Parameters and Secrets extension, so that clients of that one work
//! unchanged. It answers from its first moment, during INIT too; it serves a value past its time
//! while Secrets Manager throttles or fails, and never after a denial or a deletion; and it listens
//! on loopback only, to whoever shows the function's session token.

mod answer;
mod extension;
mod limit;
mod server;
mod settings;

use std::ffi::OsStr;
use std::path::Path;
use std::process::ExitCode;
use std::rc::Rc;
use std::sync::Arc;

use lambda_secrets::{Secrets, Source};

use crate::failure::{Exit, Problem};
use crate::log::{Level, Log};
use crate::settings::Variables;
use answer::Desk;
use extension::Extension;
use limit::Limited;
use settings::Settings;

/// Serves until Lambda shuts the function down. `program` is how the process was started.
pub fn serve(program: &OsStr) -> ExitCode {
    let variables = Variables(&|name| std::env::var_os(name));
    let log = settings::log(&variables);
    // Lambda knows an extension by the name of its file
    let name = Path::new(program).file_name().unwrap_or(program).to_string_lossy().into_owned();
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            log.line(Level::Error, &format!("the runtime did not start: {error}"));
            return ExitCode::from(Exit::Internal as u8);
        }
    };
    let work = tokio::task::LocalSet::new();
    work.block_on(&runtime, run(&log, &variables, name))
}

async fn run(log: &Log, variables: &Variables<'_>, name: String) -> ExitCode {
    let extension = match variables.text("AWS_LAMBDA_RUNTIME_API") {
        Ok(Some(address)) => Extension::new(address, name),
        Ok(None) | Err(_) => {
            let problem = Problem::setting(
                "`AWS_LAMBDA_RUNTIME_API` is not set",
                "the refresher runs as a Lambda extension, from `/opt/extensions`",
            );
            log.line(Level::Error, &problem);
            return ExitCode::from(problem.exit as u8);
        }
    };
    // listening before Lambda knows of it: whoever runs next finds it ready
    let started = start(log, variables).await;
    let id = match extension.register().await {
        Ok(id) => id,
        Err(error) => {
            log.line(Level::Error, &format!("Lambda did not register the extension: {error}"));
            return ExitCode::from(Exit::Internal as u8);
        }
    };
    if let Err(problem) = started {
        log.line(Level::Error, &problem);
        // where even this fails, the log has the reason
        let _ = extension.init_error(&id, &problem).await;
        return ExitCode::from(problem.exit as u8);
    }
    match extension.until_shutdown(&id).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log.line(Level::Error, &format!("Lambda's Extensions API failed: {error}"));
            ExitCode::from(Exit::Internal as u8)
        }
    }
}

/// Listens, and serves in the background from then on.
async fn start(log: &Log, variables: &Variables<'_>) -> Result<(), Problem> {
    let settings = Settings::read(variables)?;
    let secrets = secrets(&settings).map_err(|error| Problem::from(&error))?;
    let desk = Rc::new(Desk::new(secrets, settings.token, *log));
    for listener in server::bind(settings.port).await? {
        tokio::task::spawn_local(server::accept(listener, desk.clone()));
    }
    log.line(Level::Debug, &format!("ready on localhost:{}", settings.port));
    Ok(())
}

/// The cache, with every call to Secrets Manager going through the limit.
fn secrets(settings: &Settings) -> Result<Secrets, lambda_secrets::Error> {
    let calls = Secrets::builder().chain([Source::Aws]).ttl(std::time::Duration::ZERO);
    let calls = match settings.timeouts {
        Some(timeouts) => calls.timeouts(timeouts),
        None => calls,
    };
    Secrets::builder()
        .chain([Source::Aws])
        .provider(Arc::new(Limited::new(calls.build()?, settings.limits)))
        .ttl(settings.ttl)
        .max_stale(settings.max_stale)
        .max_entries(settings.entries)
        .build()
}
