//! STS: who the caller is. Always the same user, whatever the credentials say.

use winterbaume_core::{MockResponse, MockService, aws_query_response};
use winterbaume_sts::StsService;

use crate::ACCOUNT;
use crate::request::Request;

pub(crate) struct Sts {
    service: StsService,
}

impl Sts {
    pub(crate) fn new() -> Self {
        Self { service: StsService::new() }
    }

    pub(crate) async fn answer(&self, request: &Request) -> MockResponse {
        if request.operation == "GetCallerIdentity" {
            let arn = caller_arn();
            let identity = format!(
                "<Arn>{arn}</Arn><UserId>AIDALOCALLOCALLOCAL00</UserId><Account>{ACCOUNT}</Account>"
            );
            let namespace = "https://sts.amazonaws.com/doc/2011-06-15/";
            return aws_query_response("GetCallerIdentity", namespace, &identity);
        }
        self.service.handle(request.embedded("sts.amazonaws.com", None)).await
    }
}

/// Returns the ARN of the user that every call comes from.
pub(crate) fn caller_arn() -> String {
    format!("arn:aws:iam::{ACCOUNT}:user/local")
}
