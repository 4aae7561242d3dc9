//! What a read costs that the cache serves, from one thread and from several.

use std::io::Write;
use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};

use lambda_secrets::{
    BoxFuture, Error, Provider, Secret, SecretRequest, SecretValue, Secrets, Source,
};

const READS: u32 = 50_000;
/// Short rounds, and the best of many: it is the machine's other work that makes a round slow.
const ROUNDS: usize = 60;
/// The budget for one hit, from one thread, in a build for speed.
const BUDGET: Duration = Duration::from_nanos(150);
/// How much longer a hit may take while another thread has hits of its own.
const BESIDE: f64 = 1.5;

/// A provider in this process: the first read stores, the others are hits.
#[derive(Debug)]
struct Here;

impl Provider for Here {
    fn source(&self) -> Source {
        Source::Other("here")
    }

    fn secret<'a>(&'a self, request: &'a SecretRequest) -> BoxFuture<'a, Result<Secret, Error>> {
        let text = r#"{"GITHUB_TOKEN":"0123456789abcdef0123456789abcdef","PORT":8080}"#;
        let value = SecretValue::Text(text.into());
        let secret = Secret::new(request.id().clone(), self.source(), value);
        Box::pin(std::future::ready(Ok(secret)))
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let here = [Source::Other("here")];
    let secrets = Secrets::builder().chain(here).provider(Arc::new(Here)).build()?;
    let mut out = std::io::stdout();
    writeln!(out, "\n| a hit | 1 thread | 2 threads | 4 threads |\n|---|---|---|---|")?;
    let whole = [1, 2, 4].map(|threads| hit(&secrets, threads, Read::Secret));
    let key = [1, 2, 4].map(|threads| hit(&secrets, threads, Read::Key));
    for (title, row) in [("`get_secret`", whole), ("`get_secret_value`", key)] {
        let cells: Vec<String> = row.iter().map(|time| format!("{} ns", time.as_nanos())).collect();
        writeln!(out, "| {title} | {} |", cells.join(" | "))?;
    }
    if whole[0] > BUDGET {
        return Err(format!("a hit takes {:?}, more than {BUDGET:?}", whole[0]).into());
    }
    // where there is a core for each of the two
    let cores = std::thread::available_parallelism()?.get();
    let beside = whole[1].as_secs_f64() / whole[0].as_secs_f64();
    if cores > 1 && beside > BESIDE {
        return Err(format!("a hit beside another takes {beside:.1} times as long").into());
    }
    Ok(())
}

#[derive(Clone, Copy)]
enum Read {
    Secret,
    Key,
}

/// The time of one read by one of so many threads, in the best round.
fn hit(secrets: &Secrets, threads: usize, read: Read) -> Duration {
    (0..ROUNDS).map(|_| round(secrets, threads, read)).min().unwrap_or_default()
}

fn round(secrets: &Secrets, threads: usize, read: Read) -> Duration {
    let barrier = Arc::new(Barrier::new(threads));
    let readers: Vec<_> = (0..threads)
        .map(|_| {
            let (secrets, barrier) = (secrets.clone(), barrier.clone());
            std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().build();
                runtime.map(|runtime| {
                    runtime.block_on(async {
                        let name = "bench/prod/api-keys";
                        let _ = secrets.get_secret(name).await;
                        barrier.wait();
                        let started = Instant::now();
                        for _ in 0..READS {
                            match read {
                                Read::Secret => drop(secrets.get_secret(name).await),
                                Read::Key => {
                                    drop(secrets.get_secret_value(name, "GITHUB_TOKEN").await);
                                }
                            }
                        }
                        started.elapsed()
                    })
                })
            })
        })
        .collect();
    let times = readers.into_iter().filter_map(|reader| reader.join().ok()?.ok());
    times.max().unwrap_or_default() / READS
}
