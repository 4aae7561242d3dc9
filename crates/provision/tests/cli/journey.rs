//! The main job from the first run to the end.

use crate::workplace::{MANIFEST, Workplace};

const LOCAL: [&str; 3] = ["--env", "dev", "--local"];

fn with<'a>(more: &[&'a str]) -> Vec<&'a str> {
    more.iter().copied().chain(LOCAL).collect()
}

#[test]
fn the_first_run_shows_everything_that_it_makes() {
    let place = Workplace::new(MANIFEST);
    let run = place.run(&with(&["--yes"]));
    assert_eq!(run.code, 0, "{}", run.stderr);
    insta::assert_snapshot!(run.stdout);
    assert!(run.stderr.contains("do not keep real secrets there"), "{}", run.stderr);
}

#[test]
fn a_second_run_has_nothing_to_do() {
    let place = Workplace::applied(MANIFEST);
    let run = place.run(&with(&["--yes"]));
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.contains("Nothing to do"), "{}", run.stdout);
    let run = place.run(&with(&["plan", "--detailed-exitcode"]));
    assert_eq!(run.code, 0, "{}", run.stdout);
    assert!(place.plan()["changes"].as_array().unwrap().is_empty());
}

#[test]
fn a_value_goes_in_by_stdin_and_comes_out_in_the_environment() {
    let place = Workplace::applied(MANIFEST);
    for (arguments, value) in [
        (vec!["set", "api-keys", "TOKEN"], &b"t0ken\n"[..]),
        (vec!["set", "api-keys", "openai.key"], b"sk"),
        (vec!["set", "greeting"], "hello, w\u{f6}rld\r\n".as_bytes()),
        (vec!["set", "keystore"], b"\x00\xff\x01"),
    ] {
        let run = place.run_with(&with(&arguments), value);
        assert_eq!(run.code, 0, "{arguments:?}: {}", run.stderr);
        let run = place.run_with(&with(&arguments), value);
        assert!(run.stdout.contains("Nothing to do"), "{arguments:?}: {}", run.stdout);
    }
    let script = "printf '%s|' \"$TOKEN\" \"$OPENAI__KEY\" \"$GREETING\" \"$CLIENT_ID\" \"${KEYSTORE-unset}\"";
    let arguments = [&["run"][..], &LOCAL, &["--", "sh", "-c", script]].concat();
    let run = place.run(&arguments);
    assert_eq!(run.stdout, "t0ken|sk|hello, w\u{f6}rld|shop-client|unset|", "{}", run.stderr);
    assert_eq!(run.code, 0);
    assert!(place.plan()["changes"].as_array().unwrap().is_empty(), "values are no drift");
}

#[test]
fn what_is_set_already_stays_and_the_commands_code_is_passed_on() {
    let place = Workplace::applied(MANIFEST);
    place.run_with(&with(&["set", "api-keys", "TOKEN"]), b"from-aws");
    let script = "printf %s \"$TOKEN\"; exit 9";
    let output = place
        .command()
        .args([&["run"][..], &LOCAL, &["--", "sh", "-c", script]].concat())
        .env("TOKEN", "from-shell")
        .output()
        .unwrap();
    assert_eq!(output.stdout, b"from-shell");
    assert_eq!(output.status.code(), Some(9));
}

#[test]
fn a_run_that_cannot_start_its_command_has_codes_of_its_own() {
    let place = Workplace::applied(MANIFEST);
    place.write("plain", "no program");
    let code = |command: &str| place.run(&[&["run"][..], &LOCAL, &["--", command]].concat()).code;
    assert_eq!(code("./plain"), 126);
    assert_eq!(code("./missing"), 127);
    let run = place.run(&["run", "--env", "nowhere", "--local", "--", "true"]);
    assert_eq!(run.code, 125, "{}", run.stderr);
}

#[test]
fn a_destroyed_environment_comes_back_with_its_values() {
    let place = Workplace::applied(MANIFEST);
    place.run_with(&with(&["set", "api-keys", "TOKEN"]), b"kept");
    let run = place.run(&with(&["destroy", "--yes"]));
    assert_eq!(run.code, 0, "{}", run.stderr);
    insta::assert_snapshot!(run.stdout);
    let run = place.run(&with(&["plan"]));
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("provision restore"), "{}", run.stderr);
    assert_eq!(place.run(&with(&["restore", "--yes"])).code, 0);
    assert_eq!(place.run(&with(&["--yes"])).code, 0);
    let run = place.run(&[&["run"][..], &LOCAL, &["--", "printenv", "TOKEN"]].concat());
    assert_eq!(run.stdout, "kept\n", "{}", run.stderr);
}

#[test]
fn a_plan_with_nothing_to_do_costs_a_handful_of_calls() {
    let secrets: String = (0..100).map(|i| format!("  s{i:03}: {{ keys: [A, B] }}\n")).collect();
    let functions: String =
        (0..10).map(|i| format!("  f{i}: {{ reads: [s{i:03}, s{:03}] }}\n", i + 50)).collect();
    let place = Workplace::new(&format!(
        "project: shop\nregion: eu-west-1\nenvironments: {{ dev: {{}} }}\nsecrets:\n{secrets}functions:\n{functions}"
    ));
    let run = place.run(&with(&["--yes", "--output", "json"]));
    let applied: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let calls = applied["plan"]["api_calls"]["total"].as_u64().unwrap();
    let resources = 1 + 1 + 100 + 10 + 10;
    println!("from nothing: {calls} calls for {resources} resources");
    assert!(calls <= 25 + resources * 3 / 2, "{calls}");
    let calls = place.plan()["api_calls"]["total"].as_u64().unwrap();
    println!("nothing to do: {calls} calls");
    assert!(calls <= 25, "{calls}");
}
