//! Reading and writing a secret's value: the only place where a value meets AWS.
//!
//! A write is a compare-and-swap: the new version is staged under a label of its own, and
//! `AWSCURRENT` moves to it only from the version that was read. Nothing is overwritten blindly.

use aws_sdk_secretsmanager::operation::describe_secret::DescribeSecretOutput;
use aws_sdk_secretsmanager::primitives::Blob;
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use uuid::Uuid;

use super::connect::Aws;
use super::error::{AwsError, ErrorKind};

const CURRENT: &str = "AWSCURRENT";

/// A value as Secrets Manager keeps it; `Debug` shows nothing of it
#[derive(Debug)]
pub(crate) enum Content {
    /// `SecretString`
    Text(SecretString),
    /// `SecretBinary`
    Binary(SecretSlice<u8>),
}

/// What was current when it was read
#[derive(Debug)]
pub(crate) struct Current {
    /// the version with `AWSCURRENT`, none where nothing was ever put
    version: Option<String>,
    /// the value of that version
    pub(crate) content: Option<Content>,
}

/// How a write ended
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Write {
    /// the new value is current
    Done {
        /// its version
        version: String,
        /// a staging label that could not be removed
        leftover: Option<String>,
    },
    /// another writer was faster, and nothing has changed
    Lost,
}

/// Returns the current value of the secret `id`, by the id of its version
///
/// The label's version comes from the metadata, and the value by that version: the pair is what a
/// compare-and-swap needs.
pub(crate) async fn current(aws: &Aws, id: &str) -> Result<Current, AwsError> {
    let Some(version) = current_version(&describe(aws, id).await?) else {
        return Ok(Current { version: None, content: None });
    };
    let answer = aws
        .secrets
        .get_secret_value()
        .secret_id(id)
        .version_id(&version)
        .send()
        .await
        .map_err(|e| AwsError::of_value("secretsmanager:GetSecretValue", e))?;
    let content = match (answer.secret_string, answer.secret_binary) {
        (Some(text), _) => Some(Content::Text(text.into())),
        (None, Some(bytes)) => Some(Content::Binary(bytes.into_inner().into())),
        (None, None) => None,
    };
    Ok(Current { version: Some(version), content })
}

/// Makes `content` the current value of the secret `id`, if `base` is still current
pub(crate) async fn write(
    aws: &Aws,
    id: &str,
    base: &Current,
    content: &Content,
) -> Result<Write, AwsError> {
    // a label of its own for each try: two writers never share one
    let label = format!("lambda-secrets-{}", Uuid::new_v4().simple());
    let version = stage(aws, id, content, &label).await?;
    let swapped = swap(aws, id, base, &version).await;
    let leftover = match unlabel(aws, id, &label, &version).await {
        Ok(()) => None,
        Err(error) => {
            tracing::warn!(operation = error.operation, %label, "a staging label stays behind");
            Some(label)
        }
    };
    Ok(if swapped? { Write::Done { version, leftover } } else { Write::Lost })
}

/// Puts the value as a version that nobody reads yet, and returns the version
async fn stage(aws: &Aws, id: &str, content: &Content, label: &str) -> Result<String, AwsError> {
    const OPERATION: &str = "secretsmanager:PutSecretValue";
    // random, because it is public and becomes the version's id
    let request = aws
        .secrets
        .put_secret_value()
        .secret_id(id)
        .client_request_token(Uuid::new_v4().to_string())
        .version_stages(label);
    let request = match content {
        Content::Text(text) => request.secret_string(text.expose_secret()),
        Content::Binary(bytes) => request.secret_binary(Blob::new(bytes.expose_secret())),
    };
    let answer = request.send().await.map_err(|e| AwsError::of_value(OPERATION, e))?;
    answer
        .version_id()
        .map(str::to_owned)
        .ok_or_else(|| AwsError::answer(OPERATION, "the answer has no version"))
}

/// Moves `AWSCURRENT` from the version that was read to the new one; false where it was elsewhere
async fn swap(aws: &Aws, id: &str, base: &Current, version: &str) -> Result<bool, AwsError> {
    // the first version of a secret is current by itself, whatever label it was put under
    if base.version.is_none()
        && let Some(now) = current_version(&describe(aws, id).await?)
    {
        return Ok(now == version);
    }
    let moved = aws
        .secrets
        .update_secret_version_stage()
        .secret_id(id)
        .version_stage(CURRENT)
        .move_to_version_id(version)
        .set_remove_from_version_id(base.version.clone())
        .send()
        .await;
    let Err(error) = moved else { return Ok(true) };
    let error = AwsError::new("secretsmanager:UpdateSecretVersionStage", error);
    // whether the move failed because the label had moved, or was carried out and the answer was
    // lost, is told by where the label is and not by the error
    let now = current_version(&describe(aws, id).await?);
    match now.as_deref() {
        Some(now) if now == version => Ok(true),
        now if now != base.version.as_deref() => Ok(false),
        _ => Err(error),
    }
}

