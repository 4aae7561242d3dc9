//! The cost tables of the five systems, row by row, and the page that shows them.

use provision_core::cost::{Item, Usage};
use serde::Deserialize;

use crate::{billed, total};

const ROWS: &str = include_str!("../../fixtures/cost/seeds.json");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    system: String,
    row: String,
    secrets: usize,
    #[serde(default)]
    reads: u64,
    #[serde(default)]
    cold_starts: u64,
    /// what they say
    theirs: Option<String>,
    /// what the items that they count cost
    same_items: String,
    /// the whole bill
    ours: String,
    why: String,
}

impl Row {
    fn manifest(&self) -> String {
        let names: Vec<String> = (1..=self.secrets).map(|n| format!("s{n}")).collect();
        let secrets: String =
            names.iter().map(|n| format!("  {n}: {{ type: string }}\n")).collect();
        format!(
            "project: p\nregion: us-east-1\nenvironments: {{ dev: {{}} }}\nsecrets:\n{secrets}\
             functions:\n  app: {{ reads: [{}] }}\n",
            names.join(", ")
        )
    }

    fn usage(&self) -> Usage {
        Usage { reads: self.reads, cold_starts: self.cold_starts, ..Usage::default() }
    }

    /// The row as it stands in `docs/cost.md`
    fn shown(&self) -> String {
        let Self { system, row, secrets, reads, cold_starts, theirs, same_items, ours, why } = self;
        let inputs = match cold_starts {
            0 => format!("{secrets}, {reads} reads"),
            n => format!("{secrets}, {n} cold starts"),
        };
        let theirs = theirs.as_ref().map_or("none".to_owned(), |usd| format!("${usd}"));
        format!("| {system}: {row} | {inputs} | {theirs} | ${same_items} | ${ours} | {why} |")
    }
}

fn rows() -> Vec<Row> {
    serde_json::from_str(ROWS).unwrap()
}

#[test]
fn each_row_costs_what_it_says() {
    for row in rows() {
        let bill = billed(&row.manifest(), &row.usage()).unwrap();
        let same_items = bill.environments[0]
            .lines
            .iter()
            .filter(|line| matches!(line.item, Item::Secrets | Item::Calls))
            .map(|line| line.usd)
            .sum::<provision_core::cost::Usd>();
        let at = format!("{}: {}", row.system, row.row);
        assert_eq!(same_items.to_string(), row.same_items, "{at}");
        assert_eq!(total(&row.manifest(), &row.usage()), row.ours, "{at}");
    }
}

#[test]
fn two_of_their_rows_do_not_add_up() {
    let wrong: Vec<String> = rows()
        .iter()
        .filter(|row| row.theirs.as_ref().is_some_and(|theirs| *theirs != row.same_items))
        .map(|row| row.row.clone())
        .collect();
    assert_eq!(wrong, ["Development", "Production"]);
}

#[test]
fn the_page_shows_every_row() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/cost.md");
    let page = std::fs::read_to_string(page).unwrap();
    for row in rows() {
        assert!(
            page.lines().any(|line| line == row.shown()),
            "not in docs/cost.md: {}",
            row.shown()
        );
    }
}
