//! Values against the AWS inside the binary, with answers that get lost.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that panics has failed")]

use std::sync::{Arc, Mutex};

use aws_sdk_secretsmanager::types::Tag;
use tracing::instrument::WithSubscriber;
use tracing_subscriber::EnvFilter;

use super::fault::{Fault, inject};
use super::*;
use crate::aws::Target;

const CANARY: &str = "c4n4ry-Zk3vQ9wT7xLp2mR8";

fn wanted() -> Tags {
    Tags::from([("managed-by".into(), "lambda-secrets".into()), ("project".into(), "p".into())])
}

async fn aws_with_secret(name: &str) -> (tempfile::TempDir, Aws) {
    let state = tempfile::tempdir().unwrap();
    let target = Target::Local(state.path().to_owned());
    let aws = crate::aws::connect(&target, "eu-west-1").await.unwrap();
    let tags = wanted().into_iter().map(|(k, v)| Tag::builder().key(k).value(v).build()).collect();
    aws.secrets.create_secret().name(name).set_tags(Some(tags)).send().await.unwrap();
    (state, aws)
}

fn text(value: &str) -> Content {
    Content::Text(value.into())
}

async fn base(aws: &Aws) -> Current {
    current(aws, "s", &wanted()).await.unwrap()
}

async fn read(aws: &Aws) -> String {
    match base(aws).await.content {
        Some(Content::Text(text)) => text.expose_secret().to_owned(),
        other => panic!("{other:?}"),
    }
}

async fn labels(aws: &Aws) -> Vec<String> {
    let secret = describe(aws, "s").await.unwrap();
    let mut labels: Vec<String> =
        secret.version_ids_to_stages().unwrap().values().flatten().cloned().collect();
    labels.sort();
    labels
}

/// A secret with as many values as `earlier` has
async fn aws_with_values(earlier: &[&str]) -> (tempfile::TempDir, Aws) {
    let (state, aws) = aws_with_secret("s").await;
    for value in earlier {
        write(&aws, "s", &base(&aws).await, &text(value)).await.outcome.unwrap();
    }
    (state, aws)
}

#[tokio::test]
async fn a_first_value_and_a_second_leave_no_label_behind() {
    let (_state, aws) = aws_with_secret("s").await;
    for value in ["one", "two", "three"] {
        let written = write(&aws, "s", &base(&aws).await, &text(value)).await;
        assert!(matches!(written.outcome, Ok(Outcome::Done(_))), "{written:?}");
        assert_eq!(written.leftover, None);
        assert_eq!(read(&aws).await, value);
    }
    assert_eq!(labels(&aws).await, ["AWSCURRENT", "AWSPREVIOUS"]);
}

#[tokio::test]
async fn a_writer_that_read_too_early_changes_nothing() {
    let (_state, aws) = aws_with_secret("s").await;
    for first in [true, false] {
        let early = base(&aws).await;
        assert_eq!(early.version.is_none(), first);
        write(&aws, "s", &base(&aws).await, &text("theirs")).await.outcome.unwrap();
        let late = write(&aws, "s", &early, &text("ours")).await;
        assert_eq!(late.outcome.unwrap(), Outcome::Lost);
        assert_eq!(read(&aws).await, "theirs");
        // the version that lost keeps no label, so AWS may forget it
        assert!(labels(&aws).await.iter().all(|label| label.starts_with("AWS")));
    }
}

#[tokio::test]
async fn a_secret_that_waits_to_be_deleted_is_not_written() {
    let (_state, aws) = aws_with_secret("s").await;
    let base = base(&aws).await;
    aws.secrets.delete_secret().secret_id("s").send().await.unwrap();
    let error = write(&aws, "s", &base, &text(CANARY)).await.outcome.unwrap_err();
    assert_eq!(error.kind, ErrorKind::InvalidState);
    assert!(!format!("{error} {error:?}").contains(CANARY));
}

#[tokio::test]
async fn a_secret_of_somebody_else_is_not_even_read() {
    let (_state, aws) = aws_with_values(&["one"]).await;
    let reads = || aws.calls.by_operation().get("Secrets Manager:GetSecretValue").copied();
    assert_eq!(read(&aws).await, "one");
    assert_eq!(reads(), Some(1));
    aws.secrets.untag_resource().secret_id("s").tag_keys("project").send().await.unwrap();
    let error = current(&aws, "s", &wanted()).await.unwrap_err();
    assert!(matches!(&error, ValueError::Foreign(whose) if whose.contains("`project`")), "{error}");
    assert_eq!(reads(), Some(1));
}

