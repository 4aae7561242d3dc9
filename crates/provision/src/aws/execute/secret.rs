//! Secrets: everything about them but their values.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::operation::create_secret::builders::CreateSecretFluentBuilder;
use aws_sdk_secretsmanager::types::{ReplicaRegionType, RotationRulesType, StatusType, Tag};
use provision_core::desired::{RotationRules, Tags};
use provision_core::manifest::{FirstRotation, Schedule};
use provision_core::name::{Region, SecretName};
use provision_core::plan::{Action, Change, KeyRef, Recovery};
use provision_core::policy::Document;

use super::outputs::Outputs;
use super::{ExecuteError, mismatch};
use crate::aws::connect::{Aws, Copies};
use crate::aws::error::{AwsError, ErrorKind};
use crate::aws::retry::{Patience, Wait, until};
use crate::interrupt;

const DESCRIBE: &str = "secretsmanager:DescribeSecret";
const REPLICATE: &str = "secretsmanager:ReplicateSecretToRegions";
/// How long copies are waited for, which usually takes seconds
const COPIES: Patience = Patience {
    first: Duration::from_millis(200),
    longest: Duration::from_secs(5),
    all: Duration::from_secs(120),
};

pub(super) async fn secret(
    aws: &Aws,
    name: &SecretName,
    change: &Change,
    outputs: &Outputs,
) -> Result<(), ExecuteError> {
    let client = &aws.secrets;
    let id = name.as_str();
    match &change.action {
        Action::CreateSecret { description, key, tags, defaults, required: _, replicas } => {
            // public text of the manifest, and none of it where there are no defaults: a secret
            // without a value has no version, so nothing can take it for a real one
            let value = (!defaults.is_empty()).then(|| serde_json::json!(defaults).to_string());
            let request = client
                .create_secret()
                .name(id)
                .set_description((!description.is_empty()).then(|| description.clone()))
                .kms_key_id(outputs.key(key)?.as_str())
                .set_tags(Some(of(tags)))
                .set_add_replica_regions(regions(replicas, outputs)?)
                .set_secret_string(value);
            create(request, Outputs::wait_for_key(key), outputs).await?;
            in_sync(aws, name, replicas.keys(), outputs).await?;
        }
        Action::UpdateSecret { description, key } => {
            let key = match key.as_ref().and_then(|drift| drift.desired.as_ref()) {
                Some(reference) => Some(outputs.key(reference)?.to_string()),
                None => None,
            };
            client
                .update_secret()
                .secret_id(id)
                .set_description(description.as_ref().map(|drift| drift.desired.clone()))
                .set_kms_key_id(key)
                .send()
                .await
                .map_err(|e| AwsError::new("secretsmanager:UpdateSecret", e))?;
        }
        Action::ReplicateSecret { regions: wanted } => {
            let add = regions(wanted, outputs)?;
            until(&outputs.waiting, Wait::NewKey, || async {
                let call = client.replicate_secret_to_regions().secret_id(id);
                let call = call.set_add_replica_regions(add.clone());
                call.send().await.map_err(|e| AwsError::new(REPLICATE, e))
            })
            .await?;
            in_sync(aws, name, wanted.keys(), outputs).await?;
        }
        Action::RemoveReplicas { regions, keys: _ } => {
            let list = regions.iter().map(ToString::to_string).collect();
            client
                .remove_regions_from_replication()
                .secret_id(id)
                .set_remove_replica_regions(Some(list))
                .send()
                .await
                .map_err(|e| AwsError::new("secretsmanager:RemoveRegionsFromReplication", e))?;
            without(aws, name, regions, outputs).await?;
        }
        Action::RestoreSecret => {
            client
                .restore_secret()
                .secret_id(id)
                .send()
                .await
                .map_err(|e| AwsError::new("secretsmanager:RestoreSecret", e))?;
        }
        Action::DeleteSecret { recovery } => {
            let call = client.delete_secret().secret_id(id);
            let call = match recovery {
                Recovery::Days(days) => call.recovery_window_in_days(i64::from(*days)),
                Recovery::Never => call.force_delete_without_recovery(true),
            };
            call.send().await.map_err(|e| AwsError::new("secretsmanager:DeleteSecret", e))?;
        }
        Action::Tag { tags, .. } => {
            client
                .tag_resource()
                .secret_id(id)
                .set_tags(Some(of(tags)))
                .send()
                .await
                .map_err(|e| AwsError::new("secretsmanager:TagResource", e))?;
        }
        _ => rules(client, name, change, outputs).await?,
    }
    Ok(())
}

