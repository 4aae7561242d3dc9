//! Clients for one region: of AWS, of an endpoint that speaks it, or of the AWS inside the binary.

use std::path::PathBuf;
use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_smithy_http_client::tls::{self, rustls_provider::CryptoMode};
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;

use super::Calls;

/// Which AWS is meant
#[derive(Debug, Clone)]
pub(crate) enum Target {
    /// AWS itself, or the endpoint, by the credentials of the environment or of a profile
    Remote {
        /// an endpoint for every service
        endpoint: Option<String>,
        /// a profile of the AWS configuration
        profile: Option<String>,
    },
    /// the AWS inside the binary, with its state in this folder
    #[cfg_attr(not(feature = "local"), allow(dead_code, reason = "asked for and refused"))]
    Local(PathBuf),
}

/// One client for each service
pub(crate) struct Aws {
    pub(crate) iam: aws_sdk_iam::Client,
    pub(crate) kms: aws_sdk_kms::Client,
    pub(crate) secrets: aws_sdk_secretsmanager::Client,
    pub(crate) sts: aws_sdk_sts::Client,
    pub(crate) trail: aws_sdk_cloudtrail::Client,
    /// what was called so far
    pub(crate) calls: Calls,
    /// whether the AWS inside the binary was opened for the first time
    pub(crate) first_local_run: bool,
}

/// Why there is no connection
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConnectError {
    /// the state of the AWS inside the binary cannot be used
    #[cfg(feature = "local")]
    #[error(transparent)]
    Local(#[from] local_aws::OpenError),
    /// built without it
    #[cfg(not(feature = "local"))]
    #[error("this binary was built without the feature `local`")]
    WithoutLocal,
}

/// Returns clients for `region`; nothing is sent yet
pub(crate) async fn connect(target: &Target, region: &str) -> Result<Aws, ConnectError> {
    let calls = Calls::default();
    let loader = aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new(region.to_owned()))
        .retry_config(RetryConfig::standard().with_max_attempts(4))
        .timeout_config(
            TimeoutConfig::builder()
                .connect_timeout(Duration::from_secs(3))
                .operation_attempt_timeout(Duration::from_secs(10))
                .operation_timeout(Duration::from_secs(30))
                .build(),
        );
    let (config, first_local_run) = match target {
        Target::Remote { endpoint, profile } => {
            let mut loader = loader.http_client(
                aws_smithy_http_client::Builder::new()
                    .tls_provider(tls::Provider::Rustls(CryptoMode::Ring))
                    .build_https(),
            );
            if let Some(endpoint) = endpoint {
                loader = loader.endpoint_url(endpoint);
            }
            if let Some(profile) = profile {
                loader = loader.profile_name(profile);
            }
            (loader.load().await, false)
        }
        #[cfg(feature = "local")]
        Target::Local(state) => {
            let local = local_aws::LocalAws::open(state, region).await?;
            let config = loader
                .http_client(local.http_client())
                .credentials_provider(local.credentials_provider())
                .load()
                .await;
            (config, local.is_new())
        }
        #[cfg(not(feature = "local"))]
        Target::Local(_) => return Err(ConnectError::WithoutLocal),
    };
    Ok(Aws::new(&config, calls, first_local_run))
}

impl Aws {
    fn new(config: &SdkConfig, calls: Calls, first_local_run: bool) -> Self {
        let iam = aws_sdk_iam::config::Builder::from(config).interceptor(calls.clone());
        let kms = aws_sdk_kms::config::Builder::from(config).interceptor(calls.clone());
        let secrets =
            aws_sdk_secretsmanager::config::Builder::from(config).interceptor(calls.clone());
        let trail = aws_sdk_cloudtrail::config::Builder::from(config).interceptor(calls.clone());
        // the first call of every command: an endpoint that says nothing is told soon
        let soon = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(3))
            .operation_timeout(Duration::from_secs(8))
            .build();
        let sts = aws_sdk_sts::config::Builder::from(config)
            .timeout_config(soon)
            .interceptor(calls.clone());
        Self {
            iam: aws_sdk_iam::Client::from_conf(iam.build()),
            kms: aws_sdk_kms::Client::from_conf(kms.build()),
            secrets: aws_sdk_secretsmanager::Client::from_conf(secrets.build()),
            sts: aws_sdk_sts::Client::from_conf(sts.build()),
            trail: aws_sdk_cloudtrail::Client::from_conf(trail.build()),
            calls,
            first_local_run,
        }
    }
}
