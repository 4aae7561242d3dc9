//! The versions of a secret, their labels, and what else its metadata says. No value is read here.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use aws_sdk_secretsmanager::operation::describe_secret::DescribeSecretOutput;
use aws_sdk_secretsmanager::primitives::{DateTime, DateTimeFormat};
use aws_sdk_secretsmanager::types::{ReplicaRegionType, StatusType};
use provision_core::desired::Tags;
use uuid::Uuid;

use super::connect::Aws;
use super::error::{AwsError, ErrorKind};
use super::value::{CURRENT, STAGING, ValueError, current_version, owned};

const PREVIOUS: &str = "AWSPREVIOUS";
/// How old a staging label is that no write can be using any more
const ABANDONED: Duration = Duration::from_secs(15 * 60);

/// One version of a secret
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Version {
    /// its id
    pub(crate) id: String,
    /// its labels, sorted
    pub(crate) labels: BTreeSet<String>,
    /// when it was made, in milliseconds since 1970
    pub(crate) created: Option<i64>,
}

impl Version {
    /// Returns whether it is the current one
    pub(crate) fn is_current(&self) -> bool {
        self.labels.contains(CURRENT)
    }
}

/// What the metadata of a secret says
#[derive(Debug)]
pub(crate) struct Details {
    pub(crate) arn: String,
    pub(crate) description: String,
    /// none for the key that AWS manages
    pub(crate) kms_key: Option<String>,
    pub(crate) created: Option<String>,
    pub(crate) changed: Option<String>,
    /// the day of the last read, which is all that AWS tells
    pub(crate) accessed: Option<String>,
    /// when it was deleted, where it waits for that
    pub(crate) deleted: Option<String>,
    /// the version that is current
    pub(crate) current: Option<String>,
    /// the function that rotates it, none where nobody does
    pub(crate) rotated_by: Option<String>,
    pub(crate) rotated: Option<String>,
    pub(crate) next_rotation: Option<String>,
    pub(crate) replicas: Vec<Replica>,
}

/// A copy in another region
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Replica {
    pub(crate) region: String,
    pub(crate) kms_key: Option<String>,
    pub(crate) state: ReplicaState,
    /// why it failed, in AWS's words
    pub(crate) message: Option<String>,
}

/// What became of a copy
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReplicaState {
    /// it has the current value
    InSync,
    /// it is being made
    InProgress,
    /// it could not be made
    Failed,
    /// AWS says something else
    Unknown,
}

/// Returns the versions of the secret `id`, the newest first
pub(crate) async fn versions(
    aws: &Aws,
    id: &str,
    wanted: &Tags,
) -> Result<Vec<Version>, ValueError> {
    owned(aws, id, wanted).await?;
    Ok(listed(aws, id).await?)
}

async fn listed(aws: &Aws, id: &str) -> Result<Vec<Version>, AwsError> {
    let mut pages = aws
        .secrets
        .list_secret_version_ids()
        .secret_id(id)
        .include_deprecated(true)
        .into_paginator()
        .send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|e| AwsError::new("secretsmanager:ListSecretVersionIds", e))?;
        found.extend(page.versions().iter().filter_map(|version| {
            Some(Version {
                id: version.version_id()?.to_owned(),
                labels: version.version_stages().iter().cloned().collect(),
                created: version.created_date().and_then(|date| date.to_millis().ok()),
            })
        }));
    }
    // of versions of one moment, those first that AWS tells to be newer; the order of its list else
    let rank = |version: &Version| match (version.is_current(), version.labels.contains(PREVIOUS)) {
        (true, _) => 0,
        (false, true) => 1,
        (false, false) => 2,
    };
    found.sort_by_key(|version| (Reverse(version.created), rank(version)));
    Ok(found)
}

/// Returns a time as text, without its fractions
pub(crate) fn date(milliseconds: i64) -> String {
    DateTime::from_secs(milliseconds.div_euclid(1000))
        .fmt(DateTimeFormat::DateTime)
        .unwrap_or_default()
}

/// Moves a label to a version, or takes it off
pub(crate) async fn label(
    aws: &Aws,
    id: &str,
    label: &str,
    from: Option<&str>,
    to: Option<&str>,
) -> Result<(), AwsError> {
    aws.secrets
        .update_secret_version_stage()
        .secret_id(id)
        .version_stage(label)
        .set_remove_from_version_id(from.map(str::to_owned))
        .set_move_to_version_id(to.map(str::to_owned))
        .send()
        .await
        .map(drop)
        .map_err(|e| AwsError::new("secretsmanager:UpdateSecretVersionStage", e))
}

