//! The SDK's way in: an HTTP client that answers by itself.
//!
//! A request is told apart by the service and region that it is signed for, never by its host, so
//! that an endpoint override in the environment cannot send it anywhere else. Nothing here opens a
//! socket.

use std::fmt;
use std::sync::Arc;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use winterbaume_core::MockResponse;

use crate::request::Request;
use crate::world::World;

/// The HTTP client that hands every request to the services of one [`World`].
#[derive(Clone)]
pub(crate) struct Connector {
    world: Arc<World>,
}

impl Connector {
    pub(crate) fn new(world: Arc<World>) -> Self {
        Self { world }
    }
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector").finish_non_exhaustive()
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let Some(request) = Request::parse(&request) else {
            return HttpConnectorFuture::ready(Err(ConnectorError::user(
                "the request is not signed for an AWS service, or its body is a stream".into(),
            )));
        };
        let world = Arc::clone(&self.world);
        HttpConnectorFuture::new(async move { http_response(world.answer(request).await) })
    }
}

impl HttpClient for Connector {
    fn http_connector(
        &self,
        _settings: &HttpConnectorSettings,
        _components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

fn http_response(answer: MockResponse) -> Result<HttpResponse, ConnectorError> {
    let status = StatusCode::try_from(answer.status)
        .map_err(|error| ConnectorError::other(error.into(), None))?;
    let mut response = HttpResponse::new(status, SdkBody::from(answer.body));
    for (name, value) in &answer.headers {
        if let Ok(value) = value.to_str() {
            response.headers_mut().insert(name.as_str().to_owned(), value.to_owned());
        }
    }
    Ok(response)
}
