//! Another wrapper between this one and the runtime.

use crate::harness::{Function, WRAPPER, script};

const NEXT: &str = "LAMBDA_SECRETS_NEXT_WRAPPER";

#[test]
fn the_next_wrapper_gets_the_secrets_and_starts_the_runtime() {
    let folder = tempfile::tempdir().unwrap();
    let text = "#!/bin/sh\nexport SEEN=\"$BASE_URL\"\nexec \"$@\"\n";
    let next = script(folder.path(), "next", text);
    let outcome = Function::miyabi().set(NEXT, &next).start().started();
    assert_eq!(outcome.variable("SEEN"), Some("canary-url"));
    assert_eq!(outcome.variable("GITHUB_TOKEN"), Some("canary-github"));
    assert_eq!(outcome.variable(NEXT), None);
}

#[test]
fn a_wrapper_that_names_itself_starts_the_runtime_all_the_same() {
    let outcome = Function::miyabi().set(NEXT, WRAPPER).start().started();
    assert_eq!(outcome.variable("BASE_URL"), Some("canary-url"));
}

#[test]
fn a_next_wrapper_that_is_missing_or_no_program_is_told() {
    let missing = Function::miyabi().set(NEXT, "/opt/missing").start();
    let says = ["the next wrapper `/opt/missing` does not exist", NEXT];
    missing.failed(127, "LambdaSecrets.NextNotFound", &says);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    let says = ["cannot be started", "ermission denied"];
    let outcome = Function::miyabi().set(NEXT, path).start();
    outcome.failed(126, "LambdaSecrets.NextNotExecutable", &says);
}

#[test]
fn a_runtime_that_is_missing_is_told() {
    let outcome = Function::miyabi().start_with(&["/var/lang/bin/missing"]);
    outcome.failed(127, "LambdaSecrets.NextNotFound", &["the runtime `/var/lang/bin/missing`"]);
}

#[test]
fn on_request_the_runtime_starts_without_the_next_wrapper() {
    let function = Function::miyabi().set(NEXT, "/opt/missing");
    let outcome = function.set("LAMBDA_SECRETS_ON_ERROR", "continue").start().started();
    assert_eq!(outcome.variable("BASE_URL"), Some("canary-url"));
    assert!(outcome.stderr.contains("WARN lambda-secrets: the next wrapper"), "{}", outcome.stderr);
}
