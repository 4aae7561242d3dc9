//! A refresher with its two neighbours, and a client that is bare enough to be wrong on purpose.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use lambda_simulator::{ShutdownReason, Simulator};

use crate::server::Server;

pub(crate) const TOKEN: &str = "canary-token";
const PATIENCE: Duration = Duration::from_secs(10);

/// A running refresher. It is ended when it is dropped.
pub(crate) struct Refresher {
    pub(crate) secrets: Server,
    pub(crate) port: u16,
    simulator: Option<Simulator>,
    runtime: tokio::runtime::Runtime,
    pub(crate) child: Child,
}

/// What a client got.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: serde_json::Value,
}

impl Refresher {
    pub(crate) fn start(variables: &[(&str, &str)]) -> Self {
        Self::on_port(free_port(), variables)
    }

    pub(crate) fn on_port(port: u16, variables: &[(&str, &str)]) -> Self {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let simulator = runtime.block_on(Simulator::builder().build()).expect("a simulator");
        let address = simulator.runtime_api_url().trim_start_matches("http://").to_owned();
        let secrets = Server::start();
        let child = Command::new(env!("CARGO_BIN_EXE_lambda-secrets-refresher"))
            .env_clear()
            .env("AWS_LAMBDA_RUNTIME_API", address)
            .env("AWS_REGION", "us-east-1")
            .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
            .env("AWS_SECRET_ACCESS_KEY", "canary-key")
            .env("AWS_SESSION_TOKEN", TOKEN)
            .env("AWS_ENDPOINT_URL_SECRETS_MANAGER", secrets.url())
            .env("PARAMETERS_SECRETS_EXTENSION_HTTP_PORT", port.to_string())
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the refresher starts");
        Self { secrets, port, simulator: Some(simulator), runtime, child }
    }

    /// Waits until it answers.
    pub(crate) fn ready(self) -> Self {
        let deadline = Instant::now() + PATIENCE;
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(Instant::now() < deadline, "nobody listens");
            std::thread::sleep(Duration::from_millis(5));
        }
        self
    }

    /// The names under which extensions are registered, once there is one.
    pub(crate) fn registered(&self) -> Vec<String> {
        let simulator = self.simulator.as_ref().expect("it runs");
        let deadline = Instant::now() + PATIENCE;
        loop {
            let found = self.runtime.block_on(simulator.get_registered_extensions());
            if !found.is_empty() {
                return found.into_iter().map(|extension| extension.name).collect();
            }
            assert!(Instant::now() < deadline, "no extension registers");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Lets Lambda end the function; returns the exit code and what stood on stderr.
    pub(crate) fn shut_down(mut self) -> (Option<i32>, String) {
        let simulator = self.simulator.take().expect("it runs");
        self.runtime.block_on(simulator.graceful_shutdown(ShutdownReason::Spindown));
        self.ended()
    }

    /// The exit code and what stood on stderr, once it has ended.
    pub(crate) fn ended(&mut self) -> (Option<i32>, String) {
        let deadline = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("own child") {
                break status;
            }
            assert!(Instant::now() < deadline, "it does not end");
            std::thread::sleep(Duration::from_millis(5));
        };
        let mut text = String::new();
        let stderr = self.child.stderr.as_mut().expect("a pipe");
        stderr.read_to_string(&mut text).expect("text");
        assert!(!text.contains("canary"), "a value stands on stderr");
        (status.code(), text)
    }

    /// Asks as clients of AWS's extension do.
    pub(crate) fn get(&self, query: &str) -> Answer {
        let path = format!("/secretsmanager/get?{query}");
        self.ask(&format!("GET {path} HTTP/1.1\r\nX-Aws-Parameters-Secrets-Token: {TOKEN}\r\n"))
    }

    /// Sends these lines and a host.
    pub(crate) fn ask(&self, head: &str) -> Answer {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("it listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        let request = format!("{head}Host: localhost\r\n\r\n");
        stream.write_all(request.as_bytes()).expect("it reads");
        let mut text = String::new();
        stream.read_to_string(&mut text).expect("it answers");
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        Answer {
            status: head[9..12].parse().expect("a status"),
            head: head.to_ascii_lowercase(),
            body: serde_json::from_str(body).unwrap_or_default(),
        }
    }
}

impl Drop for Refresher {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn free_port() -> u16 {
    let probe = TcpListener::bind("127.0.0.1:0").expect("a free loopback port");
    probe.local_addr().expect("a bound listener has an address").port()
}
