//! Making one change: one call to AWS, nothing decided here.

use std::collections::BTreeSet;

use aws_sdk_iam::types::Tag as IamTag;
use aws_sdk_kms::types::Tag as KmsTag;
use aws_sdk_secretsmanager::operation::create_secret::builders::CreateSecretFluentBuilder;
use aws_sdk_secretsmanager::types::Tag as SecretTag;
use aws_smithy_types::retry::RetryConfig;
use provision_core::desired::{Tags, UNFINISHED_TAG};
use provision_core::name::{Arn, KeyAlias, RoleName, SecretName};
use provision_core::plan::{Action, Change, KeyRef, Resource};
use provision_core::policy::{Document, KEY_ARN_PLACEHOLDER};

use super::connect::Aws;
use super::error::{AwsError, ErrorKind};
use super::retry::{Wait, until};

/// What changes made so far have brought forth for those that refer to them
#[derive(Debug, Default)]
pub(crate) struct Outputs {
    key: Option<Arn>,
    roles: BTreeSet<RoleName>,
}

/// Why a change was not made
#[derive(Debug, thiserror::Error)]
pub(crate) enum ExecuteError {
    /// AWS refused it
    #[error(transparent)]
    Aws(#[from] AwsError),
    /// the plan refers to a key that none of its changes made
    #[error("the plan refers to a key that it does not create")]
    NoKey,
    /// the plan names an action for a resource of another kind
    #[error("the plan pairs the action `{action}` with a {resource}")]
    Mismatch {
        /// the action
        action: String,
        /// the resource's kind
        resource: &'static str,
    },
}

impl Outputs {
    fn key(&self, reference: &KeyRef) -> Result<Arn, ExecuteError> {
        match reference {
            KeyRef::Arn(arn) => Ok(arn.clone()),
            KeyRef::Created => self.key.clone().ok_or(ExecuteError::NoKey),
            KeyRef::Unresolved(_) => Err(ExecuteError::NoKey),
        }
    }

    /// What a call that refers to the key waits for
    fn wait_for_key(reference: &KeyRef) -> Wait {
        match reference {
            KeyRef::Created => Wait::NewKey,
            KeyRef::Arn(_) | KeyRef::Unresolved(_) => Wait::OldKey,
        }
    }

    /// What a change of the role waits for
    fn wait_for_role(&self, name: &RoleName) -> Wait {
        if self.roles.contains(name) { Wait::NewRole } else { Wait::OldRole }
    }

