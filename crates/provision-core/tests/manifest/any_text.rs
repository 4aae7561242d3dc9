//! Whatever the text: no panic, places inside it, a hint for everything, and no value shown.

use proptest::prelude::*;
use provision_core::manifest::{Problems, parse};

use crate::source;

const MIYABI: &str = include_str!("../../../../examples/miyabi/secrets.yaml");

/// pieces that a manifest is made of, and pieces that break one
const PIECES: &[&str] = &[
    "project: p\n",
    "region: us-west-2\n",
    "environments:\n",
    "  dev: {}\n",
    "  prod:\n",
    "secrets:\n",
    "  a:\n",
    "    keys: [A, B]\n",
    "    keys:\n",
    "      A: { default: x }\n",
    "functions:\n",
    "  f: { reads: [a] }\n",
    "    overrides:\n",
    "      secrets:\n",
    "        a:\n",
    "    replicas: [us-east-1]\n",
    "  ",
    "\n",
    "\t",
    ": ",
    "- ",
    "? ",
    "[",
    "]",
    "{",
    "}",
    ", ",
    "&a ",
    "*a",
    "<<: ",
    "!!str ",
    "|\n",
    ">-\n",
    "\"",
    "'",
    "\\x41",
    "#",
    "---\n",
    "...\n",
    "%YAML 1.2\n",
    "~",
    "null",
    "true",
    "0x1F",
    "1e400",
    ".inf",
    "-9223372036854775808",
    "{project}",
    "{env",
    "name: ",
    "type: string",
    "key_alias: ",
    "ü",
    "\u{feff}",
    "\u{0}",
    "\u{1b}[31m",
    "\r",
    "\u{2028}",
    "ghp_abcdefghijklmnop",
    "arn:aws:iam::1:policy/x",
    "alarms: {}\n",
    "account: 012345678901\n",
];

fn told(text: &str, problems: &Problems) {
    let mut count = 0;
    let mut last = 0;
    for problem in problems {
        count += 1;
        assert!(problem.span.start <= problem.span.end, "{problem:?}");
        assert!(problem.span.end <= text.len(), "{problem:?}");
        assert!(last <= problem.span.start, "not in order");
        last = problem.span.start;
        assert!(problem.line >= 1 && problem.column >= 1);
        assert!(problem.line <= text.matches('\n').count() + 1, "{problem:?}");
        assert!(problem.hint.as_ref().is_some_and(|hint| !hint.is_empty()), "{problem:?}");
        assert!(!problem.message.contains(char::is_control), "{problem:?}");
        // the raw types and their schema never disagree
        assert!(!problem.message.contains("the manifest does not fit"), "{problem:?}\n{text}");
    }
    assert!(count > 0, "refused without a reason");
    let mut report = String::new();
    miette::GraphicalReportHandler::new_themed(miette::GraphicalTheme::none())
        .render_report(&mut report, problems)
        .unwrap();
    assert!(!report.contains('\u{1b}'), "the terminal would obey the manifest");
}

fn survives(text: &str) {
    if let Err(problems) = parse(&source(text)) {
        told(text, &problems);
    }
}

fn field() -> impl Strategy<Value = String> {
    let names = [
        "project",
        "region",
        "account",
        "environments",
        "dev",
        "prod",
        "overrides",
        "secrets",
        "a",
        "keys",
        "A",
        "required",
        "default",
        "description",
        "type",
        "name",
        "rotation",
        "lambda_arn",
        "every_days",
        "resource_policy",
        "readers",
        "functions",
        "f",
        "reads",
        "policies",
        "logs",
        "replicas",
        "protected",
        "recovery_window_days",
        "alarms",
        "via",
        "which",
        "access",
        "github",
        "repo",
        "log_retention_days",
        "partition",
        "key_alias",
        "typo",
    ];
    prop::sample::select(names.to_vec()).prop_map(str::to_owned)
}

/// Returns a YAML value in flow style, with the fields of the grammar in any place
fn value() -> impl Strategy<Value = String> {
    let words = [
        "x",
        "7",
        "30",
        "7.5",
        "-1",
        "true",
        "",
        "~",
        "\"\"",
        "json",
        "us-east-1",
        "arn:x",
        "{}",
        "[]",
    ];
    let leaf = prop::sample::select(words.to_vec()).prop_map(str::to_owned);
    leaf.prop_recursive(6, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4)
                .prop_map(|items| format!("[{}]", items.join(", "))),
            prop::collection::vec((field(), inner), 0..5).prop_map(|fields| {
                let fields: Vec<String> =
                    fields.into_iter().map(|(name, value)| format!("{name}: {value}")).collect();
                format!("{{ {} }}", fields.join(", "))
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_characters(text in any::<String>()) {
        survives(&text);
    }

    #[test]
    fn any_pieces_of_yaml(pieces in prop::collection::vec(prop::sample::select(PIECES.to_vec()), 0..40)) {
        survives(&pieces.concat());
    }

    #[test]
    fn any_fields_in_any_place(fields in prop::collection::vec((field(), value()), 0..6)) {
        let lines: Vec<String> =
            fields.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
        survives(&format!("project: p\nregion: us-west-2\n{}", lines.concat()));
    }

    #[test]
    fn a_real_manifest_with_a_wound(
        at in 0..MIYABI.len(),
        length in 0..40usize,
        piece in prop::sample::select(PIECES.to_vec()),
    ) {
        let floor = |at: usize| (0..=at.min(MIYABI.len())).rev().find(|at| MIYABI.is_char_boundary(*at)).unwrap_or(0);
        survives(&[&MIYABI[..floor(at)], piece, &MIYABI[floor(at + length)..]].concat());
    }

    #[test]
    fn a_token_anywhere_is_refused_and_not_shown(
        at in 0..MIYABI.len(),
        tail in "[A-Za-z0-9]{36}",
        around in prop::sample::select(vec![("", ""), ("\n", "\n"), (" # ", "\n"), ("\"", "\""), (": ", " "), ("[", "")]),
    ) {
        prop_assume!(MIYABI.is_char_boundary(at));
        let token = format!("ghp_{tail}");
        let (before, after) = MIYABI.split_at(at);
        // a token that is glued to a word is part of the word
        prop_assume!(!around.0.is_empty() || !before.ends_with(|c: char| c.is_alphanumeric() || c == '_'));
        let text = [before, around.0, &token, around.1, after].concat();
        let problems = parse(&source(&text)).unwrap_err();
        told(&text, &problems);
        let mut shown = format!("{problems:?} {}", serde_json::to_string(&problems).unwrap());
        miette::GraphicalReportHandler::new_themed(miette::GraphicalTheme::none())
            .with_context_lines(5)
            .render_report(&mut shown, &problems)
            .unwrap();
        prop_assert!(problems.iter().any(|problem| problem.code == "looks-like-value"));
        prop_assert!(!shown.contains(&token), "{shown}");
    }
}
