//! What is told of a command line that is wrong. A word of it may be a value in the wrong place: as
//! JSON, which ends in logs, nothing is repeated that this program does not know itself.

use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::cli::Output;
use crate::commands;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::print::Printer;

/// What is told who looks for a list
const LIST: &str = "\
hint: `provision plan` shows the environment and what would change, `provision get SECRET` one secret
";

/// Says what is wrong with the command line; of `set`'s, without a word of it
pub(crate) fn told(error: &clap::Error) -> ExitCode {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    let words: Vec<_> = std::env::args_os().skip(1).take_while(|word| *word != "--").collect();
    // a value that begins with a dash is taken for a flag, and clap would quote it
    let sets = words.iter().any(|word| *word == "set");
    let json = words.windows(2).any(|pair| pair[0] == "--output" && pair[1] == "json")
        || words.iter().any(|word| *word == "--output=json");
    match (sets, json) {
        (true, true) => Printer::new(Output::Json).failure(&commands::set::refusal()),
        (true, false) => Printer::new(Output::Text).failure(&commands::set::refusal()),
        (false, true) => Printer::new(Output::Json).failure(&failure(error)),
        (false, false) => {
            let _ = error.print();
            let typed = strings(error, ContextKind::InvalidSubcommand);
            if typed.iter().any(|word| ["list", "ls", "status", "show"].contains(&&**word)) {
                Printer::new(Output::Text).stderr(LIST);
            }
        }
    }
    ExitCode::from(Exit::Usage.code())
}

/// The error in words of this program's own: names of flags that it has, and no word that was typed
fn failure(error: &clap::Error) -> Failure {
    let what = error.kind().as_str().unwrap_or("the command line is not understood");
    // what clap calls invalid is then an argument that exists, and else a word that was typed
    let known = match error.kind() {
        ErrorKind::UnknownArgument | ErrorKind::InvalidSubcommand => Vec::new(),
        _ => strings(error, ContextKind::InvalidArg),
    };
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
    failure.hint("`provision --help` shows commands and options")
}

fn strings(error: &clap::Error, kind: ContextKind) -> Vec<String> {
    match error.get(kind) {
        Some(ContextValue::String(text)) => vec![text.clone()],
        Some(ContextValue::Strings(texts)) => texts.clone(),
        _ => Vec::new(),
    }
}
