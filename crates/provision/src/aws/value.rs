//! Reading and writing a secret's value: the only place where a value meets AWS.
//!
//! A write is a compare-and-swap: the new version is staged under a label of its own, and
//! `AWSCURRENT` moves to it only from the version that was read. Nothing is overwritten blindly.

use std::time::Duration;

use aws_sdk_secretsmanager::operation::describe_secret::DescribeSecretOutput;
use aws_sdk_secretsmanager::primitives::Blob;
use provision_core::actual::{Owner, owner};
use provision_core::desired::Tags;
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use uuid::Uuid;

use super::connect::{Aws, Copies};
use super::error::{AwsError, ErrorKind};

const GET: &str = "secretsmanager:GetSecretValue";
pub(super) const CURRENT: &str = "AWSCURRENT";
/// How long a version that is not found is waited for, in milliseconds: far past what AWS needs
const LAGS: [u64; 4] = [500, 1000, 2000, 4000];
/// What the labels begin with under which a write is staged
pub(super) const STAGING: &str = "lambda-secrets-";

/// A value as Secrets Manager keeps it; `Debug` shows nothing of it
#[derive(Debug, Clone)]
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
    /// whether a function changes it by itself
    pub(crate) rotation: Rotation,
}

/// Whether a function changes a value by itself
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rotation {
    /// it does
    On,
    /// nobody does
    Off,
}

impl Current {
    /// Returns the id of the version that is current
    pub(crate) fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }
}

/// Why a value cannot be had or written
#[derive(Debug, thiserror::Error)]
pub(crate) enum ValueError {
    /// a call failed
    #[error(transparent)]
    Aws(#[from] AwsError),
    /// the secret is not the environment's; the text says whose it is
    #[error("the secret is not of this environment: {0}")]
    Foreign(String),
    /// an AWS service made the secret, and its value is that service's
    #[error("the secret belongs to the AWS service `{0}`")]
    OfService(String),
}

/// How a write ended
#[derive(Debug)]
pub(crate) struct Write {
    /// whether the new value is current
    pub(crate) outcome: Result<Outcome, AwsError>,
    /// a staging label that could not be removed
    pub(crate) leftover: Option<Leftover>,
}

/// What became of a value
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// it is current, under this version
    Done(String),
    /// another writer was faster, and nothing has changed
    Lost,
}

/// A staging label that stays behind
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Leftover {
    /// the label
    pub(crate) label: String,
    /// the version that it is on
    pub(crate) version: String,
}

/// Returns the current value of the secret `id`, by the id of its version
///
/// The label's version comes from the metadata, and the value by that version: the pair is what a
/// compare-and-swap needs. A secret without the tags of `wanted` is another's, and is not read.
pub(crate) async fn current(aws: &Aws, id: &str, wanted: &Tags) -> Result<Current, ValueError> {
    let secret = owned(aws, id, wanted).await?;
    let rotation = match secret.rotation_enabled() {
        Some(true) => Rotation::On,
        _ => Rotation::Off,
    };
    let Some(version) = current_version(&secret) else {
        return Ok(Current { version: None, content: None, rotation });
    };
    let content = content_in_time(aws, id, &version).await?;
    Ok(Current { version: Some(version), content, rotation })
}

/// The value of a version that AWS has just named, none where an endpoint keeps one without a value
///
/// What AWS does not find yet may only lag behind, and is not taken for nothing: a write that merges
/// would lose it.
async fn content_in_time(aws: &Aws, id: &str, version: &str) -> Result<Option<Content>, AwsError> {
    for pause in LAGS.map(Duration::from_millis) {
        match content(aws, id, version).await {
            Err(error) if error.kind == ErrorKind::NotFound => {}
            found => return found,
        }
        if aws.copies == Copies::None {
            break;
        }
        tokio::time::sleep(pause).await;
    }
    Ok(None)
}

/// Returns the value of one version
pub(crate) async fn content_of(aws: &Aws, id: &str, version: &str) -> Result<Content, AwsError> {
    let content = content(aws, id, version).await?;
    content.ok_or_else(|| AwsError::answer(GET, "the answer has no value"))
}

async fn content(aws: &Aws, id: &str, version: &str) -> Result<Option<Content>, AwsError> {
    let answer = aws
        .secrets
        .get_secret_value()
        .secret_id(id)
        .version_id(version)
        .send()
        .await
        .map_err(|e| AwsError::of_value(GET, e))?;
    Ok(match (answer.secret_string, answer.secret_binary) {
        (Some(text), _) => Some(Content::Text(text.into())),
        (None, Some(bytes)) => Some(Content::Binary(bytes.into_inner().into())),
        (None, None) => None,
    })
}

/// Returns the metadata of the secret `id`, where it is the environment's
pub(super) async fn owned(
    aws: &Aws,
    id: &str,
    wanted: &Tags,
) -> Result<DescribeSecretOutput, ValueError> {
    let secret = describe(aws, id).await?;
    check_owner(&secret, wanted)?;
    Ok(secret)
}