/// Rotation, and the policy on the secret itself
async fn rules(
    client: &Client,
    name: &SecretName,
    change: &Change,
    outputs: &Outputs,
) -> Result<(), ExecuteError> {
    let id = name.as_str();
    match &change.action {
        Action::SetRotation { live: _, desired, first } => {
            client
                .rotate_secret()
                .secret_id(id)
                .rotation_lambda_arn(desired.lambda_arn.as_str())
                .rotation_rules(rotation_rules(desired))
                .rotate_immediately(*first == FirstRotation::AtOnce)
                .send()
                .await
                .map_err(|e| AwsError::new("secretsmanager:RotateSecret", e))?;
        }
        Action::CancelRotation { .. } => {
            client
                .cancel_rotate_secret()
                .secret_id(id)
                .send()
                .await
                .map_err(|e| AwsError::new("secretsmanager:CancelRotateSecret", e))?;
        }
        Action::PutResourcePolicy { live: _, desired } => {
            validate(client, name, desired, outputs).await?;
            client
                .put_resource_policy()
                .secret_id(id)
                .resource_policy(desired.to_string())
                .block_public_policy(true)
                .send()
                .await
                .map_err(|e| AwsError::new("secretsmanager:PutResourcePolicy", e))?;
        }
        Action::DeleteResourcePolicy { .. } => {
            client
                .delete_resource_policy()
                .secret_id(id)
                .send()
                .await
                .map_err(|e| AwsError::new("secretsmanager:DeleteResourcePolicy", e))?;
        }
        _ => return Err(mismatch(change)),
    }
    Ok(())
}

/// Asks once for each text: equal policies of many secrets are one text
async fn validate(
    client: &Client,
    name: &SecretName,
    policy: &Document,
    outputs: &Outputs,
) -> Result<(), AwsError> {
    const OPERATION: &str = "secretsmanager:ValidateResourcePolicy";
    let text = policy.to_string();
    let mut valid = outputs.valid.lock().await;
    if valid.contains(&text) {
        return Ok(());
    }
    let call = client.validate_resource_policy().secret_id(name.as_str()).resource_policy(&text);
    match call.send().await.map_err(|e| AwsError::new(OPERATION, e)) {
        Ok(answer) if !answer.policy_validation_passed() => {
            let words = answer.validation_errors().iter().filter_map(|error| {
                Some(format!("{}: {}", error.check_name()?, error.error_message()?))
            });
            let words = words.collect::<Vec<_>>().join("; ");
            return Err(AwsError::refusal(OPERATION, ErrorKind::MalformedPolicy, words));
        }
        Ok(_) => {}
        // an endpoint that cannot judge; PutResourcePolicy still refuses what is public
        Err(error) if error.kind == ErrorKind::Unsupported => {
            tracing::warn!(
                "a policy is not checked before it is sent: the endpoint does not know {OPERATION}"
            );
        }
        Err(error) => return Err(error),
    }
    valid.insert(text);
    Ok(())
}

fn of(tags: &Tags) -> Vec<Tag> {
    tags.iter().map(|(k, v)| Tag::builder().key(k).value(v).build()).collect()
}

fn regions(
    replicas: &BTreeMap<Region, KeyRef>,
    outputs: &Outputs,
) -> Result<Option<Vec<ReplicaRegionType>>, ExecuteError> {
    if replicas.is_empty() {
        return Ok(None);
    }
    let region = |(region, key): (&Region, &KeyRef)| {
        let key = outputs.key(key)?;
        let replica = ReplicaRegionType::builder().region(region.as_str());
        Ok(replica.kms_key_id(key.as_str()).build())
    };
    replicas.iter().map(region).collect::<Result<_, _>>().map(Some)
}

fn rotation_rules(rules: &RotationRules) -> RotationRulesType {
    let RotationRules { lambda_arn: _, schedule, window_hours } = rules;
    let builder =
        RotationRulesType::builder().set_duration(window_hours.map(|hours| format!("{hours}h")));
    match schedule {
        Schedule::EveryDays(days) => builder.automatically_after_days(i64::from(*days)),
        Schedule::Expression(text) => builder.schedule_expression(text),
    }
    .build()
}

async fn create(
    request: CreateSecretFluentBuilder,
    wait: Wait,
    outputs: &Outputs,
) -> Result<(), AwsError> {
    // the secret is new: what this call does not find can only be the key
    until(&outputs.waiting, wait, || async {
        let answer = request.clone().send().await;
        answer.map_err(|e| AwsError::new("secretsmanager:CreateSecret", e))
    })
    .await?;
    Ok(())
}

