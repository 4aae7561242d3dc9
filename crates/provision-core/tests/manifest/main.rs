//! The manifest's parser from outside: what it takes, what it refuses, and what it says then.

#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

mod access;
mod any_text;
mod limits;
mod meetings;
mod miyabi;
mod names;
mod overrides;
mod report;
mod schema;
mod sections;
mod shape;
mod syntax;
mod values;

use provision_core::manifest::{Manifest, Problems, Source, parse};

fn source(text: &str) -> Source {
    Source { name: "secrets.yaml".into(), text: text.into() }
}

/// Returns the manifest of a text that has no problem
#[track_caller]
fn good(text: &str) -> Manifest {
    parse(&source(text)).unwrap_or_else(|problems| panic!("{:#?}", lines(&problems)))
}

/// Holds the problems of a text against `line:column code: message | hint`, all of them
#[track_caller]
fn bad(text: &str, expected: &[&str]) {
    // Texts of several lines begin below the call.
    let text = text.strip_prefix('\n').unwrap_or(text);
    let problems = parse(&source(text)).unwrap_err();
    assert_eq!(lines(&problems), expected, "\n{text}");
}

fn lines(problems: &Problems) -> Vec<String> {
    problems
        .iter()
        .map(|problem| {
            let hint = problem.hint.as_deref().unwrap_or_default();
            format!(
                "{}:{} {}: {} | {hint}",
                problem.line, problem.column, problem.code, problem.message
            )
        })
        .collect()
}
