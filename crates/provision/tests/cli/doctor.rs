//! `doctor` against the AWS inside the binary: what is printed, and that the printed command mends.

use serde_json::Value;

use crate::workplace::{MANIFEST, Workplace};

const DOCTOR: [&str; 4] = ["doctor", "--env", "dev", "--local"];

#[test]
fn what_is_wrong_is_told_with_its_command() {
    let place = Workplace::applied(MANIFEST);
    let run = place.run(&DOCTOR);
    assert_eq!((run.code, run.stderr.as_str()), (2, ""));
    insta::assert_snapshot!(run.stdout);
    let run = place.run(&[&DOCTOR[..], &["--output", "json", "--function", "web"]].concat());
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    let findings = document["findings"].as_array().unwrap();
    // `greeting` and `keystore` are none of the function's; defaults gave `api-keys` its value
    assert_eq!(findings.len(), 1, "{document:#}");
    let command = findings[0]["commands"][0].as_str().unwrap();
    let words: Vec<&str> = command.split(' ').skip(1).collect();
    assert_eq!(place.run_with(&words, b"https://example.com\n").code, 0, "{command}");
    let run = place.run(&[&DOCTOR[..], &["--function", "web"]].concat());
    let unread =
        "; values were not read: `--read-values` looks for the keys that functions require\n";
    assert_eq!((run.code, run.stdout), (0, format!("Nothing is wrong with dev{unread}")));
}

#[test]
fn values_are_read_by_consent_and_not_shown() {
    let place = Workplace::applied(MANIFEST);
    let read = [&DOCTOR[..], &["--read-values", "--function", "web", "--output", "json"]].concat();
    let document: Value = serde_json::from_str(&place.run(&read).stdout).unwrap();
    let ids: Vec<&Value> =
        document["findings"].as_array().unwrap().iter().map(|finding| &finding["id"]).collect();
    assert_eq!(ids, ["LD022", "LD027"], "{document:#}");
    assert!(!document.to_string().contains("shop-client"), "a default is a value as well");
}

#[test]
fn commands_in_hints_lead_to_the_same_place_in_a_document_too() {
    let place = Workplace::applied(MANIFEST);
    let set = ["set", "greeting", "--env", "dev", "--local"];
    assert_eq!(place.run_with(&set, b"no object").code, 0);
    place.write("secrets.yaml", &MANIFEST.replace("{ type: string }", "{ keys: [HELLO] }"));
    let read = [&DOCTOR[..], &["--read-values", "--output", "json"]].concat();
    let document: Value = serde_json::from_str(&place.run(&read).stdout).unwrap();
    let findings = document["findings"].as_array().unwrap();
    let hints: Vec<&str> = findings.iter().filter_map(|finding| finding["hint"].as_str()).collect();
    let led = "`provision versions greeting --env dev --local`";
    assert!(hints.iter().any(|hint| hint.contains(led)), "{document:#}");
}

#[test]
fn an_environment_that_was_never_applied_is_one_finding() {
    let place = Workplace::new(MANIFEST);
    let run = place.run(&[&DOCTOR[..], &["--output", "json"]].concat());
    assert_eq!(run.code, 2, "{}", run.stderr);
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    let findings = document["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 1, "{document:#}");
    assert_eq!(findings[0]["id"], "LD009");
}
