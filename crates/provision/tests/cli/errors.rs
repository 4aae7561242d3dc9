//! Mistakes of the first ten minutes: place, cause, hint, exit code.

use crate::workplace::{MANIFEST, Workplace};

#[test]
fn every_problem_of_a_manifest_is_told_in_one_run() {
    let place = Workplace::new(
        &MANIFEST.replace("region:", "regoin:").replace("[api-keys, config]", "[api-key, config]"),
    );
    let run = place.run(&["--env", "dev", "--local", "--yes"]);
    assert_eq!(run.code, 1);
    insta::assert_snapshot!(run.stderr);
    let run = place.run(&["check"]);
    assert_eq!(run.code, 2, "findings");
    let run = place.run(&["check", "--output", "json"]);
    let document: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let findings = document["findings"].as_array().unwrap();
    assert!(findings.len() >= 2, "{document:#}");
    assert!(findings.iter().all(|f| f["line"].is_u64() && f["hint"].is_string()));
    assert!(findings.iter().all(|f| f["rule"] == "LS000"));
}

#[test]
fn a_good_manifest_passes_the_check_offline() {
    let run = Workplace::new(MANIFEST).run(&["check"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(run.stdout, "Checked 2 environments: nothing found\n");
}

#[test]
fn mistakes_on_the_command_line() {
    let place = Workplace::applied(MANIFEST);
    let cases: &[(&[&str], i32, &str)] = &[
        (&["--local", "--yes"], 64, "`dev`, `prod`"),
        (&["--env", "deb", "--local"], 1, "declares no environment `deb`"),
        (&["--nonsense"], 64, "--nonsense"),
        (&["plan", "--env", "dev", "--local", "--dry-run"], 64, "--dry-run"),
        (&["--file", "none.yaml", "--env", "dev", "--local"], 1, "provision init"),
        (&["set", "api-keyz", "TOKEN", "--env", "dev", "--local"], 1, "`api-keys`"),
        (&["set", "api-keys", "TOKN", "--env", "dev", "--local"], 1, "`TOKEN`"),
        (&["set", "api-keys", "--env", "dev", "--local"], 64, "which key"),
        (&["set", "greeting", "KEY", "--env", "dev", "--local"], 64, "no keys"),
        (&["set", "greeting", "--env", "dev", "--local"], 1, "empty"),
        (&["apply", "none.json", "--local"], 1, "not a saved plan"),
        (&["--local", "--endpoint-url", "http://127.0.0.1:1"], 64, "cannot be used with"),
    ];
    for (arguments, code, part) in cases {
        let run = place.run(arguments);
        assert_eq!(run.code, *code, "{arguments:?}: {}", run.stderr);
        assert!(run.stderr.contains(part), "{arguments:?}: {}", run.stderr);
    }
}

#[test]
fn values_that_cannot_be_kept_are_refused_whole() {
    let place = Workplace::applied(MANIFEST);
    let long = vec![b'x'; 70_000];
    for (value, part) in [(&b"a\0b"[..], "NUL"), (b"\xff\xfe", "UTF-8"), (&long, "65,536")] {
        let run = place.run_with(&["set", "api-keys", "TOKEN", "--env", "dev", "--local"], value);
        assert_eq!(run.code, 1, "{part}: {}", run.stderr);
        assert!(run.stderr.contains(part), "{part}: {}", run.stderr);
    }
    let run = place.run(&[
        "run",
        "--env",
        "dev",
        "--local",
        "--",
        "sh",
        "-c",
        "printf %s \"${TOKEN-unset}\"",
    ]);
    assert_eq!(run.stdout, "unset");
}

#[test]
fn without_credentials_the_hint_names_local() {
    let place = Workplace::new(MANIFEST);
    let run = place.run(&["--env", "dev", "--yes"]);
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("no AWS credentials"), "{}", run.stderr);
    assert!(run.stderr.contains("--local"), "{}", run.stderr);
}

#[test]
fn a_secret_that_was_never_made_names_the_command_that_makes_it() {
    let place = Workplace::new(MANIFEST);
    let run = place.run_with(&["set", "api-keys", "TOKEN", "--env", "dev", "--local"], b"x");
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("`provision --env dev"), "{}", run.stderr);
}

#[test]
fn a_starter_manifest_is_written_once_and_is_good() {
    let place = Workplace::new(MANIFEST);
    std::fs::remove_file(place.path().join("secrets.yaml")).unwrap();
    let run = place.run(&["init", "shop"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(place.run(&["check"]).code, 0);
    assert_eq!(place.run(&["--env", "dev", "--local", "--yes"]).code, 0);
    assert_eq!(place.run(&["init", "shop"]).code, 3, "an existing manifest is left alone");
}

#[test]
fn failures_are_one_json_document_where_json_is_wanted() {
    let place = Workplace::new(MANIFEST);
    let run = place.run(&["--env", "nowhere", "--local", "--output", "json"]);
    let document: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(document["error"]["kind"], "unknown_environment");
    assert_eq!(document["error"]["exit_code"], 1);
}
