//! The SDK's clients for one backend.

use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_secretsmanager::config::retry::RetryConfig;
use aws_sdk_secretsmanager::config::{BehaviorVersion, Region};
use aws_smithy_runtime_api::client::http::SharedHttpClient;

/// One backend in one region.
#[derive(Clone)]
pub(crate) struct Aws {
    pub(crate) secrets: aws_sdk_secretsmanager::Client,
    pub(crate) kms: aws_sdk_kms::Client,
    pub(crate) iam: aws_sdk_iam::Client,
    pub(crate) sts: aws_sdk_sts::Client,
    pub(crate) region: String,
    http: SharedHttpClient,
    credentials: SharedCredentialsProvider,
    endpoint: Option<String>,
}

/// Every service's configuration has the same builder under a type of its own.
macro_rules! client {
    ($sdk:ident, $region:expr, $http:expr, $credentials:expr, $endpoint:expr) => {{
        let mut config = $sdk::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new($region.to_owned()))
            .http_client($http.clone())
            .credentials_provider($credentials.clone())
            // the first answer counts
            .retry_config(RetryConfig::disabled());
        config.set_endpoint_url($endpoint.clone());
        $sdk::Client::from_conf(config.build())
    }};
}

impl Aws {
    pub(crate) fn new(
        region: &str,
        http: SharedHttpClient,
        credentials: SharedCredentialsProvider,
        endpoint: Option<String>,
    ) -> Self {
        Self {
            secrets: client!(aws_sdk_secretsmanager, region, http, credentials, endpoint),
            kms: client!(aws_sdk_kms, region, http, credentials, endpoint),
            iam: client!(aws_sdk_iam, region, http, credentials, endpoint),
            sts: client!(aws_sdk_sts, region, http, credentials, endpoint),
            region: region.to_owned(),
            http,
            credentials,
            endpoint,
        }
    }

    /// Returns the same backend in another region.
    pub(crate) fn in_region(&self, region: &str) -> Self {
        let (http, credentials) = (self.http.clone(), self.credentials.clone());
        Self::new(region, http, credentials, self.endpoint.clone())
    }

    /// Returns the same backend for a caller with other credentials.
    pub(crate) fn with_credentials(&self, credentials: SharedCredentialsProvider) -> Self {
        Self::new(&self.region, self.http.clone(), credentials, self.endpoint.clone())
    }
}
