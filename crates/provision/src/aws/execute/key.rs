//! KMS keys and their aliases, each in its region.
//!
//! A key goes by its id, the form of its name that every endpoint that speaks KMS takes.

use aws_sdk_kms::Client;
use aws_sdk_kms::types::{KeyUsageType, Tag};
use aws_smithy_types::retry::RetryConfig;
use provision_core::desired::{REPLICAS_TAG, Tags, UNFINISHED_TAG, replicas_tag};
use provision_core::name::Arn;
use provision_core::plan::{Action, Change, RegionalAlias};
use provision_core::policy::Document;

use super::outputs::Outputs;
use super::{ExecuteError, mismatch, removed};
use crate::aws::connect::{Aws, Regional};
use crate::aws::error::{AwsError, ErrorKind};
use crate::aws::retry::{Wait, settle, until};

const CREATE_ALIAS: &str = "kms:CreateAlias";

pub(super) async fn key(
    aws: &Aws,
    place: &RegionalAlias,
    change: &Change,
    outputs: &Outputs,
) -> Result<(), ExecuteError> {
    let Regional { kms, .. } = aws.regional(place.replica.as_ref());
    match &change.action {
        Action::CreateKey { description, policy, tags } => {
            let arn = create(&kms, description, policy, tags, outputs).await?;
            outputs.made_key(place.replica.as_ref(), arn);
            Ok(())
        }
        Action::RotateKey { key, live: _, days } => {
            let arn = outputs.key(key)?;
            until(&outputs.waiting, Outputs::wait_for_key(key), || async {
                kms.enable_key_rotation()
                    .key_id(arn.id())
                    .rotation_period_in_days(i32::from(*days))
                    .send()
                    .await
                    .map_err(|e| AwsError::new("kms:EnableKeyRotation", e))
            })
            .await?;
            let operation = "kms:GetKeyRotationStatus";
            settle(aws.copies, &outputs.waiting, "KMS to show the rotation", || async {
                let status = kms.get_key_rotation_status().key_id(arn.id()).send().await;
                let status = status.map_err(|e| AwsError::new(operation, e))?;
                // an endpoint that does not tell the period cannot show another one
                let shown = status.rotation_period_in_days();
                Ok(status.key_rotation_enabled()
                    && shown.is_none_or(|shown| shown == i32::from(*days)))
            })
            .await?;
            Ok(())
        }
        Action::FinishKey { key } => {
            let arn = outputs.key(key)?;
            until(&outputs.waiting, Outputs::wait_for_key(key), || async {
                kms.untag_resource()
                    .key_id(arn.id())
                    .tag_keys(UNFINISHED_TAG.0)
                    .send()
                    .await
                    .map_err(|e| AwsError::new("kms:UntagResource", e))
            })
            .await?;
            Ok(())
        }
        Action::NoteReplicas { key, regions } | Action::ForgetReplicas { key, regions } => {
            let tags = [(REPLICAS_TAG.to_owned(), replicas_tag(regions))].into();
            Ok(tag(&kms, &outputs.key(key)?, &tags).await?)
        }
        _ => key_that_exists(aws, &kms, change, outputs).await,
    }
}

async fn key_that_exists(
    aws: &Aws,
    kms: &Client,
    change: &Change,
    outputs: &Outputs,
) -> Result<(), ExecuteError> {
    match &change.action {
        Action::CancelKeyDeletion { key } => {
            kms.cancel_key_deletion()
                .key_id(key.id())
                .send()
                .await
                .map_err(|e| AwsError::new("kms:CancelKeyDeletion", e))?;
        }
        Action::EnableKey { key } => {
            kms.enable_key()
                .key_id(key.id())
                .send()
                .await
                .map_err(|e| AwsError::new("kms:EnableKey", e))?;
        }
        Action::ReopenKey { key } => {
            let tags = [(UNFINISHED_TAG.0.to_owned(), UNFINISHED_TAG.1.to_owned())].into();
            tag(kms, key, &tags).await?;
        }
        Action::DescribeKey { key, description } => {
            kms.update_key_description()
                .key_id(key.id())
                .description(&description.desired)
                .send()
                .await
                .map_err(|e| AwsError::new("kms:UpdateKeyDescription", e))?;
            settle(aws.copies, &outputs.waiting, "KMS to show the description", || async {
                let answer = kms.describe_key().key_id(key.id()).send().await;
                let answer = answer.map_err(|e| AwsError::new("kms:DescribeKey", e))?;
                let shown = answer.key_metadata().and_then(|key| key.description());
                Ok(shown.unwrap_or_default() == description.desired)
            })
            .await?;
        }
        Action::PutKeyPolicy { key, policy } => {
            put_policy(aws, kms, key, &policy.desired, outputs).await?
        }
        Action::ScheduleKeyDeletion { key, window_days } => {
            kms.schedule_key_deletion()
                .key_id(key.id())
                .pending_window_in_days(i32::from(*window_days))
                .send()
                .await
                .map_err(|e| AwsError::new("kms:ScheduleKeyDeletion", e))?;
        }
        Action::Tag { arn, tags, .. } => tag(kms, arn, tags).await?,
        _ => return Err(mismatch(change)),
    }
    Ok(())
}

