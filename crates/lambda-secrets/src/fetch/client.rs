//! One client of Secrets Manager, with its HTTP connector built once.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant, SystemTime};

use aws_sdk_secretsmanager as sdk;
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_http_client::tls::{Provider, TlsContext, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::{
    HttpConnectorSettings, SharedHttpConnector, http_client_fn,
};
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;

use super::classify::{Issuer, classify, issuer_of};
use super::credentials::Credentials;
use super::{Connection, FetchError, Timeouts};
use crate::settings::{Bundle, Fips, Settings};
use crate::trust::{Peer, trust_store};
use crate::value::{seal, seal_bytes};
use crate::{Error, SecretId, SecretRequest, SecretValue};

/// One secret as it was read.
#[derive(Debug, Clone)]
pub(crate) struct Fetched {
    /// The name that Secrets Manager gives it, where the id is an ARN.
    pub(crate) name: String,
    pub(crate) arn: Option<String>,
    pub(crate) version_id: Option<String>,
    pub(crate) version_stages: Vec<String>,
    pub(crate) created: Option<SystemTime>,
    pub(crate) value: SecretValue,
}

/// A client for one region; ids that are ARNs of another region are read there.
#[derive(Clone)]
pub(crate) struct Client {
    sdk: sdk::Client,
    region: String,
    region_is_fixed: bool,
    region_is_configured: bool,
    endpoint: Option<String>,
    total: Duration,
    /// The same client with the machine's certificates, for a network that replaces AWS's own.
    intercepted: Option<Arc<Intercepted>>,
}

struct Intercepted {
    timeouts: Timeouts,
    sdk: OnceLock<sdk::Client>,
}

impl Client {
    /// The client that `connection` and `settings` describe; `requests` may name the region.
    pub(crate) fn new(
        connection: &Connection,
        settings: &Settings,
        requests: &[SecretRequest],
    ) -> Result<Self, FetchError> {
        let of_ids = requests.iter().find_map(|request| request.id().region());
        let explicit = [&connection.region, &settings.secrets_region, &connection.secrets_region];
        let explicit = explicit.into_iter().find_map(Option::as_deref);
        let configured = explicit.or(settings.region.as_deref());
        let region = configured.or(of_ids).or(connection.fallback_region.as_deref());
        let region_is_configured = configured.is_some();
        let region = region.ok_or(FetchError::RegionMissing)?.to_owned();
        let endpoint = connection.endpoint.clone().or_else(|| settings.endpoint.clone());
        let peer = Peer::of(endpoint.as_deref(), &region);
        let connector = connector(peer, settings.bundle.as_ref(), &connection.timeouts)?;
        let credentials = Credentials::new(&settings.credentials, connector.clone())?;

        let mut config = sdk::Config::builder()
            .behavior_version(sdk::config::BehaviorVersion::latest())
            .region(sdk::config::Region::new(region.clone()))
            .credentials_provider(credentials)
            .http_client(http_client_fn(move |_, _| connector.clone()))
            .sleep_impl(TokioSleep::new())
            .timeout_config(timeouts(&connection.timeouts))
            .retry_config(retries())
            .use_fips(settings.fips == Fips::Required);
        if let Some(url) = &endpoint {
            config = config.endpoint_url(url);
        }
        Ok(Self {
            sdk: sdk::Client::from_conf(config.build()),
            region,
            region_is_fixed: explicit.is_some(),
            region_is_configured,
            endpoint,
            total: connection.timeouts.total,
            intercepted: (peer == Peer::Aws && settings.bundle.is_none()).then(|| {
                Arc::new(Intercepted { timeouts: connection.timeouts, sdk: OnceLock::new() })
            }),
        })
    }

    /// Reads one version of one secret, and gives up at `deadline`.
    pub(crate) async fn fetch(
        &self,
        request: &SecretRequest,
        deadline: Instant,
    ) -> Result<Fetched, FetchError> {
        let Some(intercepted) = &self.intercepted else {
            return self.ask(&self.sdk, request, deadline).await.map_err(|(error, _)| error);
        };
        let sdk = intercepted.sdk.get().unwrap_or(&self.sdk);
        match self.ask(sdk, request, deadline).await {
            Ok(fetched) => Ok(fetched),
            Err((_, Issuer::Unknown)) if intercepted.sdk.get().is_none() => {
                let sdk = intercepted.client(&self.sdk)?;
                let sdk = intercepted.sdk.get_or_init(|| sdk);
                self.ask(sdk, request, deadline).await.map_err(|(error, _)| error)
            }
            Err((error, _)) => Err(error),
        }
    }

    async fn ask(
        &self,
        sdk: &sdk::Client,
        request: &SecretRequest,
        deadline: Instant,
    ) -> Result<Fetched, (FetchError, Issuer)> {
        let started = Instant::now();
        let id = request.id();
        let region = self.region_for(id);
        let mut call = sdk
            .get_secret_value()
            .secret_id(id.as_str())
            .set_version_id(request.version().map(str::to_owned))
            .set_version_stage(request.stage().map(str::to_owned))
            .customize();
        if region != self.region {
            let region = sdk::config::Region::new(region.to_owned());
            call = call.config_override(sdk::Config::builder().region(region));
        }
        // the future of an SDK call is some kilobytes
        let answer = tokio::time::timeout_at(deadline.into(), Box::pin(call.send())).await;
        let timed_out = || FetchError::TimedOut {
            endpoint: self.endpoint_of(region),
            after: rounded(started.elapsed()),
        };
        match answer {
            Err(_) => Err((timed_out(), Issuer::Known)),
            Ok(Err(error)) => {
                let issuer = issuer_of(&error);
                Err((classify(error, self.endpoint_of(region), timed_out), issuer))
            }
            Ok(Ok(output)) => {
                self.fetched(id, region, output).map_err(|error| (error, Issuer::Known))
            }
        }
    }

    /// Whether its region is configured and not that of the first ARN.
    pub(crate) fn has_a_region_of_its_own(&self) -> bool {
        self.region_is_configured
    }

    /// The moment at which a load that begins now must be over.
    pub(crate) fn deadline(&self) -> Instant {
        Instant::now() + self.total
    }

    #[cfg(feature = "write")]
    pub(super) fn sdk(&self) -> &sdk::Client {
        let intercepted = self.intercepted.as_ref().and_then(|intercepted| intercepted.sdk.get());
        intercepted.unwrap_or(&self.sdk)
    }

    /// The region that a call about `id` goes to, as an override of the client's own.
    #[cfg(feature = "write")]
    pub(super) fn region_of(&self, id: &SecretId) -> sdk::config::Builder {
        let region = sdk::config::Region::new(self.region_for(id).to_owned());
        sdk::Config::builder().region(region)
    }

    #[cfg(feature = "write")]
    pub(super) fn endpoint_for(&self, id: &SecretId) -> String {
        self.endpoint_of(self.region_for(id))
    }

    #[cfg(feature = "write")]
    pub(super) fn timed_out(&self, endpoint: &str) -> FetchError {
        FetchError::TimedOut { endpoint: endpoint.to_owned(), after: self.total }
    }

    fn region_for<'a>(&'a self, id: &'a SecretId) -> &'a str {
        match id.region() {
            Some(region) if !self.region_is_fixed => region,
            _ => &self.region,
        }
    }

    fn endpoint_of(&self, region: &str) -> String {
        let own = || format!("secretsmanager.{region}.amazonaws.com");
        self.endpoint.clone().unwrap_or_else(own)
    }

    fn fetched(
        &self,
        id: &SecretId,
        region: &str,
        output: sdk::operation::get_secret_value::GetSecretValueOutput,
    ) -> Result<Fetched, FetchError> {
        let value = match (output.secret_string, output.secret_binary) {
            (Some(text), _) => SecretValue::Text(seal(text)),
            (None, Some(bytes)) => SecretValue::Binary(seal_bytes(bytes.into_inner())),
            (None, None) => {
                return Err(FetchError::Unreadable { endpoint: self.endpoint_of(region) });
            }
        };
        let name = match (id.region(), output.name) {
            (Some(_), Some(name)) => name,
            _ => id.as_str().to_owned(),
        };
        Ok(Fetched {
            name,
            arn: output.arn,
            version_id: output.version_id,
            version_stages: output.version_stages.unwrap_or_default(),
            created: output.created_date.and_then(|at| SystemTime::try_from(at).ok()),
            value,
        })
    }
}

impl Intercepted {
    /// `sdk` with the certificates of the machine.
    fn client(&self, sdk: &sdk::Client) -> Result<sdk::Client, FetchError> {
        let connector = connector(Peer::Other, None, &self.timeouts)?;
        let config = sdk.config().to_builder();
        let config = config.http_client(http_client_fn(move |_, _| connector.clone()));
        Ok(sdk::Client::from_conf(config.build()))
    }
}

/// The SDK's client would show the id of the access key.
impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("region", &self.region)
            .field("endpoint", &self.endpoint)
            .finish_non_exhaustive()
    }
}

