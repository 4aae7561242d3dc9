//! UpdateSecret: description, key, value.

use serde::Deserialize;
use serde_json::{Value, json};

use super::failure::Failure;
use super::seal::{self, Plaintext};
use super::secret::Secret;
use super::vault::Call;
use super::version::{CURRENT, PENDING, PREVIOUS, Version};
use super::{create, put};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UpdateSecret {
    secret_id: String,
    client_request_token: Option<String>,
    description: Option<String>,
    kms_key_id: Option<String>,
    secret_string: Option<String>,
    secret_binary: Option<String>,
}

pub(super) async fn update_secret(
    call: &mut Call<'_>,
    request: UpdateSecret,
) -> Result<Value, Failure> {
    let id = put::version_id(request.client_request_token)?;
    create::check_description(request.description.as_deref())?;
    let value = Plaintext::of(request.secret_string, request.secret_binary)?;
    let mut secret = call.secret_to_change(&request.secret_id)?;
    secret.check_live()?;
    if let Some(description) = request.description {
        secret.description = Some(description).filter(|text| !text.is_empty());
    }
    if let Some(key) = request.kms_key_id {
        change_key(call, &mut secret, create::key(Some(key))).await?;
    }
    let mut told = secret.named();
    if let Some(value) = value {
        if secret.versions.by_id(&id).is_some() {
            let message = format!(
                "You can't use ClientRequestToken {id} because that value is already in use for a version of secret {}.",
                secret.arn
            );
            return Err(Failure::Exists(message));
        }
        let sealed = call.seal(&secret, &id, &value).await?;
        told["VersionId"] = json!(id);
        let version = Version { id, created: call.now, labels: Default::default(), sealed };
        secret.versions.add(version, &[CURRENT.to_owned()], call.now)?;
    }
    secret.changed = call.now;
    call.store(secret).await;
    Ok(told)
}

/// Changes the key and seals the versions that are in use under the new one.
async fn change_key(
    call: &Call<'_>,
    secret: &mut Secret,
    key: Option<String>,
) -> Result<(), Failure> {
    seal::check_key(call.kms, call.region, &secret.arn, key.as_deref()).await?;
    let old = secret.clone();
    secret.key = key;
    let sealed_under = secret.clone();
    for version in secret.versions.iter_mut() {
        if [CURRENT, PENDING, PREVIOUS].iter().any(|label| version.labels.contains(*label)) {
            let value = call.open(&old, version).await?;
            version.sealed = call.seal(&sealed_under, &version.id, &value).await?;
        }
    }
    Ok(())
}
