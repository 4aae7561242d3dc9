//! Runs a program against the state that `provision --local` left: as an application that finds
//! an AWS at its endpoint, or as a Lambda function that is started, asked and stopped.
//!
//! `--help` shows how.
//!
//! The AWS listens on loopback while the program runs, and answers only who has the access key that
//! was drawn for it. Nobody is denied anything else: the local AWS enforces no policy.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "it is a program for a terminal")]

mod arguments;
mod endpoint;
mod function;

use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

use local_aws::LocalAws;

use arguments::Asked;
use endpoint::Endpoint;

const USAGE: u8 = 64;

const HELP: &str = "\
Runs a program against the state that `provision --local` left

Usage:
  local-lambda [--state DIR] [--region REGION] -- PROGRAM …
  local-lambda [--state DIR] [--region REGION] --function NAME [--event JSON]… -- PROGRAM …

Options:
  --state DIR       the folder that `provision --local` left [default: .provision]
  --region REGION   the region that the program finds in AWS_REGION [default: us-west-2]
  --function NAME   run it as the Lambda function of that name
  --event JSON      an event that the function is asked; may be given several times
  -h, --help        print this
  -V, --version     print the version

Examples:
  provision --env dev --local --yes
  local-lambda -- python app.py
  local-lambda --function shop-dev-web --event '{}' -- ./bootstrap
";

/// What is told to whoever called, with the exit code.
pub(crate) struct Failure(u8, String);

impl Failure {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(1, text.into())
    }
}

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::new(format!("no runtime: {error}")));
    match runtime.and_then(|runtime| runtime.block_on(run())) {
        Ok(code) => ExitCode::from(code),
        Err(Failure(code, text)) => {
            eprintln!("error: {text}");
            ExitCode::from(code)
        }
    }
}

async fn run() -> Result<u8, Failure> {
    let asked = Asked::parse(std::env::args_os().skip(1))
        .map_err(|text| Failure(USAGE, format!("{text}\nhint: `local-lambda --help` shows how")))?;
    let arguments = match asked {
        Asked::Help => {
            print!("{HELP}");
            return Ok(0);
        }
        Asked::Version => {
            println!("local-lambda {}", env!("CARGO_PKG_VERSION"));
            return Ok(0);
        }
        Asked::Run(arguments) => arguments,
    };
    // opened where it is not, it would be made
    if !arguments.state.is_dir() {
        return Err(stateless(&arguments.state));
    }
    let local = LocalAws::open(&arguments.state, &arguments.region).await;
    let local = local.map_err(|error| Failure::new(error.to_string()))?;
    if local.is_new() {
        return Err(stateless(&arguments.state));
    }
    let endpoint = Endpoint::start(&local).await;
    let endpoint = endpoint.map_err(|error| Failure::new(format!("no endpoint: {error}")))?;
    let mut command = Command::new(&arguments.program);
    command.args(&arguments.rest).stdin(Stdio::null());
    // a profile would lead elsewhere
    command.env_remove("AWS_PROFILE").envs(endpoint.variables(&arguments.region));
    match &arguments.function {
        Some(name) => function::run(command, name, &arguments.region, &arguments.events).await,
        None => application(command).await,
    }
}

fn stateless(state: &Path) -> Failure {
    Failure::new(format!(
        "`{}` holds no state of `provision --local`\n\
         hint: `provision apply --env dev --local` makes it beside the manifest; run this there, \
         or name the folder by `--state`",
        state.display()
    ))
}

/// Runs to the end, and gives the program's own code.
async fn application(mut command: Command) -> Result<u8, Failure> {
    let program = command.get_program().to_string_lossy().into_owned();
    let ended = tokio::task::spawn_blocking(move || command.status()).await;
    match ended {
        Ok(Ok(status)) => Ok(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1)),
        Ok(Err(error)) => Err(Failure::new(format!("`{program}` cannot be started: {error}"))),
        Err(error) => Err(Failure::new(error.to_string())),
    }
}
