//! What a cold start costs: the loader beside the bare SDK, a client written by hand, and AWS's
//! caching crate.
//!
//! ```sh
//! bench/run
//! ```
//!
//! A loopback server over TLS 1.3 and HTTP/1.1 answers after a delay that stands for the network
//! and the service. Times are medians of 41 runs, alternating, from the start of the process to its
//! end; instructions are counted by `valgrind --tool=callgrind` where it is installed, the median of
//! 5. Memory is the peak that was seen while the program waits for its last answer.

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

/// One way to two secrets.
#[derive(Clone, Copy)]
struct Program {
    title: &'static str,
    name: &'static str,
    fetch: &'static str,
    roots: Roots,
}

/// Whom a program trusts.
#[derive(Clone, Copy)]
enum Roots {
    /// The authority of the server.
    One,
    /// That, and the five of Amazon that the loader trusts by default.
    Amazons,
}

const PROGRAMS: [Program; 6] = [
    program("the SDK alone, in turn", "bench-bare", "in-turn", Roots::One),
    program("**the loader, in turn**", "bench-load", "in-turn", Roots::One),
    program("the loader, in turn, Amazon's roots", "bench-load", "in-turn", Roots::Amazons),
    program("**the loader, at once**", "bench-load", "at-once", Roots::One),
    program("by hand, in turn", "bench-by-hand", "in-turn", Roots::One),
    program("AWS's caching crate, in turn", "bench-caching", "in-turn", Roots::One),
];
const BARE: usize = 0;
const LOADER: usize = 1;
const DEFAULT_TRUST: usize = 2;

const fn program(
    title: &'static str,
    name: &'static str,
    fetch: &'static str,
    roots: Roots,
) -> Program {
    Program { title, name, fetch, roots }
}

