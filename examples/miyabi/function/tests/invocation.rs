//! The real binary, started as Lambda starts it: a Runtime API on one side, a Secrets Manager on
//! the other, both on loopback.

// the loader's own fault-injecting server; not everything that it can do is used here
#[allow(dead_code)]
#[path = "../../../../crates/lambda-secrets/tests/loading/server.rs"]
mod server;

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use lambda_simulator::{InvocationStatus, Simulator};
use serde_json::{Value, json};
use server::{Reply, Server};
use sha2::{Digest, Sha256};

const TOKEN: &str = "ghp_canary_value";
const PATIENCE: Duration = Duration::from_secs(20);

/// The function, running. It is killed when the test ends.
struct Function {
    simulator: Simulator,
    child: Option<Child>,
}

impl Function {
    async fn start(secrets: &Server, variables: &[(&str, &str)]) -> Self {
        let simulator = Simulator::builder()
            .function_name("miyabi-app")
            .region("us-west-2")
            .build()
            .await
            .expect("a Runtime API on a free port");
        let child = Command::new(env!("CARGO_BIN_EXE_bootstrap"))
            .env_clear()
            .envs(simulator.lambda_env_vars())
            .env("AWS_ACCESS_KEY_ID", "AKIDFUNCTION")
            .env("AWS_SECRET_ACCESS_KEY", "canary-secret-access-key")
            .env("AWS_SESSION_TOKEN", "canary-session-token")
            .env("AWS_ENDPOINT_URL_SECRETS_MANAGER", secrets.url())
            .env("RUST_LOG", "trace")
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the function starts");
        Self { simulator, child: Some(child) }
    }

    async fn ask(&self, event: Value) -> Value {
        let id = self.simulator.enqueue_payload(event).await;
        let state = self
            .simulator
            .wait_for_invocation_complete(&id, PATIENCE)
            .await
            .expect("the function answers in time");
        match (state.status, state.response, state.error) {
            (InvocationStatus::Success, Some(response), None) => response.payload,
            (status, _, error) => json!({"status": format!("{status:?}"), "error": error}),
        }
    }

    /// Stops the function and gives its log.
    fn stop(mut self) -> String {
        let mut child = self.child.take().expect("it stops once");
        let _ = child.kill();
        let output = child.wait_with_output().expect("it was started");
        String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
    }
}

impl Drop for Function {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn secrets() -> Server {
    let server = Server::start();
    server.text("miyabi/prod/api-keys", &json!({"GITHUB_TOKEN": TOKEN}).to_string());
    server.text("miyabi/prod/config", r#"{"BASE_URL":"https://api.miyabi-world.com"}"#);
    let denied =
        Reply::Error { status: 400, code: "AccessDeniedException", message: "not authorized" };
    server.on("miyabi/dev/api-keys", [denied]);
    server
}

fn digest(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test]
async fn the_function_starts_with_its_secrets_in_the_environment() {
    let secrets = secrets();
    let function = Function::start(&secrets, &[]).await;
    let answer = function.ask(json!({})).await;
    assert_eq!(answer["set"], json!(["GITHUB_TOKEN", "BASE_URL"]));
    assert_eq!(answer["unset"].as_array().map(Vec::len), Some(10));

    let event = json!({"name": "GITHUB_TOKEN", "sha256": digest(TOKEN)});
    assert_eq!(function.ask(event).await["matches"], true);
    let event = json!({"name": "GITHUB_TOKEN", "sha256": digest("other")});
    let expected = json!({"name": "GITHUB_TOKEN", "set": true, "matches": false});
    assert_eq!(function.ask(event).await, expected);

    let mut asked = secrets.asked();
    asked.sort_unstable();
    assert_eq!(asked, ["miyabi/prod/api-keys", "miyabi/prod/config"]);
    let log = function.stop();
    let line = "Successfully loaded secrets from miyabi/prod/api-keys and miyabi/prod/config";
    assert!(log.lines().any(|one| one.ends_with(line)), "{log}");
    for canary in [TOKEN, "canary-secret-access-key", "canary-session-token"] {
        assert!(!log.contains(canary), "`{canary}` is in the log");
    }
}

#[tokio::test]
async fn a_secret_of_another_environment_is_denied_and_says_so_by_kind() {
    let secrets = secrets();
    let function = Function::start(&secrets, &[]).await;
    let read = async |name: &str| function.ask(json!({"read": name})).await;
    assert_eq!(read("miyabi/dev/api-keys").await, json!({"error": "access_denied"}));
    assert_eq!(read("miyabi/prod/none").await, json!({"error": "not_found"}));
    assert_eq!(read("miyabi/prod/api-keys").await, json!({"read": true}));
}

#[tokio::test]
async fn project_and_environment_come_from_the_variables() {
    let secrets = secrets();
    secrets.text("other/dev/api-keys", r#"{"OAUTH_ISSUER":"x"}"#);
    let variables = [("LAMBDA_SECRETS_PROJECT", "other"), ("LAMBDA_SECRETS_ENVIRONMENT", "dev")];
    let function = Function::start(&secrets, &variables).await;
    assert_eq!(function.ask(json!({})).await["set"], json!(["OAUTH_ISSUER"]));
    // other/dev/config does not exist: a line on the log, and the function runs
    assert!(function.stop().contains("cannot read `other/dev/config`"));
}

#[tokio::test]
async fn an_event_that_is_no_question_is_an_error_of_the_invocation() {
    let secrets = secrets();
    let function = Function::start(&secrets, &[]).await;
    assert_eq!(function.ask(json!({"surprise": 1})).await["status"], "Error");
    assert_eq!(function.ask(json!({"read": "miyabi/prod/config"})).await, json!({"read": true}));
}

#[tokio::test]
async fn a_required_key_that_is_missing_stops_the_function_with_a_hint() {
    let secrets = secrets();
    let variables = [("LAMBDA_SECRETS_REQUIRED", "api-keys:MIYABI_ACCESS_TOKEN")];
    let mut function = Function::start(&secrets, &variables).await;
    let child = function.child.take().expect("it was started");
    let output = child.wait_with_output().expect("it ends by itself");
    assert!(!output.status.success());
    let log = String::from_utf8_lossy(&output.stderr);
    for part in ["`miyabi/prod/api-keys` has no key `MIYABI_ACCESS_TOKEN`", "hint: "] {
        assert!(log.contains(part), "{log}");
    }
}