fn check_owner(secret: &DescribeSecretOutput, wanted: &Tags) -> Result<(), ValueError> {
    if let Some(service) = secret.owning_service().filter(|service| !service.is_empty()) {
        return Err(ValueError::OfService(service.to_owned()));
    }
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let tags = secret.tags().iter().map(|tag| (text(tag.key()), text(tag.value()))).collect();
    match owner(&tags, wanted) {
        Owner::Environment => Ok(()),
        Owner::Other(whose) => Err(ValueError::Foreign(whose)),
    }
}

/// Makes `content` the current value of the secret `id`, if `base` is still current
pub(crate) async fn write(aws: &Aws, id: &str, base: &Current, content: &Content) -> Write {
    // a label of its own for each try: two writers never share one
    let label = format!("{STAGING}{}", Uuid::new_v4().simple());
    // random, because it is public; AWS makes it the version's id
    let token = Uuid::new_v4().to_string();
    let (version, outcome) = match stage(aws, id, content, &label, &token).await {
        Ok(version) => {
            let outcome = swap(aws, id, base, &version).await;
            (version, outcome)
        }
        Err(error) if !is_ambiguous(&error) => {
            return Write { outcome: Err(error), leftover: None };
        }
        // it may arrive even now
        Err(error) => (token, Err(error)),
    };
    let leftover = match unlabel(aws, id, &label, &version).await {
        Ok(()) => None,
        Err(error) => {
            tracing::debug!(operation = error.operation, %label, "a staging label stays behind");
            Some(Leftover { label, version })
        }
    };
    Write { outcome, leftover }
}

/// Puts the value as a version that nobody reads yet, and returns the version
async fn stage(
    aws: &Aws,
    id: &str,
    content: &Content,
    label: &str,
    token: &str,
) -> Result<String, AwsError> {
    const OPERATION: &str = "secretsmanager:PutSecretValue";
    let request = aws
        .secrets
        .put_secret_value()
        .secret_id(id)
        .client_request_token(token)
        .version_stages(label);
    let request = match content {
        Content::Text(text) => request.secret_string(text.expose_secret()),
        Content::Binary(bytes) => request.secret_binary(Blob::new(bytes.expose_secret())),
    };
    let error = match request.send().await {
        Ok(answer) => match answer.version_id {
            Some(version) => return Ok(version),
            None => AwsError::answer(OPERATION, "the answer has no version"),
        },
        Err(error) => AwsError::of_value(OPERATION, error),
    };
    if !is_ambiguous(&error) {
        return Err(error);
    }
    // the answer was lost; whether the version is there is told by its label
    match describe(aws, id).await {
        Ok(secret) => labelled(&secret, label).ok_or(error),
        Err(_) => Err(error),
    }
}

/// Whether the call may have been carried out all the same
fn is_ambiguous(error: &AwsError) -> bool {
    match error.kind {
        ErrorKind::Timeout | ErrorKind::Unreachable | ErrorKind::Server => true,
        ErrorKind::Other => error.code.is_none(),
        _ => false,
    }
}

/// Moves `AWSCURRENT` from the version that was read to the new one
async fn swap(aws: &Aws, id: &str, base: &Current, version: &str) -> Result<Outcome, AwsError> {
    let done = || Outcome::Done(version.to_owned());
    // the first version of a secret is current by itself, whatever label it was put under
    if base.version.is_none()
        && let Some(now) = current_version(&describe(aws, id).await?)
    {
        return Ok(if now == version { done() } else { Outcome::Lost });
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
    let Err(error) = moved else { return Ok(done()) };
    let error = AwsError::new("secretsmanager:UpdateSecretVersionStage", error);
    // whether the move failed because the label had moved, or was carried out and the answer was
    // lost, is told by where the label is and not by the error
    let now = current_version(&describe(aws, id).await?);
    match now.as_deref() {
        Some(now) if now == version => Ok(done()),
        now if now != base.version.as_deref() => Ok(Outcome::Lost),
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
            // no such secret or version, or the label is not there: removed already
            error if matches!(error.kind, ErrorKind::NotFound | ErrorKind::Invalid) => Ok(()),
            error => Err(error),
        },
    }
}

pub(super) async fn describe(aws: &Aws, id: &str) -> Result<DescribeSecretOutput, AwsError> {
    aws.secrets
        .describe_secret()
        .secret_id(id)
        .send()
        .await
        .map_err(|e| AwsError::new("secretsmanager:DescribeSecret", e))
}

pub(super) fn current_version(secret: &DescribeSecretOutput) -> Option<String> {
    labelled(secret, CURRENT)
}

fn labelled(secret: &DescribeSecretOutput, label: &str) -> Option<String> {
    secret
        .version_ids_to_stages()?
        .iter()
        .find(|(_, stages)| stages.iter().any(|stage| stage == label))
        .map(|(version, _)| version.clone())
}

#[cfg(all(test, feature = "local"))]
mod fault;
#[cfg(all(test, feature = "local"))]
mod tests;
