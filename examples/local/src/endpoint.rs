//! The local AWS as an address on loopback.

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{HttpConnector, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use local_aws::LocalAws;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A value has at most 64 KiB, and JSON may escape every byte of it.
const BODY_BYTES: usize = 1024 * 1024;
const HEAD: Duration = Duration::from_secs(5);

/// A local AWS that answers until this is dropped.
pub(crate) struct Endpoint {
    address: SocketAddr,
    access_key: String,
    server: JoinHandle<()>,
}

impl Endpoint {
    pub(crate) async fn start(local: &LocalAws) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        // other users of the machine reach the port as well
        let access_key = format!("LOCAL{}", uuid::Uuid::new_v4().simple()).to_uppercase();
        let desk = Desk { connector: local.http_connector(), access_key: access_key.clone() };
        let server = tokio::spawn(accept(listener, desk));
        Ok(Self { address, access_key, server })
    }

    /// Returns the variables with which an SDK, or the loader, calls here.
    pub(crate) fn variables(&self, region: &str) -> [(&'static str, String); 7] {
        [
            ("AWS_ACCESS_KEY_ID", self.access_key.clone()),
            ("AWS_SECRET_ACCESS_KEY", "local".to_owned()),
            ("AWS_SESSION_TOKEN", "local".to_owned()),
            ("AWS_REGION", region.to_owned()),
            ("AWS_DEFAULT_REGION", region.to_owned()),
            ("AWS_ENDPOINT_URL", format!("http://{}", self.address)),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        ]
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        self.server.abort();
    }
}

#[derive(Clone)]
struct Desk {
    connector: SharedHttpConnector,
    access_key: String,
}

async fn accept(listener: TcpListener, desk: Desk) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // no descriptor is left: a connection that ends makes room
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        let desk = desk.clone();
        tokio::spawn(async move {
            let service = service_fn(move |request| answer(desk.clone(), request));
            let mut server = http1::Builder::new();
            server.timer(TokioTimer::new()).header_read_timeout(HEAD);
            // a client that goes away is its own business
            let _ = server.serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn answer(
    desk: Desk,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let authorization = head.headers.get("authorization").and_then(|value| value.to_str().ok());
    let is_ours =
        authorization.is_some_and(|it| it.contains(&format!("Credential={}/", desk.access_key)));
    if !is_ours {
        return Ok(refusal(403, "UnrecognizedClientException", "this AWS is another program's"));
    }
    let Ok(body) = Limited::new(body, BODY_BYTES).collect().await else {
        return Ok(refusal(413, "RequestEntityTooLargeException", "the request is too long"));
    };
    let mut asked = HttpRequest::new(SdkBody::from(body.to_bytes().to_vec()));
    for name in ["authorization", "x-amz-target"] {
        if let Some(value) = head.headers.get(name).and_then(|value| value.to_str().ok()) {
            asked.headers_mut().insert(name, value.to_owned());
        }
    }
    let Ok(answered) = desk.connector.call(asked).await else {
        return Ok(refusal(400, "UnknownOperationException", "that is no request to an AWS"));
    };
    let mut response = Response::builder().status(answered.status().as_u16());
    for (name, value) in answered.headers() {
        response = response.header(name, value);
    }
    let body = answered.body().bytes().unwrap_or_default().to_vec();
    let response = response.body(Full::new(Bytes::from(body)));
    Ok(response.unwrap_or_else(|_| refusal(500, "InternalServiceError", "no answer")))
}

fn refusal(status: u16, code: &str, message: &str) -> Response<Full<Bytes>> {
    let body = serde_json::json!({ "__type": code, "message": message }).to_string();
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = hyper::StatusCode::from_u16(status).unwrap_or_default();
    response
}
