//! The list of ailments, and the page that shows it. What each finds is shown against servers, in
//! `tests/e2e/test_doctor.py`.
#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::collections::BTreeSet;

use provision_core::check::Severity;
use provision_core::doctor::AILMENTS;

fn page() -> String {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/doctor.md");
    std::fs::read_to_string(page).unwrap()
}

#[test]
fn the_page_lists_every_ailment_as_it_is() {
    let rows: Vec<String> = AILMENTS
        .iter()
        .map(|ailment| {
            let severity = match ailment.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Note => "note",
            };
            let (id, layer) = (ailment.id.to_lowercase(), ailment.layer.words());
            let (name, title) = (ailment.name, ailment.title);
            format!(
                "| <a id=\"{id}\"></a>{} `{name}` | {severity} | {layer} | {title} |",
                ailment.id
            )
        })
        .collect();
    let page = page();
    let listed: Vec<&str> = page.lines().filter(|line| line.starts_with("| <a id")).collect();
    assert_eq!(listed, rows, "the table of docs/doctor.md should read:\n{}", rows.join("\n"));
}

#[test]
fn ids_are_given_once_and_what_the_page_refers_to_is_there() {
    let ids: BTreeSet<String> = AILMENTS.iter().map(|ailment| ailment.id.to_lowercase()).collect();
    assert_eq!(ids.len(), AILMENTS.len());
    let page = page();
    let referred: BTreeSet<String> = page
        .split("](#")
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
        .map(str::to_owned)
        .collect();
    assert!(referred.len() > 15, "{referred:?}");
    assert_eq!(referred.difference(&ids).collect::<Vec<_>>(), Vec::<&String>::new());
    let files = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src/doctor/ailments"));
    assert_eq!(files.unwrap().count(), AILMENTS.len() + 1, "one file for each, and the list");
}
