//! Look-ups of names: the one thing that needs a second thread.

use std::path::PathBuf;
use std::process::Command;

use serde_json::json;

use crate::harness::Run;
use crate::server::Server;

trials![
    a_name_is_looked_up_and_the_thread_is_gone_before_writing,
    a_name_that_is_unknown_is_no_route,
    a_look_up_that_hangs_is_an_error_and_nothing_is_written,
    a_look_up_that_hangs_holds_up_no_map,
];

fn a_name_is_looked_up_and_the_thread_is_gone_before_writing() {
    let server = Server::start();
    server.text("miyabi/prod/api-keys", r#"{"GITHUB_TOKEN":"x"}"#);
    for at_once in [false, true] {
        let run = Run::at(&format!("http://localhost:{}", server.port()))
            .names(&["api-keys", "api-keys"])
            .order("at_once", at_once)
            .go();
        run.changed(json!({"GITHUB_TOKEN": "x"}));
    }
}

fn a_name_that_is_unknown_is_no_route() {
    let run = Run::at("http://unknown.invalid").names(&["api-keys"]).order("short", true).go();
    let kind = &run.document["outcome"]["failures"][0];
    // a machine without DNS may take its time to say so
    let late = &run.document["outcome"]["error"];
    assert!(kind == "no_route" || kind == "timed_out" || late == "resolver_still_running");
    run.changed(json!({}));
}

/// How long a look-up takes there: far more than any deadline.
const HANGS_SECONDS: u64 = 30;
/// The whole of a C library whose `getaddrinfo` does not come back.
const HANGING: &str = "#include <unistd.h>\n\
    int getaddrinfo(const char *n, const char *s, const void *h, void **r) { sleep(30); return -3; }\n";

fn a_look_up_that_hangs_is_an_error_and_nothing_is_written() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let library = library(folder.path().to_owned(), HANGING);
    let started = std::time::Instant::now();
    // what hangs is a thread inside the C library, so that is what has to be replaced
    let run = Run::at("http://secretsmanager.example")
        .env("LD_PRELOAD", library.to_str().expect("a temporary path is UTF-8"))
        .order("short", true)
        .go();
    run.changed(json!({})).is("error", "resolver_still_running");
    assert!(started.elapsed().as_secs() < HANGS_SECONDS / 2, "the process waits for its resolver");
    run.keeps_secrets(&[]);
}

fn a_look_up_that_hangs_holds_up_no_map() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let library = library(folder.path().to_owned(), HANGING);
    for blocking in [false, true] {
        let started = std::time::Instant::now();
        let run = Run::at("http://secretsmanager.example")
            .env("LD_PRELOAD", library.to_str().expect("a temporary path is UTF-8"))
            .order("mode", "steps")
            .order("blocking", blocking)
            .order("steps", json!([["get", "miyabi/prod/api-keys"]]))
            .go();
        assert_eq!(crate::cached::results(&run)[0]["error"], "timed_out", "{}", run.document);
        assert!(started.elapsed().as_secs() < HANGS_SECONDS / 2, "it waits for its resolver");
    }
}

/// Built by the C compiler, which the TLS library of this crate needs anyway.
pub(crate) fn library(folder: PathBuf, text: &str) -> PathBuf {
    let (source, library) = (folder.join("stand_in.c"), folder.join("stand_in.so"));
    std::fs::write(&source, text).expect("a temporary file can be written");
    let compiler = std::env::var("CC").unwrap_or_else(|_| "cc".to_owned());
    let mut command = Command::new(compiler);
    let built = command.args(["-shared", "-fPIC", "-o"]).arg(&library).arg(&source).arg("-ldl");
    assert!(built.status().expect("there is a C compiler").success());
    library
}