/// Waits until the copies are in sync, and fails with AWS's words where one is not
async fn in_sync(
    aws: &Aws,
    name: &SecretName,
    regions: impl Iterator<Item = &Region>,
    outputs: &Outputs,
) -> Result<(), AwsError> {
    let wanted: BTreeSet<&str> = regions.map(Region::as_str).collect();
    if wanted.is_empty() {
        return Ok(());
    }
    let mut pauses = COPIES.pauses();
    loop {
        let answer = aws.secrets.describe_secret().secret_id(name.as_str()).send().await;
        let answer = answer.map_err(|e| AwsError::new(DESCRIBE, e))?;
        let copies = answer
            .replication_status()
            .iter()
            .filter(|copy| copy.region().is_some_and(|region| wanted.contains(region)));
        let mut synced = 0;
        for copy in copies {
            match copy.status() {
                Some(StatusType::InSync) => synced += 1,
                Some(StatusType::Failed) => {
                    let region = copy.region().unwrap_or_default();
                    let words = copy.status_message().unwrap_or("AWS does not say why");
                    let detail = format!("no copy in {region}: {words}");
                    return Err(AwsError::refusal(REPLICATE, ErrorKind::ReplicaFailed, detail));
                }
                _ => {}
            }
        }
        if synced == wanted.len() {
            return Ok(());
        }
        // asked for, and AWS goes on with it: whoever asks to stop is not kept waiting
        let pause = pauses.next().filter(|_| !interrupt::requested());
        let Some(pause) = pause else {
            let detail = "the copies were asked for and are still being made";
            return Err(AwsError::refusal(REPLICATE, ErrorKind::Pending, detail));
        };
        outputs.waiting.say(&format!("the copies of {name} to be in sync"));
        outputs.waiting.pause(pause).await;
    }
}

/// Waits until the copies are gone: before, AWS does not delete the secret
async fn without(
    aws: &Aws,
    name: &SecretName,
    regions: &BTreeSet<Region>,
    outputs: &Outputs,
) -> Result<(), AwsError> {
    if aws.copies == Copies::None {
        return Ok(());
    }
    for pause in COPIES.pauses() {
        let answer = aws.secrets.describe_secret().secret_id(name.as_str()).send().await;
        let answer = answer.map_err(|e| AwsError::new(DESCRIBE, e))?;
        let left = answer.replication_status().iter().any(|copy| {
            copy.region().is_some_and(|left| regions.iter().any(|region| region.as_str() == left))
        });
        if !left {
            return Ok(());
        }
        if interrupt::requested() {
            break;
        }
        outputs.waiting.say(&format!("the copies of {name} to be gone"));
        outputs.waiting.pause(pause).await;
    }
    Ok(())
}

#[cfg(all(test, feature = "local"))]
#[allow(clippy::unwrap_used, reason = "a test that panics has failed")]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::aws::Target;
    use crate::aws::retry::Waiting;
    use crate::failure::Failure;

    #[tokio::test]
    async fn copies_that_are_never_in_sync_are_told_when_patience_ends() {
        let state = tempfile::tempdir().unwrap();
        let target = Target::Local(state.path().to_owned());
        let aws = crate::aws::connect(&target, "eu-west-1").await.unwrap();
        aws.secrets.create_secret().name("p/e/s").send().await.unwrap();
        let told = Arc::new(Mutex::new(BTreeSet::new()));
        let heard = Arc::clone(&told);
        let (waiting, slept) = Waiting::timeless(move |what| {
            heard.lock().unwrap().insert(what.to_owned());
        });
        let outputs = Outputs::new(waiting);
        let (name, region) = (SecretName::parse("p/e/s").unwrap(), Region::parse("us-east-1"));
        // no copy was asked for, so none ever comes
        let error = in_sync(&aws, &name, region.iter(), &outputs).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Pending);
        let slept = *slept.lock().unwrap();
        assert!((COPIES.all / 2..=COPIES.all).contains(&slept), "{slept:?}");
        assert_eq!(*told.lock().unwrap(), ["the copies of p/e/s to be in sync".to_owned()].into());
        let failure = Failure::from(error);
        assert_eq!(failure.kind, "pending");
        assert!(failure.message.contains("still being made"), "{}", failure.message);
        assert!(failure.hints[0].contains("provision replicate"), "{:?}", failure.hints);
    }
}
