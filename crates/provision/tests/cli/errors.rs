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
fn a_policy_file_has_its_place_among_the_others() {
    let text = MANIFEST
        .replace("[api-keys, config]", "[api-key, config]\n    policies: [none.json, bad.json]");
    let place = Workplace::new(&text);
    place.write("bad.json", "{}");
    let run = place.run(&["check", "--output", "json"]);
    assert_eq!(run.code, 2, "{}", run.stdout);
    let document: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let findings = document["findings"].as_array().unwrap();
    let told: Vec<String> =
        findings.iter().map(|f| format!("{} {}", f["line"], f["message"])).collect();
    assert_eq!(told.len(), 3, "{told:#?}");
    assert!(told[0].contains("`api-key`"), "{told:#?}");
    assert!(told[1].contains("`none.json` cannot be read"), "{told:#?}");
    assert!(told[2].contains("`bad.json` is refused"), "{told:#?}");
    assert!(findings.iter().all(|f| f["line"].as_u64() > Some(1)), "{told:#?}");
}

#[test]
fn a_region_that_nobody_knows_is_noted_and_is_no_finding() {
    let place = Workplace::new(&MANIFEST.replace("eu-west-1", "eu-west-9"));
    let run = place.run(&["check"]);
    assert_eq!(run.code, 0, "{}", run.stdout);
    assert!(run.stdout.contains("dev: this version knows no region `eu-west-9`"), "{}", run.stdout);
    assert!(run.stdout.contains("2 notes"), "{}", run.stdout);
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
    place.write("older.json", r#"{"format":2,"notes":[{"remark":"empty"}]}"#);
    let cases: &[(&[&str], i32, &str)] = &[
        (&["--local", "--yes"], 64, "`dev`, `prod`"),
        (&["--env", "deb", "--local"], 1, "declares no environment `deb`"),
        (&["--nonsense"], 64, "--nonsense"),
        (&["plan", "--env", "dev", "--local", "--dry-run"], 64, "--dry-run"),
        (&["--file", "none.yaml", "--env", "dev", "--local"], 1, "provision init"),
        (&["set", "api-keyz", "TOKEN", "--env", "dev", "--local"], 1, "`api-keys`"),
        (&["set", "api-keys", "TOKN", "--env", "dev", "--local"], 1, "`TOKEN`"),
        (&["set", "api-keys", "--env", "dev", "--local"], 64, "which key"),
        (&["set", "api-keys", "--env", "dev", "--local"], 64, "`provision import - --format json"),
        (&["apply", "older.json", "--local"], 1, "its format is 2 and not 3"),
        (&["render", "policies", "--env", "dev"], 0, "names no `account` for this environment"),
        (&["set", "greeting", "KEY", "--env", "dev", "--local"], 64, "no keys"),
        (&["set", "greeting", "--env", "dev", "--local"], 1, "empty"),
        (&["set", "TOKEN", "--env", "dev", "--local"], 1, "`TOKEN` is a key of `api-keys`"),
        (&["set"], 64, "hint: declared are `api-keys`"),
        (&["set", "api-keys", "TOKEN", "--env", "dev", "--locl"], 64, "did you mean `--local`"),
        (&["set", "api-keys", "TOKEN", "--local", "--env"], 64, "a value is missing: --env <ENV>"),
        (&["set", "api-keys", "TOKEN", "--from-fil", "x"], 64, "did you mean `--from-file`"),
        (&["unset", "api-keys", "--env", "dev"], 64, "not provided: <KEY>"),
        (&["unset", "api-keys", "--env", "dev"], 64, "hint: declared are `"),
        (&["unset", "TOKEN", "--env", "dev"], 64, "`TOKEN` is a key of `api-keys`, which comes"),
        (&["diff", "dev", "prod", "--local"], 64, "`provision diff --env dev --against prod`"),
        (&["diff", "config", "--env", "dev", "--local"], 1, "has no version before this"),
        (&["set", "api-keys", "TOKEN", "--empty", "--generate"], 64, "does not go with `--gen"),
        (&["apply", "none.json", "--local"], 1, "not a saved plan"),
        (
            &["set", "api-keys", "TOKEN", "--env", "dev", "--local", "--dry-run"],
            64,
            "knows no `--dry-run`",
        ),
        (&["pin", "api-keys", "--env", "dev", "--local", "--dry-run"], 64, "knows no `--dry-run`"),
        (&["--local", "--endpoint-url", "http://127.0.0.1:1"], 64, "cannot be used with"),
        (&["get", "--env", "dev", "--local"], 64, "hint: declared are `api-keys`"),
        (&["versions", "--file", "none.yaml"], 64, "<SECRET>"),
        (&["run", "--evn", "dev", "--local", "--", "true"], 64, "'--env'"),
        (&["plan", "--evn", "dev"], 64, "'--env'"),
        (&["plan", "--evn", "dev", "--output", "json"], 64, "did you mean `--env`"),
        (&["plan", "--detailed-exit-code"], 64, "'--detailed-exitcode'"),
        (&["run", "printenv", "TOKEN"], 64, "hint: the command stands behind two dashes"),
        (
            &["run", "--output=json", "printenv"],
            64,
            "behind two dashes: `provision run … -- COMMAND`",
        ),
    ];
    for (arguments, code, part) in cases {
        let run = place.run(arguments);
        assert_eq!(run.code, *code, "{arguments:?}: {}", run.stderr);
        // as JSON it is told on stdout
        let told = run.stderr + &run.stdout;
        assert!(told.contains(part), "{arguments:?}: {told}");
    }
}

#[test]
fn a_secret_that_is_not_named_can_be_chosen_from_those_that_are_declared() {
    let place = Workplace::new(MANIFEST);
    let run = place.run(&["get", "--output", "json"]);
    let document: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let hints = document["error"]["hints"].to_string();
    assert!(hints.contains("declared are `api-keys`, `config`"), "{hints}");
    let run = place.run(&["diff", "--env", "dev", "--nonsense"]);
    assert!(!run.stderr.contains("declared are"), "{}", run.stderr);
}

#[test]
fn a_command_in_a_hint_can_be_pasted_as_it_stands() {
    let place = Workplace::new(MANIFEST);
    std::fs::create_dir(place.path().join("in here")).unwrap();
    std::fs::rename(place.path().join("secrets.yaml"), place.path().join("in here/s.yaml"))
        .unwrap();
    let flags = ["--file", "in here/s.yaml", "--env", "dev", "--local"];
    let run = |words: &[&str]| place.run(&[words, &flags[..]].concat());
    let told = "--file 'in here/s.yaml' --env dev --local`";
    assert_eq!(run(&["apply", "--yes"]).code, 0);
    // behind a remark, a blocker and an error of a plan, and in JSON
    let plan = run(&["plan"]);
    let set = format!("`provision set shop/dev/config BASE_URL {told} reads");
    assert!(plan.stdout.contains(&set), "{}", plan.stdout);
    let flags =
        ["set", "shop/dev/config", "BASE_URL", flags[0], flags[1], "--env", "dev", "--local"];
    assert_eq!(place.run_with(&flags, b"https://example.com").code, 0);
    assert_eq!(run(&["destroy", "--yes"]).code, 0);
    let plan = run(&["plan"]);
    let restore = format!("hint: run `provision restore {told} to take it back");
    assert!(plan.stdout.contains(&restore), "{}", plan.stdout);
    assert!(plan.stderr.contains(&restore), "{}", plan.stderr);
    let plan = run(&["plan", "--output", "json"]);
    assert!(plan.stdout.contains(&format!("`provision restore {told}")), "{}", plan.stdout);
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

#[test]
fn usage_errors_are_json_too_and_repeat_no_word_that_was_typed() {
    let place = Workplace::new(MANIFEST);
    let cases: &[(&[&str], &str)] = &[
        (&["--output", "json", "--c4n4ry"], "unexpected argument"),
        (&["get", "--output=json"], "<SECRET>"),
        (&["plan", "c4n4ry", "--output", "json"], "unexpected argument"),
        (&["c4n4ry", "--output", "json"], "unrecognized subcommand"),
        (&["versions", "x", "--limit", "c4n4ry", "--output", "json"], "--limit <NUMBER>"),
        (&["--local", "--profile", "c4n4ry", "--output", "json"], "--local"),
        (&["set", "x", "y", "c4n4ry", "--c4n4ry", "--output", "json"], "never taken"),
    ];
    for (arguments, part) in cases {
        let run = place.run(arguments);
        assert_eq!(run.code, 64, "{arguments:?}");
        let document: serde_json::Value = serde_json::from_str(&run.stdout)
            .unwrap_or_else(|e| panic!("{arguments:?}: {e}: {} {}", run.stdout, run.stderr));
        assert_eq!(document["error"]["kind"], "usage");
        assert_eq!(document["error"]["exit_code"], 64);
        assert!(run.stdout.contains(part), "{arguments:?}: {}", run.stdout);
        assert!(!run.stdout.contains("c4n4ry") && run.stderr.is_empty(), "{arguments:?}");
    }
}

#[test]
fn help_offers_a_dry_run_where_there_is_one() {
    let place = Workplace::new(MANIFEST);
    for (command, known) in
        [("set", false), ("pin", false), ("plan", false), ("import", true), ("unset", true)]
    {
        let run = place.run(&[command, "--help"]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        assert_eq!(run.stdout.contains("      --dry-run"), known, "{command}: {}", run.stdout);
    }
}

#[test]
fn what_is_said_besides_has_no_colour_in_a_pipe() {
    let place = Workplace::new(MANIFEST);
    let run = place.run(&["--env", "dev", "--local", "--yes", "-vv"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stderr.contains("made"), "{}", run.stderr);
    assert!(!run.stderr.contains('\u{1b}'), "{}", run.stderr);
}

#[test]
fn a_reader_that_goes_ends_the_command_quietly() {
    let place = Workplace::new(MANIFEST);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_provision"));
    let output = command
        .current_dir(place.path())
        .env_clear()
        .args(["plan", "--env", "dev", "--local"])
        .stdout(writer)
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap()
        .wait_with_output()
        .unwrap();
    assert_eq!(output.status.code(), Some(141));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(!stderr.contains("error") && !stderr.contains("pipe"), "{stderr}");
}

#[test]
fn a_secret_that_waits_to_be_deleted_has_one_hint_and_the_right_one() {
    let place = Workplace::applied(MANIFEST);
    assert_eq!(place.run(&["destroy", "--env", "dev", "--local", "--yes"]).code, 0);
    let run = place.run_with(&["set", "api-keys", "TOKEN", "--env", "dev", "--local"], b"x");
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert_eq!(run.stderr.matches("hint:").count(), 1, "{}", run.stderr);
    assert!(run.stderr.contains("`provision restore --env dev --local`"), "{}", run.stderr);
    let run = place.run(&["get", "api-keys", "--env", "dev", "--local"]);
    assert!(run.stdout.contains("deleted, with a way back, at 20"), "{}", run.stdout);
}

#[test]
fn values_as_json_where_json_is_wanted() {
    let place = Workplace::applied(MANIFEST);
    let set = ["set", "api-keys", "TOKEN", "--env", "dev", "--local"];
    assert_eq!(place.run_with(&set, b"it's").code, 0);
    let export = ["export", "--env", "dev", "--local", "--reveal", "--output", "json"];
    let run = place.run(&export);
    let document: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(document["TOKEN"], "it's");
    let run = place.run(&[&export[..], &["--format", "env"]].concat());
    assert_eq!(run.code, 64, "{}", run.stdout);
    assert!(!run.stdout.contains("it's"));
}

#[test]
fn files_of_others_are_told_by_their_folder() {
    let place = Workplace::new(MANIFEST);
    let out = |env| ["render", "terraform", "--env", env, "--out", "infrastructure"];
    assert_eq!(place.run(&out("dev")).code, 0);
    let run = place.run(&out("prod"));
    assert_eq!(run.code, 3, "{}", run.stderr);
    assert!(run.stderr.contains("`infrastructure` holds `main.tf`, "), "{}", run.stderr);
    assert!(run.stderr.contains(" more files, and what is rendered"), "{}", run.stderr);
    assert_eq!(run.stderr.matches(".tf`").count(), 3, "{}", run.stderr);
}

#[test]
fn help_has_no_colour_where_none_is_wanted() {
    let place = Workplace::new(MANIFEST);
    let shown = |arguments: &[&str]| {
        let output = place.command().env("CLICOLOR_FORCE", "1").args(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(shown(&["-h"]).contains('\u{1b}'), "it has some where it is wanted");
    for arguments in [["-h", "--no-color"], ["--no-color", "-h"], ["--help", "--no-color"]] {
        assert!(!shown(&arguments).contains('\u{1b}'), "{arguments:?}");
    }
}

/// Runs it where no file may grow, as on a full disk
fn on_a_full_disk(place: &Workplace, arguments: &[&str], stdin: &[u8]) -> (i32, String) {
    const SCRIPT: &str = "trap '' XFSZ; ulimit -f 0; exec \"$0\" \"$@\"";
    let output = assert_cmd::Command::new("sh")
        .args(["-c", SCRIPT, env!("CARGO_BIN_EXE_provision")])
        .args(arguments)
        .current_dir(place.path())
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .write_stdin(stdin)
        .output()
        .unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn a_full_disk_leaves_files_as_they_were_and_is_named() {
    let place = Workplace::applied(MANIFEST);
    let plan = ["plan", "--env", "dev", "--local", "--out", "plan.json"];
    let page = ["access", "--html", "page.html", "--env", "dev"];
    let names = || {
        let entries = std::fs::read_dir(place.path()).unwrap();
        entries.map(|entry| entry.unwrap().file_name()).collect::<std::collections::BTreeSet<_>>()
    };
    let before = names();
    let commands: [&[&str]; 5] = [
        &plan,
        &page,
        &["man", "man"],
        &["init", "--file", "new.yaml"],
        &["render", "sam", "--env", "dev", "--out", "sam"],
    ];
    for command in commands {
        let (code, stderr) = on_a_full_disk(&place, command, b"");
        assert_eq!(code, 1, "{command:?}: {stderr}");
        assert!(stderr.contains("File too large (os error 27)"), "{command:?}: {stderr}");
    }
    for folder in ["man", "sam"] {
        assert_eq!(std::fs::read_dir(place.path().join(folder)).unwrap().count(), 0);
        std::fs::remove_dir(place.path().join(folder)).unwrap();
    }
    assert_eq!(names(), before, "no file is begun and left");
    assert_eq!(place.run(&plan).code, 0);
    let saved = std::fs::read_to_string(place.path().join("plan.json")).unwrap();
    assert_eq!(on_a_full_disk(&place, &plan, b"").0, 1);
    assert_eq!(std::fs::read_to_string(place.path().join("plan.json")).unwrap(), saved);
    let set = ["set", "greeting", "--env", "dev", "--local"];
    let (code, stderr) = on_a_full_disk(&place, &set, b"canary-of-a-full-disk");
    let told = "error: secretsmanager:PutSecretValue failed: the state of `--local` could not be saved: \
                File too large (os error 27)\nhint: make room on the disk of `.provision/`";
    assert!(code == 1 && stderr.contains(told), "{stderr}");
    assert!(!stderr.contains("canary"), "{stderr}");
    assert_eq!(place.run_with(&set, b"hello").code, 0, "what was saved is whole");
}

#[test]
fn a_state_that_cannot_be_written_is_not_to_be_moved_away() {
    let place = Workplace::new(MANIFEST);
    place.write(".provision", "in the way");
    let run = place.run(&["plan", "--env", "dev", "--local"]);
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains(".provision`: File exists (os error 17)"), "{}", run.stderr);
    assert!(run.stderr.contains("see that it can be read and written"), "{}", run.stderr);
    assert!(!run.stderr.contains("move it away"), "{}", run.stderr);
}
