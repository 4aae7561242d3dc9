//! SnapStart under a Runtime API with the endpoints of the restore, and the real runtime client.

use serde_json::{Value, json};

use crate::cached::{results, steps};
use crate::connection::{container, server_with_credentials};
use crate::harness::Run;
use crate::server::{Reply, Server};

trials![
    nothing_is_held_in_the_snapshot_and_everything_is_back_after_it,
    the_credentials_are_those_of_the_restored_sandbox,
    a_restore_waits_for_nobody_for_long,
    a_pool_of_keys_is_empty_in_the_snapshot_and_full_after_it,
    the_runtime_restores_what_it_held,
];

const NAME: &str = "miyabi/prod/api-keys";

fn nothing_is_held_in_the_snapshot_and_everything_is_back_after_it() {
    let server = Server::start();
    server.on(NAME, [Reply::Text("before".to_owned()), Reply::Text("after".to_owned())]);
    let run = steps(&server, json!([["get", NAME], ["snapshot"], ["get", NAME]])).go();
    let results = results(&run);
    assert_eq!(results[1], json!({"before": true, "held": 0, "after": true, "back": 1}));
    assert_eq!(results[2]["text"], "after");
    assert_eq!(server.asked().len(), 2);
}

fn the_credentials_are_those_of_the_restored_sandbox() {
    let server = server_with_credentials();
    server.text(NAME, "x");
    let list = json!([["get", NAME], ["snapshot"]]);
    container(&server).order("mode", "steps").order("steps", list).go();
    let paths: Vec<String> = server.seen().into_iter().map(|seen| seen.path).collect();
    assert_eq!(paths, ["/credentials", "/", "/credentials", "/"]);
}

fn a_restore_waits_for_nobody_for_long() {
    let server = Server::start();
    let names: Vec<String> = (0..12).map(|number| format!("s{number}")).collect();
    let mut list: Vec<Value> = Vec::new();
    for name in &names {
        server.on(name, [Reply::Text("x".to_owned()), Reply::Silence]);
        list.push(json!(["get", name]));
    }
    list.push(json!(["snapshot"]));
    let run = steps(&server, json!(list)).go();
    let after = &results(&run)[names.len()];
    assert_eq!((&after["after"], &after["back"]), (&json!(true), &json!(0)));
    // one after the other they would have been asked for, each with a deadline of its own
    let asked_again =
        names.iter().filter(|name| server.asked().iter().filter(|one| one == name).count() > 1);
    assert!(asked_again.count() < names.len());
}

fn a_pool_of_keys_is_empty_in_the_snapshot_and_full_after_it() {
    let server = Server::start();
    let keys = |text: &str| Reply::Text(format!("{{\"api_key\":\"{text}\"}}"));
    server.on(NAME, [keys("before"), keys("after")]);
    let run = steps(&server, json!([["pool_snapshot", NAME]])).go();
    assert_eq!(results(&run)[0], json!({"before": "before", "held": 0, "after": "after"}));
}

fn the_runtime_restores_what_it_held() {
    let server = Server::start();
    server.text(NAME, "x");
    server.on("/2018-06-01/runtime/restore/next", [Reply::Raw(String::new())]);
    server.on("/2018-06-01/runtime/invocation/next", [Reply::Silence]);
    let run = Run::new(&server)
        .order("mode", "runtime")
        .order("secret", NAME)
        .env("AWS_LAMBDA_RUNTIME_API", &format!("127.0.0.1:{}", server.port()))
        .env("AWS_LAMBDA_INITIALIZATION_TYPE", "snap-start")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
        .env("AWS_LAMBDA_LOG_STREAM_NAME", "s")
        .env("AWS_LAMBDA_LOG_GROUP_NAME", "g")
        .go();
    run.is("calls", 2);
    let paths: Vec<String> = server.seen().into_iter().map(|seen| seen.path).collect();
    let order = ["/", "/2018-06-01/runtime/restore/next", "/"];
    assert_eq!(paths[..3], order);
}
