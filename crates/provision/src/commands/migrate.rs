//! `migrate`: a program's variables become secrets, are read back, and what can be removed is listed.

use provision_core::show::{Line, Mark};

use super::import;
use super::many::{self, Asking, Job};
use crate::cli::{Global, MigrateArgs};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::print::{Printer, title};
use crate::session;
use crate::values::bulk;
use crate::values::source;
use crate::values::store::Store;
use crate::values::target::{self, Sorted};

pub(crate) async fn run(
    global: &Global,
    printer: Printer,
    arguments: &MigrateArgs,
) -> Result<Exit, Failure> {
    let MigrateArgs { source, mapping } = arguments;
    let project = session::load(global)?;
    let desired = session::offline(global, &project)?;
    let entries = match source {
        Some(path) => import::read(path, None)?,
        None => source::environment(),
    };
    let mut sorted = import::sort(&desired, mapping, entries)?;
    if source.is_none() {
        sorted.passed.clear();
    }
    let Sorted { assigned, passed } = sorted;
    if assigned.is_empty() {
        return Err(Failure::new(
            Exit::Error,
            "nothing",
            "no variable is one that the manifest declares",
        )
        .hint("`--prefix` takes off what a program puts in front, `--map` names the rest"));
    }
    let names: Vec<(String, Option<usize>)> =
        assigned.iter().map(|a| (a.source.trim_matches('`').to_owned(), a.line)).collect();
    let batches = bulk::batches(assigned);
    let session = session::open(global, &project).await?;
    let store = Store { session: &session, global, printer };
    let job = Job {
        batches: &batches,
        passed: &passed,
        asking: Asking::OfReplacements,
        removable: names.iter().map(|(name, _)| name.as_str()).collect(),
        afterwards: removable(source.as_deref().map(|path| path.display().to_string()), &names),
    };
    many::carry_out(store, job).await
}

/// What can be removed now that the secrets have it
fn removable(file: Option<String>, names: &[(String, Option<usize>)]) -> Vec<Line> {
    let line = |mark, depth, text: String| Line { mark, depth, text };
    let mut lines = Vec::new();
    match file {
        Some(file) => {
            lines.push(title(format!("Can be removed from {file}")));
            for (name, at) in names {
                lines.push(line(Mark::Delete, 1, target::at(name, *at)));
            }
        }
        None => {
            lines.push(title("Can be removed from the environment"));
            for (name, _) in names {
                lines.push(line(Mark::Delete, 1, name.clone()));
            }
            let all: Vec<&str> = names.iter().map(|(name, _)| name.as_str()).collect();
            lines.push(line(Mark::Hint, 0, format!("`unset {}`", all.join(" "))));
        }
    }
    let text = "remove them where the program is deployed too: its function's variables, its \
                pipeline, its compose files; what was ever in a repository stays in its history";
    lines.push(line(Mark::Hint, 0, text.into()));
    lines
}
