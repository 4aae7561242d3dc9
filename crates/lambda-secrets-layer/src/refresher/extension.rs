//! Lambda's Extensions API: register, say what failed, wait for the end.

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpStream;

use crate::failure::Problem;

type Failure = Box<dyn std::error::Error>;

/// This extension, as Lambda knows it.
pub(super) struct Extension {
    address: String,
    name: String,
}

impl Extension {
    pub(super) fn new(address: String, name: String) -> Self {
        Self { address, name }
    }

    /// Registers for the end alone: no invocation waits for it. Returns the id that Lambda gives.
    pub(super) async fn register(&self) -> Result<String, Failure> {
        let body = json!({ "events": ["SHUTDOWN"] });
        let headers = [("Lambda-Extension-Name", self.name.as_str())];
        let response = self.call(Method::POST, "register", &headers, Some(&body)).await?;
        let id = response.headers().get("Lambda-Extension-Identifier");
        Ok(id.ok_or("its answer holds no identifier")?.to_str()?.to_owned())
    }

    /// Tells Lambda why the extension, and so the function, does not start.
    pub(super) async fn init_error(&self, id: &str, problem: &Problem) -> Result<(), Failure> {
        let error_type = problem.error_type();
        let body = json!({
            "errorMessage": problem.to_string(), "errorType": error_type, "stackTrace": [],
        });
        let headers = [
            ("Lambda-Extension-Identifier", id),
            ("Lambda-Extension-Function-Error-Type", error_type.as_str()),
        ];
        self.call(Method::POST, "init/error", &headers, Some(&body)).await.map(|_| ())
    }

    /// Returns when Lambda shuts the function down.
    pub(super) async fn until_shutdown(&self, id: &str) -> Result<(), Failure> {
        loop {
            let headers = [("Lambda-Extension-Identifier", id)];
            // no deadline: the answer comes when the function ends, and it is frozen between
            let response = self.call(Method::GET, "event/next", &headers, None).await?;
            let event: Value = serde_json::from_slice(&response.collect().await?.to_bytes())?;
            if event["eventType"] == "SHUTDOWN" {
                return Ok(());
            }
        }
    }

    async fn call(
        &self,
        method: Method,
        what: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Response<Incoming>, Failure> {
        let stream = TcpStream::connect(&self.address).await?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        tokio::task::spawn_local(connection);
        let mut request = Request::builder()
            .method(method)
            .uri(format!("/2020-01-01/extension/{what}"))
            .header("Host", &self.address)
            .header("Content-Type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = body.map(Value::to_string).unwrap_or_default();
        let response = sender.send_request(request.body(Full::new(Bytes::from(body)))?).await?;
        match response.status() {
            status if status.is_success() => Ok(response),
            status => Err(format!("`{what}` was answered with status {}", status.as_u16()).into()),
        }
    }
}
