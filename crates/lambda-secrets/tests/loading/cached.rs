//! `Secrets` against a server that fails by error code: what is kept, served and dropped.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{Outcome, Run};
use crate::server::{Reply, Server};

trials![
    a_value_is_read_once_for_its_time,
    a_refresh_and_a_clear_read_anew,
    a_thousand_readers_make_one_call,
    an_old_value_stands_in_by_error_code,
    what_is_refused_is_not_served_from_memory,
    an_old_value_stands_in_for_so_long_and_no_longer,
    what_is_used_is_renewed_before_its_time_is_over,
    the_whole_answer_is_there,
    versions_are_kept_apart,
    a_prefix_and_a_single_value,
    a_check_proves_route_and_credentials,
    rejected_credentials_are_read_again_once,
    keys_are_picked_in_turn_and_rejected_ones_passed_over,
    metrics_hold_names_and_numbers,
    spans_hold_names_and_no_value,
    code_that_is_not_async_waits,
    many_sources_of_harm_panic_nowhere,
];

const NAME: &str = "miyabi/prod/api-keys";

pub(crate) fn steps(server: &Server, steps: Value) -> Run {
    Run::new(server).order("mode", "steps").order("steps", steps)
}

pub(crate) fn results(outcome: &Outcome) -> &Vec<Value> {
    outcome.document["outcome"]["steps"]
        .as_array()
        .unwrap_or_else(|| panic!("{}", outcome.document))
}

fn text(text: &str) -> Reply {
    Reply::Text(text.to_owned())
}

fn error(status: u16, code: &'static str) -> Reply {
    Reply::Error { status, code, message: "canary-message" }
}

