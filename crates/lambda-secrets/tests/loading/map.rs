//! `Secrets`: from inside a runtime with many threads, without the environment.

use serde_json::json;

use crate::harness::Run;
use crate::server::{Reply, Server};

trials![
    a_secret_and_a_key_of_it_are_read,
    a_key_that_is_missing_lists_those_that_exist,
    a_binary_secret_has_bytes_and_no_keys,
    failures_have_their_kind,
];

fn server() -> Server {
    let server = Server::start();
    let text = r#"{"GITHUB_TOKEN":"x\ny","PORT":8080,"OFF":null}"#;
    server.text("miyabi/prod/api-keys", text);
    server.on("miyabi/prod/cert", [Reply::Binary(vec![0, 1, 2])]);
    server
}

fn read(server: &Server, secret: &str) -> Run {
    Run::new(server).order("mode", "secrets").order("secret", secret)
}

fn a_secret_and_a_key_of_it_are_read() {
    let server = server();
    let run = read(&server, "miyabi/prod/api-keys").go();
    run.changed(json!({})).is("keys", json!(["GITHUB_TOKEN", "PORT", "OFF"]));
    for (key, value) in [("GITHUB_TOKEN", "x\ny"), ("PORT", "8080")] {
        let run = read(&server, "miyabi/prod/api-keys").order("key", key).go();
        run.is("value", value).changed(json!({}));
        assert!(run.document["outcome"]["debug"].as_str().expect("printed").contains("REDACTED"));
    }
}

fn a_key_that_is_missing_lists_those_that_exist() {
    let server = server();
    for key in ["MISSING", "OFF"] {
        let run = read(&server, "miyabi/prod/api-keys").order("key", key).go();
        run.is("error", "key_missing");
        assert!(run.shown().contains("it has GITHUB_TOKEN, PORT and OFF"), "{}", run.shown());
        run.keeps_secrets(&["8080"]);
    }
}

fn a_binary_secret_has_bytes_and_no_keys() {
    let server = server();
    let run = read(&server, "miyabi/prod/cert").go();
    run.is("bytes", 3).is("text", json!(null)).is("keys", json!([]));
}

fn failures_have_their_kind() {
    let server = server();
    read(&server, "miyabi/prod/none").go().is("error", "not_found");
    read(&server, "a b").go().is("error", "invalid_secret_name");
    server.on("miyabi/prod/api-keys", [Reply::Silence]);
    let run = read(&server, "miyabi/prod/api-keys").go();
    run.is("error", "timed_out");
    assert!(run.milliseconds() < crate::connection::LATE, "{} ms", run.milliseconds());
    let run = read(&server, "x").without("AWS_ACCESS_KEY_ID").go();
    run.is("error", "credentials_missing");
}
