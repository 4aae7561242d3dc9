//! Rules against their fixtures: each finds what it is for, and leaves alone what is near it.
#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

mod good;
mod page;
mod places;

use std::collections::BTreeSet;
use std::path::PathBuf;

use provision_core::check::{Estate, Finding, Origin, RULES, Subject, check};

/// Rules that a file has no text for: `tests/check/good.rs` and the command line's tests show them
const WITHOUT_FIXTURES: [&str; 4] = ["LS000", "LS032", "LS033", "LS041"];

fn fixtures() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/check"))
}

fn file(name: &str, text: &str) -> Subject {
    Subject { name: name.into(), text: text.into(), origin: Origin::File, kind: None }
}

fn estates() -> [Estate; 2] {
    let estate = |prefix: &str, overridden| Estate { prefix: prefix.into(), overridden };
    [estate("overridden/dev/", true), estate("plain/dev/", false)]
}

fn found(subject: Subject) -> Vec<Finding> {
    check(&[subject], &estates())
}

/// What is found in the fixture of that rule
fn fixture(rule: &str, stem: &str) -> Vec<Finding> {
    // some rules go by what a file is called
    let path = ["json", "yaml", "break-glass.json"]
        .map(|ending| fixtures().join(rule).join(format!("{stem}.{ending}")))
        .into_iter()
        .find(|path| path.exists())
        .unwrap_or_else(|| panic!("{rule} has no {stem}.json or {stem}.yaml"));
    let text = std::fs::read_to_string(&path).unwrap();
    found(file(&path.display().to_string(), &text))
}

#[test]
fn each_rule_finds_its_mistake_and_nothing_else_does() {
    for rule in RULES.iter().filter(|rule| !WITHOUT_FIXTURES.contains(&rule.id)) {
        let found = fixture(rule.id, "finds");
        let ids: BTreeSet<&str> = found.iter().map(|finding| finding.rule).collect();
        assert_eq!(ids, BTreeSet::from([rule.id]), "{}: {found:#?}", rule.name);
        assert!(found.iter().all(|f| f.line.is_some() && !f.hint.is_empty()), "{}", rule.id);
    }
}

#[test]
fn each_rule_leaves_alone_what_is_near() {
    for rule in RULES.iter().filter(|rule| !WITHOUT_FIXTURES.contains(&rule.id)) {
        assert_eq!(fixture(rule.id, "leaves"), [], "{}", rule.id);
    }
}

#[test]
fn rules_fixtures_and_files_belong_together() {
    let rules: BTreeSet<String> = RULES.iter().map(|rule| rule.id.to_owned()).collect();
    assert_eq!(rules.len(), RULES.len(), "no id is given twice");
    let names: BTreeSet<&str> = RULES.iter().map(|rule| rule.name).collect();
    assert_eq!(names.len(), RULES.len(), "no name is given twice");
    let entries = |folder: PathBuf| -> BTreeSet<String> {
        let all = std::fs::read_dir(folder).unwrap();
        all.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    };
    let folders = entries(fixtures());
    let wanted: BTreeSet<String> =
        rules.iter().filter(|id| !WITHOUT_FIXTURES.contains(&id.as_str())).cloned().collect();
    assert_eq!(folders, wanted);
    let sources = entries(PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src/check/rules")));
    assert_eq!(sources.len(), RULES.len() + 1, "one file for each rule, and the list");
}
