//! The commands, one file each.

pub(crate) mod access;
pub(crate) mod adopt;
pub(crate) mod apply;
pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod cost;
pub(crate) mod diff;
pub(crate) mod doctor;
pub(crate) mod export;
pub(crate) mod get;
pub(crate) mod import;
pub(crate) mod init;
pub(crate) mod man;
mod many;
pub(crate) mod migrate;
pub(crate) mod pin;
pub(crate) mod plan;
pub(crate) mod promote;
pub(crate) mod render;
pub(crate) mod replicate;
pub(crate) mod rollback;
pub(crate) mod rotate;
pub(crate) mod rotate_key;
pub(crate) mod run;
pub(crate) mod schema;
pub(crate) mod set;
pub(crate) mod unset;
pub(crate) mod value;
pub(crate) mod versions;
mod waiting;

use provision_core::plan::Intent;

use crate::cli::Command::{Adopt, Apply, Destroy, Restore};
use crate::cli::{ApplyArgs, Cli, Command, DRY_RUN, Output};
use crate::exit::{Codes, Exit};
use crate::failure::Failure;
use crate::print::Printer;

/// Runs the command of the command line
pub(crate) async fn dispatch(cli: Cli, printer: Printer) -> Result<Exit, Failure> {
    let Cli { global, command, apply } = cli;
    let knows_dry_run = match &command {
        None
        | Some(
            Adopt { .. }
            | Apply { .. }
            | Destroy { .. }
            | Restore { .. }
            | Command::RotateKey { .. },
        ) => true,
        Some(Command::Value(command)) => value::knows_dry_run(command),
        Some(_) => false,
    };
    if global.dry_run && !knows_dry_run {
        return Err(Failure::new(Exit::Usage, "usage", "this command knows no `--dry-run`")
            .hint(format!("it goes with the main job and `{}`", DRY_RUN.join("`, `"))));
    }
    if global.output == Output::Sarif && !matches!(command, Some(Command::Check(_))) {
        return Err(Failure::new(Exit::Usage, "usage", "only `check` writes SARIF")
            .hint("`--output json` goes with every command"));
    }
    match command {
        None => apply::run(&global, printer, &apply, Intent::Apply).await,
        Some(Command::Plan { detailed_exitcode, out, prune }) => {
            let codes = Codes::asked(detailed_exitcode);
            plan::run(&global, printer, codes, out.as_deref(), applying(prune)).await
        }
        Some(Apply { plan, prune, permit }) => {
            let permit = merged(apply, permit);
            match plan {
                Some(file) => apply::run_saved(&global, printer, &permit, &file).await,
                None => apply::run(&global, printer, &permit, applying(prune)).await,
            }
        }
        Some(Adopt { permit }) => adopt::run(&global, printer, &merged(apply, permit)).await,
        Some(Destroy { force, permit }) => {
            let intent = if force { Intent::ForceDestroy } else { Intent::Destroy };
            apply::run(&global, printer, &merged(apply, permit), intent).await
        }
        Some(Restore { permit }) => {
            apply::run(&global, printer, &merged(apply, permit), Intent::Restore).await
        }
        Some(Command::RotateKey { only }) => rotate_key::run(&global, printer, &only).await,
        Some(Command::Value(command)) => value::dispatch(&global, printer, command).await,
        Some(Command::Check(args)) => check::run(&global, printer, &args),
        Some(Command::Doctor(args)) => doctor::run(&global, printer, &args).await,
        Some(Command::Cost(args)) => cost::run(&global, printer, &args),
        Some(Command::Access(args)) => access::run(&global, printer, &args).await,
        Some(Command::Render(args)) => render::run(&global, printer, &args).await,
        Some(Command::Init { project, from_env }) => {
            init::run(&global, printer, project, from_env.as_deref())
        }
        Some(Command::Schema { of }) => schema::run(printer, of),
        Some(Command::Completions { shell }) => completions::run(printer, shell),
        Some(Command::Man { folder }) => man::run(printer, &folder),
    }
}

fn applying(prune: bool) -> Intent {
    if prune { Intent::Prune } else { Intent::Apply }
}

/// The flags given before the subcommand and those given after it
fn merged(before: ApplyArgs, after: ApplyArgs) -> ApplyArgs {
    ApplyArgs {
        allow_widening: before.allow_widening || after.allow_widening,
        confirm: after.confirm.or(before.confirm),
    }
}
