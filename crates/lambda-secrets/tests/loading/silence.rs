//! Nothing secret on the log, at any level, the SDK's own included.

use serde_json::json;

use crate::harness::Run;
use crate::server::{Reply, Server};

trials![
    a_load_logs_no_value_and_no_credential_at_trace,
    the_map_logs_no_value_and_no_credential_at_trace,
    failures_log_no_credential_at_trace,
];

const VALUE: &str = "canary-value-of-a-secret";

fn server() -> Server {
    let server = Server::start();
    server.text("miyabi/prod/api-keys", &format!("{{\"GITHUB_TOKEN\":\"{VALUE}\"}}"));
    server
}

fn a_load_logs_no_value_and_no_credential_at_trace() {
    let server = server();
    for at_once in [false, true] {
        // the SDK's own switch for writing bodies to the log
        let run = Run::new(&server)
            .names(&["api-keys"])
            .env("LOG_SENSITIVE_BODIES", "true")
            .order("at_once", at_once)
            .go();
        run.changed(json!({"GITHUB_TOKEN": VALUE}));
        run.keeps_secrets(&[VALUE, "AKIDVARIABLES"]);
        assert!(run.log.contains("Successfully loaded"), "the log is read");
    }
}

fn the_map_logs_no_value_and_no_credential_at_trace() {
    let server = server();
    let run = Run::new(&server)
        .order("mode", "secrets")
        .order("secret", "miyabi/prod/api-keys")
        .env("LOG_SENSITIVE_BODIES", "true")
        .go();
    run.is("text", format!("{{\"GITHUB_TOKEN\":\"{VALUE}\"}}"));
    for canary in [VALUE, "AKIDVARIABLES", crate::harness::SECRET_KEY, crate::harness::TOKEN] {
        assert!(!run.log.contains(canary), "`{canary}` is in the log:\n{}", run.log);
        let debug = run.document["outcome"]["debug"].as_str().expect("the child prints it");
        assert!(!debug.contains(canary), "{debug}");
    }
}

fn failures_log_no_credential_at_trace() {
    let server = Server::start();
    let replies = [
        Reply::Error { status: 500, code: "InternalServiceError", message: "oh" },
        Reply::Close,
        Reply::Raw(format!("{{\"SecretString\":\"{VALUE}")),
    ];
    server.on("miyabi/prod/api-keys", replies);
    let run = Run::new(&server)
        .names(&["api-keys"])
        .env("LOG_SENSITIVE_BODIES", "true")
        .order("fail", true)
        .go();
    run.changed(json!({})).is("error", "unreadable").keeps_secrets(&[VALUE, "AKIDVARIABLES"]);
}
