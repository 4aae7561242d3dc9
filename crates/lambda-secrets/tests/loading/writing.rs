//! Storing a value by compare-and-swap, in a moto that is started for it.

use serde_json::{Value, json};

use crate::cached::results;
use crate::moto::Moto;

trials![a_value_is_stored_by_compare_and_swap];

fn a_value_is_stored_by_compare_and_swap() {
    // it takes longer to start than all of this to run
    let moto = Moto::start();
    a_value_is_stored_and_read_back(&moto);
    a_key_is_set_beside_the_others(&moto);
    a_value_that_was_not_seen_is_not_overwritten(&moto);
    the_first_value_is_stored_too(&moto);
    what_cannot_be_stored_is_an_error_that_does_not_show_it(&moto);
}

fn a_value_is_stored_and_read_back(moto: &Moto) {
    let name = "pr-agent/secrets";
    moto.create(name, Some("old"));
    let list = json!([
        ["get", name],
        ["store", name, "new"],
        ["stats"],
        ["store", name, "newest"],
        ["stage", name, "AWSPREVIOUS"]
    ]);
    let run = moto.steps(list).go();
    let results = results(&run);
    assert_eq!(results[2]["entries"], 0, "what was kept is old");
    assert_eq!(results[4]["text"], "new");
    assert_eq!(results[4]["version"], results[1]["version"]);
    assert_eq!(moto.text(name), "newest");
    assert_eq!(moto.labels(name), ["AWSCURRENT", "AWSPREVIOUS"]);
}

fn a_key_is_set_beside_the_others(moto: &Moto) {
    moto.create("meta-agents/openai", Some(r#"{"api_key":"old","n":1.50,"o":{"a":[1, 2]}}"#));
    let list = json!([["store_key", "meta-agents/openai", "api_key", "new \"key\""]]);
    moto.steps(list).go();
    let text = moto.text("meta-agents/openai");
    assert_eq!(text, r#"{"n":1.50,"o":{"a":[1, 2]},"api_key":"new \"key\""}"#);
}

fn a_value_that_was_not_seen_is_not_overwritten(moto: &Moto) {
    moto.create("s", Some("old"));
    let run = moto.steps(json!([["put_over", "s", ""]])).go();
    assert_eq!(results(&run)[0]["error"], "conflict");
    assert_eq!(moto.text("s"), "another writer's");
    assert_eq!(moto.labels("s"), ["AWSCURRENT", "AWSPREVIOUS"], "no label is left behind");
}

fn the_first_value_is_stored_too(moto: &Moto) {
    moto.create("empty", None);
    let run = moto.steps(json!([["store", "empty", "first"], ["value", "empty"]])).go();
    assert_eq!(results(&run)[1], "first");
}

fn what_cannot_be_stored_is_an_error_that_does_not_show_it(moto: &Moto) {
    moto.create("plain", Some("canary-old"));
    let list = json!([
        ["store", "none", "canary-new"],
        ["store_key", "plain", "k", "canary-new"],
        ["store", "a b", "canary-new"]
    ]);
    let run = moto.steps(list).go();
    let kinds: Vec<&Value> = results(&run).iter().map(|result| &result["error"]).collect();
    assert_eq!(
        kinds,
        ["not_found", "unfit", "invalid_secret_name"].map(|kind| json!(kind)).each_ref()
    );
    for canary in ["canary-old", "canary-new"] {
        assert!(!run.log.contains(canary) && !run.shown().contains(canary), "{canary}");
    }
    assert_eq!(moto.text("plain"), "canary-old");
}
