//! Where the environment may not be written.

use serde_json::json;

use crate::harness::Run;
use crate::server::Server;

trials![
    beside_another_thread_it_refuses,
    inside_a_runtime_it_refuses,
    a_thread_that_ended_does_not_matter,
    a_thread_that_the_callers_own_sink_starts_is_seen,
    outside_lambda_nothing_is_refused,
];

fn server() -> Server {
    let server = Server::start();
    server.text("miyabi/prod/api-keys", r#"{"GITHUB_TOKEN":"x"}"#);
    server
}

fn run(server: &Server, from: &str) -> Run {
    Run::new(server).names(&["api-keys"]).order("from", from)
}

fn beside_another_thread_it_refuses() {
    let server = server();
    let run = run(&server, "beside_a_thread").go();
    run.changed(json!({})).is("error", "many_threads");
    assert!(run.shown().contains("the process has 2 threads"), "{}", run.shown());
    assert!(run.shown().contains("plain `fn main`"), "{}", run.shown());
    assert!(server.asked().is_empty(), "it refuses before any call");
}

fn inside_a_runtime_it_refuses() {
    let server = server();
    for from in ["current_thread", "multi_thread", "spawn_blocking"] {
        let run = run(&server, from).go();
        run.changed(json!({})).is("error", "inside_runtime");
        assert!(run.shown().contains("#[tokio::main]"), "{}", run.shown());
    }
    assert!(server.asked().is_empty());
}

fn a_thread_that_ended_does_not_matter() {
    let server = server();
    run(&server, "after_a_thread").go().changed(json!({"GITHUB_TOKEN": "x"}));
}

fn a_thread_that_the_callers_own_sink_starts_is_seen() {
    let server = server();
    let run = run(&server, "main").order("metrics", "thread").go();
    run.changed(json!({})).is("error", "many_threads");
}

fn outside_lambda_nothing_is_refused() {
    let server = server();
    let run = run(&server, "beside_a_thread").without("AWS_LAMBDA_FUNCTION_NAME").go();
    run.is("skipped", true);
}
