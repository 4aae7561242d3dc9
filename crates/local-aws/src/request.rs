//! One request, told apart: which service, which region, which operation.

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use winterbaume_core::{MockRequest, auth};

/// A request of the SDK, with the service and region that it is signed for.
///
/// It holds the caller's body and therefore has no `Debug`.
#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) service: String,
    pub(crate) region: String,
    pub(crate) operation: String,
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// Returns the request, or none where it is unsigned or its body is a stream.
    pub(crate) fn parse(request: &HttpRequest) -> Option<Self> {
        let mut headers = http::HeaderMap::new();
        let authorization = request.headers().get("authorization")?;
        headers.insert(http::header::AUTHORIZATION, authorization.parse().ok()?);
        let service = auth::extract_service_from_headers(&headers)?;
        let region = auth::extract_region_from_headers(&headers)?;
        let body = request.body().bytes()?.to_vec();
        let operation = match request.headers().get("x-amz-target") {
            Some(target) => target.rsplit('.').next()?.to_owned(),
            None => form_value(&body, "Action")?,
        };
        Some(Self { service, region, operation, body })
    }

    /// Returns a request to a JSON service.
    pub(crate) fn json(
        service: &str,
        region: &str,
        operation: &str,
        body: &serde_json::Value,
    ) -> Self {
        Self {
            service: service.to_owned(),
            region: region.to_owned(),
            operation: operation.to_owned(),
            body: body.to_string().into_bytes(),
        }
    }

    /// True where the operation can change state. What is not known to be a read is a write.
    pub(crate) fn writes(&self) -> bool {
        const READS: &[&str] = &[
            "BatchGet",
            "Decrypt",
            "Describe",
            "Encrypt",
            "Generate",
            "Get",
            "List",
            "ReEncrypt",
            "Sign",
            "Validate",
            "Verify",
        ];
        !READS.iter().any(|read| self.operation.starts_with(read))
    }

    /// Returns the request as the embedded services take it, whatever the endpoint was.
    ///
    /// `target` is the prefix of `X-Amz-Target`, for the services that speak JSON.
    pub(crate) fn embedded(&self, host: &str, target: Option<&str>) -> MockRequest {
        let mut headers = http::HeaderMap::new();
        if let Some(target) = target
            && let Ok(value) = format!("{target}.{}", self.operation).parse()
        {
            headers.insert("x-amz-target", value);
        }
        MockRequest {
            method: "POST".to_owned(),
            uri: format!("https://{host}/"),
            headers,
            body: self.body.clone().into(),
        }
    }
}

/// Returns the value of a field in a form-encoded body.
pub(crate) fn form_value(body: &[u8], name: &str) -> Option<String> {
    form_urlencoded::parse(body)
        .find(|(field, _)| field == name)
        .map(|(_, value)| value.into_owned())
}
