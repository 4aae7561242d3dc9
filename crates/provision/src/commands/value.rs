//! The commands of a value's life, each with what it was asked for.

use super::{
    diff, export, get, import, migrate, pin, promote, replicate, rollback, rotate, run, set, unset,
    versions,
};
use crate::cli::{Global, ValueCommand};
use crate::exit::{Codes, Exit};
use crate::failure::Failure;
use crate::print::Printer;

/// Returns whether the command can show what it would do
pub(crate) fn knows_dry_run(command: &ValueCommand) -> bool {
    matches!(
        command,
        ValueCommand::Import(_)
            | ValueCommand::Migrate(_)
            | ValueCommand::Promote { .. }
            | ValueCommand::Rollback { .. }
            | ValueCommand::Unset { .. }
    )
}

/// Runs one of them
pub(crate) async fn dispatch(
    global: &Global,
    printer: Printer,
    command: ValueCommand,
) -> Result<Exit, Failure> {
    match command {
        ValueCommand::Set(arguments) => set::run(global, printer, &arguments).await,
        ValueCommand::Unset { secret, key, more } => {
            let keys: Vec<String> = std::iter::once(key).chain(more).collect();
            unset::run(global, printer, &secret, &keys).await
        }
        ValueCommand::Import(arguments) => import::run(global, printer, &arguments).await,
        ValueCommand::Migrate(arguments) => migrate::run(global, printer, &arguments).await,
        ValueCommand::Get { secret, key, reveal, at } => {
            let (key, at) = (key.as_deref(), at.as_deref());
            get::run(global, printer, get::Wanted { secret: &secret, key, at, reveal }).await
        }
        ValueCommand::Export { format, reveal, choice } => {
            let values = if reveal { export::Values::Revealed } else { export::Values::Hidden };
            export::run(global, printer, format, values, &choice).await
        }
        ValueCommand::Versions { secret, limit } => {
            versions::run(global, printer, &secret, limit).await
        }
        ValueCommand::Diff { left, right, against, exit_code } => {
            let sides = diff::Sides {
                left: left.as_deref(),
                right: right.as_deref(),
                against: against.as_deref(),
            };
            diff::run(global, printer, sides, Codes::asked(exit_code)).await
        }
        ValueCommand::Rollback { secret, to } => {
            rollback::run(global, printer, &secret, to.as_deref()).await
        }
        ValueCommand::Pin { secret, at, name, remove } => {
            let (version, name) = (at.as_deref(), name.as_deref());
            pin::run(global, printer, pin::Wanted { secret: &secret, version, name, remove }).await
        }
        ValueCommand::Rotate { secret, wait } => rotate::run(global, printer, &secret, wait).await,
        ValueCommand::Replicate { secret, retry, wait } => {
            let retry = if retry { replicate::Retry::Failed } else { replicate::Retry::Nothing };
            replicate::run(global, printer, secret.as_deref(), retry, wait).await
        }
        ValueCommand::Promote { from, to, secret, only, from_profile } => {
            let wanted = promote::Wanted {
                from: &from,
                to: &to,
                secret: secret.as_deref(),
                only: &only,
                from_profile: from_profile.as_ref(),
            };
            promote::run(global, printer, wanted).await
        }
        ValueCommand::Run { choice, overwrite, keep: _, command } => {
            let present = if overwrite { run::Present::Overwritten } else { run::Present::Kept };
            run::run(global, printer, &choice, present, &command).await
        }
    }
}
