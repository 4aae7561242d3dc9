//! An AWS that was written by others: what the loader takes from it and makes of it.
//!
//! One moto serves all, because it takes longer to start than all of this to run. What moto cannot
//! do, to deny, to throttle, to hang, is asked of the server of the other tests.

use serde_json::{Value, json};

use crate::cached::results;
use crate::harness::Outcome;
use crate::moto::Moto;

trials![what_moto_holds_is_read_as_it_is];

const KEYS: &str = r#"{
    "GITHUB_TOKEN": "ghp_\u00fc\n", "openai.key": "sk-canary", "PORT": 8080, "RATIO": 1.50, "ON": true,
    "OFF": null, "LIST": ["a", 1], "github": {"webhook_secret": "w", "app": {"id": 7}}
}"#;
/// What becomes of it.
fn variables() -> Value {
    json!({
        "GITHUB_TOKEN": "ghp_ü\n", "OPENAI__KEY": "sk-canary", "PORT": "8080", "RATIO": "1.50",
        "ON": "true", "LIST": r#"["a", 1]"#, "GITHUB__WEBHOOK_SECRET": "w", "GITHUB__APP__ID": "7",
    })
}

fn what_moto_holds_is_read_as_it_is() {
    let moto = Moto::start();
    moto.create("miyabi/prod/api-keys", Some(KEYS));
    environment(&moto);
    failures(&moto);
    map(&moto);
    versions(&moto);
    chain(&moto);
    llm(&moto);
}

fn with(more: Value) -> Value {
    let mut all = variables();
    for (name, value) in more.as_object().expect("an object") {
        all[name] = value.clone();
    }
    all
}

