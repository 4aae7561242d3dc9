//! Answers as AWS words them: JSON for Secrets Manager and KMS, XML for IAM and STS.

use serde_json::{Value, json};
use winterbaume_core::{MockResponse, xml_escape};

/// Returns a successful JSON answer.
pub(crate) fn json_body(body: &Value) -> MockResponse {
    MockResponse::json(200, body.to_string())
}

/// Returns a refusal of a JSON service. Such services answer 400 for nearly everything.
pub(crate) fn json_refusal(code: &str, message: &str) -> MockResponse {
    MockResponse::json(400, json!({ "__type": code, "message": message }).to_string())
}

/// Returns a refusal of a query service.
pub(crate) fn xml_refusal(status: u16, code: &str, message: &str) -> MockResponse {
    MockResponse::error(status, &xml_escape(code), &xml_escape(message))
}
