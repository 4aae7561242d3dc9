//! `import FILE|-`: many values from an .env file, JSON, YAML or tfvars, by the manifest's names.

use std::path::Path;

use provision_core::desired::Desired;

use super::many::{self, Asking, Job};
use crate::cli::{Global, ImportArgs, Mapping, SourceFormat};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::print::Printer;
use crate::session;
use crate::values::bulk;
use crate::values::source::{self, Entry};
use crate::values::store::Store;
use crate::values::target::{self, Passed, Rules, Sorted, Why};
use crate::values::{given, naming};

pub(crate) async fn run(
    global: &Global,
    printer: Printer,
    arguments: &ImportArgs,
) -> Result<Exit, Failure> {
    let ImportArgs { source, from_env: _, format, mapping, ignore_undeclared } = arguments;
    let project = session::load(global)?;
    let desired = session::offline(global, &project)?;
    let entries = match source {
        Some(path) => read(path, *format)?,
        None => source::environment(),
    };
    let mut sorted = sort(&desired, mapping, entries)?;
    if source.is_none() {
        // most of a process's variables are none of ours
        sorted.passed.clear();
    } else if !ignore_undeclared {
        refuse_undeclared(&sorted.passed)?;
    }
    let Sorted { assigned, passed } = sorted;
    let batches = bulk::batches(assigned);
    let session = session::open(global, &project).await?;
    let store = Store { session: &session, global, printer };
    let job = Job {
        batches: &batches,
        passed: &passed,
        asking: Asking::OfReplacements,
        removable: Vec::new(),
        afterwards: Vec::new(),
    };
    many::carry_out(store, job).await
}

/// Returns the names and values of a file, or of stdin for `-`
pub(crate) fn read(path: &Path, format: Option<SourceFormat>) -> Result<Vec<Entry>, Failure> {
    let bytes = given::read_source(path, source::LARGEST)?;
    let is_said = format.is_some();
    let format = format.unwrap_or_else(|| source::format_of(path));
    source::parse(format, &bytes).map_err(|faults| {
        let what = if path == Path::new("-") { "stdin".into() } else { path.display().to_string() };
        let all: Vec<String> = faults.iter().map(ToString::to_string).collect();
        let mut failure =
            Failure::new(Exit::Error, "source", format!("{what}: {}", all.join("; ")));
        let mut hints: Vec<&str> = faults.iter().map(|fault| fault.hint).collect();
        hints.retain(|hint| !hint.is_empty());
        hints.dedup();
        for hint in hints {
            failure = failure.hint(hint);
        }
        // a name without a known ending is taken for an .env file
        let is_guessed = !is_said && format == SourceFormat::Env;
        if is_guessed && bytes.trim_ascii_start().starts_with(b"{") {
            failure = failure.hint("it looks like JSON: say so with `--format json`");
        } else if !is_said {
            failure = failure.hint("`--format` says what the file is");
        }
        failure.hint("nothing was changed")
    })
}

/// Returns where the entries go by the manifest and the flags
pub(crate) fn sort(
    desired: &Desired,
    mapping: &Mapping,
    entries: Vec<Entry>,
) -> Result<Sorted, Failure> {
    let Mapping { prefix, map, only, secret } = mapping;
    let pairs = map.iter().map(|pair| {
        pair.split_once('=').filter(|(name, target)| !name.is_empty() && !target.is_empty())
    });
    let map = pairs.collect::<Option<_>>().ok_or_else(|| {
        Failure::new(Exit::Usage, "usage", "`--map` wants `NAME=KEY` or `NAME=SECRET:KEY`")
    })?;
    let secret = match secret {
        Some(wanted) => Some(naming::find(desired, wanted)?.0),
        None => None,
    };
    let only = only.iter().map(String::as_str).collect();
    let rules = Rules { prefix: prefix.as_deref(), map, only, secret };
    target::assign(desired, &rules, entries).map_err(|problems| {
        Failure::new(Exit::Error, "source", format!("{}; nothing was changed", problems.join("; ")))
    })
}

fn refuse_undeclared(passed: &[Passed]) -> Result<(), Failure> {
    let undeclared: Vec<String> = passed
        .iter()
        .filter(|passed| passed.why == Why::Undeclared)
        .map(|passed| target::at(&passed.source, passed.line))
        .collect();
    if undeclared.is_empty() {
        return Ok(());
    }
    Err(Failure::new(
        Exit::Error,
        "undeclared",
        format!("the manifest does not declare {}; nothing was changed", undeclared.join(", ")),
    )
    .hint(
        "add them to a secret's `keys`, say with `--map` where they go, choose with `--only`, \
         or pass over them with `--ignore-undeclared`",
    ))
}
