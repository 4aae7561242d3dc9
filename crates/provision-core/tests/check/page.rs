//! `docs/check.md` lists every rule in its own words.

use provision_core::check::{RULES, Severity};

#[test]
fn the_page_lists_every_rule_as_it_is() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/check.md");
    let page = std::fs::read_to_string(page).unwrap();
    let rows: Vec<String> = RULES
        .iter()
        .map(|rule| {
            let severity = match rule.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Note => "note",
            };
            let id = rule.id.to_lowercase();
            format!(
                "| <a id=\"{id}\"></a>{} `{}` | {severity} | {} | {} | {} |",
                rule.id, rule.name, rule.title, rule.why, rule.hint
            )
        })
        .collect();
    let listed: Vec<&str> = page.lines().filter(|line| line.starts_with("| <a id")).collect();
    assert_eq!(listed, rows, "the table of docs/check.md should read:\n{}", rows.join("\n"));
}
