//! The credentials of the function's role: from the variables, or from the container endpoint that
//! Lambda offers under SnapStart, and ECS and EKS to what runs there. No profile, no STS, no instance
//! metadata.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::SystemTime;

use aws_credential_types::Credentials as Keys;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, Result as Provided, future};
use aws_smithy_runtime_api::client::http::{HttpConnector, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use aws_smithy_types::date_time::{DateTime, Format};
use secrecy::ExposeSecret;

use super::FetchError;
use crate::settings::{ContainerToken, CredentialSource};

/// Where the agents of ECS and of EKS answer: link-local, on the host of the container.
const AGENTS: [IpAddr; 3] = [
    IpAddr::V4(Ipv4Addr::new(169, 254, 170, 2)),
    IpAddr::V4(Ipv4Addr::new(169, 254, 170, 23)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23)),
];

/// Why the container endpoint gave nothing. Never a token or a key.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct ContainerProblem(pub(crate) String);

#[derive(Clone)]
pub(crate) enum Credentials {
    Fixed(Keys),
    Container { uri: String, token: ContainerToken, connector: SharedHttpConnector },
}

impl Credentials {
    pub(crate) fn new(
        source: &CredentialSource,
        connector: SharedHttpConnector,
    ) -> Result<Self, FetchError> {
        match source {
            CredentialSource::Missing => Err(FetchError::CredentialsMissing),
            CredentialSource::Variables { id, key, token } => Ok(Self::Fixed(Keys::new(
                id.expose_secret(),
                key.expose_secret(),
                token.as_ref().map(|token| token.expose_secret().to_owned()),
                None,
                "Environment",
            ))),
            CredentialSource::Container { uri, token } => {
                let uri = near(uri)
                    .map_err(|problem| FetchError::ContainerCredentials { problem: problem.0 })?;
                Ok(Self::Container { uri, token: token.clone(), connector })
            }
        }
    }
}

impl ProvideCredentials for Credentials {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        match self {
            Self::Fixed(keys) => future::ProvideCredentials::ready(Ok(keys.clone())),
            Self::Container { uri, token, connector } => {
                future::ProvideCredentials::new(from_container(uri, token, connector))
            }
        }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fixed(_) => "Fixed([redacted])",
            Self::Container { .. } => "Container([redacted])",
        })
    }
}

async fn from_container(
    uri: &str,
    token: &ContainerToken,
    connector: &SharedHttpConnector,
) -> Provided {
    ask(uri, token, connector).await.map_err(CredentialsError::provider_error)
}

async fn ask(
    uri: &str,
    token: &ContainerToken,
    connector: &SharedHttpConnector,
) -> Result<Keys, ContainerProblem> {
    let mut request = HttpRequest::new(SdkBody::empty());
    request.set_uri(uri).map_err(|_| problem("its address is no URL"))?;
    request.headers_mut().insert("accept", "application/json");
    if let Some(token) = authorization(token)? {
        let header = request.headers_mut().try_insert("authorization", token);
        header.map_err(|_| problem("its token cannot stand in a header"))?;
    }
    let response = connector.call(request).await.map_err(|error| {
        let what = if error.is_timeout() { "it does not answer" } else { "it cannot be reached" };
        problem(what)
    })?;
    let status = response.status().as_u16();
    if status != 200 {
        return Err(ContainerProblem(format!("it answers with status {status}")));
    }
    let body = ByteStream::new(response.into_body()).collect().await;
    let body = body.map_err(|_| problem("its answer breaks off"))?.into_bytes();
    parse(&body).ok_or_else(|| problem("its answer holds no credentials"))
}

fn problem(text: &str) -> ContainerProblem {
    ContainerProblem(text.to_owned())
}

fn authorization(token: &ContainerToken) -> Result<Option<String>, ContainerProblem> {
    match token {
        ContainerToken::None => Ok(None),
        ContainerToken::Value(token) => Ok(Some(token.expose_secret().to_owned())),
        // read on every call, because it is renewed
        ContainerToken::File(path) => match std::fs::read_to_string(path) {
            Ok(token) => Ok(Some(token.trim().to_owned())),
            Err(error) => Err(ContainerProblem(format!("its token cannot be read: {error}"))),
        },
    }
}

fn parse(body: &[u8]) -> Option<Keys> {
    let document: serde_json::Value = serde_json::from_slice(body).ok()?;
    let text = |name: &str| document.get(name).and_then(serde_json::Value::as_str);
    let expires = match text("Expiration") {
        None => None,
        Some(at) => {
            let at = DateTime::from_str(at, Format::DateTimeWithOffset).ok()?;
            Some(SystemTime::try_from(at).ok()?)
        }
    };
    let token = text("Token").map(str::to_owned);
    Some(Keys::new(text("AccessKeyId")?, text("SecretAccessKey")?, token, expires, "Container"))
}

/// The address, where it is on this machine or one of the two that ECS and EKS answer at; the token
/// must not travel further.
fn near(uri: &str) -> Result<String, ContainerProblem> {
    let refused = || problem("only an address of this machine, of ECS or of EKS is called");
    let parsed: http::Uri = uri.parse().map_err(|_| refused())?;
    let host = parsed.host().ok_or_else(refused)?;
    if parsed.scheme_str() != Some("http") || parsed.authority().is_some_and(has_user) {
        return Err(refused());
    }
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    if bare.eq_ignore_ascii_case("localhost") {
        // by address, so that no look-up needs a thread
        let port = parsed.port_u16().unwrap_or(80);
        let path = parsed.path_and_query().map_or("/", |path| path.as_str());
        return Ok(format!("http://127.0.0.1:{port}{path}"));
    }
    match bare.parse::<IpAddr>() {
        Ok(address) if address.is_loopback() || AGENTS.contains(&address) => Ok(uri.to_owned()),
        _ => Err(refused()),
    }
}

fn has_user(authority: &http::uri::Authority) -> bool {
    authority.as_str().contains('@')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_stays_on_this_machine() {
        assert_eq!(near("http://localhost:9/c").unwrap(), "http://127.0.0.1:9/c");
        for near_by in [
            "http://127.0.0.1:9/c?x=1",
            "http://[::1]:9/c",
            "http://169.254.170.2/v2/credentials/1b2c",
            "http://169.254.170.23/v1/credentials",
            "http://[fd00:ec2::23]/v1/credentials",
        ] {
            assert_eq!(near(near_by).unwrap(), near_by);
        }
        for far in [
            // the metadata of an instance
            "http://169.254.169.254/c",
            "http://169.254.170.2.example.com/c",
            "http://example.com/",
            "https://127.0.0.1/",
            "http://a@127.0.0.1/",
            "http://127.0.0.1.example.com/",
            "/c",
            "",
        ] {
            assert!(near(far).is_err(), "{far}");
        }
    }

    #[test]
    fn an_answer_without_both_keys_gives_nothing() {
        let full = br#"{"AccessKeyId":"A","SecretAccessKey":"S","Token":"T",
            "Expiration":"2030-01-02T03:04:05Z"}"#;
        let keys = parse(full).unwrap();
        assert_eq!((keys.access_key_id(), keys.session_token()), ("A", Some("T")));
        assert!(keys.expiry().is_some());
        let bad = [&b"{}"[..], b"[]", b"", br#"{"AccessKeyId":"A"}"#];
        assert!(bad.iter().all(|body| parse(body).is_none()));
    }
}
