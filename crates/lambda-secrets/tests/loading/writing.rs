//! Storing a value by compare-and-swap, in a moto that is started for it.

use aws_sdk_secretsmanager::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_secretsmanager::{Client, Config};
use serde_json::{Value, json};

use crate::cached::results;
use crate::harness::Run;

trials![
    a_value_is_stored_and_read_back,
    a_key_is_set_beside_the_others,
    a_value_that_was_not_seen_is_not_overwritten,
    the_first_value_is_stored_too,
    what_cannot_be_stored_is_an_error_that_does_not_show_it,
];

struct Moto {
    server: test_servers::Server,
    runtime: tokio::runtime::Runtime,
    client: Client,
}

impl Moto {
    fn start() -> Self {
        let server = test_servers::moto();
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-west-2"))
            .endpoint_url(server.endpoint())
            .credentials_provider(Credentials::from_keys("test", "test", None))
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .build();
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        Self { server, runtime, client: Client::from_conf(config) }
    }

    fn create(&self, name: &str, text: Option<&str>) {
        let call = self.client.create_secret().name(name);
        let call = call.set_secret_string(text.map(str::to_owned));
        self.runtime.block_on(call.send()).expect("moto creates it");
    }

    fn text(&self, name: &str) -> String {
        // without a label moto answers with the version that was current first
        let call =
            self.client.get_secret_value().secret_id(name).version_stage("AWSCURRENT").send();
        let answer = self.runtime.block_on(call).expect("moto has it");
        answer.secret_string().expect("text").to_owned()
    }

    /// The staging labels of all versions.
    fn labels(&self, name: &str) -> Vec<String> {
        let call = self.client.describe_secret().secret_id(name).send();
        let answer = self.runtime.block_on(call).expect("moto has it");
        let versions = answer.version_ids_to_stages().cloned().unwrap_or_default();
        let mut labels: Vec<String> = versions.into_values().flatten().collect();
        labels.sort();
        labels
    }

    fn steps(&self, steps: Value) -> Run {
        let run = Run::at(&self.server.endpoint()).order("mode", "steps").order("steps", steps);
        let run = run.order("patient", true);
        run.env("AWS_ACCESS_KEY_ID", "test").without("AWS_SESSION_TOKEN")
    }
}

fn a_value_is_stored_and_read_back() {
    let moto = Moto::start();
    let name = "pr-agent/secrets";
    moto.create(name, Some("old"));
    let list = json!([
        ["get", name],
        ["store", name, "new"],
        ["stats"],
        ["store", name, "newest"],
        ["stage", name, "AWSPREVIOUS"]
    ]);
    let run = moto.steps(list).go();
    let results = results(&run);
    assert_eq!(results[2]["entries"], 0, "what was kept is old");
    assert_eq!(results[4]["text"], "new");
    assert_eq!(results[4]["version"], results[1]["version"]);
    assert_eq!(moto.text(name), "newest");
    assert_eq!(moto.labels(name), ["AWSCURRENT", "AWSPREVIOUS"]);
}

fn a_key_is_set_beside_the_others() {
    let moto = Moto::start();
    moto.create("meta-agents/openai", Some(r#"{"api_key":"old","n":1.50,"o":{"a":[1, 2]}}"#));
    let list = json!([["store_key", "meta-agents/openai", "api_key", "new \"key\""]]);
    moto.steps(list).go();
    let text = moto.text("meta-agents/openai");
    assert_eq!(text, r#"{"n":1.50,"o":{"a":[1, 2]},"api_key":"new \"key\""}"#);
}

fn a_value_that_was_not_seen_is_not_overwritten() {
    let moto = Moto::start();
    moto.create("s", Some("old"));
    let run = moto.steps(json!([["put_over", "s", ""]])).go();
    assert_eq!(results(&run)[0]["error"], "conflict");
    assert_eq!(moto.text("s"), "another writer's");
    assert_eq!(moto.labels("s"), ["AWSCURRENT", "AWSPREVIOUS"], "no label is left behind");
}

fn the_first_value_is_stored_too() {
    let moto = Moto::start();
    moto.create("empty", None);
    let run = moto.steps(json!([["store", "empty", "first"], ["value", "empty"]])).go();
    assert_eq!(results(&run)[1], "first");
}

fn what_cannot_be_stored_is_an_error_that_does_not_show_it() {
    let moto = Moto::start();
    moto.create("plain", Some("canary-old"));
    let list = json!([
        ["store", "none", "canary-new"],
        ["store_key", "plain", "k", "canary-new"],
        ["store", "a b", "canary-new"]
    ]);
    let run = moto.steps(list).go();
    let kinds: Vec<&Value> = results(&run).iter().map(|result| &result["error"]).collect();
    assert_eq!(
        kinds,
        ["not_found", "unfit", "invalid_secret_name"].map(|kind| json!(kind)).each_ref()
    );
    for canary in ["canary-old", "canary-new"] {
        assert!(!run.log.contains(canary) && !run.shown().contains(canary), "{canary}");
    }
    assert_eq!(moto.text("plain"), "canary-old");
}
