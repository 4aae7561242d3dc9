//! Settings in variables: of applications with a prefix, of sectioned ones, and of Lambda itself.

use serde_json::{Value, json};

use crate::cached::{results, steps};
use crate::harness::Run;
use crate::server::{Reply, Server};

trials![
    a_prefixed_application_reads_aws_then_its_environment,
    a_prefixed_application_reads_its_environment_alone_by_default,
    prefixed_settings_that_cannot_be_understood_are_errors,
    a_sectioned_application_loads_one_secret_by_arn,
    a_sectioned_application_goes_on_in_silence,
    use_secrets_manager_switches_the_load_off,
    a_region_of_its_own_for_secrets,
    a_snapshot_is_refused_unless_allowed,
    a_load_writes_one_line_of_metrics,
    every_variable_has_its_origin,
];

fn application(server: &Server, list: Value) -> Run {
    steps(server, list).order("prefixed", "AGENT_ETL")
}

fn a_prefixed_application_reads_aws_then_its_environment() {
    let server = Server::start();
    server.text("myapp/prod/db_password", "of aws");
    let list = json!([
        ["value", "db_password"],
        ["value", "api_key"],
        ["source", "api_key"],
        ["key", "database", "host"],
        ["value_or", "none", "fallback-key"]
    ]);
    let run = application(&server, list)
        .env("AGENT_ETL_SECRET_PROVIDER", "aws_secrets")
        .env("AGENT_ETL_AWS_SECRETS_REGION", "eu-central-1")
        .env("AGENT_ETL_AWS_SECRETS_PREFIX", "myapp/prod/")
        .env("AGENT_ETL_AWS_SECRETS_CACHE_TTL", "600")
        .env("AGENT_ETL_API_KEY", "of the environment")
        .env("AGENT_ETL_HOST", "db.example.com")
        .go();
    assert_eq!(
        results(&run),
        &["of aws", "of the environment", "the environment", "db.example.com", "fallback-key"]
            .map(|text| json!(text))
    );
    assert!(server.seen()[0].authorization.contains("/eu-central-1/"));

    // zero keeps nothing
    let count = server.asked().len();
    application(&server, json!([["value", "db_password"], ["value", "db_password"]]))
        .env("AGENT_ETL_SECRET_PROVIDER", "aws_secrets")
        .env("AGENT_ETL_AWS_SECRETS_PREFIX", "myapp/prod/")
        .env("AGENT_ETL_AWS_SECRETS_CACHE_TTL", "0")
        .go();
    assert_eq!(server.asked().len(), count + 2);

    // the default prefix and the default region
    server.text("agent-etl/db_password", "x");
    let run = application(&server, json!([["value", "db_password"]]))
        .without("AWS_REGION")
        .env("AGENT_ETL_SECRET_PROVIDER", "aws_secrets")
        .go();
    assert_eq!(results(&run), &[json!("x")]);
    assert!(server.seen().last().expect("a call").authorization.contains("/us-east-1/"));
}

fn a_prefixed_application_reads_its_environment_alone_by_default() {
    let server = Server::start();
    for run in [
        application(&server, json!([["value", "db_password"]])),
        application(&server, json!([["value", "db_password"]]))
            .env("AGENT_ETL_SECRET_PROVIDER", "env"),
    ] {
        let run = run.env("AGENT_ETL_DB_PASSWORD", "dev-password").go();
        assert_eq!(results(&run), &[json!("dev-password")]);
    }
    assert!(server.asked().is_empty());
}

fn prefixed_settings_that_cannot_be_understood_are_errors() {
    let server = Server::start();
    for (name, value) in [
        ("SECRET_PROVIDER", "vault"),
        ("AWS_SECRETS_CACHE_TTL", "-1"),
        ("AWS_SECRETS_CACHE_TTL", "x"),
    ] {
        let run = application(&server, json!([])).env(&format!("AGENT_ETL_{name}"), value).go();
        run.is("error", "invalid_setting");
        assert!(run.shown().contains(name) && run.shown().contains("AGENT_ETL"), "{}", run.shown());
    }
}

const ARN: &str = "arn:aws:secretsmanager:us-east-1:123456789012:secret:pr-agent-secrets-AbCdEf";

fn sectioned(server: &Server) -> Run {
    Run::new(server)
        .order("mode", "sectioned")
        .env("AWS_SECRETS_MANAGER__SECRET_ARN", ARN)
        .env("AWS_SECRETS_MANAGER__REGION_NAME", "")
}

