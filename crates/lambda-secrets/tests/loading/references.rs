//! Variables that refer to secrets: what replaces itself, and what is left alone.

use serde_json::json;

use crate::harness::Run;
use crate::server::{Reply, Server};

trials![
    a_reference_gets_the_value_that_it_names,
    each_version_is_read_once,
    a_reference_wins_over_any_policy_and_any_secret,
    the_grammar_of_ecs_names_stage_and_version,
    a_reference_that_fails_stays_and_is_told,
    a_required_key_is_not_there_while_its_reference_fails,
    references_can_be_ignored,
    an_arn_alone_is_no_reference,
];

const ARN: &str =
    "arn:aws:secretsmanager:us-west-2:123456789012:secret:miyabi/prod/database-AbCdEf";

fn server() -> Server {
    let server = Server::start();
    server.text("miyabi/prod/api-keys", r#"{"GITHUB_TOKEN":"ghp","openai.key":"sk","PORT":8080}"#);
    server.text("miyabi/prod/database", "plain");
    server.text(ARN, r#"{"password":"p"}"#);
    server
}

/// A load of nothing but references.
fn run(server: &Server) -> Run {
    Run::new(server).order("ids", json!([]))
}

fn a_reference_gets_the_value_that_it_names() {
    let server = server();
    let run = run(&server)
        .env("TOKEN", "secret:miyabi/prod/api-keys#GITHUB_TOKEN")
        .env("MODEL_KEY", "secret:miyabi/prod/api-keys#openai.key")
        .env("PORT", "secret:miyabi/prod/api-keys#PORT")
        .env("DATABASE", "secret:miyabi/prod/database")
        .env("PASSWORD", &format!("{ARN}:password::"))
        .go();
    run.changed(json!({
        "TOKEN": "ghp", "MODEL_KEY": "sk", "PORT": "8080", "DATABASE": "plain", "PASSWORD": "p",
    }));
    run.is("secrets", json!(["miyabi/prod/database", "miyabi/prod/api-keys", ARN]));
    run.is("written", json!(["DATABASE", "MODEL_KEY", "PASSWORD", "PORT", "TOKEN"]));
}

fn each_version_is_read_once() {
    let server = server();
    let reference = "secret:miyabi/prod/api-keys#GITHUB_TOKEN";
    let run = Run::new(&server).names(&["api-keys"]).env("A", reference).env("B", reference).go();
    run.changed(json!({
        "A": "ghp", "B": "ghp", "GITHUB_TOKEN": "ghp", "OPENAI__KEY": "sk", "PORT": "8080",
    }));
    assert_eq!(server.asked(), ["miyabi/prod/api-keys"]);
}

fn a_reference_wins_over_any_policy_and_any_secret() {
    let server = server();
    for policy in ["keep", "overwrite", "error"] {
        let run = Run::new(&server)
            .names(&["api-keys"])
            .order("policy", policy)
            .env("GITHUB_TOKEN", "secret:miyabi/prod/database")
            .go();
        run.changed(json!({"GITHUB_TOKEN": "plain", "OPENAI__KEY": "sk", "PORT": "8080"}));
    }
}

fn the_grammar_of_ecs_names_stage_and_version() {
    let server = server();
    let version = "11111111-2222-3333-4444-555555555555";
    let run = run(&server)
        .env("A", &format!("{ARN}:password:AWSPREVIOUS:"))
        .env("B", &format!("{ARN}:password::{version}"))
        .order("at_once", false)
        .go();
    run.changed(json!({"A": "p", "B": "p"}));
    let seen = server.seen();
    assert_eq!((seen[0].stage.as_str(), seen[0].version.as_str()), ("AWSPREVIOUS", ""));
    assert_eq!((seen[1].stage.as_str(), seen[1].version.as_str()), ("", version));
}

fn a_reference_that_fails_stays_and_is_told() {
    let server = server();
    server.on("miyabi/prod/cert", [Reply::Binary(b"canary".to_vec())]);
    for (text, kind) in [
        ("secret:miyabi/prod/none#KEY", "not_found"),
        ("secret:miyabi/prod/api-keys#NONE", "key_missing"),
        ("secret:miyabi/prod/cert", "not_text"),
        ("secret:not a name", "invalid_reference"),
    ] {
        let outcome = run(&server).env("TOKEN", text).go();
        outcome.changed(json!({})).is("failures", json!([kind]));
        assert!(outcome.log.contains(" WARN "), "{}", outcome.log);
        assert!(!outcome.log.contains("not a name"), "{}", outcome.log);
        let outcome = run(&server).env("TOKEN", text).order("fail", true).go();
        outcome.changed(json!({})).is("error", kind);
    }
    run(&server).env("PATH", "secret:a/b/c").go().is("failures", json!(["reserved_name"]));
}

fn a_required_key_is_not_there_while_its_reference_fails() {
    let server = server();
    let outcome = run(&server)
        .env("TOKEN", "secret:miyabi/prod/none#KEY")
        .env("LAMBDA_SECRETS_REQUIRED", "TOKEN")
        .go();
    outcome.changed(json!({})).is("error", "not_found");
    let outcome = run(&server)
        .env("TOKEN", "secret:miyabi/prod/database")
        .env("LAMBDA_SECRETS_REQUIRED", "TOKEN")
        .go();
    outcome.changed(json!({"TOKEN": "plain"}));
}

fn references_can_be_ignored() {
    let server = server();
    let run = run(&server).env("TOKEN", "secret:miyabi/prod/database").order("references", false);
    run.go().changed(json!({})).is("failures", json!([]));
    assert!(server.asked().is_empty());
}

fn an_arn_alone_is_no_reference() {
    let server = server();
    run(&server).env("AWS_SECRETS_MANAGER__SECRET_ARN", ARN).go().changed(json!({}));
    assert!(server.asked().is_empty());
}
