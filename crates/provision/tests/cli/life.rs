//! The life of a value: set, imported, compared, rolled back, pinned, promoted, exported.

use std::process::{Command, Stdio};

use serde_json::Value;

use crate::workplace::{MANIFEST, Run, Workplace};

const LOCAL: [&str; 3] = ["--env", "dev", "--local"];

pub(crate) fn with<'a>(more: &[&'a str]) -> Vec<&'a str> {
    more.iter().copied().chain(LOCAL).collect()
}

pub(crate) fn set(place: &Workplace, key: &str, value: &str) {
    let run = place.run_with(&with(&["set", "api-keys", key]), value.as_bytes());
    assert_eq!(run.code, 0, "{}", run.stderr);
}

pub(crate) fn json(run: &Run) -> Value {
    serde_json::from_str(&run.stdout).unwrap_or_else(|e| panic!("{e}: {}", run.stderr))
}

pub(crate) fn value(place: &Workplace, arguments: &[&str]) -> String {
    let run = place.run(&with(&[&["get", "--reveal"], arguments].concat()));
    assert_eq!(run.code, 0, "{}", run.stderr);
    run.stdout
}

pub(crate) fn versions(place: &Workplace) -> Vec<Value> {
    let run = place.run(&with(&["versions", "api-keys", "--output", "json"]));
    json(&run)["versions"].as_array().unwrap().clone()
}

#[test]
fn several_keys_are_one_write() {
    let place = Workplace::applied(MANIFEST);
    let before = versions(&place).len();
    place.write("key.txt", "from-file\n");
    let run =
        place.run_with(&with(&["set", "api-keys", "TOKEN=-", "openai.key=@key.txt"]), b"t0ken\n");
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(run.stdout, "Set TOKEN, openai.key in shop/dev/api-keys\n");
    assert_eq!(versions(&place).len(), before + 1);
    assert_eq!(value(&place, &["api-keys", "TOKEN"]), "t0ken");
    assert_eq!(value(&place, &["api-keys", "openai.key"]), "from-file");
    let run = place.run_with(&with(&["set", "api-keys", "TOKEN=-", "CLIENT_ID=-"]), b"a\nb\n");
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(value(&place, &["api-keys", "CLIENT_ID"]), "b");
    let before = versions(&place).len();
    for (arguments, stdin, code, part) in [
        (&["TOKEN=-", "CLIENT_ID=-"][..], &b"a\n"[..], 1, "1 line and 2 keys"),
        (&["TOKEN=-", "CLIENT_ID=-"], b"a\nb\nc\n", 1, "3 lines and 2 keys"),
        (&["TOKEN=-", "CLIENT_ID=-"], b"a\n\n", 1, "empty"),
        (&["TOKEN=-", "CLIENT_ID=canary"], b"a\n", 64, "never taken from the command line"),
        (&["TOKEN=-", "CLIENT_ID"], b"a\n", 64, "never taken from the command line"),
        (&["TOKEN=-", "TOKEN=-"], b"a\nb\n", 64, "twice"),
        (&["TOKEN=-", "canary=-"], b"a\nb\n", 1, "no such key"),
        (&["TOKEN=@-", "CLIENT_ID=-"], b"a\n", 1, "1 line and 2 keys"),
        (&["TOKEN", "--generate", "64,hex"], b"", 64, "behind `=`: `--generate=64,hex`"),
        (&["TOKEN=@none.txt"], b"", 1, "cannot read `none.txt`"),
        (&["TOKEN=@canary"], b"", 1, "cannot read the file"),
    ] {
        let run = place.run_with(&with(&[&["set", "api-keys"], arguments].concat()), stdin);
        assert_eq!(run.code, code, "{arguments:?}: {}", run.stderr);
        assert!(run.stderr.contains(part), "{arguments:?}: {}", run.stderr);
        assert!(!run.stderr.contains("canary"), "{arguments:?}: {}", run.stderr);
    }
    assert_eq!(versions(&place).len(), before, "nothing was written");
}

