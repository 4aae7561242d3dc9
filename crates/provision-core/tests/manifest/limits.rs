//! Files out of all proportion, and the ways of editors to write one.

use std::time::{Duration, Instant};

use provision_core::manifest::{Source, parse};

use crate::{bad, good, lines, source};

const BASE: &str = "project: p\nregion: us-west-2\nenvironments: { dev: }\n";

/// Parses a text that must be refused for its size, and quickly
#[track_caller]
fn too_large(text: &str, message: &str) {
    let start = Instant::now();
    let problems = parse(&source(text)).unwrap_err();
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    let problem = problems.iter().find(|problem| problem.code == "too-large").unwrap();
    assert!(problem.message.contains(message), "{}", problem.message);
}

#[test]
fn depth_is_bounded() {
    for (open, close) in [("[", "]"), ("{ a: ", "}")] {
        let text = format!("secrets: {}{}\n", open.repeat(60), close.repeat(60));
        too_large(&text, "nested too deeply");
    }
    let blocks: String =
        (0..5000).map(|depth| format!("{}a:\n", " ".repeat(depth % 200))).collect();
    parse(&source(&blocks)).unwrap_err();
    too_large(&format!("a:\n  {}x\n", "- ".repeat(3000)), "nested too deeply");
}

#[test]
fn aliases_are_bounded_in_number_and_in_depth() {
    let mut laughs = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    let mut chain = String::from("a0: &a0 [x]\n");
    for level in 1..40 {
        let before = format!("*a{}", level - 1);
        let ten = [before.as_str(); 10].join(", ");
        laughs.push_str(&format!("a{level}: &a{level} [{ten}]\n"));
        chain.push_str(&format!("a{level}: &a{level} [{before}]\n"));
    }
    too_large(&laughs, "aliases counted each time");
    too_large(&chain, "nested too deeply");
}

#[test]
fn bytes_and_keys_are_bounded() {
    too_large(&format!("# {}\n", "x".repeat(1 << 20)), "larger than");
    let secrets: String = (0..60_000).map(|n| format!(" s{n}:\n")).collect();
    too_large(&format!("{BASE}secrets:\n{secrets}"), "more than 50000 keys and values");
}

#[test]
fn a_great_manifest_is_read_in_a_moment() {
    let keys: String = (0..20).map(|n| format!("KEY_{n}, ")).collect();
    let secrets: String = (0..500).map(|n| format!("  s{n}: {{ keys: [{keys}] }}\n")).collect();
    let start = Instant::now();
    let manifest = good(&format!("{BASE}secrets:\n{secrets}"));
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    assert_eq!(manifest.environments.values().next().unwrap().secrets.len(), 500);
}

#[test]
fn a_file_with_more_problems_than_anybody_reads_counts_them() {
    let unknown: String = (0..2000).map(|n| format!("field_{n}:\n")).collect();
    let problems = parse(&source(&format!("{BASE}{unknown}"))).unwrap_err();
    assert_eq!(problems.iter().count(), 500);
    assert_eq!(problems.to_string(), "`secrets.yaml` has 2000 problems; the first 500 are shown");
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_text() {
    let plain = good(BASE);
    let marked = good(&format!("\u{feff}{BASE}"));
    assert_eq!(plain, marked);
    bad(
        "\u{feff}project: P\n",
        &[
            "1:1 missing-field: `environments` is missing | add `environments:` with at least one, such as `dev: {}`",
            "1:10 bad-name: `project` is not a valid project name: it must be 1 to 32 lower-case letters, digits and hyphens, starting with a letter | for example `p`",
        ],
    );
}

#[test]
fn line_ends_of_windows_do_not_move_places() {
    let text = format!("{BASE}# ü\nregoin: x\n");
    let unix = parse(&source(&text)).unwrap_err();
    let windows = parse(&source(&text.replace('\n', "\r\n"))).unwrap_err();
    assert_eq!(lines(&unix), lines(&windows));
    assert_eq!(unix.iter().next().map(|problem| (problem.line, problem.column)), Some((5, 1)));
}

#[test]
fn bytes_that_are_no_utf_8_have_a_place() {
    let problems =
        Source::from_bytes("secrets.yaml", b"project: p\n# \xff\xfe\n".to_vec()).unwrap_err();
    let told = "2:3 encoding: the file is not UTF-8: look at line 2, column 3 | save it as UTF-8";
    assert_eq!(lines(&problems), [told]);
    assert_eq!(
        Source::from_bytes("s", BASE.into()).unwrap(),
        Source { name: "s".into(), text: BASE.into() }
    );
}

#[test]
fn what_cannot_be_masked_is_not_shown() {
    let text = "TOKEN=ghp_16C7e42F292c6912E7710c838347Ae178B4a\n# Jos";
    let wide = |order: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(order).collect::<Vec<u8>>();
    let marked = [&b"\xff\xfe"[..], &wide(u16::to_le_bytes)].concat();
    for (bytes, told) in [
        ([text.as_bytes(), b"\xe9\n"].concat(), "line 2, column 6"),
        (marked, "UTF-16"),
        (wide(u16::to_le_bytes), "UTF-16"),
        (wide(u16::to_be_bytes), "UTF-16"),
        ([&b"\x7fELF\0\0"[..], text.as_bytes()].concat(), "no text file"),
    ] {
        let problems = Source::from_bytes("a.env", bytes).unwrap_err();
        let report = format!("{:?}", miette::Report::new(problems));
        assert!(report.contains(told), "{report}");
        assert!(!report.contains("16C7") && !report.contains("1?6"), "{report}");
    }
}

#[test]
fn a_file_of_variables_in_place_of_a_manifest_shows_none_of_them() {
    for text in [
        "DB_PASSWORD=canary\nexport TOKEN = canary\n",
        "DB_PASSWORD=canary\nTOKEN=canary\nA: b: c\n",
        "DB_PASSWORD: \"canary\nTOKEN=canary\n",
        "{\"DB_PASSWORD\": \"canary\",\n\"B\": 3",
        "secrets:\n  a:\n    keys:\n      DB_PASSWORD: canary\n   b: c\n",
        // values that no shape and no name gives away
        "STRIPE_KEY: canary\nDB_PASS: canary\n",
        "config:\n  url: canary\n",
        "AUTH=Bearer: canary\n",
        "project: p\nregion: us-west-2\nDB_PASS: canary\n",
        "DB_PASS: canary\n\tA: 1\n",
        "PEM=\"first\ncanary\nlast\"\nA: b: c\n",
    ] {
        let problems = parse(&source(text)).unwrap_err();
        let report = format!("{:?}", miette::Report::new(problems));
        assert!(!report.contains("canary"), "{report}");
    }
}