/// What is measured of one program.
#[derive(Default)]
struct Row {
    times: Vec<Duration>,
    instructions: Option<u64>,
    /// Of the file.
    bytes: u64,
    /// At its peak.
    resident: u64,
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let (bundle, config) = authority(folder.path())?;
    let server = Server::start_tls(config);
    server.text("bench/prod/api-keys", r#"{"BENCH_A":"0123456789abcdef0123456789abcdef"}"#);
    server.text("bench/prod/config", r#"{"BENCH_B":"https://example.com/","BENCH_C":"x"}"#);
    let folders = vec![own_folder()?, std::env::args_os().nth(1).unwrap_or_default().into()];
    let amazons = with_amazons(&bundle, folder.path())?;
    let bench = Bench { url: server.url(), bundle, amazons, folders };
    let rows = bench.rows(&server)?;
    print(&rows)?;
    within_budget(&rows)
}

fn print(rows: &[Option<Row>]) -> Result<(), Box<dyn Error>> {
    let mut out = std::io::stdout();
    let columns = DELAYS_MS.map(|delay| format!(" {delay} ms |")).concat();
    writeln!(out, "| start to end, answer after |{columns} instructions | file | memory |")?;
    writeln!(out, "|---|{}---|---|---|", "---|".repeat(DELAYS_MS.len()))?;
    for (program, row) in PROGRAMS.iter().zip(rows) {
        let Some(row) = row else { continue };
        let milliseconds = |time: &Duration| format!(" {:.1} ms |", time.as_secs_f64() * 1_000.0);
        let times: String = row.times.iter().map(milliseconds).collect();
        let count = row.instructions.map_or("no valgrind".to_owned(), millions);
        let (file, memory) = (megabytes(row.bytes), megabytes(row.resident));
        writeln!(out, "| {} |{times} {count} | {file} | {memory} |", program.title)?;
    }
    Ok(())
}

fn millions(count: u64) -> String {
    format!("{:.2} M", count as f64 / 1e6)
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

/// The budgets: 1.15 times the SDK's instructions, 1.5 M more for the default trust store, a file of
/// 3.0 MB and 8 MB of memory.
fn within_budget(rows: &[Option<Row>]) -> Result<(), Box<dyn Error>> {
    let [bare, loader, trust] = [BARE, LOADER, DEFAULT_TRUST].map(|index| rows[index].as_ref());
    let (bare, loader) = (bare.ok_or("no bare SDK")?, loader.ok_or("no loader")?);
    let trust = trust.ok_or("no loader")?;
    let mut over = Vec::new();
    if let (Some(bare), Some(ours), Some(trust)) =
        (bare.instructions, loader.instructions, trust.instructions)
    {
        let ratio = ours as f64 / bare as f64;
        let more = trust.saturating_sub(ours);
        writeln!(
            std::io::stdout(),
            "\nThe loader takes {ratio:.2} times the instructions of the SDK alone, and {} more for \
             Amazon's roots.",
            millions(more)
        )?;
        if ratio > 1.15 {
            over.push("instructions".to_owned());
        }
        if more > 1_500_000 {
            over.push("the default trust store".to_owned());
        }
    }
    if loader.bytes > 3_000_000 {
        over.push(format!("a file of {}", megabytes(loader.bytes)));
    }
    if loader.resident > 8_000_000 {
        over.push(format!("memory of {}", megabytes(loader.resident)));
    }
    match over.is_empty() {
        true => Ok(()),
        false => Err(format!("over budget: {}", over.join(", ")).into()),
    }
}

struct Bench {
    url: String,
    bundle: PathBuf,
    amazons: PathBuf,
    /// Where the programs are.
    folders: Vec<PathBuf>,
}

impl Bench {
    /// What each program costs; `None` for those that are not built.
    fn rows(&self, server: &Server) -> Result<Vec<Option<Row>>, Box<dyn Error>> {
        let mut rows: Vec<Option<Row>> =
            PROGRAMS.iter().map(|it| self.path(it).map(|_| Row::default())).collect();
        for delay in DELAYS_MS {
            server.delay(Duration::from_millis(delay));
            for (row, median) in rows.iter_mut().zip(self.medians()?) {
                if let (Some(row), Some(median)) = (row, median) {
                    row.times.push(median);
                }
            }
        }
        for (program, row) in PROGRAMS.iter().zip(&mut rows) {
            let (Some(row), Some(path)) = (row, self.path(program)) else { continue };
            server.delay(Duration::from_millis(60));
            row.resident = self.resident(program, &path)?;
            server.delay(Duration::ZERO);
            row.instructions = self.instructions(program, &path)?;
            row.bytes = std::fs::metadata(path)?.len();
        }
        Ok(rows)
    }

    fn path(&self, program: &Program) -> Option<PathBuf> {
        self.folders.iter().map(|folder| folder.join(program.name)).find(|path| path.is_file())
    }

    /// The median of each program; they take turns, so that a slow moment hits all of them.
    fn medians(&self) -> Result<Vec<Option<Duration>>, Box<dyn Error>> {
        let mut times = vec![Vec::new(); PROGRAMS.len()];
        for _ in 0..RUNS {
            for (row, program) in PROGRAMS.iter().enumerate() {
                let Some(path) = self.path(program) else { continue };
                let mut command = self.command(&path, program);
                let started = Instant::now();
                let status = command.status()?;
                times[row].push(started.elapsed());
                if !status.success() {
                    return Err(format!("{} failed: {status}", program.name).into());
                }
            }
        }
        Ok(times.into_iter().map(|times| (!times.is_empty()).then(|| median(times))).collect())
    }

    /// The peak of the memory, as it was seen last before the end.
    fn resident(&self, program: &Program, path: &Path) -> Result<u64, Box<dyn Error>> {
        let mut child = self.command(path, program).spawn()?;
        let status = format!("/proc/{}/status", child.id());
        let mut peak = 0;
        while child.try_wait()?.is_none() {
            let text = std::fs::read_to_string(&status).unwrap_or_default();
            let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
            peak = peak.max(kilobytes.unwrap_or(0) * 1_024);
        }
        Ok(peak)
    }

    /// The instructions of one run, the median of 5; `None` without valgrind.
    fn instructions(&self, program: &Program, path: &Path) -> Result<Option<u64>, Box<dyn Error>> {
        let mut counts = Vec::new();
        for _ in 0..5 {
            let mut command = self.command(Path::new("valgrind"), program);
            command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
            command.arg(path).env("BENCH_PATIENT", "yes").stderr(Stdio::piped());
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

    fn command(&self, path: &Path, program: &Program) -> Command {
        let bundle = match program.roots {
            Roots::One => &self.bundle,
            Roots::Amazons => &self.amazons,
        };
        let mut command = Command::new(path);
        command
            .env_clear()
            .env("AWS_REGION", "us-west-2")
            .env("AWS_ACCESS_KEY_ID", "AKIDBENCH")
            .env("AWS_SECRET_ACCESS_KEY", "bench")
            .env("AWS_ENDPOINT_URL_SECRETS_MANAGER", &self.url)
            .env("AWS_CA_BUNDLE", bundle)
            // what the SDK reads by itself in the place of the machine's bundle
            .env("SSL_CERT_FILE", bundle)
            .env("BENCH_FETCH", program.fetch)
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        command
    }
}

fn median<T: Ord + Copy>(mut values: Vec<T>) -> T {
    values.sort_unstable();
    values[values.len() / 2]
}

/// The folder of this program.
fn own_folder() -> Result<PathBuf, Box<dyn Error>> {
    let own = std::env::current_exe()?;
    Ok(own.parent().ok_or("a program has a folder")?.to_owned())
}

/// The bundle with the roots of Amazon that the loader carries.
fn with_amazons(bundle: &Path, folder: &Path) -> Result<PathBuf, Box<dyn Error>> {
    let mut text = std::fs::read_to_string(bundle)?;
    for root in [
        include_str!("../../../crates/lambda-secrets/src/roots/amazon-root-ca-1.pem"),
        include_str!("../../../crates/lambda-secrets/src/roots/amazon-root-ca-2.pem"),
        include_str!("../../../crates/lambda-secrets/src/roots/amazon-root-ca-3.pem"),
        include_str!("../../../crates/lambda-secrets/src/roots/amazon-root-ca-4.pem"),
        include_str!("../../../crates/lambda-secrets/src/roots/starfield-services-root-g2.pem"),
    ] {
        text.push_str(root);
    }
    let path = folder.join("amazon.pem");
    std::fs::write(&path, text)?;
    Ok(path)
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
