//! Keys: policy, tags, rotation, states, deletion.

use std::collections::BTreeSet;

use aws_sdk_kms::types::{KeyMetadata, Tag};

use crate::aws::Aws;
use crate::check::{Outcome, accepted, holds, present, refused, same};

const MISSING: &str = "00000000-0000-4000-8000-000000000000";

fn tag(key: &str, value: &str) -> Result<Tag, String> {
    Tag::builder().tag_key(key).tag_value(value).build().map_err(|e| e.to_string())
}

pub(super) async fn key(aws: &Aws) -> Result<String, String> {
    let made = accepted("CreateKey", aws.kms.create_key().send().await)?;
    Ok(present("the key", made.key_metadata)?.key_id)
}

async fn described(aws: &Aws, key: &str) -> Result<KeyMetadata, String> {
    let told = accepted("DescribeKey", aws.kms.describe_key().key_id(key).send().await)?;
    present("the key", told.key_metadata)
}

async fn state(aws: &Aws, key: &str) -> Result<String, String> {
    let state = described(aws, key).await?.key_state;
    Ok(state.map(|state| state.as_str().to_owned()).unwrap_or_default())
}

/// Returns a policy by which the caller's account does everything.
async fn policy(aws: &Aws, action: &str) -> Result<String, String> {
    let caller = accepted("GetCallerIdentity", aws.sts.get_caller_identity().send().await)?;
    let account = present("the account", caller.account)?;
    Ok(format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"Mine","Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{account}:root"}},"Action":"{action}","Resource":"*"}}]}}"#
    ))
}

fn equal_json(a: &str, b: &str) -> bool {
    let json = |text: &str| serde_json::from_str::<serde_json::Value>(text).ok();
    json(a).is_some() && json(a) == json(b)
}

pub(super) async fn policy_of_creation_comes_back(aws: &Aws) -> Outcome {
    let policy = policy(aws, "kms:*").await?;
    let made = accepted("CreateKey", aws.kms.create_key().policy(&policy).send().await)?;
    let id = present("the key", made.key_metadata)?.key_id;
    let told = aws.kms.get_key_policy().key_id(id).send().await;
    let text = accepted("GetKeyPolicy", told)?.policy.unwrap_or_default();
    holds(equal_json(&text, &policy), "the policy is another")
}

pub(super) async fn default_policy_lets_the_account_in(aws: &Aws) -> Outcome {
    let id = key(aws).await?;
    let text = accepted("GetKeyPolicy", aws.kms.get_key_policy().key_id(id).send().await)?;
    let text = text.policy.unwrap_or_default();
    holds(text.contains(":root") && text.contains("kms:*"), "the policy is another")
}

pub(super) async fn policy_comes_back(aws: &Aws) -> Outcome {
    let id = key(aws).await?;
    let policy = policy(aws, "kms:*").await?;
    let put = aws.kms.put_key_policy().key_id(&id).policy(&policy).send().await;
    accepted("PutKeyPolicy", put)?;
    let text = accepted("GetKeyPolicy", aws.kms.get_key_policy().key_id(id).send().await)?;
    holds(equal_json(&text.policy.unwrap_or_default(), &policy), "the policy is another")
}

