//! What prose and messages name in backticks, `provision …`, is a command line that this program takes.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Parser;
use clap::error::ErrorKind;

use crate::cli::Cli;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// The files below a folder that end so
fn files(folder: &Path, end: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, end));
        } else if path.to_string_lossy().ends_with(end) {
            found.push(path);
        }
    }
    found
}

/// The command lines in backticks
fn named(text: &str) -> Vec<String> {
    let spans = text.split('`').skip(1).step_by(2);
    spans.filter(|span| span.starts_with("provision ")).map(bare).collect()
}

/// The command lines that stand in lines of their own
fn alone(text: &str) -> Vec<String> {
    let lines = text.lines().map(|line| line.replace("cargo run -- ", "provision "));
    lines.filter(|line| line.starts_with("provision ")).map(|line| bare(&line)).collect()
}

/// The command without what a shell takes for itself, and what a reader puts in
fn bare(command: &str) -> String {
    let end = command.find([';', '>', '|', '&', '#', '\\']).unwrap_or(command.len());
    let words = command[..end].split_whitespace();
    words.filter(|word| !word.contains('…')).collect::<Vec<_>>().join(" ")
}

/// A literal of the code with something in place of what is filled in
fn filled(command: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    // flags, some with a blank of their own
    let command = command.replace("{file}", "").replace("{flags}", "").replace("{widening}", "");
    // whichever command it is about
    let command = command.replace("provision {name} ", "provision plan ");
    for word in command.split(' ').filter(|word| !word.is_empty()) {
        match word {
            "{}" => {}
            _ if word.contains('{') => words.push("x".into()),
            _ => words.push(word.into()),
        }
    }
    words.join(" ")
}

fn check(place: &Path, command: &str) {
    let Err(error) = Cli::try_parse_from(command.split(' ')) else { return };
    // it may be named without all that it needs
    let is_part = matches!(
        error.kind(),
        ErrorKind::DisplayHelp
            | ErrorKind::MissingRequiredArgument
            | ErrorKind::InvalidValue
            | ErrorKind::WrongNumberOfValues
    );
    assert!(is_part, "{}: `{command}`: {error}", place.display());
}

#[test]
fn what_the_documentation_names_is_taken() {
    let root = Path::new(ROOT);
    let mut pages = files(&root.join("docs"), ".md");
    pages.extend(["README.md", "CONTRIBUTING.md", "SECURITY.md"].map(|name| root.join(name)));
    pages.push(root.join("crates/provision/README.md"));
    let mut count = 0;
    for page in pages {
        // made from the program, with the form of each command in it
        if page.ends_with("commands.md") {
            continue;
        }
        // a fence is three backticks and would turn inside out what follows it
        let text = fs::read_to_string(&page).unwrap().replace("```", "").replace("``", "");
        for command in text.lines().flat_map(named).chain(alone(&text)) {
            check(&page, &command);
            count += 1;
        }
    }
    assert!(count > 60, "only {count} were found");
}

#[test]
fn what_a_message_names_is_taken() {
    let mut count = 0;
    for folder in ["crates/provision/src", "crates/provision-core/src"] {
        for source in files(&Path::new(ROOT).join(folder), ".rs") {
            for line in fs::read_to_string(&source).unwrap().lines() {
                for command in named(line) {
                    check(&source, &filled(&command));
                    count += 1;
                }
            }
        }
    }
    assert!(count > 60, "only {count} were found");
}

#[test]
fn what_is_not_taken_is_found() {
    let text = "run `provision set s KEY --env dev | cat`, or `provision get … --reveal`";
    assert_eq!(named(text), ["provision set s KEY --env dev", "provision get --reveal"]);
    assert_eq!(alone("cargo run -- plan --env a  # b\nx"), ["provision plan --env a"]);
    assert_eq!(filled("provision set {secret} {flags}"), "provision set x");
    let place = Path::new("a.md");
    for wrong in ["provision sett s", "provision plan --detaild", "provision plan now"] {
        assert!(std::panic::catch_unwind(|| check(place, wrong)).is_err(), "{wrong}");
    }
}
