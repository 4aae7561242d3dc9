//! An AWS whose answers to one operation do not arrive as they were sent.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::retry::RetryConfig;

use crate::aws::connect::Aws;

/// What becomes of an answer, or of its request
#[derive(Debug, Clone, Copy)]
pub(super) enum Fault {
    /// the request is carried out, and the answer is late
    Late,
    /// the request is carried out, and the connection breaks
    Broken,
    /// the request is carried out, and something else answers
    Replaced { status: u16, body: &'static str },
    /// the request never arrives
    Refused,
}

/// Lets `count` answers of the operation suffer `fault`; the SDK does not try again by itself
pub(super) fn inject(aws: &mut Aws, operation: &'static str, fault: Fault, count: usize) {
    let config = aws.secrets.config();
    let inner = config.http_client().expect("a client has an HTTP client");
    let left = Arc::new(AtomicUsize::new(count));
    let client = SharedHttpClient::new(FaultyClient { inner, operation, fault, left });
    let config = config.to_builder().http_client(client).retry_config(RetryConfig::disabled());
    aws.secrets = aws_sdk_secretsmanager::Client::from_conf(config.build());
}

#[derive(Debug)]
struct FaultyClient {
    inner: SharedHttpClient,
    operation: &'static str,
    fault: Fault,
    left: Arc<AtomicUsize>,
}

#[derive(Debug)]
struct FaultyConnector {
    inner: SharedHttpConnector,
    operation: &'static str,
    fault: Fault,
    left: Arc<AtomicUsize>,
}

impl HttpClient for FaultyClient {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(FaultyConnector {
            inner: self.inner.http_connector(settings, components),
            operation: self.operation,
            fault: self.fault,
            left: Arc::clone(&self.left),
        })
    }
}

impl HttpConnector for FaultyConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let is_meant = target.rsplit('.').next() == Some(self.operation);
        let take = |left: usize| left.checked_sub(1);
        if !is_meant || self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, take).is_err() {
            return self.inner.call(request);
        }
        let fault = self.fault;
        if matches!(fault, Fault::Refused) {
            return HttpConnectorFuture::ready(Err(ConnectorError::io("refused".into())));
        }
        let answer = self.inner.call(request);
        HttpConnectorFuture::new(async move {
            let answer = answer.await?;
            assert!(answer.status().is_success(), "the request was to be carried out");
            match fault {
                Fault::Late => Err(ConnectorError::timeout("late".into())),
                Fault::Broken | Fault::Refused => Err(ConnectorError::io("broken".into())),
                Fault::Replaced { status, body } => {
                    let status = status.try_into().expect("a status of a test");
                    Ok(HttpResponse::new(status, SdkBody::from(body)))
                }
            }
        })
    }
}
