//! A moto of a test's own, with secrets put into it by AWS's client.

use aws_sdk_secretsmanager::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_secretsmanager::primitives::Blob;
use aws_sdk_secretsmanager::{Client, Config};
use serde_json::Value;

use crate::harness::Run;

pub(crate) struct Moto {
    server: test_servers::Server,
    runtime: tokio::runtime::Runtime,
    client: Client,
}

impl Moto {
    pub(crate) fn start() -> Self {
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

    /// Creates a secret, without a value where there is no text; returns its ARN.
    pub(crate) fn create(&self, name: &str, text: Option<&str>) -> String {
        let call = self.client.create_secret().name(name);
        let call = call.set_secret_string(text.map(str::to_owned));
        let created = self.runtime.block_on(call.send()).expect("moto creates it");
        created.arn().expect("it has an ARN").to_owned()
    }

    pub(crate) fn create_binary(&self, name: &str, bytes: &[u8]) {
        let call = self.client.create_secret().name(name).secret_binary(Blob::new(bytes));
        self.runtime.block_on(call.send()).expect("moto creates it");
    }

    /// Puts another version, which becomes the current one; returns its id.
    pub(crate) fn put(&self, name: &str, text: &str) -> String {
        let call = self.client.put_secret_value().secret_id(name).secret_string(text);
        let put = self.runtime.block_on(call.send()).expect("moto takes it");
        put.version_id().expect("it has an id").to_owned()
    }

    /// Schedules its deletion.
    pub(crate) fn delete(&self, name: &str) {
        let call = self.client.delete_secret().secret_id(name).recovery_window_in_days(7);
        self.runtime.block_on(call.send()).expect("moto deletes it");
    }

    #[cfg(feature = "write")]
    pub(crate) fn text(&self, name: &str) -> String {
        // without a label moto answers with the version that was current first
        let call =
            self.client.get_secret_value().secret_id(name).version_stage("AWSCURRENT").send();
        let answer = self.runtime.block_on(call).expect("moto has it");
        answer.secret_string().expect("text").to_owned()
    }

    /// The staging labels of all versions.
    #[cfg(feature = "write")]
    pub(crate) fn labels(&self, name: &str) -> Vec<String> {
        let call = self.client.describe_secret().secret_id(name).send();
        let answer = self.runtime.block_on(call).expect("moto has it");
        let versions = answer.version_ids_to_stages().cloned().unwrap_or_default();
        let mut labels: Vec<String> = versions.into_values().flatten().collect();
        labels.sort();
        labels
    }

    /// A child that reads from it.
    pub(crate) fn run(&self) -> Run {
        let run = Run::at(&self.server.endpoint()).order("patient", true);
        run.env("AWS_ACCESS_KEY_ID", "test").without("AWS_SESSION_TOKEN")
    }

    pub(crate) fn steps(&self, steps: Value) -> Run {
        self.run().order("mode", "steps").order("steps", steps)
    }
}
