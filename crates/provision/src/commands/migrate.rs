//! `migrate`: a program's variables become secrets, are read back, and what can be removed is listed.

use provision_core::environment;
use provision_core::show::{Line, Mark};

use super::import;
use super::many::{self, Asking, Job};
use crate::cli::{Global, MigrateArgs};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::print::{Printer, title};
use crate::session;
use crate::values::bulk;
use crate::values::merge::Place;
use crate::values::source;
use crate::values::store::Store;
use crate::values::target::{self, Assigned, Sorted};

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
    let ends: Vec<(Option<usize>, Option<usize>)> =
        entries.iter().map(|entry| (entry.line, entry.end)).collect();
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
    let names: Vec<Name> = assigned.iter().map(|assigned| Name::of(assigned, &ends)).collect();
    let batches = bulk::batches(assigned);
    let session = session::open(global, &project).await?;
    let store = Store { session: &session, global, printer };
    let job = Job {
        batches: &batches,
        passed: &passed,
        asking: Asking::OfReplacements,
        removable: names.iter().map(|name| name.name.as_str()).collect(),
        afterwards: removable(source.as_deref().map(|path| path.display().to_string()), &names),
    };
    many::carry_out(store, job).await
}

/// A name that went into a secret
struct Name {
    name: String,
    line: Option<usize>,
    /// the line that its value ends on, where that is another
    end: Option<usize>,
    /// the variable that it arrives in, where that is called otherwise
    variable: Option<String>,
}

impl Name {
    fn of(assigned: &Assigned, ends: &[(Option<usize>, Option<usize>)]) -> Self {
        let Assigned { secret, edit, source, line } = assigned;
        let name = source.trim_matches('`').to_owned();
        let variable = match &edit.place {
            Place::Key(key) => environment::variable_of_key(key.as_str()).ok(),
            Place::Text => environment::variable_of_secret(secret.as_str()).ok(),
            // bytes never enter the environment
            Place::Binary => None,
        };
        let end = ends.iter().find(|(begin, _)| begin.is_some() && begin == line);
        Self {
            line: *line,
            end: end.and_then(|(_, end)| *end),
            variable: variable.filter(|variable| *variable != name),
            name,
        }
    }
}

/// What can be removed now that the secrets have it
fn removable(file: Option<String>, names: &[Name]) -> Vec<Line> {
    let line = |mark, depth, text: String| Line { mark, depth, text };
    let mut lines = Vec::new();
    match file {
        Some(file) => {
            lines.push(title(format!("Can be removed from {file}")));
            for Name { name, line: at, end, .. } in names {
                let text = match (at, end) {
                    (Some(at), Some(end)) => format!("{name} (lines {at}-{end})"),
                    _ => target::at(name, *at),
                };
                lines.push(line(Mark::Delete, 1, text));
            }
        }
        None => {
            lines.push(title("Can be removed from the environment"));
            for Name { name, .. } in names {
                lines.push(line(Mark::Delete, 1, name.clone()));
            }
            let all: Vec<&str> = names.iter().map(|name| name.name.as_str()).collect();
            lines.push(line(Mark::Hint, 0, format!("`unset {}`", all.join(" "))));
        }
    }
    for Name { name, variable, .. } in names {
        if let Some(variable) = variable {
            let text = format!(
                "{name} arrives as the variable {variable} from now on: change what reads {name} \
                 before it is removed"
            );
            lines.push(line(Mark::Note, 0, text));
        }
    }
    let text = "remove them where the program is deployed too: its function's variables, its \
                pipeline, its compose files; what was ever in a repository stays in its history";
    lines.push(line(Mark::Hint, 0, text.into()));
    lines
}