    fn fill(&self, document: &Document) -> Result<Document, ExecuteError> {
        if !document.mentions(KEY_ARN_PLACEHOLDER) {
            return Ok(document.clone());
        }
        let key = self.key.as_ref().ok_or(ExecuteError::NoKey)?;
        Ok(document.replace(KEY_ARN_PLACEHOLDER, key.as_str()))
    }
}

/// Makes `change`, and remembers in `outputs` what later changes refer to
pub(crate) async fn execute(
    aws: &Aws,
    change: &Change,
    outputs: &mut Outputs,
) -> Result<(), ExecuteError> {
    match &change.resource {
        Resource::Key(_) => key(aws, change, outputs).await,
        Resource::Alias(alias) => self::alias(aws, alias, change, outputs).await,
        Resource::Secret(name) => secret(aws, name, change, outputs).await,
        Resource::Role(name) => role(aws, name, change, outputs).await,
    }
}

fn mismatch(change: &Change) -> ExecuteError {
    ExecuteError::Mismatch { action: change.action.name(), resource: change.resource.kind() }
}

/// What is gone already needs no removal: the SDK may have asked again after a lost answer
fn removed<T>(answer: Result<T, AwsError>) -> Result<(), AwsError> {
    match answer {
        Err(error) if error.kind != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

async fn key(aws: &Aws, change: &Change, outputs: &mut Outputs) -> Result<(), ExecuteError> {
    match &change.action {
        Action::CreateKey { description, policy, tags } => {
            outputs.key = Some(create_key(aws, description, policy, tags).await?);
            Ok(())
        }
        Action::RotateKey { key, live: _, days } => {
            let arn = outputs.key(key)?;
            until(Outputs::wait_for_key(key), || async {
                aws.kms
                    .enable_key_rotation()
                    .key_id(key_id(&arn))
                    .rotation_period_in_days(i32::from(*days))
                    .send()
                    .await
                    .map_err(|e| AwsError::new("kms:EnableKeyRotation", e))
            })
            .await?;
            Ok(())
        }
        Action::FinishKey { key } => {
            let arn = outputs.key(key)?;
            until(Outputs::wait_for_key(key), || async {
                aws.kms
                    .untag_resource()
                    .key_id(key_id(&arn))
                    .tag_keys(UNFINISHED_TAG.0)
                    .send()
                    .await
                    .map_err(|e| AwsError::new("kms:UntagResource", e))
            })
            .await?;
            Ok(())
        }
        _ => key_that_exists(aws, change).await,
    }
}

async fn key_that_exists(aws: &Aws, change: &Change) -> Result<(), ExecuteError> {
    let kms = &aws.kms;
    match &change.action {
        Action::CancelKeyDeletion { key } => {
            kms.cancel_key_deletion()
                .key_id(key_id(key))
                .send()
                .await
                .map_err(|e| AwsError::new("kms:CancelKeyDeletion", e))?;
        }
        Action::EnableKey { key } => {
            kms.enable_key()
                .key_id(key_id(key))
                .send()
                .await
                .map_err(|e| AwsError::new("kms:EnableKey", e))?;
        }
        Action::ReopenKey { key } => reopen_key(aws, key).await?,
        Action::DescribeKey { key, description } => {
            kms.update_key_description()
                .key_id(key_id(key))
                .description(&description.desired)
                .send()
                .await
                .map_err(|e| AwsError::new("kms:UpdateKeyDescription", e))?;
        }
        Action::PutKeyPolicy { key, policy } => {
            kms.put_key_policy()
                .key_id(key_id(key))
                .policy_name("default")
                .policy(policy.desired.to_string())
                .send()
                .await
                .map_err(|e| AwsError::new("kms:PutKeyPolicy", e))?;
        }
        Action::ScheduleKeyDeletion { key, window_days } => {
            kms.schedule_key_deletion()
                .key_id(key_id(key))
                .pending_window_in_days(i32::from(*window_days))
                .send()
                .await
                .map_err(|e| AwsError::new("kms:ScheduleKeyDeletion", e))?;
        }
        _ => return Err(mismatch(change)),
    }
    Ok(())
}

async fn reopen_key(aws: &Aws, key: &Arn) -> Result<(), AwsError> {
    const OPERATION: &str = "kms:TagResource";
    let tag = KmsTag::builder()
        .tag_key(UNFINISHED_TAG.0)
        .tag_value(UNFINISHED_TAG.1)
        .build()
        .map_err(|e| AwsError::answer(OPERATION, e.to_string()))?;
    aws.kms
        .tag_resource()
        .key_id(key_id(key))
        .tags(tag)
        .send()
        .await
        .map_err(|e| AwsError::new(OPERATION, e))?;
    Ok(())
}

/// The id within the ARN: the form of a key's name that every endpoint that speaks KMS takes
fn key_id(key: &Arn) -> &str {
    key.as_str().rsplit('/').next().unwrap_or(key.as_str())
}

/// A call without an idempotency token: repeated blindly it would make a second key
async fn create_key(
    aws: &Aws,
    description: &str,
    policy: &Document,
    tags: &Tags,
) -> Result<Arn, ExecuteError> {
    const OPERATION: &str = "kms:CreateKey";
    let once = aws_sdk_kms::config::Builder::new().retry_config(RetryConfig::disabled());
    let tags: Vec<KmsTag> = tags
        .iter()
        .map(|(key, value)| KmsTag::builder().tag_key(key).tag_value(value).build())
        .collect::<Result<_, _>>()
        .map_err(|e| AwsError::answer(OPERATION, e.to_string()))?;
    let answer = until(Wait::Throttle, || async {
        aws.kms
            .create_key()
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

async fn alias(
    aws: &Aws,
    alias: &KeyAlias,
    change: &Change,
    outputs: &Outputs,
) -> Result<(), ExecuteError> {
    match &change.action {
        Action::CreateAlias { key } => {
            let arn = outputs.key(key)?;
            until(Outputs::wait_for_key(key), || async {
                aws.kms
                    .create_alias()
                    .alias_name(alias.as_str())
                    .target_key_id(arn.as_str())
                    .send()
                    .await
                    .map_err(|e| AwsError::new("kms:CreateAlias", e))
            })
            .await?;
        }
        Action::DeleteAlias => {
            let answer = aws.kms.delete_alias().alias_name(alias.as_str()).send().await;
            removed(answer.map_err(|e| AwsError::new("kms:DeleteAlias", e)))?;
        }
        _ => return Err(mismatch(change)),
    }
    Ok(())
}

async fn secret(
    aws: &Aws,
    name: &SecretName,
    change: &Change,
    outputs: &Outputs,
) -> Result<(), ExecuteError> {
    let client = &aws.secrets;
    match &change.action {
        Action::CreateSecret { description, key, tags, defaults, required: _ } => {
            // public text of the manifest, and none of it where there are no defaults: a secret
            // without a value has no version, so nothing can take it for a real one
            let value = (!defaults.is_empty()).then(|| serde_json::json!(defaults).to_string());
            let tags = tags.iter().map(|(k, v)| SecretTag::builder().key(k).value(v).build());
            let request = client
                .create_secret()
                .name(name.as_str())
                .set_description((!description.is_empty()).then(|| description.clone()))
                .kms_key_id(outputs.key(key)?.as_str())
                .set_tags(Some(tags.collect()))
                .set_secret_string(value);
            create_secret(request, Outputs::wait_for_key(key)).await?;
        }
        Action::UpdateSecret { description, key } => {
            let key = match key.as_ref().and_then(|drift| drift.desired.as_ref()) {
                Some(reference) => Some(outputs.key(reference)?.to_string()),
                None => None,
            };
            client
                .update_secret()
                .secret_id(name.as_str())
                .set_description(description.as_ref().map(|drift| drift.desired.clone()))
                .set_kms_key_id(key)
                .send()
                .await
                .map_err(|e| AwsError::new("secretsmanager:UpdateSecret", e))?;
        }
        Action::RestoreSecret => {
            client
                .restore_secret()
                .secret_id(name.as_str())
                .send()
                .await
                .map_err(|e| AwsError::new("secretsmanager:RestoreSecret", e))?;
        }
        Action::DeleteSecret { window_days } => {
            client
                .delete_secret()
                .secret_id(name.as_str())
                .recovery_window_in_days(i64::from(*window_days))
                .send()
                .await
                .map_err(|e| AwsError::new("secretsmanager:DeleteSecret", e))?;
        }
        _ => return Err(mismatch(change)),
    }
    Ok(())
}

async fn create_secret(request: CreateSecretFluentBuilder, wait: Wait) -> Result<(), AwsError> {
    // the secret is new: what this call does not find can only be the key
    until(wait, || async {
        let answer = request.clone().send().await;
        answer.map_err(|e| AwsError::new("secretsmanager:CreateSecret", e))
    })
    .await?;
    Ok(())
}

async fn role(
    aws: &Aws,
    name: &RoleName,
    change: &Change,
    outputs: &mut Outputs,
) -> Result<(), ExecuteError> {
    let iam = &aws.iam;
    let role = name.as_str();
    match &change.action {
        Action::CreateRole { path, description, trust, tags, reads: _ } => {
            let tags = tags
                .iter()
                .map(|(k, v)| IamTag::builder().key(k).value(v).build())
                .collect::<Result<Vec<_>, _>>()
                .map_err(|e| AwsError::answer("iam:CreateRole", e.to_string()))?;
            iam.create_role()
                .role_name(role)
                .path(path)
                .description(description)
                .assume_role_policy_document(trust.to_string())
                .set_tags(Some(tags))
                .send()
                .await
                .map_err(|e| AwsError::new("iam:CreateRole", e))?;
            outputs.roles.insert(name.clone());
            Ok(())
        }
        Action::PutTrust { trust } => {
            until(outputs.wait_for_role(name), || async {
                iam.update_assume_role_policy()
                    .role_name(role)
                    .policy_document(trust.desired.to_string())
                    .send()
                    .await
                    .map_err(|e| AwsError::new("iam:UpdateAssumeRolePolicy", e))
            })
            .await?;
            Ok(())
        }
        Action::DeleteRole => {
            let answer = until(Wait::Removal, || async {
                let answer = iam.delete_role().role_name(role).send().await;
                answer.map_err(|e| AwsError::new("iam:DeleteRole", e))
            });
            Ok(removed(answer.await)?)
        }
        _ => role_policy(aws, name, change, outputs).await,
    }
}

async fn role_policy(
    aws: &Aws,
    name: &RoleName,
    change: &Change,
    outputs: &Outputs,
) -> Result<(), ExecuteError> {
    let iam = &aws.iam;
    let role = name.as_str();
    match &change.action {
        Action::PutRolePolicy { policy, live: _, desired } => {
            let document = outputs.fill(desired)?.to_string();
            until(outputs.wait_for_role(name), || async {
                iam.put_role_policy()
                    .role_name(role)
                    .policy_name(policy.as_str())
                    .policy_document(&document)
                    .send()
                    .await
                    .map_err(|e| AwsError::new("iam:PutRolePolicy", e))
            })
            .await?;
        }
        Action::AttachPolicy { policy } => {
            until(outputs.wait_for_role(name), || async {
                let call = iam.attach_role_policy().role_name(role).policy_arn(policy.as_str());
                call.send().await.map_err(|e| AwsError::new("iam:AttachRolePolicy", e))
            })
            .await?;
        }
        Action::DeleteRolePolicy { policy } => {
            let answer = until(Wait::Removal, || async {
                let call = iam.delete_role_policy().role_name(role).policy_name(policy.as_str());
                call.send().await.map_err(|e| AwsError::new("iam:DeleteRolePolicy", e))
            });
            removed(answer.await)?;
        }
        Action::DetachPolicy { policy } => {
            let answer = until(Wait::Removal, || async {
                let call = iam.detach_role_policy().role_name(role).policy_arn(policy.as_str());
                call.send().await.map_err(|e| AwsError::new("iam:DetachRolePolicy", e))
            });
            removed(answer.await)?;
        }
        _ => return Err(mismatch(change)),
    }
    Ok(())
}
