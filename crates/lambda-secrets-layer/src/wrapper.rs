//! The wrapper: from the function's variables to the runtime's first instruction.

use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;

use lambda_secrets::{Loaded, Loader};

use crate::failure::Problem;
use crate::log::{Level, Log};
use crate::runtime_api::report_init_error;
use crate::settings::{OnError, Settings, Snapshot, Variables};
use crate::start::{Program, Role};

/// Reads the function's secrets into the environment and becomes the program of `arguments`.
///
/// Returns only where that fails; the caller of the function then knows why. Call it first in
/// `main`: it writes the environment, and refuses where a second thread runs.
pub fn wrap(arguments: Vec<OsString>) -> ExitCode {
    let log = Log::of_process("lambda-secrets");
    let variables = Variables(&|name| std::env::var_os(name));
    let end = |problems: &[Problem]| ExitCode::from(failed(&log, &variables, problems));
    let Some(program) = Program::of(&arguments, variables.next_wrapper()) else {
        return end(&[Problem::setting(
            "no program is given",
            "let `AWS_LAMBDA_EXEC_WRAPPER` name this file: Lambda passes the runtime to it",
        )]);
    };
    if arguments.len() == 1 && arguments[0] == "--version" {
        let _ = writeln!(std::io::stdout(), "{}", env!("CARGO_PKG_VERSION"));
        return ExitCode::SUCCESS;
    }
    let on_error = match variables.on_error() {
        Ok(on_error) => on_error,
        Err(problem) => return end(&[problem]),
    };
    let (loaded, problems) = load(&variables);
    if !problems.is_empty() && on_error == OnError::Fail {
        return end(&problems);
    }
    let written = loaded.map(|loaded| tell(&log, &loaded)).unwrap_or_default();
    going_on(&log, &problems);
    let problem = program.exec(&[]);
    match on_error {
        OnError::Fail => end(&[problem]),
        OnError::Continue => {
            going_on(&log, std::slice::from_ref(&problem));
            end(&[last_resort(&arguments, program.role, &written, problem)])
        }
    }
}

/// Starts the runtime without what kept the program from starting; returns where even that fails.
fn last_resort(
    arguments: &[OsString],
    role: Role,
    written: &[String],
    problem: Problem,
) -> Problem {
    match (Program::of(arguments, None), problem.kind) {
        (Some(runtime), "environment_too_large") => runtime.exec(written),
        (Some(runtime), _) if role == Role::NextWrapper => runtime.exec(&[]),
        _ => problem,
    }
}

/// What was loaded, and what went wrong.
fn load(variables: &Variables<'_>) -> (Option<Loaded>, Vec<Problem>) {
    match variables.settings().and_then(|settings| read(&settings)) {
        Ok(loaded) => {
            let problems = loaded.failures().map(Problem::from).collect();
            (Some(loaded), problems)
        }
        Err(problem) => (None, vec![problem]),
    }
}

/// Says what was loaded; returns the variables that were written.
fn tell(log: &Log, loaded: &Loaded) -> Vec<String> {
    if loaded.was_skipped() {
        log.line(Level::Info, &"Not running in AWS Lambda, skipping Secrets Manager");
    }
    if !loaded.secrets().is_empty() {
        let names = list(loaded.secrets());
        log.line(Level::Info, &format!("Successfully loaded secrets from {names}"));
    }
    if !loaded.kept().is_empty() {
        let kept = list(loaded.kept());
        log.line(Level::Debug, &format!("the function's own configuration sets {kept}"));
    }
    loaded.written().to_vec()
}

fn read(settings: &Settings) -> Result<Loaded, Problem> {
    let loader = Loader::new("", "")
        .secrets(&settings.secrets)
        .policy(settings.policy)
        .fetch(settings.fetch)
        // the wrapper tells of failures itself, in the form that the function's settings ask for
        .fallback_level(tracing::Level::DEBUG);
    let loader = match settings.snapshot {
        Snapshot::Refused => loader,
        Snapshot::Allowed => loader.allow_snapshot(),
    };
    let loaded = loader.load().map_err(|error| Problem::from(&error))?;
    let nothing = loaded.secrets().is_empty() && loaded.failures().len() == 0;
    match settings.secrets.is_empty() && nothing && !loaded.was_skipped() {
        true => Err(Problem::nothing_to_read()),
        false => Ok(loaded),
    }
}

/// Says what went wrong, to the log and to Lambda; returns the code to end with.
fn failed(log: &Log, variables: &Variables<'_>, problems: &[Problem]) -> u8 {
    for problem in problems {
        log.line(Level::Error, problem);
    }
    let Some(first) = problems.first() else { return 0 };
    if let Ok(Some(address)) = variables.text("AWS_LAMBDA_RUNTIME_API") {
        let lines: Vec<String> = problems.iter().map(Problem::to_string).collect();
        let sent = report_init_error(&address, &first.error_type(), &lines.join("\n"));
        if let Err(error) = sent {
            log.line(
                Level::Warn,
                &format!("Lambda's Runtime API did not take the reason: {error}"),
            );
        }
    }
    first.exit as u8
}

fn going_on(log: &Log, problems: &[Problem]) {
    for problem in problems {
        log.line(Level::Warn, &format!("{problem}; going on with the environment as it is"));
    }
}

/// The names as `a`, `a and b`, or `a, b and c`.
fn list(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
