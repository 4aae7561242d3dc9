//! The problems as they are printed and as they are handed to programs.

use provision_core::manifest::parse;

use crate::source;

const TEXT: &str = "\
project: p
regoin: us-west-2
environments: { dev: { region: us-west-2 } }
secrets:
  a: {}
  a: { type: string }
";

#[test]
fn a_report_shows_place_and_hint_of_each_problem() {
    let problems = parse(&source(TEXT)).unwrap_err();
    let mut report = String::new();
    miette::GraphicalReportHandler::new_themed(miette::GraphicalTheme::unicode_nocolor())
        .with_width(80)
        .render_report(&mut report, &problems)
        .unwrap();
    insta::assert_snapshot!(report);
}

#[test]
fn a_program_reads_plain_data() {
    let problems = parse(&source(TEXT)).unwrap_err();
    insta::assert_json_snapshot!(problems);
}

#[test]
fn the_sum_is_said_in_words() {
    let one = parse(&source("project: p\nregion: us-west-2\nenvironments: {}\n")).unwrap_err();
    assert_eq!(one.to_string(), "`secrets.yaml` has a problem");
    let two = parse(&source(TEXT)).unwrap_err();
    assert_eq!(two.to_string(), "`secrets.yaml` has 2 problems");
}
