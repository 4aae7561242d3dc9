//! A folder with a manifest, and the binary run in it with a scrubbed environment.

use std::path::Path;

use assert_cmd::Command;
use tempfile::TempDir;

pub(crate) const MANIFEST: &str = "\
project: shop
region: eu-west-1
environments:
  dev: {}
  prod: { protected: true, recovery_window_days: 7 }
secrets:
  api-keys:
    description: API keys
    keys:
      TOKEN: { required: true }
      CLIENT_ID: { default: shop-client }
      openai.key: {}
  config:
    keys: [BASE_URL]
  greeting: { type: string }
  keystore: { type: binary }
functions:
  web:
    reads: [api-keys, config]
";

pub(crate) struct Workplace(TempDir);

/// How a run ended
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Workplace {
    pub(crate) fn new(manifest: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("secrets.yaml"), manifest).unwrap();
        Self(folder)
    }

    /// A folder whose environment `dev` has been applied
    pub(crate) fn applied(manifest: &str) -> Self {
        let place = Self::new(manifest);
        let run = place.run(&["--env", "dev", "--local", "--yes"]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        place
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path().join(name), text).unwrap();
    }

    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_provision"));
        command
            .current_dir(self.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.path())
            // the machine that runs the tests may lie in a cloud
            .env("AWS_EC2_METADATA_DISABLED", "true");
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        self.run_with(arguments, b"")
    }

    pub(crate) fn run_with(&self, arguments: &[&str], stdin: &[u8]) -> Run {
        let output = self.command().args(arguments).write_stdin(stdin).output().unwrap();
        Run {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The plan of `dev` as JSON
    pub(crate) fn plan(&self) -> serde_json::Value {
        let run = self.run(&["plan", "--env", "dev", "--local", "--output", "json"]);
        serde_json::from_str(&run.stdout).unwrap_or_else(|e| panic!("{e}: {}", run.stderr))
    }
}
