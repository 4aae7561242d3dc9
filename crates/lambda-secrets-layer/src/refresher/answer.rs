//! From a request to its answer, as AWS's extension gives it.

use std::convert::Infallible;
use std::time::SystemTime;

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use base64::Engine;
use form_urlencoded::parse;
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{HeaderMap, Method, Request, Response, StatusCode};
use lambda_secrets::secrecy::{ExposeSecret, SecretString};
use lambda_secrets::{Error, FetchError, Secret, SecretRequest, Secrets};
use serde_json::{Value, json};

use crate::failure::Problem;
use crate::log::{Level, Log};

/// What AWS's extension wants to see in every request.
const TOKEN: &str = "x-aws-parameters-secrets-token";
/// Says that the value is past its time; AWS's extension has no such header.
const STALE: &str = "x-lambda-secrets-stale";

/// Answers requests.
pub(super) struct Desk {
    secrets: Secrets,
    token: Option<SecretString>,
    log: Log,
}

/// What a client asks for.
#[derive(Debug, PartialEq, Eq)]
struct Asked {
    request: SecretRequest,
    /// `refreshNow=true`: by a call that begins now.
    anew: bool,
}

/// Why there is no value.
#[derive(Debug)]
struct Refusal {
    status: StatusCode,
    error_type: String,
    message: String,
}

impl Desk {
    pub(super) fn new(secrets: Secrets, token: Option<SecretString>, log: Log) -> Self {
        Self { secrets, token, log }
    }

    pub(super) async fn answer(
        &self,
        request: Request<Incoming>,
    ) -> Result<Response<Full<Bytes>>, Infallible> {
        let (head, _) = request.into_parts();
        let path = head.uri.path();
        let query = head.uri.query().unwrap_or_default();
        let answer = match self.check(&head.method, path, &head.headers, query) {
            Ok(asked) => self.read(&asked).await,
            Err(refusal) => Err(refusal),
        };
        Ok(match answer {
            Ok(secret) => given(&secret),
            Err(refusal) => {
                self.log.line(Level::Warn, &refusal.message);
                refused(&refusal)
            }
        })
    }