pub(super) async fn malformed_policy_is_refused(aws: &Aws) -> Outcome {
    let id = key(aws).await?;
    let put = aws.kms.put_key_policy().key_id(id).policy(r#"{"Statement":"everything"}"#);
    refused("a malformed policy", "MalformedPolicyDocumentException", put.send().await)
}

pub(super) async fn lock_out_is_refused(aws: &Aws) -> Outcome {
    let id = key(aws).await?;
    let policy = policy(aws, "kms:Decrypt").await?;
    let put = aws.kms.put_key_policy().key_id(&id).policy(&policy);
    refused(
        "a policy that locks out",
        "MalformedPolicyDocumentException",
        put.clone().send().await,
    )?;
    let bypass = put.bypass_policy_lockout_safety_check(true).send().await;
    accepted("the same with the check bypassed", bypass).map(|_| ())
}

pub(super) async fn tags_come_and_go(aws: &Aws) -> Outcome {
    let made = aws.kms.create_key().tags(tag("a", "1")?).send().await;
    let id = present("the key", accepted("CreateKey", made)?.key_metadata)?.key_id;
    let tags = aws.kms.tag_resource().key_id(&id).tags(tag("a", "2")?).tags(tag("b", "3")?);
    accepted("TagResource", tags.send().await)?;
    let untag = aws.kms.untag_resource().key_id(&id).tag_keys("b").send().await;
    accepted("UntagResource", untag)?;
    let told = aws.kms.list_resource_tags().key_id(&id).send().await;
    same(
        "the tags",
        accepted("ListResourceTags", told)?.tags.unwrap_or_default(),
        vec![tag("a", "2")?],
    )
}

pub(super) async fn description_changes(aws: &Aws) -> Outcome {
    let made = accepted("CreateKey", aws.kms.create_key().description("old").send().await)?;
    let id = present("the key", made.key_metadata)?.key_id;
    let update = aws.kms.update_key_description().key_id(&id).description("new").send().await;
    accepted("UpdateKeyDescription", update)?;
    same("Description", described(aws, &id).await?.description.as_deref(), Some("new"))
}

pub(super) async fn rotation_is_off_at_first(aws: &Aws) -> Outcome {
    let id = key(aws).await?;
    let told = aws.kms.get_key_rotation_status().key_id(id).send().await;
    same("KeyRotationEnabled", accepted("GetKeyRotationStatus", told)?.key_rotation_enabled, false)
}

pub(super) async fn rotation_period_is_remembered(aws: &Aws) -> Outcome {
    let id = key(aws).await?;
    let period = async || -> Result<Option<i32>, String> {
        let told = aws.kms.get_key_rotation_status().key_id(&id).send().await;
        let told = accepted("GetKeyRotationStatus", told)?;
        same("KeyRotationEnabled", told.key_rotation_enabled, true)?;
        Ok(told.rotation_period_in_days)
    };
    let enable = aws.kms.enable_key_rotation().key_id(&id);
    accepted("EnableKeyRotation", enable.clone().send().await)?;
    same("the period where none was given", period().await?, Some(365))?;
    accepted("EnableKeyRotation", enable.rotation_period_in_days(180).send().await)?;
    same("the period", period().await?, Some(180))
}

pub(super) async fn rotation_period_below_ninety_is_refused(aws: &Aws) -> Outcome {
    let id = key(aws).await?;
    let enable = aws.kms.enable_key_rotation().key_id(id).rotation_period_in_days(89).send().await;
    refused("a period of 89 days", "ValidationException", enable)
}

pub(super) async fn disabled_key_cannot_start_rotation(aws: &Aws) -> Outcome {
    let id = key(aws).await?;
    accepted("DisableKey", aws.kms.disable_key().key_id(&id).send().await)?;
    let enable = aws.kms.enable_key_rotation().key_id(&id).send().await;
    refused("rotation of a disabled key", "DisabledException", enable)
}

pub(super) async fn disabled_and_enabled(aws: &Aws) -> Outcome {
    let id = key(aws).await?;
    same("the state", state(aws, &id).await?, "Enabled".into())?;
    accepted("DisableKey", aws.kms.disable_key().key_id(&id).send().await)?;
    same("the state", state(aws, &id).await?, "Disabled".into())?;
    accepted("EnableKey", aws.kms.enable_key().key_id(&id).send().await)?;
    same("the state", state(aws, &id).await?, "Enabled".into())
}

pub(super) async fn deletion_window_below_seven_is_refused(aws: &Aws) -> Outcome {
    let id = key(aws).await?;
    let schedule = aws.kms.schedule_key_deletion().key_id(id).pending_window_in_days(6).send();
    refused("a window of 6 days", "ValidationException", schedule.await)
}

pub(super) async fn deletion_is_pending(aws: &Aws) -> Outcome {
    let id = key(aws).await?;
    let arn = described(aws, &id).await?.arn;
    let schedule = aws.kms.schedule_key_deletion().key_id(&id).pending_window_in_days(7).send();
    let told = accepted("ScheduleKeyDeletion", schedule.await)?;
    same("the state", state(aws, &id).await?, "PendingDeletion".into())?;
    same("DeletionDate", described(aws, &id).await?.deletion_date.is_some(), true)?;
    same("PendingWindowInDays", told.pending_window_in_days, Some(7))?;
    holds(told.key_id == arn, "KeyId is not the key's ARN")
}

pub(super) async fn deletion_cannot_be_scheduled_twice(aws: &Aws) -> Outcome {
    let id = key(aws).await?;
    let schedule = aws.kms.schedule_key_deletion().key_id(id);
    accepted("ScheduleKeyDeletion", schedule.clone().send().await)?;
    refused("a second ScheduleKeyDeletion", "KMSInvalidStateException", schedule.send().await)
}

pub(super) async fn cancelled_deletion_leaves_it_disabled(aws: &Aws) -> Outcome {
    let id = key(aws).await?;
    accepted("ScheduleKeyDeletion", aws.kms.schedule_key_deletion().key_id(&id).send().await)?;
    accepted("CancelKeyDeletion", aws.kms.cancel_key_deletion().key_id(&id).send().await)?;
    same("the state", state(aws, &id).await?, "Disabled".into())
}

pub(super) async fn pages_hold_everything_once(aws: &Aws) -> Outcome {
    let made = [key(aws).await?, key(aws).await?, key(aws).await?];
    let (mut seen, mut marker) = (BTreeSet::new(), None);
    for _ in 0..500 {
        let page = aws.kms.list_keys().limit(2).set_marker(marker).send().await;
        let page = accepted("ListKeys", page)?;
        let keys = page.keys.unwrap_or_default();
        holds(keys.len() <= 2, "a page is larger than its limit")?;
        for key in keys.into_iter().filter_map(|key| key.key_id) {
            holds(seen.insert(key), "a key is listed twice")?;
        }
        marker = page.next_marker.filter(|_| page.truncated);
        if marker.is_none() {
            return holds(made.iter().all(|key| seen.contains(key)), "a key is not listed");
        }
    }
    Err("the pages do not end".to_owned())
}

pub(super) async fn arn_names_a_key(aws: &Aws) -> Outcome {
    let id = key(aws).await?;
    let arn = described(aws, &id).await?.arn.unwrap_or_default();
    accepted("DisableKey by ARN", aws.kms.disable_key().key_id(arn).send().await)?;
    same("the state", state(aws, &id).await?, "Disabled".into())
}

pub(super) async fn alias_does_not_name_a_key_to_change(aws: &Aws) -> Outcome {
    let id = key(aws).await?;
    let alias = aws.kms.create_alias().alias_name("alias/kms-key/disable").target_key_id(&id);
    accepted("CreateAlias", alias.send().await)?;
    let disable = aws.kms.disable_key().key_id("alias/kms-key/disable").send().await;
    refused("DisableKey by alias", "NotFoundException", disable)
}

pub(super) async fn missing_key_is_not_found(aws: &Aws) -> Outcome {
    let told = aws.kms.describe_key().key_id(MISSING).send().await;
    refused("a key that is not there", "NotFoundException", told)
}
