//! What KMS refuses and the embedded service lets through.

use std::collections::{BTreeSet, HashMap};
use std::time::SystemTime;

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use serde_json::Value;

use crate::ACCOUNT;
use crate::policy::{Place, Policy};
use crate::request::Request;
use crate::sts;

/// A refusal as AWS words it.
pub(super) struct Refusal {
    pub(super) code: &'static str,
    pub(super) message: String,
}

impl Refusal {
    pub(super) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

/// These take a key id or key ARN alone.
const NO_ALIAS: &[&str] = &[
    "CancelKeyDeletion",
    "CreateGrant",
    "DisableKey",
    "DisableKeyRotation",
    "EnableKey",
    "EnableKeyRotation",
    "GetKeyPolicy",
    "GetKeyRotationStatus",
    "ListGrants",
    "ListKeyPolicies",
    "ListResourceTags",
    "PutKeyPolicy",
    "RotateKeyOnDemand",
    "ScheduleKeyDeletion",
    "TagResource",
    "UntagResource",
    "UpdateKeyDescription",
];

/// Refuses an alias where KMS takes none, and an ARN of another region.
pub(super) fn check_key_reference(request: &Request, body: &Value) -> Result<(), Refusal> {
    for (field, no_alias) in
        [("KeyId", NO_ALIAS.contains(&request.operation.as_str())), ("TargetKeyId", true)]
    {
        let Some(reference) = body[field].as_str() else { continue };
        let is_alias = reference.starts_with("alias/") || reference.contains(":alias/");
        if no_alias && is_alias {
            return Err(Refusal::new("NotFoundException", format!("Invalid keyId {reference}")));
        }
        if let Some(rest) = reference.strip_prefix("arn:aws:kms:")
            && rest.split(':').next() != Some(&request.region)
        {
            return Err(Refusal::new("NotFoundException", format!("Invalid arn {reference}")));
        }
    }
    Ok(())
}

/// Refuses a key policy that is too long, malformed, or locks its owner out.
pub(super) fn check_policy_request(body: &Value) -> Result<(), Refusal> {
    const MALFORMED: &str = "MalformedPolicyDocumentException";
    if body["PolicyName"].as_str().is_some_and(|name| name != "default") {
        return Err(Refusal::new("NotFoundException", "No such policy exists"));
    }
    let text = body["Policy"].as_str().unwrap_or_default();
    if text.len() > 32_768 {
        return Err(Refusal::new("LimitExceededException", "a key policy has at most 32768 bytes"));
    }
    let policy = Policy::parse(text, Place::Resource)
        .map_err(|error| Refusal::new(MALFORMED, error.to_string()))?;
    let root = format!("arn:aws:iam::{ACCOUNT}:root");
    let caller = sts::caller_arn();
    let owners = [root.as_str(), ACCOUNT, "*", caller.as_str()];
    let bypass = body["BypassPolicyLockoutSafetyCheck"].as_bool() == Some(true);
    if !bypass && !policy.allows_any(&owners, "kms:PutKeyPolicy") {
        return Err(Refusal::new(
            MALFORMED,
            "The new key policy will not allow you to update the key policy in the future.",
        ));
    }
    Ok(())
}

/// Refuses alias names that KMS does not give out.
pub(super) fn check_alias(body: &Value) -> Result<(), Refusal> {
    let name = body["AliasName"].as_str().unwrap_or_default();
    let Some(short) = name.strip_prefix("alias/") else {
        return Err(Refusal::new(
            "ValidationException",
            "Alias must start with the prefix \"alias/\"",
        ));
    };
    if short.starts_with("aws/") {
        return Err(Refusal::new("NotAuthorizedException", "the prefix alias/aws/ is reserved"));
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '_' | '-' | ':');
    if short.is_empty() || name.len() > 256 || !short.chars().all(allowed) {
        return Err(Refusal::new(
            "InvalidAliasNameException",
            format!("{name} is not an alias name"),
        ));
    }
    Ok(())
}

/// Refuses tags that KMS does not take beside those that are there.
pub(super) fn check_tags(tags: &Value, mut there: HashMap<String, String>) -> Result<(), Refusal> {
    let mut new = BTreeSet::new();
    for tag in tags.as_array().into_iter().flatten() {
        let key = tag["TagKey"].as_str().unwrap_or_default();
        let value = tag["TagValue"].as_str().unwrap_or_default();
        let reserved = key.to_ascii_lowercase().starts_with("aws:");
        if key.is_empty() || key.len() > 128 || value.len() > 256 || reserved || !new.insert(key) {
            return Err(Refusal::new("TagException", format!("the tag `{key}` is not valid")));
        }
        there.insert(key.to_owned(), value.to_owned());
    }
    if there.len() > 50 {
        return Err(Refusal::new("LimitExceededException", "a key has at most 50 tags"));
    }
    Ok(())
}

/// Returns the rotation period that is asked for, in days.
pub(super) fn rotation_days(body: &Value) -> Result<Option<u32>, Refusal> {
    match body["RotationPeriodInDays"].as_i64() {
        None => Ok(None),
        Some(days @ 90..=2560) => Ok(Some(days as u32)),
        Some(days) => Err(Refusal::new(
            "ValidationException",
            format!("Value '{days}' at 'rotationPeriodInDays' must be between 90 and 2560"),
        )),
    }
}

/// True where the date, as the embedded service writes it, has passed.
pub(super) fn is_past(date: &str) -> bool {
    DateTime::from_str(date, Format::DateTimeWithOffset)
        .is_ok_and(|date| date <= DateTime::from(SystemTime::now()))
}
