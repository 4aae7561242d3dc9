//! One function to be started, and what came of it.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::server::{Reply, Server};

pub(crate) const WRAPPER: &str = env!("CARGO_BIN_EXE_lambda-secrets-layer");

/// A function with the variables that Lambda sets, and a Secrets Manager that knows no secret yet.
pub(crate) struct Function {
    pub(crate) secrets: Server,
    pub(crate) runtime_api: RuntimeApi,
    variables: BTreeMap<String, String>,
}

/// How a start ended.
pub(crate) struct Outcome {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// What Lambda was told.
    pub(crate) report: Option<Report>,
}

/// One POST to `/2018-06-01/runtime/init/error`.
#[derive(Clone)]
pub(crate) struct Report {
    pub(crate) error_type: String,
    pub(crate) content_type: String,
    pub(crate) body: serde_json::Value,
}

impl Function {
    pub(crate) fn new() -> Self {
        let (secrets, runtime_api) = (Server::start(), RuntimeApi::start());
        let variables = BTreeMap::from(
            [
                ("AWS_LAMBDA_FUNCTION_NAME", "demo"),
                ("AWS_LAMBDA_RUNTIME_API", runtime_api.address.to_string().as_str()),
                ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
                ("AWS_REGION", "us-east-1"),
                ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
                ("AWS_SECRET_ACCESS_KEY", "canary-key"),
                ("AWS_SESSION_TOKEN", "canary-token"),
                ("AWS_ENDPOINT_URL_SECRETS_MANAGER", secrets.url().as_str()),
                ("PATH", "/usr/local/bin:/usr/bin:/bin"),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned())),
        );
        Self { secrets, runtime_api, variables }
    }

    /// The function of the project `miyabi` in `prod`, whose two secrets are there.
    pub(crate) fn miyabi() -> Self {
        let function = Self::new()
            .set("LAMBDA_SECRETS_PROJECT", "miyabi")
            .set("LAMBDA_SECRETS_ENVIRONMENT", "prod");
        let keys = r#"{"GITHUB_TOKEN":"canary-github","openai.key":"canary-openai"}"#;
        function.secrets.text("miyabi/prod/api-keys", keys);
        function.secrets.text("miyabi/prod/config", r#"{"BASE_URL":"canary-url"}"#);
        function
    }

    pub(crate) fn set(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    pub(crate) fn unset(mut self, name: &str) -> Self {
        self.variables.remove(name);
        self
    }

    pub(crate) fn answers(self, secret: &str, reply: Reply) -> Self {
        self.secrets.on(secret, [reply]);
        self
    }

    pub(crate) fn denies(self, secret: &str) -> Self {
        self.answers(secret, refusal("AccessDeniedException", "no identity-based policy allows it"))
    }

    /// Starts the wrapper with a runtime that prints the environment.
    pub(crate) fn start(&self) -> Outcome {
        self.start_with(&["/usr/bin/env"])
    }

    pub(crate) fn start_with<S: AsRef<OsStr>>(&self, runtime: &[S]) -> Outcome {
        let mut command = Command::new(WRAPPER);
        command.args(runtime);
        self.run(command)
    }

    /// Runs any command with the function's variables.
    pub(crate) fn run(&self, mut command: Command) -> Outcome {
        command.env_clear().envs(&self.variables).stdin(Stdio::null());
        let output = command.output().expect("the command starts");
        self.outcome(output)
    }

    /// The outcome of a start; nothing secret was shown by the wrapper.
    pub(crate) fn outcome(&self, output: Output) -> Outcome {
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        let report = self.runtime_api.report();
        let outcome = Outcome {
            code: output.status.code(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
            report,
        };
        assert!(!outcome.stderr.contains("canary"), "a value stands on stderr");
        let told = outcome.report.as_ref().map(|report| report.body.to_string());
        assert!(!told.unwrap_or_default().contains("canary"), "Lambda was told a value");
        outcome
    }
}

impl Outcome {
    /// The value of a variable in the environment that `env` printed.
    pub(crate) fn variable(&self, name: &str) -> Option<&str> {
        let mut lines = self.stdout.lines().filter_map(|line| line.split_once('='));
        lines.find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    /// Checks that the function started and that nothing was reported.
    pub(crate) fn started(self) -> Self {
        assert_eq!(self.code, Some(0), "{}", self.stderr);
        assert!(self.report.is_none(), "{}", self.stderr);
        self
    }

    /// Checks that the function did not start, and that log and caller read the same reason.
    pub(crate) fn failed(self, code: i32, error_type: &str, says: &[&str]) -> Self {
        assert_eq!(self.code, Some(code), "{}", self.stderr);
        assert_eq!(self.stdout, "", "the runtime was started");
        let report = self.report.as_ref().expect("Lambda is told why");
        assert_eq!(report.error_type, error_type);
        assert_eq!(report.content_type, "application/json");
        assert_eq!(report.body["errorType"], error_type);
        let told = report.body["errorMessage"].as_str().expect("a message");
        for part in says {
            assert!(told.contains(part), "no `{part}` in {told}");
            assert!(self.stderr.contains(part), "no `{part}` in {}", self.stderr);
        }
        // what was loaded before the next program could not be started is told as well
        for line in self.stderr.lines().filter(|line| !line.starts_with("INFO ")) {
            assert!(
                line.starts_with("ERROR lambda-secrets: ") && line.contains("; hint: "),
                "{line}"
            );
        }
        self
    }
}

pub(crate) fn refusal(code: &'static str, message: &'static str) -> Reply {
    Reply::Error { status: 400, code, message }
}

/// An executable file.
pub(crate) fn script(folder: &Path, name: &str, text: &str) -> String {
    use std::os::unix::fs::PermissionsExt;
    let path = folder.join(name);
    std::fs::write(&path, text).expect("a file in a fresh folder");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("own file");
    path.to_str().expect("a temporary folder has a plain name").to_owned()
}

/// Takes the report of a failed initialisation, as Lambda's Runtime API does.
pub(crate) struct RuntimeApi {
    pub(crate) address: SocketAddr,
    reports: Arc<Mutex<Vec<Report>>>,
}

impl RuntimeApi {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free loopback port");
        let address = listener.local_addr().expect("a bound listener has an address");
        let reports = Arc::new(Mutex::new(Vec::new()));
        let shared = reports.clone();
        std::thread::spawn(move || {
            // ends with the process of the test
            for stream in listener.incoming().flatten() {
                let _ = stream.set_read_timeout(Some(Duration::from_secs(10)));
                let mut stream = BufReader::new(stream);
                if let Some(report) = read_report(&mut stream) {
                    shared.lock().unwrap_or_else(PoisonError::into_inner).push(report);
                }
                let _ = stream
                    .get_mut()
                    .write_all(b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n");
            }
        });
        Self { address, reports }
    }

    /// The one report, if there was any: it is kept before it is answered.
    fn report(&self) -> Option<Report> {
        let reports = self.reports.lock().unwrap_or_else(PoisonError::into_inner);
        assert!(reports.len() <= 1, "Lambda takes one report");
        reports.first().cloned()
    }
}

fn read_report(stream: &mut impl BufRead) -> Option<Report> {
    let mut first = String::new();
    stream.read_line(&mut first).ok()?;
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let mut body = vec![0; headers.get("content-length")?.parse().ok()?];
    stream.read_exact(&mut body).ok()?;
    assert!(first.starts_with("POST /2018-06-01/runtime/init/error HTTP/1.1"), "{first}");
    Some(Report {
        error_type: headers.get("lambda-runtime-function-error-type")?.clone(),
        content_type: headers.get("content-type")?.clone(),
        body: serde_json::from_slice(&body).ok()?,
    })
}
