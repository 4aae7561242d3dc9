//! The environment's key: by its alias, or by its tags where a run ended before the alias was made.

use std::collections::BTreeMap;

use aws_sdk_kms::types::{KeyManagerType, KeyMetadata, KeyState as State};
use aws_smithy_types::DateTime;
use provision_core::actual::{
    ActualKey, Alias, DEFAULT_ROTATION_DAYS, KeyState, Owner, Rotation, owner,
};
use provision_core::desired::{Desired, Tags};
use provision_core::name::Arn;
use provision_core::policy::Document;

use crate::aws::connect::Aws;
use crate::aws::error::{AwsError, ErrorKind};

/// Keys whose tags are asked for at once while a key without an alias is looked for
const AT_ONCE: usize = 8;

/// Returns the environment's key
pub(super) async fn read(aws: &Aws, desired: &Desired) -> Result<Option<ActualKey>, AwsError> {
    if let Some(metadata) = describe(aws, desired.key.alias.as_str()).await? {
        let arn = arn_of(&metadata)?;
        let tags = tags(aws, arn.as_str()).await?;
        return details(aws, &metadata, arn, tags, Alias::PointsHere).await.map(Some);
    }
    match by_tags(aws, desired).await? {
        Some((metadata, tags)) => {
            let arn = arn_of(&metadata)?;
            details(aws, &metadata, arn, tags, Alias::Absent).await.map(Some)
        }
        None => Ok(None),
    }
}

async fn describe(aws: &Aws, id: &str) -> Result<Option<KeyMetadata>, AwsError> {
    match aws.kms.describe_key().key_id(id).send().await {
        Ok(answer) => Ok(answer.key_metadata),
        Err(error) => match AwsError::new("kms:DescribeKey", error) {
            error if error.kind == ErrorKind::NotFound => Ok(None),
            error => Err(error),
        },
    }
}

fn arn_of(metadata: &KeyMetadata) -> Result<Arn, AwsError> {
    Arn::parse(metadata.arn().unwrap_or_default())
        .map_err(|_| AwsError::answer("kms:DescribeKey", "the answer has no valid ARN"))
}

async fn details(
    aws: &Aws,
    metadata: &KeyMetadata,
    arn: Arn,
    tags: Tags,
    alias: Alias,
) -> Result<ActualKey, AwsError> {
    let (policy, rotation) = tokio::try_join!(policy(aws, &arn), rotation(aws, &arn))?;
    let state = match metadata.key_state() {
        Some(State::Enabled) => KeyState::Enabled,
        Some(State::Disabled) => KeyState::Disabled,
        Some(State::PendingDeletion) => KeyState::PendingDeletion(
            metadata.deletion_date().map(|date| DateTime::from_secs(date.secs()).to_string()),
        ),
        other => KeyState::Other(other.map_or("unknown", State::as_str).to_owned()),
    };
    Ok(ActualKey {
        arn,
        alias,
        state,
        description: metadata.description().unwrap_or_default().to_owned(),
        rotation,
        policy,
        tags,
    })
}

async fn policy(aws: &Aws, arn: &Arn) -> Result<Document, AwsError> {
    const OPERATION: &str = "kms:GetKeyPolicy";
    let answer = aws
        .kms
        .get_key_policy()
        .key_id(arn.as_str())
        .policy_name("default")
        .send()
        .await
        .map_err(|e| AwsError::new(OPERATION, e))?;
    Document::parse(answer.policy().unwrap_or_default())
        .map_err(|e| AwsError::answer(OPERATION, e.to_string()))
}

async fn rotation(aws: &Aws, arn: &Arn) -> Result<Rotation, AwsError> {
    match aws.kms.get_key_rotation_status().key_id(arn.as_str()).send().await {
        Ok(answer) if answer.key_rotation_enabled() => Ok(Rotation::Every(
            answer
                .rotation_period_in_days()
                .and_then(|days| u16::try_from(days).ok())
                .unwrap_or(DEFAULT_ROTATION_DAYS),
        )),
        Ok(_) => Ok(Rotation::Off),
        Err(error) => match AwsError::new("kms:GetKeyRotationStatus", error) {
            // a key that waits to be deleted rotates no more
            error if error.kind == ErrorKind::InvalidState => Ok(Rotation::Off),
            error => Err(error),
        },
    }
}

async fn tags(aws: &Aws, key: &str) -> Result<Tags, AwsError> {
    let mut tags = BTreeMap::new();
    let mut marker = None;
    loop {
        let answer = aws
            .kms
            .list_resource_tags()
            .key_id(key)
            .set_marker(marker)
            .send()
            .await
            .map_err(|e| AwsError::new("kms:ListResourceTags", e))?;
        for tag in answer.tags() {
            tags.insert(tag.tag_key().to_owned(), tag.tag_value().to_owned());
        }
        marker = answer.next_marker().map(str::to_owned);
        if marker.is_none() {
            return Ok(tags);
        }
    }
}

/// The key with the environment's tags; one that is in use before one that waits to be deleted
async fn by_tags(aws: &Aws, desired: &Desired) -> Result<Option<(KeyMetadata, Tags)>, AwsError> {
    let mut found = Vec::new();
    for chunk in all_keys(aws).await?.chunks(AT_ONCE) {
        let mut asked = tokio::task::JoinSet::new();
        for id in chunk.iter().cloned() {
            let kms = aws.kms.clone();
            asked.spawn(async move { (kms.list_resource_tags().key_id(&id).send().await, id) });
        }
        for (answer, id) in asked.join_all().await {
            let tags: Tags = match answer {
                Ok(answer) => answer
                    .tags()
                    .iter()
                    .map(|t| (t.tag_key().to_owned(), t.tag_value().to_owned()))
                    .collect(),
                Err(error) => match AwsError::new("kms:ListResourceTags", error) {
                    // a key of somebody else, whose tags may not be read, is not ours
                    error if error.kind == ErrorKind::AccessDenied => continue,
                    error => return Err(error),
                },
            };
            if owner(&tags, &desired.tags) == Owner::Environment {
                found.push((id, tags));
            }
        }
    }
    let mut described = Vec::new();
    for (id, tags) in found {
        if let Some(metadata) = describe(aws, &id).await?
            && metadata.key_manager() != Some(&KeyManagerType::Aws)
        {
            described.push((metadata, tags));
        }
    }
    described.sort_by_key(|(metadata, _)| {
        (metadata.key_state() != Some(&State::Enabled), metadata.key_id().to_owned())
    });
    Ok(described.into_iter().next())
}

async fn all_keys(aws: &Aws) -> Result<Vec<String>, AwsError> {
    let mut ids = Vec::new();
    let mut pages = aws.kms.list_keys().into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|e| AwsError::new("kms:ListKeys", e))?;
        ids.extend(page.keys().iter().filter_map(|key| key.key_id().map(str::to_owned)));
    }
    ids.sort();
    Ok(ids)
}
