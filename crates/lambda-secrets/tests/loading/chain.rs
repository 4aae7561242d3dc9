//! A chain of providers: AWS, the environment, a `.env` file, in the order that is asked for.

use serde_json::json;

use crate::cached::{results, steps};
use crate::harness::Run;
use crate::server::{Reply, Server};

trials![
    the_next_provider_is_asked_where_one_fails,
    a_fallback_is_told_without_a_subscriber_too,
    the_order_is_that_of_the_chain,
    the_environment_knows_secrets_and_keys_in_both_cases,
    a_failure_that_may_pass_is_held_while_another_answers,
    the_failure_that_explains_most_is_told,
    use_secrets_manager_takes_aws_out,
    aws_may_wait_to_be_asked_for,
    the_file_of_a_chain_may_hold_the_settings,
    a_chain_needs_its_providers,
];

const DENIED: Reply =
    Reply::Error { status: 400, code: "AccessDeniedException", message: "not authorized" };

fn chain(server: &Server, list: serde_json::Value) -> Run {
    steps(server, list).order("chain", json!(["aws", "env"]))
}

fn the_next_provider_is_asked_where_one_fails() {
    let server = Server::start();
    server.text("prod/llm/openai", r#"{"api_key":"of aws"}"#);
    server.on("prod/denied", [DENIED]);
    let run = chain(
        &server,
        json!([
            ["key", "prod/llm/openai", "api_key"],
            ["source", "prod/llm/openai", "api_key"],
            ["key", "prod/llm/openai", "org"],
            ["source", "prod/llm/openai", "org"],
            ["value", "prod/denied"],
            ["source", "prod/denied"],
            ["get", "prod/none"],
            ["check"]
        ]),
    );
    let run = run
        .env("SECRET_PROD_LLM_OPENAI", r#"{"api_key":"canary","org":"of the environment"}"#)
        .env("SECRET_prod_denied", "instead")
        .go();
    let results = results(&run);
    assert_eq!(results[..2], [json!("of aws"), json!("AWS Secrets Manager")]);
    assert_eq!(results[2..4], [json!("of the environment"), json!("the environment")]);
    assert_eq!(results[4..6], [json!("instead"), json!("the environment")]);
    assert_eq!(results[6]["error"], "not_found");
    assert_eq!(results[7], json!(["AWS Secrets Manager", "the environment"]));
    run.logged("WARN", "taking the value of the environment");
    assert!(!run.log.contains("canary") && !run.log.contains("instead\""), "{}", run.log);
}

fn a_fallback_is_told_without_a_subscriber_too() {
    let server = Server::start();
    server.on("prod/denied", [DENIED]);
    let run = chain(&server, json!([["value", "prod/denied"]])).order("log", "nowhere");
    let run = run.env("SECRET_prod_denied", "canary").go();
    assert_eq!(results(&run), &[json!("canary")]);
    assert!(run.log.starts_with("WARN lambda-secrets: cannot read `prod/denied`: "), "{}", run.log);
    assert!(run.log.ends_with("; taking the value of the environment\n"), "{}", run.log);
    assert!(run.log.lines().count() == 1 && !run.log.contains("canary"), "{}", run.log);
}

fn the_order_is_that_of_the_chain() {
    let server = Server::start();
    server.text("s", "of aws");
    let run = steps(&server, json!([["value", "s"], ["value", "t"]]));
    let run = run.order("chain", json!(["env", "aws"])).env("SECRET_s", "of the environment");
    server.text("t", "of aws");
    assert_eq!(results(&run.go()), &[json!("of the environment"), json!("of aws")]);
    assert_eq!(server.asked(), ["t"]);
}

fn the_environment_knows_secrets_and_keys_in_both_cases() {
    let server = Server::start();
    let run = steps(
        &server,
        json!([
            ["value", "dev_llm_openai"],
            ["key", "prod/aws/bedrock", "access_key_id"],
            ["key", "prod/db", "password"],
            ["key", "prod/db", "user-name"],
            ["value", "empty"],
            ["stage", "dev_llm_openai", "AWSPREVIOUS"]
        ]),
    );
    let run = run
        .order("chain", json!(["env"]))
        .env("SECRET_dev_llm_openai", "sk-proj-xxxxx")
        .env("SECRET_prod_aws_bedrock", r#"{"access_key_id":"AKIA","secret_access_key":"w"}"#)
        .env("SECRET_prod_aws_bedrock_access_key_id", "the whole secret comes first")
        .env("SECRET_PROD_DB_PASSWORD", "upper")
        .env("SECRET_prod_db_user_name", "exact")
        .env("SECRET_PROD_DB_USER_NAME", "canary")
        .env("SECRET_empty", "")
        .go();
    let found = results(&run);
    assert_eq!(found[..4], [json!("sk-proj-xxxxx"), json!("AKIA"), json!("upper"), json!("exact")]);
    for absent in &found[4..] {
        assert_eq!(absent["error"], "not_found");
    }
    assert!(found[4]["text"].as_str().is_some_and(|text| text.contains("SECRET_empty")));
    assert!(server.asked().is_empty());
}

fn a_failure_that_may_pass_is_held_while_another_answers() {
    let server = Server::start();
    server.on("s", [Reply::Error { status: 400, code: "ThrottlingException", message: "slow" }]);
    let run = chain(&server, json!([["value", "s"], ["value", "s"], ["value", "s"], ["stats"]]));
    let run = run.env("SECRET_s", "instead").go();
    assert_eq!(results(&run)[..3], [json!("instead"), json!("instead"), json!("instead")]);
    assert_eq!(results(&run)[3]["calls"], 1);
}

fn the_failure_that_explains_most_is_told() {
    let server = Server::start();
    server.on("s", [DENIED]);
    let run = chain(&server, json!([["get", "s"], ["key", "s", "k"]])).go();
    assert_eq!(results(&run)[0]["error"], "access_denied");
    assert_eq!(results(&run)[1]["error"], "access_denied");
}

fn use_secrets_manager_takes_aws_out() {
    let server = Server::start();
    server.text("s", "of aws");
    for (chain, value) in [(json!(null), "false"), (json!(["aws", "env"]), "0")] {
        let run = steps(&server, json!([["value", "s"]])).order("chain", chain);
        let run = run.env("USE_SECRETS_MANAGER", value).env("SECRET_S", "local").go();
        assert_eq!(results(&run), &[json!("local")]);
    }
    assert!(server.asked().is_empty());
    let run = steps(&server, json!([["value", "s"]])).env("USE_SECRETS_MANAGER", "true").go();
    assert_eq!(results(&run), &[json!("of aws")]);
    let run = steps(&server, json!([])).env("USE_SECRETS_MANAGER", "perhaps").go();
    run.is("error", "invalid_setting");
}

fn aws_may_wait_to_be_asked_for() {
    let server = Server::start();
    server.text("s", "of aws");
    let run = || {
        let run = chain(&server, json!([["value", "s"]])).env("SECRET_s", "local");
        run.order("on_request", true)
    };
    assert_eq!(results(&run().go()), &[json!("local")]);
    assert!(server.asked().is_empty());
    let asked = run().env("USE_SECRETS_MANAGER", "true").go();
    assert_eq!(results(&asked), &[json!("of aws")]);
}

fn the_file_of_a_chain_may_hold_the_settings() {
    let server = Server::start();
    server.text("s", "of aws");
    let file = crate::connection::file_with(
        "USE_SECRETS_MANAGER=false\nSECRETS_MANAGER_REGION=eu-north-1\nSECRET_s=local\n",
    );
    let run = || {
        let run = steps(&server, json!([["value", "s"]])).order("chain", json!(["aws", ".env"]));
        run.order("env_file", crate::connection::path(&file))
    };
    if cfg!(not(feature = "dotenv")) {
        run().go().is("error", "invalid_setting");
        return;
    }
    assert_eq!(results(&run().go()), &[json!("local")]);
    assert!(server.asked().is_empty());
    // a variable comes first
    let on = run().env("USE_SECRETS_MANAGER", "true");
    assert_eq!(results(&on.go()), &[json!("of aws")]);
    let mine = run().env("USE_SECRETS_MANAGER", "true").env("SECRETS_MANAGER_REGION", "us-east-2");
    mine.go();
    let seen = server.seen();
    assert!(seen[0].authorization.contains("/eu-north-1/"), "{seen:?}");
    assert!(seen[1].authorization.contains("/us-east-2/"), "{seen:?}");
    // where the variables say it all the file is not opened before its turn
    let broken = crate::connection::file_with("SECRET_s='canary\n");
    let run = || run().order("env_file", crate::connection::path(&broken));
    let mine = run().env("USE_SECRETS_MANAGER", "true");
    assert_eq!(results(&mine.env("SECRETS_MANAGER_REGION", "us-east-2").go()), &[json!("of aws")]);
    run().env("USE_SECRETS_MANAGER", "true").go().is("error", "unreadable_file");
    // a chain without the file does not read it
    let run = steps(&server, json!([["value", "s"]])).order("chain", json!(["aws", "env"]));
    let run = run.order("env_file", crate::connection::path(&file));
    assert_eq!(results(&run.go()), &[json!("of aws")]);
}

fn a_chain_needs_its_providers() {
    let server = Server::start();
    for chain in [json!(["another"]), json!([])] {
        let run = steps(&server, json!([])).order("chain", chain).go();
        run.is("error", "invalid_setting");
    }
    let run = steps(&server, json!([["key", "prod/db", "PASSWORD"], ["source", "s"]]));
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), "SECRET_s=x\nPASSWORD='of the file'\n").expect("it can be written");
    let path = file.path().to_str().expect("a temporary path is UTF-8");
    let run = run.order("chain", json!(["aws", "env", ".env"])).order("env_file", path).go();
    if cfg!(feature = "dotenv") {
        assert_eq!(results(&run), &[json!("of the file"), json!("the .env file")]);
    } else {
        run.is("error", "invalid_setting");
        assert!(run.shown().contains("feature `dotenv`"), "{}", run.shown());
    }
}
