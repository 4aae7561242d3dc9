//! The pages of `docs/` that are made from the program: the reference of its commands and of the
//! manifest. A test holds each page against the program; where `UPDATE_DOCS` is set it writes the
//! page anew (`scripts/update-docs`).

mod commands;
mod examples;
mod manifest;
mod named;

use std::path::Path;

/// Fails where the page is not `text`, or makes it so
fn keep_current(page: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(page);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, text).unwrap();
        return;
    }
    let there = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(there == text, "docs/{page} is not what the program says: run `scripts/update-docs`");
}

/// A row of a table; what would end a cell is escaped
fn row(cells: &[&str]) -> String {
    let cells: Vec<String> =
        cells.iter().map(|cell| cell.replace('\n', " ").replace('|', r"\|")).collect();
    format!("| {} |\n", cells.join(" | "))
}

/// The anchor that mdBook and GitHub give a heading
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}
