//! One child process per test, with an environment of its own.

use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::child::ORDER;
use crate::server::Server;

/// What stands in the credentials. It must never be seen outside the requests.
pub(crate) const SECRET_KEY: &str = "canary-secret-access-key";
/// As [`SECRET_KEY`].
pub(crate) const TOKEN: &str = "canary-session-token";

/// A child process to be started.
pub(crate) struct Run {
    command: Command,
    order: Value,
}

/// What came of it.
pub(crate) struct Outcome {
    /// What the child printed.
    pub(crate) document: Value,
    /// Its log, at TRACE.
    pub(crate) log: String,
}

impl Run {
    /// A load in Lambda, from `server`.
    pub(crate) fn new(server: &Server) -> Self {
        Self::at(&server.url())
    }

    /// A load in Lambda, from this endpoint.
    pub(crate) fn at(url: &str) -> Self {
        let program = std::env::current_exe().expect("a running program has a path");
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("AWS_LAMBDA_FUNCTION_NAME", "miyabi-app")
            .env("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9")
            .env("AWS_REGION", "us-west-2")
            .env("AWS_ACCESS_KEY_ID", "AKIDVARIABLES")
            .env("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
            .env("AWS_SESSION_TOKEN", TOKEN)
            .env("AWS_ENDPOINT_URL_SECRETS_MANAGER", url)
            .stdin(Stdio::null());
        Self { command, order: json!({}) }
    }

    pub(crate) fn order(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.order[key] = value.into();
        self
    }

    pub(crate) fn names(self, names: &[&str]) -> Self {
        self.order("names", names.iter().map(ToString::to_string).collect::<Vec<_>>())
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    /// Runs the child to its end.
    pub(crate) fn go(mut self) -> Outcome {
        let output =
            self.command.env(ORDER, self.order.to_string()).output().expect("the child starts");
        let log = String::from_utf8_lossy(&output.stderr).into_owned();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{}\n{log}", output.status);
        let document = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text}\n{log}"));
        Outcome { document, log }
    }
}

impl Outcome {
    /// Exactly the variables that the child's environment gained or changed.
    #[track_caller]
    pub(crate) fn changed(&self, expected: Value) -> &Self {
        assert_eq!(self.document["changed"], expected, "{}", self.log);
        self
    }

    #[track_caller]
    pub(crate) fn is(&self, key: &str, expected: impl Into<Value>) -> &Self {
        assert_eq!(self.document["outcome"][key], expected.into(), "{}", self.document);
        self
    }

    /// A log line of this level that ends in this text.
    #[track_caller]
    pub(crate) fn logged(&self, level: &str, line: &str) -> &Self {
        let found = self.log.lines().any(|one| one.contains(level) && one.ends_with(line));
        assert!(found, "no {level} line `{line}` in\n{}", self.log);
        self
    }

    /// The milliseconds that the load took.
    pub(crate) fn milliseconds(&self) -> u64 {
        self.document["ms"].as_u64().expect("the child always prints it")
    }

    /// The text that a failure shows in every form.
    pub(crate) fn shown(&self) -> String {
        self.document["outcome"].to_string()
    }

    /// Neither the log nor what the outcome shows holds a value or a credential.
    #[track_caller]
    pub(crate) fn keeps_secrets(&self, values: &[&str]) -> &Self {
        for canary in values.iter().chain(&[SECRET_KEY, TOKEN]) {
            assert!(!self.log.contains(canary), "`{canary}` is in the log");
            assert!(!self.shown().contains(canary), "`{canary}` is in the outcome");
        }
        self
    }
}