/// The check for a lock-out stays on: KMS refuses what would leave the account without a way in
async fn put_policy(
    aws: &Aws,
    kms: &Client,
    key: &Arn,
    policy: &Document,
    outputs: &Outputs,
) -> Result<(), AwsError> {
    kms.put_key_policy()
        .key_id(key.id())
        .policy_name("default")
        .policy(policy.to_string())
        .send()
        .await
        .map_err(|e| AwsError::new("kms:PutKeyPolicy", e))?;
    settle(aws.copies, &outputs.waiting, "KMS to show the policy", || async {
        let answer = kms.get_key_policy().key_id(key.id()).policy_name("default").send().await;
        let answer = answer.map_err(|e| AwsError::new("kms:GetKeyPolicy", e))?;
        Ok(Document::parse(answer.policy().unwrap_or_default()).is_ok_and(|live| live == *policy))
    })
    .await
}

async fn tag(kms: &Client, key: &Arn, tags: &Tags) -> Result<(), AwsError> {
    const OPERATION: &str = "kms:TagResource";
    kms.tag_resource()
        .key_id(key.id())
        .set_tags(Some(of(tags, OPERATION)?))
        .send()
        .await
        .map_err(|e| AwsError::new(OPERATION, e))?;
    Ok(())
}

fn of(tags: &Tags, operation: &'static str) -> Result<Vec<Tag>, AwsError> {
    tags.iter()
        .map(|(key, value)| Tag::builder().tag_key(key).tag_value(value).build())
        .collect::<Result<_, _>>()
        .map_err(|e| AwsError::answer(operation, e.to_string()))
}

/// A call without an idempotency token: repeated blindly it would make a second key
async fn create(
    kms: &Client,
    description: &str,
    policy: &Document,
    tags: &Tags,
    outputs: &Outputs,
) -> Result<Arn, ExecuteError> {
    const OPERATION: &str = "kms:CreateKey";
    let once = aws_sdk_kms::config::Builder::new().retry_config(RetryConfig::disabled());
    let tags = of(tags, OPERATION)?;
    let answer = until(&outputs.waiting, Wait::Throttle, || async {
        kms.create_key()
            // said, though it is what AWS takes by itself: not every endpoint shows what is not said
            .key_usage(KeyUsageType::EncryptDecrypt)
            .description(description)
            .policy(policy.to_string())
            .set_tags(Some(tags.clone()))
            .customize()
            .config_override(once.clone())
            .send()
            .await
            .map_err(|e| AwsError::new(OPERATION, e))
    })
    .await?;
    let arn = answer.key_metadata().and_then(|m| m.arn()).unwrap_or_default();
    Arn::parse(arn).map_err(|e| AwsError::answer(OPERATION, e.to_string()).into())
}

/// Fails where the alias points to another key: where it points here, the answer of the call that made
/// it was lost and the SDK asked again
async fn points_here(
    kms: &Client,
    alias: &str,
    arn: &Arn,
    refused: AwsError,
) -> Result<(), AwsError> {
    let Ok(answer) = kms.describe_key().key_id(alias).send().await else { return Err(refused) };
    let target = answer.key_metadata().and_then(|key| key.arn());
    if target == Some(arn.as_str()) {
        return Ok(());
    }
    let target = target.unwrap_or("another key");
    let detail = format!("{alias} points to {target} by now, and {arn} has no alias");
    Err(AwsError::refusal(CREATE_ALIAS, ErrorKind::AlreadyExists, detail))
}

pub(super) async fn alias(
    aws: &Aws,
    place: &RegionalAlias,
    change: &Change,
    outputs: &Outputs,
) -> Result<(), ExecuteError> {
    let Regional { kms, .. } = aws.regional(place.replica.as_ref());
    let alias = place.alias.as_str();
    match &change.action {
        Action::CreateAlias { key } => {
            let arn = outputs.key(key)?;
            let made = until(&outputs.waiting, Outputs::wait_for_key(key), || async {
                kms.create_alias()
                    .alias_name(alias)
                    .target_key_id(arn.as_str())
                    .send()
                    .await
                    .map_err(|e| AwsError::new(CREATE_ALIAS, e))
            });
            match made.await {
                Err(error) if error.kind == ErrorKind::AlreadyExists => {
                    points_here(&kms, alias, &arn, error).await?;
                }
                made => drop(made?),
            }
            settle(aws.copies, &outputs.waiting, "KMS to know the alias", || async {
                let answer = kms.describe_key().key_id(alias).send().await;
                match answer.map_err(|e| AwsError::new("kms:DescribeKey", e)) {
                    Ok(answer) => {
                        Ok(answer.key_metadata().and_then(|key| key.arn()) == Some(arn.as_str()))
                    }
                    Err(error) if error.kind == ErrorKind::NotFound => Ok(false),
                    Err(error) => Err(error),
                }
            })
            .await?;
        }
        Action::DeleteAlias => {
            let answer = kms.delete_alias().alias_name(alias).send().await;
            removed(answer.map_err(|e| AwsError::new("kms:DeleteAlias", e)))?;
        }
        _ => return Err(mismatch(change)),
    }
    Ok(())
}