/// The connector, built once: the SDK's own client would build it, and parse the certificates,
/// twice.
fn connector(
    peer: Peer,
    bundle: Option<&Bundle>,
    timeouts: &Timeouts,
) -> Result<SharedHttpConnector, FetchError> {
    let store = trust_store(peer, bundle)?;
    let context = TlsContext::builder().with_trust_store(store).build().map_err(|error| {
        FetchError::TrustStore { source_name: "the TLS settings", problem: error.to_string() }
    })?;
    let waits = HttpConnectorSettings::builder()
        .connect_timeout(timeouts.connect)
        .read_timeout(timeouts.attempt)
        .build();
    let connector = aws_smithy_http_client::Connector::builder()
        .connector_settings(waits)
        .sleep_impl(TokioSleep::new())
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .tls_context(context)
        .build();
    Ok(SharedHttpConnector::new(connector))
}

fn timeouts(timeouts: &Timeouts) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(timeouts.connect)
        .read_timeout(timeouts.attempt)
        .operation_attempt_timeout(timeouts.attempt)
        .operation_timeout(timeouts.total)
        .build()
}

fn retries() -> RetryConfig {
    RetryConfig::standard()
        .with_max_attempts(3)
        .with_initial_backoff(Duration::from_millis(100))
        .with_max_backoff(Duration::from_secs(1))
}

