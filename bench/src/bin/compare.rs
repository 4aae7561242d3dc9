//! Two secrets in turn on one connection, or at once on two: what each costs at a cold start.
//!
//! ```sh
//! cargo build --release -p lambda-secrets-bench && target/release/bench-compare
//! ```
//!
//! A loopback server over TLS 1.3 and HTTP/1.1 answers after a delay that stands for the network
//! and the service. Times are medians of 41 runs, alternating, from the start of the process to its
//! end; instructions are counted by `valgrind --tool=callgrind` where it is installed.

// the loader's own test server; not everything that it can do is used here
#[allow(dead_code)]
#[path = "../../../crates/lambda-secrets/tests/loading/server.rs"]
mod server;

use std::error::Error;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use server::Server;

const RUNS: usize = 41;
const DELAYS_MS: [u64; 4] = [0, 2, 5, 15];

/// The programs, and what makes them do it.
const PROGRAMS: [(&str, &str, &str); 3] = [
    ("the SDK alone, in turn", "bench-bare", "in-turn"),
    ("the loader, in turn", "bench-load", "in-turn"),
    ("the loader, at once", "bench-load", "at-once"),
];

fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let (bundle, config) = authority(folder.path())?;
    let server = Server::start_tls(config);
    server.text("bench/prod/api-keys", r#"{"BENCH_A":"0123456789abcdef0123456789abcdef"}"#);
    server.text("bench/prod/config", r#"{"BENCH_B":"https://example.com/","BENCH_C":"x"}"#);
    let bench = Bench { url: server.url(), bundle, programs: programs()? };
    bench.table(&server)
}

struct Bench {
    url: String,
    bundle: PathBuf,
    programs: PathBuf,
}

impl Bench {
    fn table(&self, server: &Server) -> Result<(), Box<dyn Error>> {
        let mut out = std::io::stdout();
        let columns = DELAYS_MS.map(|delay| format!(" {delay} ms |")).concat();
        writeln!(out, "| start to end, answer after |{columns} instructions |")?;
        writeln!(out, "|---|{}---|", "---|".repeat(DELAYS_MS.len()))?;
        let mut times = [[Duration::ZERO; DELAYS_MS.len()]; PROGRAMS.len()];
        for (column, delay) in DELAYS_MS.into_iter().enumerate() {
            server.delay(Duration::from_millis(delay));
            for (row, median) in self.medians()?.into_iter().enumerate() {
                times[row][column] = median;
            }
        }
        server.delay(Duration::ZERO);
        for (row, (title, program, fetch)) in PROGRAMS.into_iter().enumerate() {
            let cells: String = times[row]
                .iter()
                .map(|time| format!(" {:.1} ms |", time.as_secs_f64() * 1_000.0))
                .collect();
            let count = match self.instructions(program, fetch)? {
                Some(count) => format!("{:.2} M", count as f64 / 1e6),
                None => "no valgrind".to_owned(),
            };
            writeln!(out, "| {title} |{cells} {count} |")?;
        }
        Ok(())
    }

    /// The median of each program; they take turns, so that a slow moment hits all of them.
    fn medians(&self) -> Result<Vec<Duration>, Box<dyn Error>> {
        let mut times = vec![Vec::new(); PROGRAMS.len()];
        for _ in 0..RUNS {
            for (row, (_, program, fetch)) in PROGRAMS.into_iter().enumerate() {
                let mut command = self.command(&self.programs.join(program), fetch);
                let started = Instant::now();
                let status = command.status()?;
                times[row].push(started.elapsed());
                if !status.success() {
                    return Err(format!("{program} failed: {status}").into());
                }
            }
        }
        Ok(times.into_iter().map(median).collect())
    }

    /// The instructions of one run, the median of 5; `None` without valgrind.
    fn instructions(&self, program: &str, fetch: &str) -> Result<Option<u64>, Box<dyn Error>> {
        let mut counts = Vec::new();
        for _ in 0..5 {
            let mut command = self.command(Path::new("valgrind"), fetch);
            command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
            command.arg(self.programs.join(program)).stderr(Stdio::piped());
            if let Some(path) = std::env::var_os("PATH") {
                command.env("PATH", path);
            }
            let Ok(output) = command.output() else { return Ok(None) };
            let log = String::from_utf8_lossy(&output.stderr).into_owned();
            let line = log.lines().find(|line| line.contains("Collected :"));
            let digits = line.and_then(|line| line.rsplit(' ').next());
            counts.push(digits.ok_or(log.clone())?.parse()?);
        }
        Ok(Some(median(counts)))
    }

    fn command(&self, program: &Path, fetch: &str) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("AWS_REGION", "us-west-2")
            .env("AWS_ACCESS_KEY_ID", "AKIDBENCH")
            .env("AWS_SECRET_ACCESS_KEY", "bench")
            .env("AWS_ENDPOINT_URL_SECRETS_MANAGER", &self.url)
            .env("AWS_CA_BUNDLE", &self.bundle)
            .env("BENCH_FETCH", fetch)
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        command
    }
}

fn median<T: Ord + Copy>(mut values: Vec<T>) -> T {
    values.sort_unstable();
    values[values.len() / 2]
}

/// The folder of the programs, which is this one's own.
fn programs() -> Result<PathBuf, Box<dyn Error>> {
    let own = std::env::current_exe()?;
    Ok(own.parent().ok_or("a program has a folder")?.to_owned())
}

/// A root in a file, and a server that it vouches for.
fn authority(folder: &Path) -> Result<(PathBuf, Arc<ServerConfig>), Box<dyn Error>> {
    let ca_key = KeyPair::generate()?;
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca = params.self_signed(&ca_key)?;
    let key = KeyPair::generate()?;
    let leaf = CertificateParams::new(["127.0.0.1".to_owned()])?.signed_by(&key, &ca, &ca_key)?;
    let bundle = folder.join("root.pem");
    std::fs::write(&bundle, ca.pem())?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(
            vec![leaf.der().clone()],
            PrivateKeyDer::try_from(key.serialize_der())?,
        )?;
    Ok((bundle, Arc::new(config)))
}