#[test]
fn what_an_aws_service_owns_is_not_ours_whatever_its_tags() {
    let tags = wanted().into_iter().map(|(k, v)| Tag::builder().key(k).value(v).build()).collect();
    let secret = DescribeSecretOutput::builder().set_tags(Some(tags));
    check_owner(&secret.clone().build(), &wanted()).unwrap();
    check_owner(&secret.clone().owning_service("").build(), &wanted()).unwrap();
    let error = check_owner(&secret.owning_service("rds").build(), &wanted()).unwrap_err();
    assert!(matches!(&error, ValueError::OfService(service) if service == "rds"), "{error}");
}

#[tokio::test]
async fn a_put_whose_answer_is_lost_is_found_by_its_label() {
    let unreadable = Fault::Replaced { status: 200, body: "{\"Vers" };
    let failed = Fault::Replaced { status: 500, body: "{\"__type\":\"InternalServiceError\"}" };
    for fault in [Fault::Late, Fault::Broken, unreadable, failed] {
        for earlier in [&[][..], &["one"], &["one", "two"]] {
            let (_state, mut aws) = aws_with_values(earlier).await;
            let before = base(&aws).await;
            inject(&mut aws, "PutSecretValue", fault, 1);
            let written = write(&aws, "s", &before, &text("new")).await;
            assert!(matches!(written.outcome, Ok(Outcome::Done(_))), "{fault:?}: {written:?}");
            assert_eq!(written.leftover, None, "{fault:?}");
            assert_eq!(read(&aws).await, "new");
            let labels = labels(&aws).await;
            assert!(labels.iter().all(|label| label.starts_with("AWS")), "{fault:?}: {labels:?}");
        }
    }
}

#[tokio::test]
async fn a_put_whose_answer_is_lost_still_loses_against_a_faster_writer() {
    let (_state, mut aws) = aws_with_values(&["one"]).await;
    let early = base(&aws).await;
    write(&aws, "s", &base(&aws).await, &text("theirs")).await.outcome.unwrap();
    inject(&mut aws, "PutSecretValue", Fault::Late, 1);
    let written = write(&aws, "s", &early, &text("ours")).await;
    assert_eq!(written.outcome.unwrap(), Outcome::Lost);
    assert_eq!(read(&aws).await, "theirs");
    assert_eq!(labels(&aws).await, ["AWSCURRENT", "AWSPREVIOUS"]);
}

#[tokio::test]
async fn a_put_that_never_arrived_is_an_error_and_leaves_nothing() {
    let (_state, mut aws) = aws_with_values(&["one"]).await;
    let before = base(&aws).await;
    inject(&mut aws, "PutSecretValue", Fault::Refused, 1);
    let written = write(&aws, "s", &before, &text(CANARY)).await;
    assert_eq!(written.leftover, None);
    let error = written.outcome.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unreachable);
    assert!(!format!("{error} {error:?}").contains(CANARY));
    assert_eq!(read(&aws).await, "one");
    assert_eq!(labels(&aws).await, ["AWSCURRENT"]);
}

#[tokio::test]
async fn a_move_whose_answer_is_lost_is_found_by_where_the_label_is() {
    for fault in [Fault::Late, Fault::Broken] {
        let (_state, mut aws) = aws_with_values(&["one"]).await;
        let before = base(&aws).await;
        inject(&mut aws, "UpdateSecretVersionStage", fault, 1);
        let written = write(&aws, "s", &before, &text("new")).await;
        assert!(matches!(written.outcome, Ok(Outcome::Done(_))), "{written:?}");
        assert_eq!(written.leftover, None);
        assert_eq!(labels(&aws).await, ["AWSCURRENT", "AWSPREVIOUS"]);
    }
}

#[tokio::test]
async fn a_label_that_cannot_be_removed_is_told_whatever_became_of_the_value() {
    let (_state, mut aws) = aws_with_values(&["one"]).await;
    let before = base(&aws).await;
    inject(&mut aws, "UpdateSecretVersionStage", Fault::Refused, 2);
    let written = write(&aws, "s", &before, &text("new")).await;
    assert_eq!(written.outcome.unwrap_err().kind, ErrorKind::Unreachable);
    let Leftover { label, version } = written.leftover.unwrap();
    let secret = describe(&aws, "s").await.unwrap();
    assert_eq!(secret.version_ids_to_stages().unwrap()[&version], [label]);
    assert_eq!(read(&aws).await, "one");
}

