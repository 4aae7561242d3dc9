//! What is told of a command line that is wrong. A word of it may be a value in the wrong place: as
//! JSON, which ends in logs, nothing is repeated that this program does not know itself.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::process::ExitCode;

use anstream::ColorChoice;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use provision_core::manifest::ValueShape;

use crate::cli::{self, Output};
use crate::commands;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::print::Printer;
use crate::session;
use crate::values::naming::list;

/// What is told who looks for a list
const LIST: &str = "\
hint: `provision plan` shows the environment and what would change, `provision get SECRET` one secret
";

/// Says what is wrong with the command line; of `set`'s and `unset`'s, without a word of it
pub(crate) fn told(mut error: clap::Error) -> ExitCode {
    let words: Vec<_> = std::env::args_os().skip(1).take_while(|word| *word != "--").collect();
    if words.iter().any(|word| word == "--no-color") {
        ColorChoice::Never.write_global();
    }
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    meant(&mut error, &words);
    let error = &error;
    // a value that begins with a dash is taken for a flag, and clap would quote it
    let has = |name: &str| words.iter().any(|word| *word == name);
    let about_values = match (has("set"), has("unset")) {
        (true, _) => Some(commands::set::refusal()),
        (false, true) => Some(commands::unset::refusal()),
        (false, false) => None,
    };
    let is_unknown = error.kind() == ErrorKind::UnknownArgument
        && strings(error, ContextKind::SuggestedArg).is_empty();
    let refusal = about_values.map(|it| if is_unknown { it } else { failure(error, &words) });
    let json = words.windows(2).any(|pair| pair[0] == "--output" && pair[1] == "json")
        || words.iter().any(|word| *word == "--output=json");
    match (refusal, json) {
        (Some(refusal), true) => Printer::new(Output::Json).failure(&refusal),
        (Some(refusal), false) => Printer::new(Output::Text).failure(&refusal),
        (None, true) => Printer::new(Output::Json).failure(&failure(error, &words)),
        (None, false) => {
            let _ = error.print();
            if let Some(secrets) = secrets(error) {
                Printer::new(Output::Text).stderr(&format!("hint: {secrets}\n"));
            }
            if let Some(behind) = behind_dashes(error, &words) {
                Printer::new(Output::Text).stderr(&format!("hint: {behind}\n"));
            }
            let typed = strings(error, ContextKind::InvalidSubcommand);
            if typed.iter().any(|word| ["list", "ls", "status", "show"].contains(&&**word)) {
                Printer::new(Output::Text).stderr(LIST);
            }
        }
    }
    ExitCode::from(Exit::Usage.code())
}

/// The error in words of this program's own: names of flags that it has, and no word that was typed
fn failure(error: &clap::Error, words: &[OsString]) -> Failure {
    let what = error.kind().as_str().unwrap_or("the command line is not understood");
    // what clap calls invalid is then an argument that exists, and else a word that was typed
    let known = match error.kind() {
        ErrorKind::UnknownArgument | ErrorKind::InvalidSubcommand => Vec::new(),
        _ => strings(error, ContextKind::InvalidArg),
    };
    let is_missing = error.kind() == ErrorKind::InvalidValue
        && strings(error, ContextKind::InvalidValue).iter().all(String::is_empty);
    let what = if is_missing { "a value is missing" } else { what };
    let message = match &known[..] {
        [] => what.to_owned(),
        known => format!("{what}: {}", known.join(", ")),
    };
    let mut failure = Failure::new(Exit::Usage, "usage", message);
    for (kind, words) in [
        (ContextKind::PriorArg, "it does not go with"),
        (ContextKind::ValidValue, "allowed are"),
        (ContextKind::SuggestedArg, "did you mean"),
        (ContextKind::SuggestedSubcommand, "did you mean"),
    ] {
        let found = strings(error, kind);
        if !found.is_empty() {
            failure = failure.hint(format!("{words} `{}`", found.join("`, `")));
        }
    }
    let more = secrets(error)
        .or_else(|| keys(error, words))
        .into_iter()
        .chain(behind_dashes(error, words).map(str::to_owned));
    failure = more.fold(failure, Failure::hint);
    let root = cli::command();
    failure.hint(match command(&root, words).map(clap::Command::get_name) {
        Some(name) => format!("`provision {name} --help` shows how it is used"),
        None => "`provision --help` shows commands and options".to_owned(),
    })
}

