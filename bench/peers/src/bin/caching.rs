//! AWS's own caching crate, as its documentation says: two secrets in turn, then the end.
//!
//! Prints the microseconds that the calls took.

use std::io::Write;
use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use aws_secretsmanager_caching::SecretsManagerCachingClient;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let started = Instant::now();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(read())?;
    writeln!(std::io::stdout(), "{}", started.elapsed().as_micros())?;
    Ok(())
}

async fn read() -> Result<(), Box<dyn std::error::Error>> {
    let size = NonZeroUsize::new(10).ok_or("ten is not zero")?;
    let client = SecretsManagerCachingClient::default(size, Duration::from_secs(300)).await?;
    for id in ["bench/prod/api-keys", "bench/prod/config"] {
        let answer = client.get_secret_value(id, None, None, false).await?;
        answer.secret_string.ok_or("no text")?;
    }
    Ok(())
}
