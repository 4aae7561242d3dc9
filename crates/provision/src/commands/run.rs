//! `run -- CMD`: replaces this process by a command that has the environment's secrets.
//!
//! The command is executed in place of this process, so signals and its exit code are its own.

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::process::Command;

use provision_core::desired::DesiredSecret;
use provision_core::environment;
use provision_core::name::SecretName;
use secrecy::{ExposeSecret, SecretString};

use crate::aws::{self, Content};
use crate::cli::Global;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::print::Printer;
use crate::session::{self, Session};

pub(crate) async fn run(
    global: &Global,
    printer: Printer,
    command: &[OsString],
) -> Result<Exit, Failure> {
    let child = prepare(global, printer, command).await.map_err(|failure| {
        // codes below 125 are the command's
        let exit = if failure.exit == Exit::Usage { Exit::Usage } else { Exit::RunFailed };
        failure.with_exit(exit)
    })?;
    Err(execute(child))
}

async fn prepare(
    global: &Global,
    printer: Printer,
    command: &[OsString],
) -> Result<Command, Failure> {
    let project = session::load(global)?;
    let session = session::open(global, &project).await?;
    let (program, arguments) = command.split_first().ok_or_else(|| {
        Failure::new(Exit::Usage, "usage", "no command is given").hint("put it behind `--`")
    })?;
    let mut child = Command::new(program);
    child.args(arguments);
    let flags = global.flags(session.desired.environment.as_str());
    for (name, secret) in &session.desired.secrets {
        add(&mut child, &session, printer, name, secret, &flags).await?;
    }
    Ok(child)
}

/// Adds the variables of one secret; what is in the environment already stays
async fn add(
    child: &mut Command,
    session: &Session,
    printer: Printer,
    name: &SecretName,
    secret: &DesiredSecret,
    flags: &str,
) -> Result<(), Failure> {
    let current = aws::current(&session.aws, name.as_str(), &session.desired.tags)
        .await
        .map_err(|error| Failure::of_secret(error, name, flags))?;
    let text: SecretString = match current.content {
        Some(Content::Text(text)) => text,
        // bytes never enter the environment
        Some(Content::Binary(_)) => return Ok(()),
        None => {
            printer.stderr(&format!("warning: {name} has no value yet\n"));
            return Ok(());
        }
    };
    let mut present = Vec::new();
    environment::variables(name.as_str(), text.expose_secret(), |variable, value| {
        present.push(variable.to_owned());
        if std::env::var_os(variable).is_none() {
            child.env(variable, value);
        }
    })
    .map_err(|error| {
        Failure::new(Exit::RunFailed, error.kind(), format!("{name}: {error}"))
            .hint(format!("mend it with `provision set {} {flags}`", secret.key))
    })?;
    for key in secret.required() {
        // a key that the manifest accepts gives a variable
        let Ok(wanted) = environment::variable_of_key(key.as_str()) else { continue };
        if !present.contains(&wanted) {
            printer.stderr(&format!("warning: {name} has no value for the required key {key}\n"));
        }
    }
    Ok(())
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