/// Puts the flag that was meant by one that does not exist in place of what clap makes of it
fn meant(error: &mut clap::Error, words: &[OsString]) {
    let typed = strings(error, ContextKind::InvalidArg);
    let ([typed], ErrorKind::UnknownArgument) = (&typed[..], error.kind()) else { return };
    let Some(typed) = typed.strip_prefix("--") else { return };
    if error.get(ContextKind::SuggestedArg).is_some() {
        return;
    }
    let root = cli::command();
    let command = command(&root, words);
    let flags =
        root.get_arguments().chain(command.into_iter().flat_map(clap::Command::get_arguments));
    let longs = flags.filter(|flag| !flag.is_hide_set()).filter_map(clap::Arg::get_long);
    let near = longs.map(|long| (strsim::osa_distance(long, typed), long)).min();
    let near = near.filter(|(distance, long)| *distance <= long.len().div_ceil(4).min(2));
    if let Some((_, long)) = near {
        error.remove(ContextKind::Suggested);
        error.insert(ContextKind::SuggestedArg, ContextValue::String(format!("--{long}")));
    }
}

/// The command that the words name, if any
fn command<'a>(root: &'a clap::Command, words: &[OsString]) -> Option<&'a clap::Command> {
    // those that take values first: a word before them may be that of another flag
    let about_values = ["set", "unset"].iter().find(|name| words.iter().any(|word| word == *name));
    let named = about_values.and_then(|name| root.find_subcommand(name));
    named.or_else(|| words.iter().find_map(|word| root.find_subcommand(word)))
}

/// What is told where the command for `run` stands without the dashes in front of it
fn behind_dashes(error: &clap::Error, words: &[OsString]) -> Option<&'static str> {
    let is_command = |word: &String| !word.starts_with('-');
    let is_meant = error.kind() == ErrorKind::UnknownArgument
        && strings(error, ContextKind::InvalidArg).iter().all(is_command)
        && words.iter().any(|word| word == "run");
    is_meant.then_some("the command stands behind two dashes: `provision run … -- COMMAND`")
}

/// The secrets to choose from, where none was named and a manifest tells them
fn secrets(error: &clap::Error) -> Option<String> {
    let missing = strings(error, ContextKind::InvalidArg);
    let is_wanted = missing.iter().any(|argument| argument == "<SECRET>");
    let global = cli::global_in_spite_of_errors().filter(|_| is_wanted)?;
    let manifest = session::load(&global).ok()?.manifest;
    let is_meant = |name: &str| global.env.as_deref().is_none_or(|wanted| wanted == name);
    let environments = manifest.environments.iter().filter(|(name, _)| is_meant(name.as_str()));
    let names: BTreeSet<&str> =
        environments.flat_map(|(_, one)| one.secrets.keys()).map(|name| name.as_str()).collect();
    let names: Vec<&str> = names.into_iter().collect();
    (!names.is_empty()).then(|| format!("declared are {}", list(&names)))
}

/// The keys to choose from, where a secret is named and no key; or that a key stands in its place
fn keys(error: &clap::Error, words: &[OsString]) -> Option<String> {
    let missing = strings(error, ContextKind::InvalidArg);
    let is_wanted = missing.iter().any(|argument| argument == "<KEY>");
    let global = cli::global_in_spite_of_errors().filter(|_| is_wanted)?;
    let manifest = session::load(&global).ok()?.manifest;
    let secrets = manifest.environments.values().flat_map(|one| &one.secrets);
    let of_json = secrets.filter_map(|(name, secret)| match &secret.value {
        ValueShape::Json(keys) => Some((name, keys)),
        ValueShape::String | ValueShape::Binary => None,
    });
    let is_typed = |name: &str| words.iter().any(|word| word == name);
    of_json.into_iter().find_map(|(name, keys)| {
        let names: Vec<&str> = keys.keys().map(|key| key.as_str()).collect();
        match names.iter().find(|key| is_typed(key)) {
            // a word that the manifest has as a name is no value
            _ if is_typed(name.as_str()) => Some(format!("declared are {}", list(&names))),
            Some(key) => Some(format!("`{key}` is a key of `{name}`, which comes first")),
            None => None,
        }
    })
}

fn strings(error: &clap::Error, kind: ContextKind) -> Vec<String> {
    match error.get(kind) {
        Some(ContextValue::String(text)) => vec![text.clone()],
        Some(ContextValue::Strings(texts)) => texts.clone(),
        _ => Vec::new(),
    }
}