#[test]
fn values_come_from_files_and_from_chance() {
    let place = Workplace::applied(MANIFEST);
    place.write("value", "line one\nline two\n");
    let run = place.run(&with(&["set", "greeting", "--from-file", "value"]));
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(value(&place, &["greeting"]), "line one\nline two");
    let run = place.run_with(&with(&["set", "greeting", "--from-file", "-"]), b"piped\n");
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(value(&place, &["greeting"]), "piped");
    std::fs::write(place.path().join("bytes"), b"\0\xff\n").unwrap();
    let run = place.run(&with(&["set", "keystore", "--from-file", "bytes"]));
    assert_eq!(run.code, 0, "{}", run.stderr);
    let run = place.run(&with(&["get", "keystore", "--reveal", "--output", "json"]));
    assert_eq!(json(&run)["value"], "AP8K");
    assert_eq!(json(&run)["binary"], true);
    let run = place.run(&with(&["set", "api-keys", "TOKEN", "--generate=48,hex"]));
    assert_eq!(run.code, 0, "{}", run.stderr);
    let first = value(&place, &["api-keys", "TOKEN"]);
    assert!(first.len() == 48 && first.bytes().all(|b| b.is_ascii_hexdigit()), "{}", first.len());
    let run = place.run(&with(&["set", "api-keys", "TOKEN", "--generate"]));
    assert_eq!(run.code, 3, "{}", run.stderr);
    assert!(run.stderr.contains("TOKEN in shop/dev/api-keys exists, and nobody"), "{}", run.stderr);
    assert!(run.stderr.contains("hint: `--yes` replaces it"), "{}", run.stderr);
    assert_eq!(value(&place, &["api-keys", "TOKEN"]), first, "the only one there is");
    let run = place.run(&with(&["set", "api-keys", "TOKEN", "--generate", "--yes"]));
    assert_eq!(run.code, 0, "{}", run.stderr);
    let second = value(&place, &["api-keys", "TOKEN"]);
    assert!(second.len() == 32 && second != first);
    assert_eq!(place.run(&with(&["set", "api-keys", "TOKEN", "--empty"])).code, 3);
    let run = place.run(&with(&["set", "api-keys", "TOKEN", "--empty", "--yes"]));
    assert_eq!((run.code, &*value(&place, &["api-keys", "TOKEN"])), (0, ""), "{}", run.stderr);
    assert_eq!(place.run(&with(&["set", "greeting", "--empty"])).code, 64);
    let run = place.run(&with(&["set", "api-keys", "TOKEN", "--generate=canary"]));
    assert_eq!(run.code, 64);
    assert!(!run.stderr.contains("canary"), "{}", run.stderr);
}

