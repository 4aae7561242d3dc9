//! What goes wrong, by error code: the kind, the log line, and an environment left alone.

use serde_json::json;

use crate::harness::Run;
use crate::server::{Reply, Server};

trials![
    every_code_has_its_kind_and_its_hint,
    a_failure_is_logged_and_the_rest_is_loaded,
    the_level_of_the_line_can_be_lowered,
    without_a_subscriber_a_failure_is_one_line_on_stderr,
    without_a_subscriber_all_else_is_silent,
    a_subscriber_has_the_line_alone,
    a_failure_may_end_the_load_with_nothing_written,
    throttling_is_retried,
    throttling_that_lasts_is_an_error,
    a_broken_server_is_retried,
    a_gateway_that_answers_in_the_place_of_the_service_is_retried,
    a_refusal_is_not_retried,
    a_required_key_tells_why_its_secret_did_not_load,
    a_secret_that_does_not_map_is_refused_whole,
    an_answer_that_is_none_is_unreadable,
    an_answer_that_breaks_off_is_an_error,
    no_credentials_is_an_error,
    no_region_is_an_error,
];

fn error(code: &'static str, message: &'static str) -> Reply {
    Reply::Error { status: 400, code, message }
}

fn one(reply: impl IntoIterator<Item = Reply>) -> Server {
    let server = Server::start();
    server.on("miyabi/prod/api-keys", reply);
    server
}

fn every_code_has_its_kind_and_its_hint() {
    for (code, message, kind, hint) in [
        (
            "AccessDeniedException",
            "User: arn:x is not authorized to perform: secretsmanager:GetSecretValue",
            "access_denied",
            "secretsmanager:GetSecretValue",
        ),
        ("AccessDeniedException", "Access to KMS is not allowed", "access_denied", "kms:Decrypt"),
        (
            "ResourceNotFoundException",
            "can't find the secret",
            "not_found",
            "environment and region",
        ),
        (
            "ResourceNotFoundException",
            "can't find the specified secret value for staging label: AWSCURRENT",
            "not_found",
            "no value yet",
        ),
        (
            "InvalidRequestException",
            "You can't perform this operation on the secret because it was marked for deletion.",
            "scheduled_for_deletion",
            "`provision restore --env …`",
        ),
        ("DecryptionFailure", "Secrets Manager can't decrypt", "kms_denied", "key is enabled"),
        ("ExpiredTokenException", "expired", "credentials_rejected", "expired"),
        ("InvalidParameterException", "no", "refused", "API reference"),
    ] {
        let server = one([error(code, message)]);
        let run = Run::new(&server).names(&["api-keys"]).go();
        run.changed(json!({})).is("failures", json!([kind])).is("secrets", json!([]));
        let line = run.log.lines().find(|line| line.contains(" WARN ")).expect("a WARN line");
        for part in ["cannot read `miyabi/prod/api-keys`", code, message, "hint: ", hint] {
            assert!(line.contains(part), "`{part}` is not in `{line}`");
        }
        assert!(!run.log.contains("Successfully loaded"), "{}", run.log);
        assert_eq!(server.asked().len(), 1, "{code}");
    }
}