fn a_value_is_read_once_for_its_time() {
    let server = Server::start();
    server.text(NAME, r#"{"A":"1"}"#);
    let run =
        steps(&server, json!([["get", NAME], ["key", NAME, "A"], ["key", NAME, "A"], ["stats"]]))
            .go();
    let results = results(&run);
    assert_eq!((&results[1], &results[2]), (&json!("1"), &json!("1")));
    assert_eq!(
        results[3],
        json!({"entries": 1, "valid": 1, "expired": 0, "hits": 2, "misses": 1, "stale": 0,
            "calls": 1, "failures": 0, "latency": true})
    );
    assert_eq!(server.asked(), [NAME]);

    let run = steps(&server, json!([["get", NAME], ["get", NAME]])).order("ttl", 0).go();
    run.changed(json!({}));
    assert_eq!(server.asked().len(), 3, "nothing is kept");
}

fn a_refresh_and_a_clear_read_anew() {
    let server = Server::start();
    server.on(NAME, [text("1"), text("2"), text("3")]);
    let run = steps(
        &server,
        json!([["get", NAME], ["refresh", NAME], ["get", NAME], ["clear"], ["get", NAME]]),
    )
    .go();
    let texts: Vec<&Value> = results(&run).iter().map(|step| &step["text"]).collect();
    assert_eq!(texts, [&json!("1"), &json!("2"), &json!("2"), &json!(null), &json!("3")]);
}

fn a_thousand_readers_make_one_call() {
    let server = Server::start();
    server.text(NAME, "x");
    server.delay(Duration::from_millis(100));
    let run = steps(&server, json!([["burst", NAME, 1000], ["stats"]])).go();
    assert_eq!(results(&run)[0], 1000);
    assert_eq!(results(&run)[1]["calls"], 1);
    assert_eq!(server.asked(), [NAME]);
}

fn an_old_value_stands_in_by_error_code() {
    for failure in [
        error(400, "ThrottlingException"),
        error(500, "InternalServiceError"),
        error(503, "Unheard"),
        Reply::Status(502, "<html>Bad Gateway</html>"),
        Reply::Silence,
        Reply::Close,
    ] {
        let server = Server::start();
        server.on(NAME, [text("old"), failure]);
        let run = steps(&server, json!([["get", NAME], ["sleep", 60], ["get", NAME], ["stats"]]));
        let run = run.order("ttl", 50).go();
        let results = results(&run);
        assert_eq!((&results[2]["text"], &results[2]["stale"]), (&json!("old"), &json!(true)));
        assert_eq!((&results[3]["stale"], &results[3]["failures"]), (&json!(1), &json!(1)));
    }
}

fn what_is_refused_is_not_served_from_memory() {
    for (code, kind) in [
        ("AccessDeniedException", "access_denied"),
        ("ResourceNotFoundException", "not_found"),
        ("InvalidRequestException", "scheduled_for_deletion"),
        ("DecryptionFailure", "kms_denied"),
        ("ExpiredTokenException", "credentials_rejected"),
    ] {
        let server = Server::start();
        server.on(NAME, [text("canary-old"), error(400, code)]);
        let run = steps(&server, json!([["get", NAME], ["sleep", 60], ["get", NAME]]));
        let run = run.order("ttl", 50).go();
        assert_eq!(results(&run)[2]["error"], kind);
        assert!(!run.log.contains("canary-old"), "{}", run.log);
    }
}

fn an_old_value_stands_in_for_so_long_and_no_longer() {
    let server = Server::start();
    server.on(NAME, [text("old"), error(400, "ThrottlingException")]);
    let run = steps(&server, json!([["get", NAME], ["sleep", 120], ["get", NAME]]));
    let run = run.order("ttl", 50).order("stale", 50).go();
    assert_eq!(results(&run)[2]["error"], "throttled");
}

fn what_is_used_is_renewed_before_its_time_is_over() {
    let server = Server::start();
    server.on(NAME, [text("1"), text("2")]);
    server.text("unused", "x");
    // the first read stores, the second one is a use
    let run = steps(
        &server,
        json!([["get", NAME], ["get", NAME], ["get", "unused"], ["sleep", 2800], ["get", NAME]]),
    );
    let instance = "lambda-managed-instances";
    let run = run.env("AWS_LAMBDA_INITIALIZATION_TYPE", instance);
    let run = run.order("ttl", 3000).order("renew", true).go();
    assert_eq!(results(&run)[4]["text"], "2");
    run.changed(json!({}));
    assert_eq!(server.asked(), [NAME, "unused", NAME]);
}

fn the_whole_answer_is_there() {
    let server = Server::start();
    server.text(NAME, "x");
    let run = steps(&server, json!([["get", NAME]])).go();
    let secret = &results(&run)[0];
    assert_eq!(secret["name"], NAME);
    assert_eq!(
        secret["arn"],
        format!("arn:aws:secretsmanager:us-east-1:123456789012:secret:{NAME}-AbCdEf")
    );
    assert_eq!(secret["version"], "11111111-2222-3333-4444-555555555555");
    assert_eq!(
        (&secret["stages"], &secret["created"]),
        (&json!(["AWSCURRENT"]), &json!(1_700_000_000))
    );
    assert_eq!(secret["source"], "AWS Secrets Manager");
}

fn versions_are_kept_apart() {
    let server = Server::start();
    server.on(NAME, [text("now"), text("before")]);
    let run = steps(
        &server,
        json!([
            ["get", NAME],
            ["stage", NAME, "AWSPREVIOUS"],
            ["get", NAME],
            ["stage", NAME, "AWSPREVIOUS"],
            ["stage", NAME, "AWSCURRENT"]
        ]),
    )
    .go();
    let texts: Vec<&Value> = results(&run).iter().map(|step| &step["text"]).collect();
    assert_eq!(texts, ["now", "before", "now", "before", "now"].map(|text| json!(text)).each_ref());
    let stages: Vec<String> = server.seen().into_iter().map(|seen| seen.stage).collect();
    assert_eq!(stages, ["", "AWSPREVIOUS"]);
}

fn a_prefix_and_a_single_value() {
    let server = Server::start();
    server.text("agent-etl/db_password", "plain");
    server.text("agent-etl/api_key", r#"{"anything":"one"}"#);
    server.text("agent-etl/database", r#"{"username":"u","password":"p"}"#);
    let run = steps(
        &server,
        json!([
            ["value", "db_password"],
            ["value", "api_key"],
            ["key", "database", "password"],
            ["value", "database"],
            ["value_or", "none", "fallback"],
            ["key_or", "database", "none", "fallback"]
        ]),
    );
    let run = run.order("prefix", "agent-etl/").go();
    let results = results(&run);
    assert_eq!(results[..3], [json!("plain"), json!("one"), json!("p")]);
    assert_eq!(results[3]["error"], "key_missing");
    assert_eq!(results[4..], [json!("fallback"), json!("fallback")]);
    assert!(!run.log.contains("taking the default"), "an absence is no failure: {}", run.log);

    server.on("agent-etl/none", [error(400, "AccessDeniedException")]);
    let run = steps(&server, json!([["value_or", "none", "canary"]])).order("prefix", "agent-etl/");
    let run = run.go();
    run.logged("WARN", "taking the default");
    assert!(!run.log.contains("canary\""), "{}", run.log);
}

fn a_check_proves_route_and_credentials() {
    let probe = "lambda-secrets/connection-check";
    for (reply, outcome) in [
        (error(400, "ResourceNotFoundException"), json!(["AWS Secrets Manager"])),
        (error(400, "AccessDeniedException"), json!(["AWS Secrets Manager"])),
        (error(400, "UnrecognizedClientException"), json!("credentials_rejected")),
        (error(500, "InternalServiceError"), json!("service_failed")),
        (Reply::Silence, json!("timed_out")),
    ] {
        let server = Server::start();
        server.on(probe, [reply]);
        let run = steps(&server, json!([["check"]])).go();
        let found = &results(&run)[0];
        let found = if found.is_array() { found } else { &found["error"] };
        assert_eq!(*found, outcome);
    }
}

fn rejected_credentials_are_read_again_once() {
    let version = |version: &str, text: &str| {
        Reply::Raw(json!({"Name": NAME, "VersionId": version, "SecretString": text}).to_string())
    };
    // the password was rotated since it was read
    let server = Server::start();
    server.on(NAME, [version("1", "old"), version("2", "new")]);
    let run = steps(&server, json!([["get", NAME], ["sleep", 1050], ["login", NAME, "new"]])).go();
    assert_eq!(results(&run)[2], json!({"result": "in", "tried": ["old", "new"]}));
    assert_eq!(server.asked().len(), 2);

    // it was not: the same password gets no second try, and rejections make no flood of calls
    let server = Server::start();
    server.on(NAME, [version("1", "old")]);
    let run = steps(
        &server,
        json!([["get", NAME], ["sleep", 1050], ["login", NAME, "new"], ["login", NAME, "new"]]),
    )
    .go();
    let rejected = json!({"result": {"call": "wrong password"}, "tried": ["old"]});
    assert_eq!(results(&run)[2..], [rejected.clone(), rejected]);
    assert_eq!(server.asked().len(), 2);

    // any other failure is no reason to read
    let server = Server::start();
    server.on(NAME, [version("1", "broken")]);
    let run = steps(&server, json!([["get", NAME], ["sleep", 1050], ["login", NAME, "new"]])).go();
    assert_eq!(results(&run)[2]["result"], json!({"call": "it is broken"}));
    assert_eq!(server.asked().len(), 1);
}

fn keys_are_picked_in_turn_and_rejected_ones_passed_over() {
    let version = |version: &str, text: &str| {
        Reply::Raw(json!({"Name": NAME, "VersionId": version, "SecretString": text}).to_string())
    };
    let server = Server::start();
    server.on(NAME, [version("1", r#"{"api_keys":["sk-a","sk-b","sk-c"]}"#)]);
    let run = steps(
        &server,
        json!([
            ["pool", NAME, 4, []],
            ["pool", NAME, 4, ["sk-b"]],
            ["pool", NAME, 1, ["sk-a", "sk-b", "sk-c"]]
        ]),
    )
    .go();
    let results_of = |index: usize| results(&run)[index].clone();
    assert_eq!(results_of(0), json!(["sk-a", "sk-b", "sk-c", "sk-a"]));
    assert_eq!(results_of(1), json!(["sk-a", "sk-b", "sk-c", "sk-a", "sk-c"]));
    assert_eq!(results_of(2), json!(["sk-a", "sk-b", "sk-c", "none left"]));

    // a rejection brings the new version's keys along
    let server = Server::start();
    server.on(NAME, [version("1", r#"{"api_key":"sk-a"}"#), version("2", r#"{"api_key":"sk-b"}"#)]);
    let run =
        steps(&server, json!([["get", NAME], ["sleep", 1050], ["pool", NAME, 2, ["sk-a"]]])).go();
    assert_eq!(results(&run)[2], json!(["sk-a", "sk-b", "sk-b"]));
    assert_eq!(server.asked().len(), 2);
}

fn metrics_hold_names_and_numbers() {
    let server = Server::start();
    server.on(NAME, [text("canary-value"), error(400, "ThrottlingException")]);
    let run = steps(&server, json!([["get", NAME], ["get", NAME], ["sleep", 60], ["get", NAME]]));
    let run = run.order("ttl", 50).go();
    let lines = run.document["outcome"]["metrics"].as_array().expect("lines").clone();
    let numbers: Vec<Value> = lines
        .iter()
        .map(|line| {
            json!([line["Fetches"], line["Failures"], line["StaleServed"], line["Outcome"]])
        })
        .collect();
    assert_eq!(
        numbers,
        [json!([1, 0, 0, "read"]), json!([1, 1, 0, "throttled"]), json!([0, 0, 1, "stale"])]
    );
    let first = &lines[0];
    assert!(first["Latency"].as_f64().is_some_and(|latency| latency > 0.0), "{first}");
    assert_eq!((&first["Secret"], &first["FunctionName"]), (&json!(NAME), &json!("miyabi-app")));
    let about = &first["_aws"]["CloudWatchMetrics"][0];
    assert_eq!(about["Namespace"], "Bench/Secrets");
    assert_eq!(about["Dimensions"], json!([["FunctionName"]]));
    for metric in about["Metrics"].as_array().expect("a list") {
        let name = metric["Name"].as_str().expect("a name");
        assert!(first[name].is_number(), "`{name}` is announced and not there");
    }
    assert!(!json!(lines).to_string().contains("canary"), "{lines:?}");
}

fn spans_hold_names_and_no_value() {
    let server = Server::start();
    server.text(NAME, "canary-value");
    let run = steps(&server, json!([["get", NAME]])).env("LOG_SENSITIVE_BODIES", "true").go();
    let spans = "get_secret{secret=\"miyabi/prod/api-keys\" source=AWS Secrets Manager";
    assert!(run.log.contains(spans), "{}", run.log);
    assert!(!run.log.contains("canary-value"), "{}", run.log);
    let debug = run.document["outcome"]["debug"].as_str().expect("printed");
    assert!(!debug.contains("canary"), "{debug}");
}

fn code_that_is_not_async_waits() {
    let server = Server::start();
    server.text(NAME, r#"{"A":"1"}"#);
    let run = steps(
        &server,
        json!([
            ["key", NAME, "A"],
            ["get", NAME],
            ["value", NAME],
            ["value_or", "none", "default"],
            ["inside", NAME, "A"]
        ]),
    );
    let run = run.order("blocking", true).go();
    let found = results(&run);
    assert_eq!((&found[0], &found[1]["text"]), (&json!("1"), &json!(r#"{"A":"1"}"#)));
    assert_eq!((&found[2], &found[3]), (&json!("1"), &json!("default")));
    assert_eq!(found[4]["error"], "would_block");
    assert_eq!(server.asked(), [NAME, "none"]);
    // and it may end inside a runtime
    assert_eq!(results(&steps(&server, json!([["blocking"]])).go()), &[json!("dropped")]);
}

fn many_sources_of_harm_panic_nowhere() {
    let server = Server::start();
    let deep = format!("{}1{}", "{\"a\":".repeat(5_000), "}".repeat(5_000));
    let large = format!("{{\"A\":\"{}\"}}", "x".repeat(65_536 - 8));
    for (name, text) in [
        ("malformed", "{\"A\":"),
        ("array", "[1,2]"),
        ("deep", deep.as_str()),
        ("large", &large),
        ("nul", "{\"A\\u0000\":\"1\",\"B=C\":\"\\u0000\"}"),
        ("twice", r#"{"A":"1","A":"2"}"#),
    ] {
        server.text(name, text);
    }
    let run = steps(
        &server,
        json!([
            ["key", "malformed", "A"],
            ["key", "array", "A"],
            ["value", "array"],
            ["key", "deep", "b"],
            ["key", "large", "A"],
            ["key", "nul", "B=C"],
            ["key", "twice", "A"],
            ["get", "a b"],
            ["get", ""],
            ["get", "arn:aws:secretsmanager:nowhere:123456789012:secret:x-AbCdEf"],
            ["get", "miyabi/prod/my-secret"]
        ]),
    )
    .go();
    let results = results(&run);
    assert_eq!(results[0]["error"], "bad_json");
    assert_eq!((&results[1]["error"], &results[2]), (&json!("key_missing"), &json!("[1,2]")));
    assert!(["key_missing", "bad_json"].contains(&results[3]["error"].as_str().unwrap_or("")));
    assert_eq!(results[4].as_str().map(str::len), Some(65_528));
    assert_eq!((&results[5], &results[6]), (&json!("\u{0}"), &json!("2")));
    for bad in &results[7..10] {
        assert_eq!(bad["error"], "invalid_secret_name");
    }
    // it reads like the end of an ARN, and the hint says so
    let hint = results[10]["hint"].as_str().expect("a hint");
    assert!(hint.contains("six characters"), "{hint}");
}
