//! The SDK without this project: one trusted root, two secrets in turn, then the end.
//!
//! What the loader is measured against. Prints the microseconds that the calls took.

use std::io::Write;
use std::time::Instant;

use aws_credential_types::Credentials;
use aws_sdk_secretsmanager::config::{BehaviorVersion, Region};
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let started = Instant::now();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(read())?;
    writeln!(std::io::stdout(), "{}", started.elapsed().as_micros())?;
    Ok(())
}

async fn read() -> Result<(), Box<dyn std::error::Error>> {
    let variable = |name: &str| std::env::var(name);
    let root = std::fs::read(variable("AWS_CA_BUNDLE")?)?;
    let context = TlsContext::builder()
        .with_trust_store(TrustStore::empty().with_pem_certificate(root))
        .build()?;
    let http = aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .tls_context(context)
        .build_https();
    let keys = Credentials::from_keys(
        variable("AWS_ACCESS_KEY_ID")?,
        variable("AWS_SECRET_ACCESS_KEY")?,
        None,
    );
    let config = aws_sdk_secretsmanager::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(variable("AWS_REGION")?))
        .endpoint_url(variable("AWS_ENDPOINT_URL_SECRETS_MANAGER")?)
        .credentials_provider(keys)
        .http_client(http)
        .build();
    let client = aws_sdk_secretsmanager::Client::from_conf(config);
    for id in ["bench/prod/api-keys", "bench/prod/config"] {
        let answer = client.get_secret_value().secret_id(id).send().await?;
        answer.secret_string().ok_or("no text")?;
    }
    Ok(())
}