async fn unlabel(aws: &Aws, id: &str, label: &str, version: &str) -> Result<(), AwsError> {
    let removed = aws
        .secrets
        .update_secret_version_stage()
        .secret_id(id)
        .version_stage(label)
        .remove_from_version_id(version)
        .send()
        .await;
    match removed {
        Ok(_) => Ok(()),
        Err(error) => match AwsError::new("secretsmanager:UpdateSecretVersionStage", error) {
            error if error.kind == ErrorKind::NotFound => Ok(()),
            error => Err(error),
        },
    }
}

async fn describe(aws: &Aws, id: &str) -> Result<DescribeSecretOutput, AwsError> {
    aws.secrets
        .describe_secret()
        .secret_id(id)
        .send()
        .await
        .map_err(|e| AwsError::new("secretsmanager:DescribeSecret", e))
}

fn current_version(secret: &DescribeSecretOutput) -> Option<String> {
    secret
        .version_ids_to_stages()?
        .iter()
        .find(|(_, stages)| stages.iter().any(|stage| stage == CURRENT))
        .map(|(version, _)| version.clone())
}

#[cfg(all(test, feature = "local"))]
#[allow(clippy::unwrap_used, reason = "a test that panics has failed")]
mod tests {
    use super::*;
    use crate::aws::Target;

    async fn aws_with_secret(name: &str) -> (tempfile::TempDir, Aws) {
        let state = tempfile::tempdir().unwrap();
        let target = Target::Local(state.path().to_owned());
        let aws = crate::aws::connect(&target, "eu-west-1").await.unwrap();
        aws.secrets.create_secret().name(name).send().await.unwrap();
        (state, aws)
    }

    fn text(value: &str) -> Content {
        Content::Text(value.into())
    }

    async fn read(aws: &Aws, id: &str) -> String {
        match current(aws, id).await.unwrap().content {
            Some(Content::Text(text)) => text.expose_secret().to_owned(),
            other => panic!("{other:?}"),
        }
    }

    async fn labels(aws: &Aws, id: &str) -> Vec<String> {
        let secret = describe(aws, id).await.unwrap();
        let mut labels: Vec<String> =
            secret.version_ids_to_stages().unwrap().values().flatten().cloned().collect();
        labels.sort();
        labels
    }

    #[tokio::test]
    async fn a_first_value_and_a_second_leave_no_label_behind() {
        let (_state, aws) = aws_with_secret("s").await;
        for value in ["one", "two", "three"] {
            let base = current(&aws, "s").await.unwrap();
            let written = write(&aws, "s", &base, &text(value)).await.unwrap();
            assert!(matches!(written, Write::Done { leftover: None, .. }), "{written:?}");
            assert_eq!(read(&aws, "s").await, value);
        }
        assert_eq!(labels(&aws, "s").await, ["AWSCURRENT", "AWSPREVIOUS"]);
    }

    #[tokio::test]
    async fn a_writer_that_read_too_early_changes_nothing() {
        let (_state, aws) = aws_with_secret("s").await;
        for first in [true, false] {
            let early = current(&aws, "s").await.unwrap();
            assert_eq!(early.version.is_none(), first);
            let base = current(&aws, "s").await.unwrap();
            write(&aws, "s", &base, &text("theirs")).await.unwrap();
            assert_eq!(write(&aws, "s", &early, &text("ours")).await.unwrap(), Write::Lost);
            assert_eq!(read(&aws, "s").await, "theirs");
            // the version that lost keeps no label, so AWS may forget it
            assert!(labels(&aws, "s").await.iter().all(|label| label.starts_with("AWS")));
        }
    }

    #[tokio::test]
    async fn a_secret_that_waits_to_be_deleted_is_not_written() {
        let (_state, aws) = aws_with_secret("s").await;
        let base = current(&aws, "s").await.unwrap();
        aws.secrets.delete_secret().secret_id("s").send().await.unwrap();
        let error = write(&aws, "s", &base, &text("canary")).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::InvalidState);
        assert!(!format!("{error} {error:?}").contains("canary"));
    }

    #[test]
    fn a_content_shows_nothing_of_itself() {
        let shown =
            format!("{:?} {:?}", text("canary"), Content::Binary(b"canary".to_vec().into()));
        assert!(!shown.contains("canary") && !shown.contains("99, 97"), "{shown}");
    }
}
