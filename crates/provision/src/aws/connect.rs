//! Clients for one region: of AWS, of an endpoint that speaks it, or of the AWS inside the binary.

use std::path::PathBuf;
use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_smithy_http_client::tls::{self, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::retries::classifiers::{ClassifyRetry, RetryAction};
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;

use provision_core::name::Region as RegionName;

use super::Calls;
use super::profile::{self, ProfileError};

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
    pub(crate) alarms: aws_sdk_cloudwatch::Client,
    pub(crate) events: aws_sdk_eventbridge::Client,
    pub(crate) iam: aws_sdk_iam::Client,
    pub(crate) kms: aws_sdk_kms::Client,
    pub(crate) lambda: aws_sdk_lambda::Client,
    pub(crate) logs: aws_sdk_cloudwatchlogs::Client,
    pub(crate) secrets: aws_sdk_secretsmanager::Client,
    pub(crate) sts: aws_sdk_sts::Client,
    /// what clients of other regions are made from
    config: SdkConfig,
    /// whether what is written may be read before it is known everywhere
    pub(crate) copies: Copies,
    pub(crate) trail: aws_sdk_cloudtrail::Client,
    /// what was called so far
    pub(crate) calls: Calls,
    /// whether the AWS inside the binary was opened for the first time
    pub(crate) first_local_run: bool,
}

/// Whether an answer may come from a copy that lags behind
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Copies {
    /// as everywhere in AWS
    Lagging,
    /// there is one, in this process
    None,
}

/// The services that have keys and secrets of their own in every region
pub(crate) struct Regional {
    pub(crate) kms: aws_sdk_kms::Client,
    pub(crate) secrets: aws_sdk_secretsmanager::Client,
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
    /// the profile cannot be used
    #[error(transparent)]
    Profile(#[from] ProfileError),
}

/// Returns clients for `region`; nothing is sent yet
pub(crate) async fn connect(target: &Target, region: &str) -> Result<Aws, ConnectError> {
    let calls = Calls::default();
    let region = Region::new(region.to_owned());
    let loader = aws_config::defaults(BehaviorVersion::latest())
        .region(region.clone())
        // adaptive: what is throttled slows down everything that follows, with jitter
        .retry_config(RetryConfig::adaptive().with_max_attempts(6))
        .timeout_config(
            TimeoutConfig::builder()
                .connect_timeout(Duration::from_secs(3))
                .operation_attempt_timeout(Duration::from_secs(10))
                .operation_timeout(Duration::from_secs(30))
                .build(),
        );
    let (config, copies, first_local_run) = match target {
        Target::Remote { endpoint, profile } => {
            profile::refuse_unknown(profile.as_deref()).await?;
            let http = aws_smithy_http_client::Builder::new()
                .tls_provider(tls::Provider::Rustls(CryptoMode::Ring))
                .build_https();
            let mut loader = loader.http_client(http.clone());
            if let Some(endpoint) = endpoint {
                loader = loader.endpoint_url(endpoint);
            }
            if let Some(name) = profile {
                let credentials = profile::credentials(name, &region, &http);
                loader = loader.profile_name(name).credentials_provider(credentials);
            }
            (loader.load().await, Copies::Lagging, false)
        }
        #[cfg(feature = "local")]
        Target::Local(state) => {
            let local = local_aws::LocalAws::open(state, region.as_ref()).await?;
            let config = loader
                .http_client(local.http_client())
                .credentials_provider(local.credentials_provider())
                .load()
                .await;
            (config, Copies::None, local.is_new())
        }
        #[cfg(not(feature = "local"))]
        Target::Local(_) => return Err(ConnectError::WithoutLocal),
    };
    Ok(Aws::new(config, copies, calls, first_local_run))
}

impl Aws {
    fn new(config: SdkConfig, copies: Copies, calls: Calls, first_local_run: bool) -> Self {
        let Regional { kms, secrets } = regional(&config, &calls);
        let alarms = aws_sdk_cloudwatch::config::Builder::from(&config).interceptor(calls.clone());
        let events = aws_sdk_eventbridge::config::Builder::from(&config)
            .retry_classifier(QuotaIsFinal)
            .interceptor(calls.clone());
        let iam = aws_sdk_iam::config::Builder::from(&config).interceptor(calls.clone());
        let lambda = aws_sdk_lambda::config::Builder::from(&config).interceptor(calls.clone());
        let logs = aws_sdk_cloudwatchlogs::config::Builder::from(&config)
            .retry_classifier(QuotaIsFinal)
            .interceptor(calls.clone());
        let trail = aws_sdk_cloudtrail::config::Builder::from(&config).interceptor(calls.clone());
        // the first call of every command: an endpoint that says nothing is told soon
        let soon = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(3))
            .operation_timeout(Duration::from_secs(8))
            .build();
        // one call alone is not slowed down for the sake of others
        let sts = aws_sdk_sts::config::Builder::from(&config)
            .timeout_config(soon)
            .retry_config(RetryConfig::standard())
            .interceptor(calls.clone());
        Self {
            alarms: aws_sdk_cloudwatch::Client::from_conf(alarms.build()),
            events: aws_sdk_eventbridge::Client::from_conf(events.build()),
            iam: aws_sdk_iam::Client::from_conf(iam.build()),
            kms,
            lambda: aws_sdk_lambda::Client::from_conf(lambda.build()),
            logs: aws_sdk_cloudwatchlogs::Client::from_conf(logs.build()),
            secrets,
            sts: aws_sdk_sts::Client::from_conf(sts.build()),
            config,
            copies,
            trail: aws_sdk_cloudtrail::Client::from_conf(trail.build()),
            calls,
            first_local_run,
        }
    }

    /// Returns clients for another region, or for the environment's own where none is named
    pub(crate) fn regional(&self, region: Option<&RegionName>) -> Regional {
        match region {
            None => Regional { kms: self.kms.clone(), secrets: self.secrets.clone() },
            Some(region) => {
                let region = Region::new(region.to_string());
                let config = self.config.to_builder().region(region).build();
                regional(&config, &self.calls)
            }
        }
    }
}

/// A quota that is reached stays reached: the SDK takes its code for throttling and would try on
#[derive(Debug)]
struct QuotaIsFinal;

impl ClassifyRetry for QuotaIsFinal {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let body = context.response().and_then(|answer| answer.body().bytes());
        // the protocols whose codes the SDK mistakes are JSON, and name the code first of all
        let answer: Option<Coded> = body.and_then(|body| serde_json::from_slice(body).ok());
        match answer.and_then(|answer| answer.code) {
            Some(code) if code.rsplit('#').next() == Some("LimitExceededException") => {
                RetryAction::RetryForbidden
            }
            _ => RetryAction::NoActionIndicated,
        }
    }

    fn name(&self) -> &'static str {
        "QuotaIsFinal"
    }
}

/// What an error is called in JSON
#[derive(serde::Deserialize)]
struct Coded {
    #[serde(rename = "__type")]
    code: Option<String>,
}

fn regional(config: &SdkConfig, calls: &Calls) -> Regional {
    let kms = aws_sdk_kms::config::Builder::from(config)
        .retry_classifier(QuotaIsFinal)
        .interceptor(calls.clone());
    let secrets = aws_sdk_secretsmanager::config::Builder::from(config)
        .retry_classifier(QuotaIsFinal)
        .interceptor(calls.clone());
    Regional {
        kms: aws_sdk_kms::Client::from_conf(kms.build()),
        secrets: aws_sdk_secretsmanager::Client::from_conf(secrets.build()),
    }
}