fn a_failure_is_logged_and_the_rest_is_loaded() {
    let server = one([error("AccessDeniedException", "no")]);
    server.text("miyabi/prod/config", r#"{"BASE_URL":"x"}"#);
    let run = Run::new(&server).go();
    run.changed(json!({"BASE_URL": "x"})).is("failures", json!(["access_denied"]));
    run.logged("INFO", " Successfully loaded secrets from miyabi/prod/config");
}

fn the_level_of_the_line_can_be_lowered() {
    let server = one([error("AccessDeniedException", "no")]);
    let run = Run::new(&server).names(&["api-keys"]).order("quiet", true).go();
    run.logged("DEBUG", "going on with the environment as it is");
    assert!(!run.log.contains("WARN"), "{}", run.log);
}

fn without_a_subscriber_a_failure_is_one_line_on_stderr() {
    let server = one([error("AccessDeniedException", "no such luck")]);
    server.text("miyabi/prod/config", r#"{"BASE_URL":"canary"}"#);
    let run = Run::new(&server).order("log", "nowhere").go();
    run.changed(json!({"BASE_URL": "canary"})).keeps_secrets(&["canary"]);
    let line = "WARN lambda-secrets: cannot read `miyabi/prod/api-keys`: access is denied \
                (AccessDeniedException: no such luck";
    assert!(run.log.starts_with(line), "{}", run.log);
    assert!(run.log.contains("; hint: allow `secretsmanager:GetSecretValue`"), "{}", run.log);
    assert!(run.log.ends_with("; going on with the environment as it is\n"), "{}", run.log);
    assert_eq!(run.log.lines().count(), 1, "{}", run.log);
}

fn without_a_subscriber_all_else_is_silent() {
    let server = one([error("AccessDeniedException", "no")]);
    let lowered = Run::new(&server).names(&["api-keys"]).order("quiet", true);
    server.text("miyabi/prod/config", r#"{"BASE_URL":"x"}"#);
    let loaded = Run::new(&server).names(&["config"]);
    let failed = Run::new(&server).names(&["api-keys"]).order("fail", true);
    let elsewhere = Run::new(&server).without("AWS_LAMBDA_RUNTIME_API");
    for run in [lowered, loaded, failed, elsewhere] {
        assert_eq!(run.order("log", "nowhere").go().log, "");
    }
}

fn a_subscriber_has_the_line_alone() {
    let server = one([error("AccessDeniedException", "no")]);
    for log in ["of the program", "of this thread"] {
        let run = Run::new(&server).names(&["api-keys"]).order("log", log).go();
        run.logged("WARN", "going on with the environment as it is");
        let told = run.log.lines().filter(|line| line.contains("going on")).count();
        assert_eq!(told, 1, "{}", run.log);
        assert!(!run.log.contains("WARN lambda-secrets: "), "{}", run.log);
    }
}

fn a_failure_may_end_the_load_with_nothing_written() {
    let server = one([Reply::Text(r#"{"GITHUB_TOKEN":"canary"}"#.to_owned())]);
    server.on("miyabi/prod/config", [error("DecryptionFailure", "disabled")]);
    let run = Run::new(&server).order("fail", true).go();
    run.changed(json!({})).is("error", "kms_denied").is("text", "cannot read `miyabi/prod/config`");
    run.keeps_secrets(&["canary\""]);
}

fn throttling_is_retried() {
    let server = one([
        error("ThrottlingException", "Rate exceeded"),
        Reply::Text(r#"{"GITHUB_TOKEN":"x"}"#.to_owned()),
    ]);
    Run::new(&server).names(&["api-keys"]).go().changed(json!({"GITHUB_TOKEN": "x"}));
    assert_eq!(server.asked().len(), 2);
}

fn throttling_that_lasts_is_an_error() {
    let server = one([error("ThrottlingException", "Rate exceeded")]);
    let run = Run::new(&server).names(&["api-keys"]).go();
    run.changed(json!({})).is("failures", json!(["throttled"]));
    assert_eq!(server.asked().len(), 3);
}

fn a_broken_server_is_retried() {
    let broken = |code| Reply::Error { status: 500, code, message: "oh" };
    let server = one([broken("InternalServiceError"), Reply::Close, broken("Unheard")]);
    let run = Run::new(&server).names(&["api-keys"]).go();
    run.changed(json!({})).is("failures", json!(["service_failed"]));
    assert_eq!(server.asked().len(), 3);
}

fn a_gateway_that_answers_in_the_place_of_the_service_is_retried() {
    for (status, kind) in [(502, "service_failed"), (503, "service_failed"), (429, "throttled")] {
        let server = one([Reply::Status(status, "<html>canary</html>")]);
        let run = Run::new(&server).names(&["api-keys"]).go();
        run.changed(json!({})).is("failures", json!([kind])).keeps_secrets(&["canary"]);
        assert_eq!(server.asked().len(), if status == 429 { 1 } else { 3 }, "{status}");
    }
}

fn a_refusal_is_not_retried() {
    let server = one([error("AccessDeniedException", "no"), Reply::Text("{}".to_owned())]);
    Run::new(&server).names(&["api-keys"]).go().is("failures", json!(["access_denied"]));
    assert_eq!(server.asked().len(), 1);
}

fn a_required_key_tells_why_its_secret_did_not_load() {
    let server = one([error("AccessDeniedException", "no")]);
    server.text("miyabi/prod/config", r#"{"BASE_URL":"x"}"#);
    let run = Run::new(&server).order("required", json!(["GITHUB_TOKEN"])).go();
    run.changed(json!({})).is("error", "access_denied");
    for part in ["`GITHUB_TOKEN`", "`miyabi/prod/api-keys`", "AccessDeniedException", "hint: "] {
        let debug = run.document["outcome"]["debug"].as_str().expect("an error has a report");
        assert!(debug.contains(part), "{debug}");
    }
}

fn a_secret_that_does_not_map_is_refused_whole() {
    for (text, kind) in [
        (r#"{"GOOD":"canary","PATH":"canary"}"#, "reserved_name"),
        (r#"{"GOOD":"canary","#, "bad_json"),
        (r#"{"GOOD":"canary","a.b":"canary","A__B":"canary"}"#, "collision"),
        ("{\"GOOD\":\"canary\\u0000\"}", "invalid_value"),
        (r#"{"GOOD":"canary","A=B":"canary"}"#, "invalid_name"),
    ] {
        let server = one([Reply::Text(text.to_owned())]);
        server.text("miyabi/prod/config", r#"{"BASE_URL":"x"}"#);
        let run = Run::new(&server).go();
        run.changed(json!({"BASE_URL": "x"})).is("failures", json!([kind]));
        assert!(!run.log.contains("canary") && !run.shown().contains("canary"), "{}", run.log);
    }
}

fn an_answer_that_is_none_is_unreadable() {
    for body in ["", "<html>canary", r#"{"SecretString":"canary"#, r#"{"Name":"x"}"#] {
        let server = one([Reply::Raw(body.to_owned())]);
        let run = Run::new(&server).names(&["api-keys"]).go();
        run.changed(json!({})).is("failures", json!(["unreadable"]));
        assert!(!run.log.contains("canary\"") && !run.log.contains("<html>"), "{}", run.log);
    }
}

fn an_answer_that_breaks_off_is_an_error() {
    let server = one([Reply::Cut(r#"{"SecretString":"canary","#.to_owned())]);
    let run = Run::new(&server).names(&["api-keys"]).order("short", true).go();
    run.changed(json!({})).keeps_secrets(&["canary\""]);
    let kind = &run.document["outcome"]["failures"][0];
    assert!(kind == "timed_out" || kind == "no_route", "{kind}");
}

fn no_credentials_is_an_error() {
    let server = one([Reply::Text("{}".to_owned())]);
    let run = Run::new(&server).without("AWS_SECRET_ACCESS_KEY").order("fail", true).go();
    run.changed(json!({})).is("error", "credentials_missing");
    assert!(run.shown().contains("aws configure export-credentials"), "{}", run.shown());
    assert!(server.asked().is_empty());
}

fn no_region_is_an_error() {
    let server = one([Reply::Text("{}".to_owned())]);
    let run = Run::new(&server).without("AWS_REGION").order("fail", true).go();
    run.changed(json!({})).is("error", "region_missing");
    assert!(server.asked().is_empty());
}
