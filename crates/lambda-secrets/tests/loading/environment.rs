//! What a load writes, exactly.

use serde_json::json;

use crate::harness::Run;
use crate::server::{Reply, Server};

trials![
    both_secrets_arrive_as_variables,
    in_turn_the_request_is_get_secret_value_alone_on_one_connection,
    at_once_takes_a_connection_each,
    many_at_once_take_four_connections_and_keep_their_order,
    the_default_is_at_once,
    what_is_set_keeps_its_value,
    what_is_set_may_be_overwritten,
    what_is_set_may_be_an_error,
    an_empty_variable_is_set,
    a_later_secret_wins,
    outside_lambda_nothing_happens,
    outside_lambda_it_can_be_forced,
    a_required_key_that_is_missing_is_an_error,
    a_required_key_by_variable_is_an_error_too,
    a_required_key_that_was_set_before_is_enough,
    other_names_can_be_asked_for,
    an_arn_is_read_in_its_own_region,
    a_binary_value_stays_out,
    names_that_cannot_be_are_refused_before_any_call,
];

fn miyabi() -> Server {
    let server = Server::start();
    server
        .text("miyabi/prod/api-keys", r#"{"GITHUB_TOKEN":"ghp_1","openai.key":"sk","PORT":8080}"#);
    server.text("miyabi/prod/config", r#"{"BASE_URL":"https://x","OFF":null,"LIST":[1, 2]}"#);
    server
}

fn both_secrets_arrive_as_variables() {
    let server = miyabi();
    let run = Run::new(&server).go();
    run.changed(json!({
        "GITHUB_TOKEN": "ghp_1", "OPENAI__KEY": "sk", "PORT": "8080",
        "BASE_URL": "https://x", "LIST": "[1, 2]",
    }));
    run.is("secrets", json!(["miyabi/prod/api-keys", "miyabi/prod/config"]))
        .is("written", json!(["BASE_URL", "GITHUB_TOKEN", "LIST", "OPENAI__KEY", "PORT"]))
        .is("failures", json!([]));
    run.logged(
        "INFO",
        " Successfully loaded secrets from miyabi/prod/api-keys and miyabi/prod/config",
    );
    assert!(!run.log.contains("WARN"), "{}", run.log);
}

fn in_turn_the_request_is_get_secret_value_alone_on_one_connection() {
    let server = miyabi();
    Run::new(&server).order("at_once", false).go();
    let seen = server.seen();
    assert_eq!(server.asked(), ["miyabi/prod/api-keys", "miyabi/prod/config"]);
    assert!(seen.iter().all(|one| one.target == "secretsmanager.GetSecretValue"), "{seen:?}");
    assert!(seen.iter().all(|one| one.connection == 0), "{seen:?}");
    let signed = "Credential=AKIDVARIABLES/";
    assert!(seen.iter().all(|one| one.authorization.contains(signed)), "{seen:?}");
    assert!(seen.iter().all(|one| one.token == crate::harness::TOKEN), "{seen:?}");
}

fn at_once_takes_a_connection_each() {
    let server = miyabi();
    server.delay(std::time::Duration::from_millis(300));
    let run = Run::new(&server).order("at_once", true).go();
    run.is("secrets", json!(["miyabi/prod/api-keys", "miyabi/prod/config"]));
    let mut connections: Vec<_> = server.seen().iter().map(|one| one.connection).collect();
    connections.sort_unstable();
    assert_eq!(connections, [0, 1]);
}

fn many_at_once_take_four_connections_and_keep_their_order() {
    let server = Server::start();
    server.delay(std::time::Duration::from_millis(50));
    let names: Vec<String> = (0..9).map(|number| format!("s{number}")).collect();
    for name in &names {
        server.text(&format!("miyabi/prod/{name}"), &format!("{{\"LAST\":\"{name}\"}}"));
    }
    let run = Run::new(&server).order("names", names.clone()).order("at_once", true).go();
    let expected: Vec<String> = names.iter().map(|name| format!("miyabi/prod/{name}")).collect();
    run.changed(json!({"LAST": "s8"})).is("secrets", expected);
    let connections = server.seen().iter().map(|one| one.connection).max();
    assert_eq!(connections, Some(3));
}

fn the_default_is_at_once() {
    let server = miyabi();
    server.delay(std::time::Duration::from_millis(300));
    Run::new(&server).go();
    assert_eq!(server.seen().iter().map(|one| one.connection).max(), Some(1));
}

fn what_is_set_keeps_its_value() {
    let server = miyabi();
    let run = Run::new(&server).env("GITHUB_TOKEN", "mine").names(&["api-keys"]).go();
    run.changed(json!({"OPENAI__KEY": "sk", "PORT": "8080"})).is("kept", json!(["GITHUB_TOKEN"]));
}

fn what_is_set_may_be_overwritten() {
    let server = miyabi();
    let run = Run::new(&server)
        .env("GITHUB_TOKEN", "mine")
        .names(&["api-keys"])
        .order("policy", "overwrite")
        .go();
    run.changed(json!({"GITHUB_TOKEN": "ghp_1", "OPENAI__KEY": "sk", "PORT": "8080"}));
}

fn what_is_set_may_be_an_error() {
    let server = miyabi();
    let run = Run::new(&server).env("PORT", "1").order("policy", "error").go();
    run.changed(json!({})).is("error", "already_set");
    assert!(run.shown().contains("`PORT` of `miyabi/prod/api-keys`"), "{}", run.shown());
}

fn an_empty_variable_is_set() {
    let server = miyabi();
    let run = Run::new(&server).env("GITHUB_TOKEN", "").names(&["api-keys"]).go();
    run.is("kept", json!(["GITHUB_TOKEN"]));
}

fn a_later_secret_wins() {
    let server = Server::start();
    server.text("miyabi/prod/a", r#"{"X":"1","Y":"1"}"#);
    server.text("miyabi/prod/b", r#"{"X":"2"}"#);
    for at_once in [false, true] {
        let run = Run::new(&server).names(&["a", "b"]).order("at_once", at_once).go();
        run.changed(json!({"X": "2", "Y": "1"}));
    }
}

fn outside_lambda_nothing_happens() {
    let server = miyabi();
    for missing in ["AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_RUNTIME_API"] {
        let run = Run::new(&server).without(missing).go();
        run.changed(json!({})).is("skipped", true);
        run.logged("INFO", " Not running in AWS Lambda, skipping Secrets Manager");
    }
    assert!(server.asked().is_empty());
}

fn outside_lambda_it_can_be_forced() {
    let server = miyabi();
    let outside = || Run::new(&server).without("AWS_LAMBDA_RUNTIME_API").names(&["config"]);
    let run = outside().env("LAMBDA_SECRETS_FORCE", "true").go();
    run.changed(json!({"BASE_URL": "https://x", "LIST": "[1, 2]"})).is("skipped", false);
    outside().env("LAMBDA_SECRETS_FORCE", "0").go().is("skipped", true);
    outside().env("LAMBDA_SECRETS_FORCE", "maybe").go().is("error", "invalid_setting");
}

fn a_required_key_that_is_missing_is_an_error() {
    let server = miyabi();
    let run = Run::new(&server).order("required", json!(["GITHUB_TOKEN", "MISSING"])).go();
    run.changed(json!({})).is("error", "key_missing").is(
        "text",
        "`miyabi/prod/api-keys` has no key `MISSING`; it has GITHUB_TOKEN, OPENAI__KEY and PORT",
    );
    run.keeps_secrets(&["ghp_1", "https://x"]);
}

fn a_required_key_by_variable_is_an_error_too() {
    let server = miyabi();
    let list = "GITHUB_TOKEN, config:MISSING";
    let run = Run::new(&server).env("LAMBDA_SECRETS_REQUIRED", list).go();
    run.changed(json!({})).is("error", "key_missing");
    let run = Run::new(&server).env("LAMBDA_SECRETS_REQUIRED", "config:BASE_URL,openai.key").go();
    run.is("failures", json!([]));
}

fn a_required_key_that_was_set_before_is_enough() {
    let server = Server::start();
    let run = Run::new(&server).env("GITHUB_TOKEN", "x").order("required", json!(["GITHUB_TOKEN"]));
    run.go().is("failures", json!(["not_found", "not_found"]));
}

fn other_names_can_be_asked_for() {
    let server = Server::start();
    server.text("miyabi/prod/database", "plain");
    server.text("elsewhere/x", r#"{"X":"1"}"#);
    Run::new(&server).names(&["database"]).go().changed(json!({"DATABASE": "plain"}));
    Run::new(&server).order("ids", json!(["elsewhere/x"])).go().changed(json!({"X": "1"}));
}

fn an_arn_is_read_in_its_own_region() {
    let server = Server::start();
    let arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:p/e/database-AbCdEf";
    let body = json!({"ARN": arn, "Name": "p/e/database", "SecretString": "plain"}).to_string();
    server.on(arn, [Reply::Raw(body)]);
    let run = Run::new(&server).order("ids", json!([arn])).go();
    run.changed(json!({"DATABASE": "plain"}));
    assert!(server.seen()[0].authorization.contains("/eu-west-1/secretsmanager/"));
    let run = Run::new(&server).without("AWS_REGION").order("ids", json!([arn])).go();
    run.changed(json!({"DATABASE": "plain"}));
}

fn a_binary_value_stays_out() {
    let server = Server::start();
    server.on("miyabi/prod/cert", [Reply::Binary(b"canary".to_vec())]);
    let run = Run::new(&server).names(&["cert"]).go();
    run.changed(json!({})).is("secrets", json!(["miyabi/prod/cert"]));
    run.keeps_secrets(&["canary\"", "Y2FuYXJ5"]);
}

fn names_that_cannot_be_are_refused_before_any_call() {
    let server = miyabi();
    for name in ["", "a b", "é", "a:b"] {
        let run = Run::new(&server).names(&[name]).go();
        run.changed(json!({})).is("error", "invalid_secret_name");
    }
    assert!(server.asked().is_empty());
}
