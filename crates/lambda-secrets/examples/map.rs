//! Reads secrets by name from async code, without touching the environment.
//!
//! ```sh
//! cargo run --package lambda-secrets --example map -- shop/dev/database
//! ```
//!
//! The secret is a JSON object with `username` and `password`. AWS is asked first, then
//! `SECRET_SHOP_DEV_DATABASE` in the environment, so that it runs without an account:
//!
//! ```sh
//! export USE_SECRETS_MANAGER=false SECRET_SHOP_DEV_DATABASE='{"username":"u","password":"p"}'
//! ```

use std::io::Write;
use std::time::Duration;

use lambda_secrets::Attempt;
use lambda_secrets::prelude::*;

#[derive(serde::Deserialize)]
struct Database {
    username: String,
    password: String,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let name = std::env::args().nth(1).ok_or("usage: map SECRET")?;
    let secrets = Secrets::builder()
        .chain([Source::Aws, Source::Environment])
        .ttl(Duration::from_secs(60))
        .max_entries(100)
        .build()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        // values that are in use are read again before their time is over
        let _renewal = secrets.renew_in_background();

        let database: Database = secrets.typed(&name).await?;
        let mut out = std::io::stdout();
        writeln!(out, "user: {}", database.username)?;
        writeln!(out, "from: {}", secrets.source_of(&name, Some("password")).await?)?;

        // credentials that are rejected are read once more, and a new version gets one more try
        let connected = secrets.with_secret(&name, connect).await;
        writeln!(out, "connected: {}", connected.is_ok())?;

        let stats = secrets.stats();
        writeln!(out, "calls: {}, hits: {}", stats.calls, stats.hits)?;
        Ok(())
    })
}

/// Stands for a database that accepts every password but an empty one.
async fn connect(secret: Secret) -> Result<(), Attempt<&'static str>> {
    match secret.typed::<Database>() {
        Ok(database) if !database.password.is_empty() => Ok(()),
        Ok(_) => Err(Attempt::Rejected("wrong password")),
        Err(_) => Err(Attempt::Failed("not a database")),
    }
}
