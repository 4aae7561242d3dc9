//! `run -- CMD`: replaces this process by a command that has the environment's secrets.
//!
//! The command is executed in place of this process, so signals and its exit code are its own.

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::process::Command;

use secrecy::ExposeSecret;

use crate::cli::{Choice, Global};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::print::Printer;
use crate::session;
use crate::values::store::Store;
use crate::values::variables;

/// What happens to a variable that is set already
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Present {
    Kept,
    Overwritten,
}

pub(crate) async fn run(
    global: &Global,
    printer: Printer,
    choice: &Choice,
    present: Present,
    command: &[OsString],
) -> Result<Exit, Failure> {
    let child = prepare(global, printer, choice, present, command).await.map_err(|failure| {
        // codes below 125 are the command's
        let exit = if failure.exit == Exit::Usage { Exit::Usage } else { Exit::RunFailed };
        failure.with_exit(exit)
    })?;
    Err(execute(child))
}

async fn prepare(
    global: &Global,
    printer: Printer,
    choice: &Choice,
    present: Present,
    command: &[OsString],
) -> Result<Command, Failure> {
    let project = session::load(global)?;
    let session = session::open(global, &project).await?;
    let (program, arguments) = command.split_first().ok_or_else(|| {
        Failure::new(Exit::Usage, "usage", "no command is given").hint("put it behind `--`")
    })?;
    let mut child = Command::new(program);
    child.args(arguments);
    let store = Store { session: &session, global, printer };
    for variable in variables::read(store, choice).await? {
        if present == Present::Overwritten || std::env::var_os(&variable.name).is_none() {
            child.env(&variable.name, variable.value.expose_secret());
        }
    }
    Ok(child)
}

/// Replaces this process; returns only where that failed
fn execute(mut child: Command) -> Failure {
    let program = child.get_program().to_string_lossy().into_owned();
    let error = child.exec();
    let (exit, what) = match error.kind() {
        std::io::ErrorKind::NotFound => (Exit::RunNotFound, "was not found".to_owned()),
        std::io::ErrorKind::PermissionDenied => {
            (Exit::RunNotExecutable, "cannot be executed".to_owned())
        }
        _ => (Exit::RunNotExecutable, format!("cannot be executed: {error}")),
    };
    Failure::new(exit, "run", format!("`{program}` {what}"))
}