#[tokio::test]
async fn what_an_answer_holds_is_in_no_error() {
    let bodies = [
        // a token in the wrong place is what a parser likes to quote
        "{\"SecretString\": c4n4ry-Zk3vQ9wT7xLp2mR8}",
        "{\"SecretString\":\"c4n4ry-Zk3vQ9wT7xLp2mR8",
        "{\"SecretString\":\"\\c4n4ry-Zk3vQ9wT7xLp2mR8\"}",
        "{\"SecretBinary\":\"c4n4ry-Zk3vQ9wT7xLp2mR8\"}",
        "{\"SecretString\":{\"c4n4ry-Zk3vQ9wT7xLp2mR8\":1}}",
        "{\"CreatedDate\":\"c4n4ry-Zk3vQ9wT7xLp2mR8\"}",
        "c4n4ry-Zk3vQ9wT7xLp2mR8",
    ];
    for body in bodies {
        let (_state, mut aws) = aws_with_values(&["one"]).await;
        inject(&mut aws, "GetSecretValue", Fault::Replaced { status: 200, body }, 1);
        let error = current(&aws, "s", &wanted()).await.unwrap_err();
        assert!(!format!("{error} {error:?}").contains("c4n4ry"), "{body}: {error:?}");
        assert!(error.to_string().contains("could not be read"), "{error}");
    }
}

#[tokio::test]
async fn what_a_service_says_of_a_value_is_its_code_alone() {
    let bodies = [
        ("{\"__type\":\"ValidationException\",\"message\":\"c4n4ry\"}", "ValidationException"),
        ("{\"__type\":\"c4n4ry of a value\",\"message\":\"c4n4ry\"}", "no code"),
        ("{\"message\":\"c4n4ry\"}", "no code"),
        ("c4n4ry", ""),
    ];
    for (body, shown) in bodies {
        for (status, operation) in [(400, "GetSecretValue"), (400, "PutSecretValue")] {
            let (_state, mut aws) = aws_with_values(&["one"]).await;
            let before = base(&aws).await;
            inject(&mut aws, operation, Fault::Replaced { status, body }, 1);
            let told = match operation {
                "GetSecretValue" => format!("{:#?}", current(&aws, "s", &wanted()).await),
                _ => format!("{:#?}", write(&aws, "s", &before, &text("new")).await),
            };
            assert!(!told.contains("c4n4ry"), "{body}: {told}");
            assert!(operation != "GetSecretValue" || told.contains(shown), "{body}: {told}");
        }
    }
}

#[tokio::test]
async fn a_current_version_without_a_value_is_a_secret_without_one() {
    let (_state, mut aws) = aws_with_values(&["one"]).await;
    let body = "{\"__type\":\"ResourceNotFoundException\"}";
    inject(&mut aws, "GetSecretValue", Fault::Replaced { status: 400, body }, 1);
    let current = current(&aws, "s", &wanted()).await.unwrap();
    assert!(current.content.is_none() && current.version().is_some());
}

#[test]
fn a_content_shows_nothing_of_itself() {
    let shown = format!("{:?} {:?}", text("canary"), Content::Binary(b"canary".to_vec().into()));
    assert!(!shown.contains("canary") && !shown.contains("99, 97"), "{shown}");
}

/// Keeps what is written
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The log of a value that is put and read
async fn logged(filter: EnvFilter) -> String {
    let (_state, aws) = aws_with_secret("s").await;
    let lines = Lines::default();
    let kept = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(move || kept.clone())
        .with_ansi(false)
        .finish();
    let work = async {
        tracing::trace!("this is written");
        write(&aws, "s", &base(&aws).await, &text(CANARY)).await.outcome.unwrap();
        assert_eq!(read(&aws).await, CANARY);
    };
    work.with_subscriber(subscriber).await;
    String::from_utf8(lines.0.lock().unwrap().clone()).unwrap()
}

#[tokio::test]
async fn what_the_sdk_says_at_trace_holds_values_and_is_not_written() {
    let own = logged(crate::log::own(u8::MAX)).await;
    assert!(own.contains("this is written"), "{own}");
    for other in [CANARY, "aws_smithy", "aws_sdk"] {
        assert!(!own.contains(other), "`{other}` is in the log");
    }
    // what there would be to leak
    let all = logged(EnvFilter::new("trace")).await;
    assert!(all.contains(CANARY), "the SDK keeps values to itself now: say so in `log`");
}
