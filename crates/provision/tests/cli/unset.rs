//! `unset`: keys go out of a JSON secret, and nothing else does.

use crate::life::{json, set, value, versions, with};
use crate::workplace::{MANIFEST, Workplace};

#[test]
fn a_key_is_taken_out_and_comes_back() {
    let place = Workplace::applied(MANIFEST);
    set(&place, "TOKEN", "canary");
    let whole = value(&place, &["api-keys"]);
    let count = versions(&place).len();
    let run = place.run(&with(&["unset", "api-keys", "TOKEN", "--dry-run"]));
    assert_eq!(run.code, 0, "{}", run.stderr);
    for part in ["shop/dev/api-keys\n", "  - TOKEN\n", "requires TOKEN"] {
        assert!(run.stdout.contains(part), "{part}: {}", run.stdout);
    }
    let run = place.run(&with(&["unset", "api-keys", "TOKEN"]));
    assert!(run.code == 3 && run.stderr.contains("`--yes`"), "{}", run.stderr);
    assert_eq!(versions(&place).len(), count, "nothing was written");
    let run = place.run(&with(&["unset", "api-keys", "TOKEN", "--yes"]));
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.contains("provision rollback api-keys --env dev"), "{}", run.stdout);
    assert_eq!(value(&place, &["api-keys"]), r#"{"CLIENT_ID":"shop-client"}"#);
    assert_eq!(versions(&place).len(), count + 1, "a new version");
    let run = place.run(&with(&["rollback", "api-keys", "--yes"]));
    assert!(run.code == 0 && run.stdout.contains("+ TOKEN"), "{}", run.stdout);
    assert_eq!(value(&place, &["api-keys"]), whole);
}

#[test]
fn a_key_that_the_manifest_no_longer_declares_can_go() {
    let place = Workplace::applied(MANIFEST);
    set(&place, "openai.key", "canary");
    place.write("secrets.yaml", &MANIFEST.replace("      openai.key: {}\n", ""));
    let arguments = ["unset", "api-keys", "openai.key", "CLIENT_ID", "--yes", "--output", "json"];
    let run = place.run(&with(&arguments));
    assert_eq!(run.code, 3, "{}", run.stdout);
    assert_eq!(json(&run)["error"]["kind"], "last_key");
    let hints = json(&run)["error"]["hints"].to_string();
    assert!(hints.contains("`provision set shop/dev/api-keys CLIENT_ID --env dev"), "{hints}");
    let none = "      CLIENT_ID: { default: shop-client }\n      openai.key: {}\n";
    place.write("secrets.yaml", &MANIFEST.replace(none, ""));
    let hints = json(&place.run(&with(&arguments)))["error"]["hints"].to_string();
    assert!(hints.contains("declare another key") && !hints.contains("provision set"), "{hints}");
    place.write("secrets.yaml", &MANIFEST.replace("      openai.key: {}\n", ""));
    set(&place, "TOKEN", "stays");
    let document = json(&place.run(&with(&arguments)));
    assert_eq!(document["removed"], serde_json::json!(["openai.key", "CLIENT_ID"]));
    assert!(document["version"].is_string() && document["dry_run"] == false, "{document}");
    assert_eq!(value(&place, &["api-keys"]), r#"{"TOKEN":"stays"}"#);
}

#[test]
fn what_cannot_be_taken_out_is_told_by_the_names_of_keys() {
    let place = Workplace::applied(MANIFEST);
    set(&place, "TOKEN", "canary");
    let count = versions(&place).len();
    for (arguments, code, part) in [
        (&["api-keys", "TOKN"][..], 1, "did you mean `TOKEN`? It has `CLIENT_ID`, `TOKEN`"),
        (&["api-keys", "openai.key"], 1, "no such key; nothing was changed"),
        (&["api-keys", "TOKEN", "TOKEN"], 64, "twice"),
        (&["api-keys"], 64, "not provided: <KEY>"),
        (&["greeting", "TOKEN"], 64, "holds one value and has no keys"),
        (&["config", "BASE_URL"], 1, "no value yet"),
        (&["none", "TOKEN"], 1, "no such secret"),
    ] {
        let run = place.run(&with(&[&["unset"], arguments, &["--yes"]].concat()));
        assert_eq!(run.code, code, "{arguments:?}: {}", run.stderr);
        assert!(run.stderr.contains(part), "{arguments:?}: {}", run.stderr);
        assert!(!run.stderr.contains("canary"), "{arguments:?}: {}", run.stderr);
    }
    assert_eq!(versions(&place).len(), count, "nothing was written");
}