fn environment(moto: &Moto) {
    let arn = moto.create("miyabi/prod/config", Some(r#"{"PORT":"9090","BASE_URL":"u"}"#));
    for at_once in [true, false] {
        let run = moto.run().order("at_once", at_once).order("required", json!(["PORT"])).go();
        run.changed(with(json!({"PORT": "9090", "BASE_URL": "u"})));
        run.logged(
            "INFO",
            "Successfully loaded secrets from miyabi/prod/api-keys and miyabi/prod/config",
        );
        run.keeps_secrets(&["sk-canary"]);
    }

    // by its ARN, and by its ARN without the six characters that AWS adds
    for id in [arn.as_str(), &arn[..arn.len() - 7]] {
        let run = moto.run().order("ids", json!([id])).go();
        run.changed(json!({"PORT": "9090", "BASE_URL": "u"}));
    }

    // a plain value, the largest that there is, and bytes
    let large = "v".repeat(65_536);
    moto.create("miyabi/prod/large-one", Some(&large));
    moto.create_binary("miyabi/prod/cert", &[0, 255, 1]);
    let run = moto.run().names(&["large-one", "cert"]).go();
    run.changed(json!({"LARGE_ONE": large})).is("failures", json!([]));

    let run = moto
        .run()
        .names(&[])
        .env("URL", "secret:miyabi/prod/config#BASE_URL")
        .env("ECS", &format!("{arn}:PORT:AWSCURRENT:"))
        .env("WHOLE", "secret:miyabi/prod/large-one")
        .go();
    run.changed(json!({"URL": "u", "ECS": "9090", "WHOLE": large}));
}

fn failures(moto: &Moto) {
    moto.create("miyabi/prod/empty", None);
    moto.create("miyabi/prod/gone", Some("canary"));
    moto.delete("miyabi/prod/gone");
    moto.create("miyabi/prod/broken", Some(r#"{"A":"canary"#));
    moto.create("miyabi/prod/array", Some(r#"["canary"]"#));
    moto.create("miyabi/prod/twice", Some(r#"{"a.b":"canary","A__B":"canary"}"#));
    moto.create("miyabi/prod/reserved", Some(r#"{"LD_PRELOAD":"canary"}"#));
    for (name, kind) in [
        ("none", "not_found"),
        ("empty", "not_found"),
        ("gone", "scheduled_for_deletion"),
        ("broken", "bad_json"),
        ("twice", "collision"),
        ("reserved", "reserved_name"),
    ] {
        let run = moto.run().names(&[name]).go();
        run.changed(json!({})).is("failures", json!([kind])).keeps_secrets(&["canary"]);
        let run = moto.run().names(&[name]).order("fail", true).go();
        run.changed(json!({})).is("error", kind).keeps_secrets(&["canary"]);
        assert!(run.document["outcome"]["hint"].is_string(), "{}", run.document);
    }
    // an array is no object, so it is one value
    moto.run().names(&["array"]).go().changed(json!({"ARRAY": r#"["canary"]"#}));
    let missing = moto.run().order("required", json!(["STRIPE_KEY"])).go();
    missing.changed(json!({})).is("error", "key_missing").keeps_secrets(&["sk-canary"]);
}

fn texts(run: &Outcome, range: std::ops::Range<usize>) -> Vec<Value> {
    results(run)[range].iter().map(|step| step["text"].clone()).collect()
}

fn map(moto: &Moto) {
    let database = r#"{"username":"u","password":"p","port":"5432"}"#;
    let arn = moto.create("agent-etl/database", Some(database));
    moto.create("agent-etl/db_password", Some("plain"));
    moto.create("agent-etl/api_key", Some(r#"{"anything":"one"}"#));
    let list = json!([
        ["value", "db_password"],
        ["value", "api_key"],
        ["key", "database", "password"],
        ["typed", "database"],
        ["value_or", "none", "fallback"],
        ["get", "database"],
        ["key", arn, "username"],
        ["burst", "database", 100],
        ["stats"],
        ["check"],
        ["get", "gone"]
    ]);
    let run = moto.steps(list).order("prefix", "agent-etl/").go();
    let found = results(&run);
    assert_eq!(found[..3], [json!("plain"), json!("one"), json!("p")]);
    assert_eq!(found[3], json!({"username": "u", "password": "p", "port": 5432}));
    assert_eq!(found[4], "fallback");
    assert_eq!((&found[5]["arn"], &found[5]["name"]), (&json!(arn), &json!("agent-etl/database")));
    assert_eq!(found[5]["stages"], json!(["AWSCURRENT"]));
    assert!(found[5]["created"].as_u64().is_some_and(|at| at > 1_700_000_000), "{}", found[5]);
    assert_eq!((&found[6], &found[7]), (&json!("u"), &json!(100)));
    // the password, the key, the database by name and by ARN, and the one that is not there
    assert_eq!((&found[8]["calls"], &found[8]["entries"]), (&json!(5), &json!(4)));
    assert_eq!(found[8]["hits"], 102);
    assert_eq!(found[9], json!(["AWS Secrets Manager"]));
    assert_eq!(found[10]["error"], "not_found");
    run.keeps_secrets(&[]);
}

fn versions(moto: &Moto) {
    moto.create("versions", Some("1"));
    let second = moto.put("versions", "2");
    let list = json!([
        ["stage", "versions", "AWSCURRENT"],
        ["stage", "versions", "AWSPREVIOUS"],
        ["version", "versions", second],
        ["stage", "versions", "NONE"],
        ["version", "versions", "11111111-2222-3333-4444-555555555555"]
    ]);
    let run = moto.steps(list).go();
    assert_eq!(texts(&run, 0..3), ["2", "1", "2"]);
    let found = results(&run);
    assert_eq!((&found[0]["version"], &found[2]["version"]), (&json!(second), &json!(second)));
    assert_eq!(
        (&found[3]["error"], &found[4]["error"]),
        (&json!("not_found"), &json!("not_found"))
    );
}

fn chain(moto: &Moto) {
    let list = json!([
        ["source", "agent-etl/database", "username"],
        ["source", "agent-etl/database", "extra"],
        ["value", "miyabi/prod/gone"],
        ["value", "agent-etl/none"]
    ]);
    let run = moto.steps(list).order("chain", json!(["aws", "env"]));
    let run =
        run.env("SECRET_agent_etl_database_extra", "x").env("SECRET_miyabi_prod_gone", "here");
    let run = run.go();
    let found = results(&run);
    assert_eq!(found[..3], [json!("AWS Secrets Manager"), json!("the environment"), json!("here")]);
    assert_eq!(found[3]["error"], "not_found");
    run.logged("WARN", "taking the value of the environment");
}

fn llm(moto: &Moto) {
    moto.create("prod/llm/openai", Some(r#"{"api_key":"sk-a"}"#));
    moto.create("prod/llm/pool", Some(r#"{"api_keys":["sk-a","sk-b"]}"#));
    let run = moto.run().order("mode", "provider").order("provider", "openai");
    let run = run.env("OPENAI_SECRET_NAME", "prod/llm/openai").go();
    run.changed(json!({"OPENAI_API_KEY": "sk-a"})).is("source", "AWS Secrets Manager");
    let run = moto
        .steps(json!([["pool", "prod/llm/pool", 3, []], ["pool", "prod/llm/pool", 2, ["sk-a"]]]));
    let run = run.go();
    assert_eq!(results(&run)[0], json!(["sk-a", "sk-b", "sk-a"]));
    assert_eq!(results(&run)[1], json!(["sk-a", "sk-b", "sk-b"]));
}