/// Takes off the staging labels of writers that were ended before they could, and returns how many
pub(crate) async fn sweep(aws: &Aws, id: &str) -> Result<usize, AwsError> {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let now = i64::try_from(now.as_millis()).unwrap_or(i64::MAX);
    let abandoned = abandoned(&listed(aws, id).await?, now);
    for (version, staging) in &abandoned {
        match label(aws, id, staging, Some(version), None).await {
            // somebody else took it off
            Err(error) if matches!(error.kind, ErrorKind::NotFound | ErrorKind::Invalid) => {}
            result => result?,
        }
    }
    Ok(abandoned.len())
}

fn abandoned(versions: &[Version], now: i64) -> Vec<(String, String)> {
    let age = i64::try_from(ABANDONED.as_millis()).unwrap_or(i64::MAX);
    versions
        .iter()
        .filter(|version| version.created.is_some_and(|created| now - created > age))
        .flat_map(|version| version.labels.iter().map(|label| (version.id.clone(), label.clone())))
        .filter(|(_, label)| label.starts_with(STAGING))
        .collect()
}

/// Returns what the metadata of the secret `id` says
pub(crate) async fn details(aws: &Aws, id: &str, wanted: &Tags) -> Result<Details, ValueError> {
    let secret = owned(aws, id, wanted).await?;
    let date = |date: Option<&DateTime>| date.and_then(|d| d.fmt(DateTimeFormat::DateTime).ok());
    let is_rotated = secret.rotation_enabled() == Some(true);
    Ok(Details {
        arn: secret.arn().unwrap_or_default().to_owned(),
        description: secret.description().unwrap_or_default().to_owned(),
        kms_key: secret.kms_key_id().map(str::to_owned),
        created: date(secret.created_date()),
        changed: date(secret.last_changed_date()),
        accessed: date(secret.last_accessed_date()),
        deleted: date(secret.deleted_date()),
        current: current_version(&secret),
        rotated_by: secret.rotation_lambda_arn().filter(|_| is_rotated).map(str::to_owned),
        rotated: date(secret.last_rotated_date()),
        next_rotation: date(secret.next_rotation_date()).filter(|_| is_rotated),
        replicas: replicas(&secret),
    })
}

fn replicas(secret: &DescribeSecretOutput) -> Vec<Replica> {
    let mut replicas: Vec<Replica> = secret
        .replication_status()
        .iter()
        .map(|status| Replica {
            region: status.region().unwrap_or_default().to_owned(),
            kms_key: status.kms_key_id().map(str::to_owned),
            state: match status.status() {
                Some(StatusType::InSync) => ReplicaState::InSync,
                Some(StatusType::InProgress) => ReplicaState::InProgress,
                Some(StatusType::Failed) => ReplicaState::Failed,
                _ => ReplicaState::Unknown,
            },
            message: status.status_message().map(str::to_owned),
        })
        .collect();
    replicas.sort_by(|a, b| a.region.cmp(&b.region));
    replicas
}

/// Starts the copies in these regions anew, each under the key that it had
pub(crate) async fn replicate_again(
    aws: &Aws,
    id: &str,
    replicas: &[&Replica],
) -> Result<(), AwsError> {
    let regions = replicas.iter().map(|replica| {
        ReplicaRegionType::builder()
            .region(&replica.region)
            .set_kms_key_id(replica.kms_key.clone())
            .build()
    });
    aws.secrets
        .replicate_secret_to_regions()
        .secret_id(id)
        .set_add_replica_regions(Some(regions.collect()))
        .send()
        .await
        .map(drop)
        .map_err(|e| AwsError::new("secretsmanager:ReplicateSecretToRegions", e))
}

/// Starts the rotation of the secret `id` by its function, and returns the version that it makes
pub(crate) async fn rotate(aws: &Aws, id: &str) -> Result<String, AwsError> {
    let token = Uuid::new_v4().to_string();
    let answer = aws
        .secrets
        .rotate_secret()
        .secret_id(id)
        .client_request_token(&token)
        .send()
        .await
        .map_err(|e| AwsError::new("secretsmanager:RotateSecret", e))?;
    Ok(answer.version_id.unwrap_or(token))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_old_staging_labels_are_abandoned() {
        let version = |id: &str, created, labels: &[&str]| Version {
            id: id.into(),
            created,
            labels: labels.iter().map(|label| (*label).to_owned()).collect(),
        };
        let versions = [
            version("a", Some(0), &["AWSCURRENT", "pin-a", "lambda-secrets-1"]),
            version("b", Some(9_500_000), &["lambda-secrets-2"]),
            version("c", None, &["lambda-secrets-3"]),
            version("d", Some(9_000_000), &["lambda-secrets-4", "lambda-secrets-5"]),
        ];
        let found = abandoned(&versions, 10_000_000);
        let wanted =
            [("a", "lambda-secrets-1"), ("d", "lambda-secrets-4"), ("d", "lambda-secrets-5")];
        assert_eq!(found, wanted.map(|(id, label)| (id.to_owned(), label.to_owned())));
    }
}
