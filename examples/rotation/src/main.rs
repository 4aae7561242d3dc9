//! The rotation function as Lambda runs it. `KEY_PREFIX` stands in front of every new key.

use aws_config::BehaviorVersion;
use aws_sdk_secretsmanager::Client;
use aws_smithy_http_client::tls::{self, rustls_provider::CryptoMode};
use lambda_runtime::{Error, LambdaEvent, service_fn, tracing};
use rotation::{Event, Random, rotate};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let http = aws_smithy_http_client::Builder::new()
        .tls_provider(tls::Provider::Rustls(CryptoMode::Ring))
        .build_https();
    let config = aws_config::defaults(BehaviorVersion::latest()).http_client(http).load().await;
    let client = Client::new(&config);
    let issuer = Random { prefix: std::env::var("KEY_PREFIX").unwrap_or_default() };
    lambda_runtime::run(service_fn(|event: LambdaEvent<Event>| {
        let (client, issuer) = (&client, &issuer);
        async move {
            let step = event.payload.step;
            let done = rotate(client, issuer, &event.payload).await;
            match &done {
                Ok(()) => tracing::info!(?step, "done"),
                Err(error) => tracing::error!(?step, %error, "failed"),
            }
            done.map_err(Error::from)
        }
    }))
    .await
}