    fn check(
        &self,
        method: &Method,
        path: &str,
        headers: &HeaderMap,
        query: &str,
    ) -> Result<Asked, Refusal> {
        let refuse = |status, error_type: &str, message: &str| {
            Err(Refusal { status, error_type: error_type.to_owned(), message: message.to_owned() })
        };
        if !self.is_authorized(headers) {
            let message = "the header `X-Aws-Parameters-Secrets-Token` does not hold the function's \
                           session token; hint: send the value of `AWS_SESSION_TOKEN`";
            return refuse(StatusCode::UNAUTHORIZED, "Unauthorized", message);
        }
        if path.trim_end_matches('/') != "/secretsmanager/get" {
            let message = "only `/secretsmanager/get` is served; hint: parameters of Systems Manager \
                           are read with AWS's own extension";
            return refuse(StatusCode::NOT_FOUND, "UnknownPath", message);
        }
        if method != Method::GET {
            let message = "only GET is served";
            return refuse(StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowed", message);
        }
        asked(query)
    }

    /// Compares in a time that does not tell how much was right.
    fn is_authorized(&self, headers: &HeaderMap) -> bool {
        let (Some(token), Some(shown)) = (&self.token, headers.get(TOKEN)) else { return false };
        let (token, shown) = (token.expose_secret().as_bytes(), shown.as_bytes());
        let differs =
            token.iter().zip(shown).fold(0, |differs, (one, other)| differs | (one ^ other));
        token.len() == shown.len() && differs == 0
    }

    async fn read(&self, asked: &Asked) -> Result<Secret, Refusal> {
        let found = match asked.anew {
            true => self.secrets.refresh_version(&asked.request).await,
            false => self.secrets.get_version(&asked.request).await,
        };
        found.map_err(|error| Refusal::of(&error))
    }
}

impl Refusal {
    /// The status tells a client whether to ask again: 429 and 5xx may pass, 400 does not.
    fn of(error: &Error) -> Self {
        let status = match error {
            Error::Fetch { source, .. } | Error::Connection { source } => match source {
                FetchError::Throttled(_) => StatusCode::TOO_MANY_REQUESTS,
                FetchError::TimedOut { .. } => StatusCode::GATEWAY_TIMEOUT,
                FetchError::ServiceFailed(_) | FetchError::NoRoute { .. } => {
                    StatusCode::BAD_GATEWAY
                }
                _ => StatusCode::BAD_REQUEST,
            },
            _ => StatusCode::BAD_REQUEST,
        };
        let problem = Problem::from(error);
        Self { status, error_type: problem.error_type(), message: problem.to_string() }
    }
}

fn asked(query: &str) -> Result<Asked, Refusal> {
    let value = |name: &str| {
        let mut values =
            parse(query.as_bytes()).filter(|(key, value)| key == name && !value.is_empty());
        values.next().map(|(_, value)| value.into_owned())
    };
    let Some(id) = value("secretId") else {
        return Err(Refusal {
            status: StatusCode::BAD_REQUEST,
            error_type: "LambdaSecrets.MissingSecretId".to_owned(),
            message: "the query names no `secretId`".to_owned(),
        });
    };
    let request = SecretRequest::parse(&id)
        .and_then(|request| match value("versionId") {
            Some(version) => request.version_id(version),
            None => Ok(request),
        })
        .and_then(|request| match value("versionStage") {
            Some(stage) => request.version_stage(stage),
            None => Ok(request),
        })
        .map_err(|error| Refusal::of(&error))?;
    let anew = value("refreshNow").is_some_and(|text| text.eq_ignore_ascii_case("true"));
    Ok(Asked { request, anew })
}

fn given(secret: &Secret) -> Response<Full<Bytes>> {
    let mut response = response(StatusCode::OK, &body(secret));
    if secret.is_stale() {
        response.headers_mut().insert(STALE, HeaderValue::from_static("true"));
    }
    response
}

/// The answer of GetSecretValue as AWS's extension writes it.
fn body(secret: &Secret) -> Value {
    let value = secret.value();
    let binary = match value.as_text() {
        Some(_) => None,
        None => Some(base64::engine::general_purpose::STANDARD.encode(value.as_bytes())),
    };
    json!({
        "ARN": secret.arn(),
        "CreatedDate": secret.created().and_then(written),
        "Name": secret.name(),
        "SecretBinary": binary,
        "SecretString": value.as_text(),
        "VersionId": secret.version_id(),
        "VersionStages": secret.version_stages(),
        "ResultMetadata": {},
    })
}

fn written(time: SystemTime) -> Option<String> {
    DateTime::from(time).fmt(Format::DateTime).ok()
}

fn refused(refusal: &Refusal) -> Response<Full<Bytes>> {
    let body = json!({ "errorType": refusal.error_type, "message": refusal.message });
    response(refusal.status, &body)
}

fn response(status: StatusCode, body: &Value) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body.to_string())));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

#[cfg(test)]
mod tests {
    use lambda_secrets::{SecretId, SecretValue, Source};

    use super::*;

    #[test]
    fn a_query_names_secret_version_and_stage() {
        let plain = asked("secretId=miyabi/prod/api-keys").unwrap();
        assert_eq!(plain.request, SecretRequest::parse("miyabi/prod/api-keys").unwrap());
        assert!(!plain.anew);
        let encoded = asked("versionStage=AWSPREVIOUS&secretId=a%2Fb%2Bc&refreshNow=true").unwrap();
        assert_eq!(encoded.request.id().as_str(), "a/b+c");
        assert_eq!(encoded.request.stage(), Some("AWSPREVIOUS"));
        assert!(encoded.anew);
        for bad in ["", "secretId=", "secretid=a", "secretId=a%20b", "secretId=a&versionId=short"] {
            assert_eq!(asked(bad).unwrap_err().status, StatusCode::BAD_REQUEST, "{bad}");
        }
    }

    #[test]
    fn a_binary_value_is_written_in_base64() {
        let id = SecretId::parse("p/e/cert").unwrap();
        let secret = Secret::new(id, Source::Aws, SecretValue::Binary(vec![0, 1, 2].into()));
        let body = body(&secret);
        assert_eq!(body["SecretBinary"], "AAEC");
        assert_eq!(body["SecretString"], Value::Null);
    }
}
