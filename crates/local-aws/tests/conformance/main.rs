//! One suite of what AWS does, run against local-aws and two third-party emulators.
//!
//! Each backend has a list of the cases in which it is known to differ, in `expected/`. A case that
//! differs and is not listed fails, one that is listed and differs otherwise fails, and one that is
//! listed and no longer differs fails as well, so that the lists stay true.

mod aws;
mod cases;
mod check;
mod expected;

use aws::Aws;
use local_aws::LocalAws;
use test_servers::{Iam, Server};

const REGION: &str = "us-east-1";

#[tokio::test]
async fn local_aws_differs_from_aws_only_as_listed() {
    let local = LocalAws::in_memory(REGION).await;
    let aws = Aws::new(REGION, local.http_client(), local.credentials_provider(), None);
    judge("local-aws", &aws).await;
}

#[tokio::test]
async fn moto_differs_from_aws_only_as_listed() {
    let server = test_servers::moto();
    judge("moto", &on(&server)).await;
}

#[tokio::test]
async fn ministack_differs_from_aws_only_as_listed() {
    let server = test_servers::ministack(Iam::Ignored);
    judge("ministack", &on(&server)).await;
}

fn on(server: &Server) -> Aws {
    let (key, secret) = server.root();
    let credentials = aws_credential_types::Credentials::new(key, secret, None, None, "tests");
    Aws::new(
        REGION,
        aws_smithy_http_client::Builder::new().build_http(),
        aws_credential_types::provider::SharedCredentialsProvider::new(credentials),
        Some(server.endpoint()),
    )
}

async fn judge(backend: &str, aws: &Aws) {
    let mut found = std::collections::BTreeMap::new();
    for case in cases::all() {
        if let Err(difference) = (case.run)(aws.clone()).await {
            found.insert(case.name.to_owned(), difference);
        }
    }
    expected::compare(backend, &found);
}
