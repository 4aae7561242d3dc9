//! The credentials of LLM providers: from their secret, or from where they fall back to.

use serde_json::{Value, json};

use crate::cached::{results, steps};
use crate::harness::Run;
use crate::server::{Reply, Server};

trials![
    each_provider_gets_its_own_variable_and_no_other,
    the_provider_may_be_named_by_its_variable,
    a_plain_secret_is_the_key,
    the_key_of_the_environment_stays_where_the_secret_fails,
    the_file_is_the_last_place,
    the_settings_may_stand_in_the_file,
    without_any_key_the_error_says_why,
    bedrock_is_returned_and_takes_the_roles_place_only_when_told,
    local_needs_nothing,
    the_map_gives_the_same_and_touches_nothing,
    secrets_manager_can_be_switched_off,
    a_snapshot_keeps_no_key_unless_allowed,
];

const SECRETS: [(&str, &str); 3] = [
    ("OPENAI_SECRET_NAME", "OPENAI_API_KEY"),
    ("ANTHROPIC_SECRET_NAME", "ANTHROPIC_API_KEY"),
    ("COHERE_SECRET_NAME", "COHERE_API_KEY"),
];

fn server() -> Server {
    let server = Server::start();
    server.text("prod/llm/key", r#"{"api_key":"sk-canary","org":"o"}"#);
    let bedrock = r#"{"access_key_id":"AKIABEDROCK","secret_access_key":"canary-bedrock"}"#;
    server.text("prod/aws/bedrock", bedrock);
    server
}

/// Outside Lambda, as an application server.
fn run(server: &Server, provider: Value) -> Run {
    let run = Run::new(server).without("AWS_LAMBDA_RUNTIME_API");
    run.order("mode", "provider").order("provider", provider)
}

fn each_provider_gets_its_own_variable_and_no_other() {
    let server = server();
    for ((named, variable), provider) in SECRETS.into_iter().zip(["openai", "anthropic", "cohere"])
    {
        let mut run = run(&server, json!(provider));
        for (other, _) in SECRETS {
            run = run.env(other, "prod/none");
        }
        // the secret wins over what is there
        let run = run.env(named, "prod/llm/key").env(variable, "old").go();
        run.changed(json!({variable: "sk-canary"}));
        run.is("source", "AWS Secrets Manager").is("written", json!([variable]));
        assert!(!run.log.contains("sk-canary") && !run.shown().contains("sk-canary"));
        run.logged(
            "INFO",
            &format!("Loaded the credentials of {provider} from AWS Secrets Manager"),
        );
    }
    assert_eq!(server.asked(), ["prod/llm/key"; 3]);
}

fn the_provider_may_be_named_by_its_variable() {
    let server = server();
    let named = || run(&server, json!(null)).env("OPENAI_SECRET_NAME", "prod/llm/key");
    named().env("LLM_PROVIDER", "openai").go().changed(json!({"OPENAI_API_KEY": "sk-canary"}));
    named().env("LLM_PROVIDER", "gpt").go().is("error", "invalid_setting");
    named().go().is("error", "invalid_setting");
}

fn a_plain_secret_is_the_key() {
    let server = server();
    server.text("plain", "sk-plain");
    server.text("only", r#"{"key":"sk-only"}"#);
    for (secret, key) in [("plain", "sk-plain"), ("only", "sk-only")] {
        let run = run(&server, json!("openai")).env("OPENAI_SECRET_NAME", secret).go();
        run.changed(json!({"OPENAI_API_KEY": key}));
    }
    server.text("other", r#"{"a":"1","b":"2"}"#);
    let run = run(&server, json!("openai")).env("OPENAI_SECRET_NAME", "other").go();
    run.changed(json!({})).is("error", "key_missing");
}

fn the_key_of_the_environment_stays_where_the_secret_fails() {
    let server = server();
    let denied = Reply::Error { status: 400, code: "AccessDeniedException", message: "no" };
    server.on("prod/denied", [denied]);
    let run = run(&server, json!("openai"))
        .env("OPENAI_SECRET_NAME", "prod/denied")
        .env("OPENAI_API_KEY", "mine")
        .go();
    run.changed(json!({})).is("source", "the environment").is("written", json!([]));
    assert!(run.log.contains(" WARN ") && run.log.contains("AccessDeniedException"), "{}", run.log);
}

fn the_file_is_the_last_place() {
    let server = server();
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), "OPENAI_API_KEY=sk-file\n").expect("it can be written");
    let path = file.path().to_str().expect("a temporary path is UTF-8");
    let run = run(&server, json!("openai")).order("env_file", path).go();
    if cfg!(feature = "dotenv") {
        run.changed(json!({"OPENAI_API_KEY": "sk-file"})).is("source", "the .env file");
    } else {
        run.changed(json!({})).is("error", "invalid_setting");
    }
    assert!(server.asked().is_empty(), "no secret is named");
}

fn the_settings_may_stand_in_the_file() {
    let server = server();
    let settings = "LLM_PROVIDER=openai\nOPENAI_SECRET_NAME=prod/llm/key\n";
    let file = |more: &str| crate::connection::file_with(&format!("{settings}{more}"));
    let run = |file: &tempfile::NamedTempFile| {
        run(&server, json!(null)).order("env_file", crate::connection::path(file))
    };
    let on = file("USE_SECRETS_MANAGER=true\nSECRETS_MANAGER_REGION=eu-north-1\n");
    if cfg!(not(feature = "dotenv")) {
        run(&on).go().is("error", "invalid_setting");
        return;
    }
    run(&on).go().changed(json!({"OPENAI_API_KEY": "sk-canary"}));
    assert!(server.seen()[0].authorization.contains("/eu-north-1/"));
    let off = file("USE_SECRETS_MANAGER=false\nOPENAI_API_KEY=sk-file\n");
    run(&off).go().changed(json!({"OPENAI_API_KEY": "sk-file"})).is("source", "the .env file");
    assert_eq!(server.asked().len(), 1);
    // a variable comes first
    let run = run(&off).env("USE_SECRETS_MANAGER", "true").without("AWS_REGION");
    let run = run.env("OPENAI_SECRET_NAME", "plain");
    server.text("plain", "sk-plain");
    run.go().changed(json!({"OPENAI_API_KEY": "sk-plain"}));
    let seen = server.seen().pop().expect("a call");
    assert!(seen.authorization.contains("/us-east-1/"), "where nothing names a region: {seen:?}");
}

fn without_any_key_the_error_says_why() {
    let server = server();
    let none = run(&server, json!("openai")).env("OPENAI_SECRET_NAME", "prod/none").go();
    none.changed(json!({})).is("error", "not_found");
    let unnamed = run(&server, json!("openai")).go();
    unnamed.changed(json!({})).is("error", "invalid_setting");
    assert!(unnamed.shown().contains("OPENAI_SECRET_NAME"), "{}", unnamed.shown());
}

fn bedrock_is_returned_and_takes_the_roles_place_only_when_told() {
    let server = server();
    let named =
        || run(&server, json!("bedrock")).env("AWS_BEDROCK_SECRET_NAME", "prod/aws/bedrock");
    let returned = named().go();
    returned.changed(json!({})).is("bedrock", "AKIABEDROCK").is("written", json!([]));
    returned.is("token", true);
    assert!(!returned.shown().contains("canary-bedrock"), "{}", returned.shown());
    let placed = named().order("bedrock", true).go();
    placed.changed(json!({
        "AWS_ACCESS_KEY_ID": "AKIABEDROCK", "AWS_SECRET_ACCESS_KEY": "canary-bedrock",
    }));
    placed.is("token", false);
    // without a secret the role serves
    run(&server, json!("bedrock")).go().changed(json!({})).is("bedrock", json!(null));
    let broken = run(&server, json!("bedrock")).env("AWS_BEDROCK_SECRET_NAME", "prod/llm/key").go();
    broken.changed(json!({})).is("error", "key_missing");
}

fn local_needs_nothing() {
    let server = server();
    run(&server, json!("local")).go().changed(json!({})).is("source", json!(null));
    assert!(server.asked().is_empty());
}

fn the_map_gives_the_same_and_touches_nothing() {
    let server = server();
    let list = json!([
        ["llm", "openai"],
        ["llm", "anthropic"],
        ["llm", "bedrock"],
        ["llm", "local"],
        ["llm", "cohere"]
    ]);
    let run = steps(&server, list)
        .env("OPENAI_SECRET_NAME", "prod/llm/key")
        .env("ANTHROPIC_SECRET_NAME", "prod/none")
        .env("ANTHROPIC_API_KEY", "mine")
        .env("AWS_BEDROCK_SECRET_NAME", "prod/aws/bedrock")
        .go();
    run.changed(json!({}));
    let results = results(&run);
    assert_eq!(results[0], json!({"key": "sk-canary", "source": "AWS Secrets Manager"}));
    assert_eq!(results[1], json!({"key": "mine", "source": "the environment"}));
    assert_eq!((&results[2], &results[3]), (&json!({"id": "AKIABEDROCK"}), &json!(null)));
    assert_eq!(results[4]["error"], "invalid_setting");
}

fn secrets_manager_can_be_switched_off() {
    let server = server();
    let run = run(&server, json!("openai"))
        .env("USE_SECRETS_MANAGER", "false")
        .env("OPENAI_SECRET_NAME", "dev/llm/openai")
        .env("SECRET_dev_llm_openai", "sk-local")
        .go();
    run.changed(json!({"OPENAI_API_KEY": "sk-local"})).is("source", "the environment");
    assert!(server.asked().is_empty());
}

fn a_snapshot_keeps_no_key_unless_allowed() {
    let server = server();
    let run = |provider: &str| {
        let run = run(&server, json!(provider)).env("OPENAI_SECRET_NAME", "prod/llm/key");
        let run = run.env("AWS_BEDROCK_SECRET_NAME", "prod/aws/bedrock");
        run.env("AWS_LAMBDA_INITIALIZATION_TYPE", "snap-start")
    };
    run("openai").go().changed(json!({})).is("error", "snapshot_taken");
    let placed = run("bedrock").order("bedrock", true).go();
    placed.changed(json!({})).is("error", "snapshot_taken");
    assert!(server.asked().is_empty());
    // what is not written is the caller's own
    run("bedrock").go().is("bedrock", "AKIABEDROCK");
    let allowed = run("openai").order("snapshot", true).go();
    allowed.changed(json!({"OPENAI_API_KEY": "sk-canary"}));
}
