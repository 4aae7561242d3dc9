//! Third-party AWS's for tests: moto and ministack on free loopback ports.
//!
//! A server belongs to the test that starts it: it ends when its [`Server`] is dropped, also by a
//! panic, and by itself when the test's process is killed. Nothing is skipped: where the servers
//! are not installed `scripts/setup` installs them into the clone, and where it cannot the test
//! fails.
#![forbid(unsafe_code)]

mod health;

use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// How long a server may take until it answers.
const START: Duration = Duration::from_secs(60);
/// How long a server may take to end before it is killed.
const STOP: Duration = Duration::from_secs(3);
/// Another process may take the free port before the server does.
const TRIES: usize = 3;

/// Runs a module's `main`, and ends when the pipe on its standard input does: a server outlives
/// neither the `Server` that holds the pipe nor a test process that was killed.
const SHIM: &str = "\
import importlib, os, signal, sys, threading
def watch():
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)
threading.Thread(target=watch, daemon=True).start()
importlib.import_module(sys.argv.pop(1)).main()
";

/// Whether ministack denies what policies deny.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Iam {
    /// Every call is allowed.
    Ignored,
    /// Calls are decided by policies; the credentials `test`/`test` are the account's root.
    Enforced,
}

/// A running server.
#[derive(Debug)]
pub struct Server {
    port: u16,
    child: Child,
    folder: TempDir,
}

/// Starts moto. Panics, naming what is to be done, where it cannot be started.
pub fn moto() -> Server {
    start("moto", "moto.server", "/moto-api/data.json", |command, port| {
        command.args(["-H", "127.0.0.1", "-p", &port.to_string()]);
        // AWS's own policies can be attached, as on AWS
        command.env("MOTO_IAM_LOAD_MANAGED_POLICIES", "true");
    })
}

/// Starts ministack. Panics, naming what is to be done, where it cannot be started.
pub fn ministack(iam: Iam) -> Server {
    start("ministack", "ministack.app", "/_ministack/health", |command, port| {
        command.env("BIND_HOST", "127.0.0.1").env("GATEWAY_PORT", port.to_string());
        // it would listen on a fixed port beside the free one
        command.env("IOT_MTLS_ENABLED", "0");
        command.env("AUTH", if iam == Iam::Enforced { "true" } else { "false" });
    })
}

impl Server {
    /// Returns the URL of the server.
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Returns the region to use with it.
    pub fn region(&self) -> &'static str {
        "us-east-1"
    }

    /// Returns the access key and the secret key of the account's root.
    pub fn root(&self) -> (&'static str, &'static str) {
        ("test", "test")
    }

    /// Returns what the server has printed.
    pub fn log(&self) -> String {
        fs::read_to_string(log_path(self.folder.path())).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // the end of its standard input tells the server to stop
        drop(self.child.stdin.take());
        let deadline = Instant::now() + STOP;
        while Instant::now() < deadline {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        // it may have ended since: then there is nothing left to kill
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn start(
    name: &str,
    module: &str,
    health_path: &str,
    configure: impl Fn(&mut Command, u16),
) -> Server {
    let mut log = String::new();
    for _ in 0..TRIES {
        let mut server = spawn(name, module, &configure);
        let deadline = Instant::now() + START;
        while Instant::now() < deadline && matches!(server.child.try_wait(), Ok(None)) {
            if health::is_well(server.port, health_path) {
                return server;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        log = server.log();
    }
    panic!("{name} did not start\n{log}");
}

fn spawn(name: &str, module: &str, configure: &impl Fn(&mut Command, u16)) -> Server {
    let python = python(module);
    let folder = TempDir::new().unwrap_or_else(|e| panic!("no temporary folder for {name}: {e}"));
    let log = File::create(log_path(folder.path()))
        .unwrap_or_else(|e| panic!("no log file for {name}: {e}"));
    let port = free_port();
    let mut command = Command::new(python);
    command.args(["-c", SHIM, module]);
    for (variable, _) in std::env::vars_os() {
        // the machine's own AWS settings and those of other emulators stay outside
        let text = variable.to_string_lossy();
        if ["AWS_", "LOCALSTACK_", "MINISTACK_", "MOTO_"].iter().any(|p| text.starts_with(p)) {
            command.env_remove(&variable);
        }
    }
    command.env("TMPDIR", folder.path()).env("PYTHONUNBUFFERED", "1");
    configure(&mut command, port);
    let errors = log.try_clone().unwrap_or_else(|e| panic!("no log file for {name}: {e}"));
    let child = command
        .stdin(Stdio::piped())
        .stdout(log)
        .stderr(errors)
        .spawn()
        .unwrap_or_else(|e| panic!("{name} cannot be started: {e}"));
    Server { port, child, folder }
}

/// Returns the Python of the workspace's environment, installing it where it is missing.
fn python(module: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let python = root.join(".venv/bin/python");
    let package = module.split('.').next().unwrap_or(module);
    if !imports(&python, package) {
        set_up(&root);
        assert!(imports(&python, package), "`{package}` is not installed by `scripts/setup`");
    }
    python
}

fn imports(python: &Path, package: &str) -> bool {
    let found = Command::new(python).args(["-c", &format!("import {package}")]).output();
    found.is_ok_and(|output| output.status.success())
}

/// Runs `scripts/setup`, one process at a time: test processes start side by side.
fn set_up(root: &Path) {
    let folder = root.join("target");
    let lock = fs::create_dir_all(&folder)
        .and_then(|()| File::create(folder.join("setup.lock")))
        .unwrap_or_else(|e| panic!("no lock file for `scripts/setup`: {e}"));
    lock.lock().unwrap_or_else(|e| panic!("no lock for `scripts/setup`: {e}"));
    let output = Command::new(root.join("scripts/setup")).output();
    let output = output.unwrap_or_else(|e| panic!("`scripts/setup` cannot be run: {e}"));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "`scripts/setup` failed\n{errors}");
}

fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0))
        .and_then(|listener| listener.local_addr())
        .unwrap_or_else(|e| panic!("no free port on the loopback interface: {e}"))
        .port()
}

fn log_path(folder: &Path) -> PathBuf {
    folder.join("log")
}

#[cfg(test)]
mod tests {
    use std::net::TcpStream;

    use super::*;

    #[test]
    fn a_server_ends_with_its_value() {
        for server in [moto(), ministack(Iam::Ignored), ministack(Iam::Enforced)] {
            let port = server.port;
            assert!(TcpStream::connect(("127.0.0.1", port)).is_ok());
            drop(server);
            assert!(TcpStream::connect(("127.0.0.1", port)).is_err(), "it still listens");
        }
    }

    #[test]
    fn a_server_ends_when_its_test_panics() {
        let port = std::panic::catch_unwind(|| {
            let server = moto();
            std::panic::panic_any(server.port);
        });
        let port = *port.unwrap_err().downcast::<u16>().unwrap();
        assert!(TcpStream::connect(("127.0.0.1", port)).is_err(), "it still listens");
    }
}
