//! DescribeSecret, GetSecretValue, ListSecretVersionIds.

use serde::Deserialize;
use serde_json::{Value, json};

use super::failure::Failure;
use super::list::{Page, page};
use super::replica;
use super::secret::Secret;
use super::vault::Call;
use super::version::{CURRENT, Version};

/// A request that names a secret and nothing else.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OneSecret {
    pub(super) secret_id: String,
}

pub(super) fn describe_secret(call: &Call<'_>, request: &OneSecret) -> Result<Value, Failure> {
    let secret = call.secret(&request.secret_id)?;
    let mut told = secret.described();
    let stages = secret.versions_to_stages();
    if !stages.is_empty() {
        told["VersionIdsToStages"] = Value::Object(stages);
    }
    if !secret.replicas.is_empty() {
        told["ReplicationStatus"] = replica::status(secret);
    }
    Ok(told)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetSecretValue {
    secret_id: String,
    version_id: Option<String>,
    version_stage: Option<String>,
}

pub(super) async fn get_secret_value(
    call: &Call<'_>,
    request: &GetSecretValue,
) -> Result<Value, Failure> {
    let secret = call.secret(&request.secret_id)?;
    secret.check_live()?;
    let version = chosen(secret, request)?;
    value(call, secret, version).await
}

/// Returns what GetSecretValue says of a version.
pub(super) async fn value(
    call: &Call<'_>,
    secret: &Secret,
    version: &Version,
) -> Result<Value, Failure> {
    let mut told = secret.named();
    told["VersionId"] = json!(version.id);
    told["VersionStages"] = json!(version.labels);
    told["CreatedDate"] = json!(version.created);
    call.open(secret, version).await?.put_into(&mut told);
    Ok(told)
}

fn chosen<'s>(secret: &'s Secret, request: &GetSecretValue) -> Result<&'s Version, Failure> {
    let by_id = |id: &String| {
        let found = secret.versions.by_id(id);
        found.ok_or_else(|| Failure::VersionNotFound(format!("VersionId: {id}")))
    };
    let by_label = |label: &str| {
        let found = secret.versions.by_label(label);
        found.ok_or_else(|| Failure::VersionNotFound(format!("staging label: {label}")))
    };
    match (&request.version_id, &request.version_stage) {
        (None, None) => by_label(CURRENT),
        (None, Some(label)) => by_label(label),
        (Some(id), None) => by_id(id),
        (Some(id), Some(label)) => {
            let version = by_id(id)?;
            if !version.labels.contains(label) {
                let message =
                    "You provided a VersionStage that is not associated to the provided VersionId.";
                return Err(Failure::InvalidRequest(message.to_owned()));
            }
            Ok(version)
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListSecretVersionIds {
    secret_id: String,
    #[serde(default)]
    include_deprecated: bool,
    max_results: Option<i64>,
    next_token: Option<String>,
}

pub(super) fn list_secret_version_ids(
    call: &Call<'_>,
    request: &ListSecretVersionIds,
) -> Result<Value, Failure> {
    let secret = call.secret(&request.secret_id)?;
    let versions: Vec<Value> = secret
        .versions
        .iter()
        .rev()
        .filter(|version| request.include_deprecated || !version.labels.is_empty())
        .map(|version| listed(secret, version))
        .collect();
    let Page { items, next } = page(versions, request.max_results, request.next_token.as_deref())?;
    let mut told = secret.named();
    told["Versions"] = json!(items);
    if let Some(next) = next {
        told["NextToken"] = json!(next);
    }
    Ok(told)
}

fn listed(secret: &Secret, version: &Version) -> Value {
    let key = match &secret.key {
        None => "DefaultEncryptionKey",
        Some(_) => &version.sealed.key_arn,
    };
    let mut told =
        json!({ "VersionId": version.id, "CreatedDate": version.created, "KmsKeyIds": [key] });
    if !version.labels.is_empty() {
        told["VersionStages"] = json!(version.labels);
    }
    told
}