fn a_sectioned_application_loads_one_secret_by_arn() {
    let server = Server::start();
    server.text(ARN, r#"{"openai.key":"sk-","github.webhook_secret":"w","github.user_token":"t"}"#);
    let run = sectioned(&server)
        .env("CONFIG__SECRET_PROVIDER", "aws_secrets_manager")
        .env("GITHUB__USER_TOKEN", "mine")
        .go();
    run.changed(json!({"OPENAI__KEY": "sk-", "GITHUB__WEBHOOK_SECRET": "w"}));
    run.is("kept", json!(["GITHUB__USER_TOKEN"]));
    assert!(server.seen()[0].authorization.contains("/us-east-1/"), "the region of the ARN");
    sectioned(&server).env("AWS_SECRETS_MANAGER__REGION_NAME", "eu-west-1").go();
    assert!(server.seen()[1].authorization.contains("/eu-west-1/"), "an explicit one wins");
}

fn a_sectioned_application_goes_on_in_silence() {
    let server = Server::start();
    server.on(ARN, [Reply::Error { status: 400, code: "AccessDeniedException", message: "no" }]);
    let run = sectioned(&server).go();
    run.changed(json!({})).is("failures", json!(["access_denied"]));
    run.logged("DEBUG", "going on with the environment as it is");
    assert!(!run.log.contains(" WARN "), "{}", run.log);
    for run in [
        sectioned(&server).env("CONFIG__SECRET_PROVIDER", "google_cloud_storage"),
        sectioned(&server).without("AWS_SECRETS_MANAGER__SECRET_ARN"),
    ] {
        run.go().changed(json!({})).is("secrets", json!([])).is("failures", json!([]));
    }
    assert_eq!(server.asked().len(), 1);
}

fn use_secrets_manager_switches_the_load_off() {
    let server = Server::start();
    server.text("miyabi/prod/config", r#"{"A":"1"}"#);
    let run = || Run::new(&server).names(&["config"]);
    let off = run().env("USE_SECRETS_MANAGER", "false").go();
    off.changed(json!({})).is("skipped", true);
    off.logged("INFO", "USE_SECRETS_MANAGER is false, skipping Secrets Manager");
    assert!(server.asked().is_empty());
    run().env("USE_SECRETS_MANAGER", "true").go().changed(json!({"A": "1"}));
    // it is no order to load outside Lambda
    let outside = run().env("USE_SECRETS_MANAGER", "true").without("AWS_LAMBDA_RUNTIME_API");
    outside.go().changed(json!({})).is("skipped", true);
}

fn a_region_of_its_own_for_secrets() {
    let server = Server::start();
    server.text("miyabi/prod/config", r#"{"A":"1"}"#);
    Run::new(&server).names(&["config"]).env("SECRETS_MANAGER_REGION", "eu-north-1").go();
    assert!(server.seen()[0].authorization.contains("/eu-north-1/"));
}

fn a_snapshot_is_refused_unless_allowed() {
    let server = Server::start();
    server.text("miyabi/prod/config", r#"{"A":"1"}"#);
    let run =
        || Run::new(&server).names(&["config"]).env("AWS_LAMBDA_INITIALIZATION_TYPE", "snap-start");
    run().go().changed(json!({})).is("error", "snapshot_taken");
    assert!(server.asked().is_empty());
    run().order("snapshot", true).go().changed(json!({"A": "1"}));
    for other in ["on-demand", "provisioned-concurrency", "lambda-managed-instances"] {
        let run = run().env("AWS_LAMBDA_INITIALIZATION_TYPE", other).go();
        run.changed(json!({"A": "1"}));
    }
}

fn a_load_writes_one_line_of_metrics() {
    let server = Server::start();
    server.text("miyabi/prod/api-keys", r#"{"A":"canary-value"}"#);
    let run = Run::new(&server).order("metrics", true).go();
    let line = run.log.lines().find_map(|line| line.strip_prefix("metrics ")).expect("a line");
    let line: Value = serde_json::from_str(line).expect("JSON");
    assert_eq!(line["Secret"], "miyabi/prod/api-keys,miyabi/prod/config");
    assert_eq!((&line["Fetches"], &line["Failures"]), (&json!(2), &json!(1)));
    assert!(!run.log.contains("canary-value"), "{}", run.log);
}

fn every_variable_has_its_origin() {
    let server = Server::start();
    server.text("miyabi/prod/api-keys", r#"{"A":"1","B":"2"}"#);
    server.text("miyabi/prod/config", r#"{"B":"3","C":"4"}"#);
    Run::new(&server).env("C", "mine").go().is(
        "origins",
        json!([
            "A: Some(Secret(\"miyabi/prod/api-keys\"))",
            "B: Some(Secret(\"miyabi/prod/config\"))",
            "C: Some(Environment)"
        ]),
    );
}