#[test]
fn metadata_comes_without_the_value_and_the_value_only_where_it_is_asked_for() {
    let place = Workplace::applied(MANIFEST);
    set(&place, "TOKEN", "canary");
    let run = place.run(&with(&["get", "api-keys"]));
    assert_eq!(run.code, 0, "{}", run.stderr);
    for part in ["shop/dev/api-keys", "arn:aws:", "keys CLIENT_ID, TOKEN", "KMS key arn:aws:kms"] {
        assert!(run.stdout.contains(part), "{part}: {}", run.stdout);
    }
    assert!(!run.stdout.contains("canary"), "{}", run.stdout);
    let document = json(&place.run(&with(&["get", "api-keys", "openai.key", "--output", "json"])));
    assert_eq!(document["is_set"], false);
    assert_eq!(value(&place, &["api-keys"]), r#"{"CLIENT_ID":"shop-client","TOKEN":"canary"}"#);
    assert_eq!(value(&place, &["api-keys", "TOKEN", "--at", "current"]), "canary");
    for (arguments, code, part) in [
        (&["get", "api-keys", "openai.key", "--reveal"][..], 1, "not set"),
        (&["get", "config", "--reveal"], 1, "no value yet"),
        (&["get", "api-keys", "--at", "nowhere", "--reveal"], 1, "no such version"),
        (&["get", "none"], 1, "no such secret"),
        (&["get", "api-keys", "none"], 1, "no such key"),
    ] {
        let run = place.run(&with(arguments));
        assert_eq!(run.code, code, "{arguments:?}: {}", run.stderr);
        assert!(run.stderr.contains(part), "{arguments:?}: {}", run.stderr);
    }
}

#[test]
fn an_export_is_what_an_import_reads() {
    let place = Workplace::applied(MANIFEST);
    let odd = "it's \"$5\"\n\tand `more`\r\\n# end";
    set(&place, "TOKEN", odd);
    let run = place.run(&with(&["export"]));
    assert_eq!(run.stdout, "CLIENT_ID from shop/dev/api-keys\nTOKEN from shop/dev/api-keys\n");
    assert!(run.stderr.contains("--reveal"), "{}", run.stderr);
    for format in ["env", "json", "yaml"] {
        let run = place.run(&with(&["export", "--reveal", "--format", format]));
        assert_eq!(run.code, 0, "{}", run.stderr);
        let other = Workplace::applied(MANIFEST);
        other.write("values", &run.stdout);
        let run = other.run(&with(&["import", "values", "--format", format, "--yes"]));
        assert_eq!(run.code, 0, "{format}: {}", run.stderr);
        assert_eq!(value(&other, &["api-keys", "TOKEN"]), odd, "{format}");
    }
    let chosen =
        ["export", "--reveal", "--format", "json", "--only", "CLIENT_ID", "--prefix", "X_"];
    let run = place.run(&with(&chosen));
    assert_eq!(run.stdout, "{\n  \"X_CLIENT_ID\": \"shop-client\"\n}\n");
    let run = place.run(&with(&["export", "--format", "json"]));
    assert_eq!((run.code, run.stdout.as_str()), (64, ""), "names are no values as JSON");
    assert!(run.stderr.contains("hint: `--reveal` writes them"), "{}", run.stderr);
    let run = place.run(&with(&["export", "--only", "NONE"]));
    assert!(
        run.code == 1 && run.stderr.contains("neither a secret nor a variable"),
        "{}",
        run.stderr
    );
}

#[test]
fn versions_tell_which_keys_changed() {
    let place = Workplace::applied(MANIFEST);
    set(&place, "TOKEN", "canary1");
    set(&place, "TOKEN", "canary2");
    let run = place.run(&with(&["versions", "api-keys"]));
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(!run.stdout.contains("canary"), "{}", run.stdout);
    let found = versions(&place);
    let words: Vec<(String, Value)> =
        found.iter().map(|v| (v["labels"].to_string(), v["difference"]["keys"].clone())).collect();
    assert_eq!(words.len(), 3, "{words:?}");
    assert_eq!(words[0].0, "[\"AWSCURRENT\"]");
    assert_eq!(words[0].1["changed"], serde_json::json!(["TOKEN"]));
    assert_eq!(words[1].1["added"], serde_json::json!(["TOKEN"]));
    assert_eq!(words[2].1["added"], serde_json::json!(["CLIENT_ID"]));
    let written = |version: &Value| version["created"].as_str().is_some_and(|it| it.ends_with('Z'));
    assert!(found.iter().all(written), "{found:?}");
    let run = place.run(&with(&["versions", "api-keys", "--limit", "1"]));
    assert!(run.stdout.contains("the newest 1 of 3 versions"), "{}", run.stdout);
    let run = place.run(&with(&["versions", "config"]));
    assert!(run.stdout.contains("has no value yet"), "{}", run.stdout);
}

#[test]
fn a_difference_names_keys_and_never_values() {
    let place = Workplace::applied(MANIFEST);
    set(&place, "TOKEN", "canary1");
    set(&place, "TOKEN", "canary2");
    let run = place.run(&with(&["diff", "api-keys"]));
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(
        run.stdout.contains("~ TOKEN") && run.stdout.contains("the same: CLIENT_ID"),
        "{}",
        run.stdout
    );
    assert!(!run.stdout.contains("canary"), "{}", run.stdout);
    let first = versions(&place)[2]["id"].as_str().unwrap().to_owned();
    let run = place.run(&with(&["diff", &format!("api-keys@{}", &first[..8])]));
    assert!(run.stdout.contains("+ TOKEN"), "{}", run.stdout);
    let run = place.run(&with(&["diff", "api-keys@AWSPREVIOUS", "api-keys@AWSPREVIOUS"]));
    assert!(run.stdout.contains("the same: CLIENT_ID, TOKEN"), "{}", run.stdout);
    for (arguments, part) in [
        (&["diff", "api-keys@canary"][..], "no such version"),
        (&["diff", "canary@current"], "no such secret"),
        (&["diff"], "is not said"),
    ] {
        let run = place.run(&with(arguments));
        assert!(run.code != 0 && run.stderr.contains(part), "{arguments:?}: {}", run.stderr);
        assert!(!run.stderr.contains("canary"), "{}", run.stderr);
    }
    assert_eq!(place.run(&["--env", "prod", "--local", "--yes"]).code, 0);
    let run = place.run(&with(&["diff", "--against", "prod", "--output", "json"]));
    let document = json(&run);
    let comparisons = document["comparisons"].as_array().unwrap();
    assert_eq!(comparisons.len(), 4);
    assert_eq!(comparisons[0]["difference"]["keys"]["removed"], serde_json::json!(["TOKEN"]));
    assert_eq!(comparisons[0]["equal"], false);
    assert_eq!(comparisons[1]["equal"], true, "both are empty");
    assert_eq!(place.run_with(&with(&["set", "greeting"]), b"hello").code, 0);
    let run = place.run(&with(&["diff", "greeting", "--against", "prod"]));
    assert!(run.stdout.contains("- the value"), "{}", run.stdout);
    let run = place.run(&["diff", "greeting", "--env", "prod", "--local", "--against", "dev"]);
    assert!(run.stdout.contains("+ the value"), "{}", run.stdout);
    for (sides, code) in [
        (&["api-keys"][..], 2),
        (&["api-keys", "api-keys"], 0),
        (&["config", "--against", "prod"], 0),
        (&["--against", "prod"], 2),
    ] {
        let run = place.run(&with(&[&["diff", "--exit-code"], sides].concat()));
        assert_eq!(run.code, code, "{sides:?}: {}{}", run.stdout, run.stderr);
    }
}

#[test]
fn a_rollback_makes_an_old_value_new() {
    let place = Workplace::applied(MANIFEST);
    set(&place, "TOKEN", "one");
    set(&place, "TOKEN", "two");
    set(&place, "TOKEN", "three");
    let count = versions(&place).len();
    let run = place.run(&with(&["rollback", "api-keys", "--dry-run"]));
    assert!(run.code == 0 && run.stdout.contains("~ TOKEN"), "{}", run.stderr);
    assert_eq!(place.run(&with(&["rollback", "api-keys"])).code, 3, "nobody can be asked");
    assert_eq!(value(&place, &["api-keys", "TOKEN"]), "three");
    let run = place.run(&with(&["rollback", "api-keys", "--yes"]));
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(value(&place, &["api-keys", "TOKEN"]), "two");
    assert_eq!(versions(&place).len(), count + 1, "a new version");
    assert_eq!(value(&place, &["api-keys", "TOKEN", "--at", "previous"]), "three");
    let one = versions(&place)[3]["id"].as_str().unwrap().to_owned();
    let run = place.run(&with(&["rollback", "api-keys", "--to", &one[..8], "--yes"]));
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(value(&place, &["api-keys", "TOKEN"]), "one");
    let run = place.run(&with(&["rollback", "api-keys", "--to", &one, "--yes"]));
    assert!(run.stdout.contains("Nothing to do"), "{}", run.stdout);
    for (arguments, part) in [
        (&["rollback", "api-keys", "--to", "canary", "--yes"][..], "no such version"),
        (&["rollback", "config", "--yes"], "no version before"),
        (&["rollback", "none", "--yes"], "no such secret"),
    ] {
        let run = place.run(&with(arguments));
        assert_eq!(run.code, 1, "{arguments:?}");
        assert!(run.stderr.contains(part), "{arguments:?}: {}", run.stderr);
    }
}

#[test]
fn a_pin_keeps_a_version_by_a_label() {
    let place = Workplace::applied(MANIFEST);
    set(&place, "TOKEN", "one");
    let run = place.run(&with(&["pin", "api-keys", "--as", "good"]));
    assert_eq!(run.code, 0, "{}", run.stderr);
    let run = place.run(&with(&["pin", "api-keys"]));
    assert!(run.stdout.contains("pinned already"), "{}", run.stdout);
    set(&place, "TOKEN", "two");
    set(&place, "TOKEN", "three");
    assert_eq!(value(&place, &["api-keys", "TOKEN", "--at", "pin-good"]), "one");
    let run = place.run(&with(&["pin", "api-keys", "--as", "good"]));
    assert_eq!(run.code, 3, "the name is taken: {}", run.stdout);
    let run = place.run(&with(&["rollback", "api-keys", "--to", "pin-good", "--yes"]));
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(value(&place, &["api-keys", "TOKEN"]), "one");
    let run = place.run(&with(&["pin", "api-keys", "pin-good", "--remove"]));
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(versions(&place).iter().all(|v| !v["labels"].to_string().contains("pin-")));
    let run = place.run(&with(&["pin", "api-keys", "--remove"]));
    assert!(run.stdout.contains("Nothing to do"), "{}", run.stdout);
    let labels: Vec<String> = (0..16).map(|n| format!("p{n}")).collect();
    for label in &labels {
        assert_eq!(place.run(&with(&["pin", "api-keys", "--as", label])).code, 0, "{label}");
    }
    let run = place.run(&with(&["pin", "api-keys", "--as", "last"]));
    assert!(run.code == 3 && run.stderr.contains("16 labels"), "{}", run.stderr);
    set(&place, "TOKEN", "there is room to write");
}

#[test]
fn a_promotion_brings_values_to_another_environment() {
    let place = Workplace::applied(MANIFEST);
    assert_eq!(place.run(&["--env", "prod", "--local", "--yes"]).code, 0);
    set(&place, "TOKEN", "canary-of-dev");
    let prod = ["--env", "prod", "--local"];
    let set_prod = [&["set", "api-keys", "openai.key"][..], &prod].concat();
    assert_eq!(place.run_with(&set_prod, b"of-prod").code, 0);
    let run = place.run(&["promote", "dev", "prod", "--local", "--dry-run"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.contains("+ TOKEN added"), "{}", run.stdout);
    assert!(!run.stdout.contains("canary"), "{}", run.stdout);
    assert_eq!(place.run(&["promote", "dev", "prod", "--local"]).code, 3);
    let run = place.run(&["promote", "dev", "prod", "--local", "--yes"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let get = |key| place.run(&[&["get", "api-keys", key, "--reveal"][..], &prod].concat()).stdout;
    assert_eq!((get("TOKEN").as_str(), get("openai.key").as_str()), ("canary-of-dev", "of-prod"));
    let run = place.run(&["promote", "dev", "prod", "--local"]);
    assert!(run.stdout.contains("Nothing to do"), "{}", run.stdout);
    for (arguments, code, part) in [
        (&["promote", "dev", "dev", "--local"][..], 64, "two environments"),
        (&["promote", "dev", "none", "--local"], 1, "no environment"),
        (&["promote", "dev", "prod", "none", "--local"], 1, "no such secret"),
        (&["promote", "dev", "prod", "--only", "NONE", "--local"], 1, "no value there"),
        (&["promote", "dev", "prod", "--env", "dev", "--local"], 64, "names both"),
    ] {
        let run = place.run(arguments);
        assert_eq!(run.code, code, "{arguments:?}: {}", run.stderr);
        let said = [&run.stderr, "\n"].concat();
        assert!(said.contains(part), "{arguments:?}: {said}");
    }
}

#[test]
fn a_run_chooses_names_and_what_is_set_already() {
    let place = Workplace::applied(MANIFEST);
    set(&place, "TOKEN", "from-aws");
    let printed = |flags: &[&str], script: &str| {
        let output = place
            .command()
            .args([&["run"][..], &LOCAL, flags, &["--", "sh", "-c", script]].concat())
            .env("TOKEN", "from-shell")
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let all = "printf %s \"$TOKEN ${CLIENT_ID-unset} ${APP_TOKEN-unset}\"";
    assert_eq!(printed(&[], all), "from-shell shop-client unset");
    assert_eq!(printed(&["--keep"], all), "from-shell shop-client unset");
    assert_eq!(printed(&["--overwrite"], all), "from-aws shop-client unset");
    assert_eq!(printed(&["--overwrite", "--only", "TOKEN"], all), "from-aws unset unset");
    assert_eq!(printed(&["--only", "config"], all), "from-shell unset unset");
    assert_eq!(printed(&["--prefix", "APP_"], all), "from-shell unset from-aws");
    for (flags, code) in [(["--only", "none"], 125), (["--prefix", "1-"], 64)] {
        let run = place.run(&[&["run"][..], &LOCAL, &flags, &["--", "true"]].concat());
        assert_eq!(run.code, code, "{}", run.stderr);
    }
}

#[test]
fn signals_and_codes_of_a_command_are_its_own() {
    let place = Workplace::applied(MANIFEST);
    let started = |script: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_provision"));
        command
            .current_dir(place.path())
            .args([&["run"][..], &LOCAL, &["--", "sh", "-c", script]].concat())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap()
    };
    for (name, number) in [("TERM", 15), ("INT", 2), ("HUP", 1), ("USR1", 10)] {
        // the command tells when it is there, and what reaches it
        let script =
            format!("trap 'echo {name}; exit 7' {name}; echo ready; while :; do sleep 0.05; done");
        let mut child = started(&script);
        let mut lines =
            std::io::BufRead::lines(std::io::BufReader::new(child.stdout.take().unwrap()));
        assert_eq!(lines.next().unwrap().unwrap(), "ready");
        let sent =
            Command::new("kill").args([format!("-{number}"), child.id().to_string()]).status();
        assert!(sent.unwrap().success());
        assert_eq!(lines.next().unwrap().unwrap(), name);
        assert_eq!(child.wait().unwrap().code(), Some(7));
    }
    use std::os::unix::process::ExitStatusExt;
    assert_eq!(started("kill -KILL $$").wait().unwrap().signal(), Some(9));
    // a writer whose reader has gone is ended by the signal, as without this tool
    let mut child = started("yes; exit $?");
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(141), "sh reports SIGPIPE of what it runs");
}

#[test]
fn a_pipe_that_closes_ends_it_quietly() {
    let place = Workplace::applied(MANIFEST);
    set(&place, "TOKEN", "x");
    for arguments in
        [&["export", "--reveal"][..], &["get", "api-keys", "--reveal"], &["get", "api-keys"]]
    {
        let mut child = Command::new(env!("CARGO_BIN_EXE_provision"))
            .current_dir(place.path())
            .args(with(arguments))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(141), "{arguments:?}");
        // nobody wants to hear of it: what else is told stays told
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(!stderr.contains("error"), "{arguments:?}: {stderr}");
    }
}

#[test]
fn what_waits_to_be_deleted_is_told_by_every_command() {
    let place = Workplace::applied(MANIFEST);
    set(&place, "TOKEN", "one");
    set(&place, "TOKEN", "two");
    assert_eq!(place.run(&with(&["destroy", "--yes"])).code, 0);
    place.write("a.env", "TOKEN=three\n");
    for arguments in [
        &["set", "api-keys", "TOKEN"][..],
        &["import", "a.env", "--yes"],
        &["get", "api-keys", "--reveal"],
        &["export"],
        &["rollback", "api-keys", "--yes"],
        &["diff", "api-keys"],
    ] {
        let run = place.run_with(&with(arguments), b"three");
        assert_eq!(run.code, 1, "{arguments:?}: {}", run.stdout);
        assert!(run.stderr.contains("restore"), "{arguments:?}: {}", run.stderr);
    }
    let run = place.run(&with(&["get", "api-keys"]));
    assert!(run.code == 0 && run.stdout.contains("deleted, with a way back"), "{}", run.stdout);
    assert_eq!(place.run(&with(&["restore", "--yes"])).code, 0);
    assert_eq!(value(&place, &["api-keys", "TOKEN"]), "two");
}

#[test]
fn a_secret_that_is_no_object_is_left_alone() {
    let place = Workplace::applied(MANIFEST);
    let run = place.run_with(&with(&["set", "greeting"]), b"canary");
    assert_eq!(run.code, 0, "{}", run.stderr);
    place.write(
        "secrets.yaml",
        &MANIFEST.replace("greeting: { type: string }", "greeting: { keys: [A] }"),
    );
    place.write("a.env", "A=1\n");
    for arguments in [&["set", "greeting", "A"][..], &["import", "a.env", "--yes"]] {
        let run = place.run_with(&with(arguments), b"x");
        assert_eq!(run.code, 1, "{arguments:?}: {}", run.stdout);
        assert!(run.stderr.contains("not a JSON object"), "{arguments:?}: {}", run.stderr);
        assert!(!run.stderr.contains("canary"), "{}", run.stderr);
    }
    assert_eq!(value(&place, &["greeting"]), "canary");
}