fn rounded(elapsed: Duration) -> Duration {
    Duration::from_millis(u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX))
}

/// Refuses what no HTTP client could call, and what is no region.
pub(crate) fn check(connection: &Connection, settings: &Settings) -> Result<(), Error> {
    if let Some(url) = connection.endpoint.as_ref().or(settings.endpoint.as_ref()) {
        check_endpoint(url)?;
    }
    let regions = [
        ("region", &connection.region),
        ("SECRETS_MANAGER_REGION", &settings.secrets_region),
        ("AWS_REGION", &settings.region),
        ("fallback_region", &connection.fallback_region),
    ];
    for (setting, region) in regions {
        if region.as_ref().is_some_and(|region| !is_label(region)) {
            let problem = "is no region: letters, digits and `-`, such as `us-west-2`".to_owned();
            return Err(Error::InvalidSetting { setting, problem });
        }
    }
    Ok(())
}

/// Whether it can stand between two dots of the name of a host: the credentials sign for that host.
fn is_label(region: &str) -> bool {
    let ends = |end: Option<char>| end.is_some_and(|c| c.is_ascii_alphanumeric());
    region.len() <= 63
        && region.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        && ends(region.chars().next())
        && ends(region.chars().next_back())
}

fn check_endpoint(url: &str) -> Result<(), Error> {
    let refuse = |problem: &str| {
        let problem = format!("is no endpoint: {problem}");
        Err(Error::InvalidSetting { setting: "endpoint", problem })
    };
    let Ok(uri) = url.parse::<http::Uri>() else {
        return refuse("it is not a URL");
    };
    match (uri.scheme_str(), uri.authority()) {
        // an error about the endpoint would show it
        (Some("http" | "https"), Some(authority)) if authority.as_str().contains('@') => {
            refuse("it names a user")
        }
        (Some("http" | "https"), Some(_)) if uri.query().is_none() => Ok(()),
        (Some("http" | "https"), Some(_)) => refuse("it has a query"),
        _ => refuse("it must begin with `http://` or `https://` and name a host"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_deadlines_are_a_second_two_and_five() {
        let waits = timeouts(&Timeouts::default());
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        assert_eq!(waits.connect_timeout(), seconds(1));
        assert_eq!(waits.operation_attempt_timeout(), seconds(2));
        assert_eq!(waits.operation_timeout(), seconds(5));
    }

    #[test]
    fn a_region_is_one_label_of_a_host() {
        for good in ["us-west-2", "us-gov-east-1", "eu-isoe-west-1", "local", "X1"] {
            assert!(is_label(good), "{good}");
        }
        for bad in ["", "-", "a-", "-a", "a.b", "a/b", "a b", "a@b", "\u{e9}", &"a".repeat(64)] {
            assert!(!is_label(bad), "{bad}");
        }
    }
}
