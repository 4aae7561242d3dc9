//! PutSecretValue, and what a new version must be.

use serde::Deserialize;
use serde_json::{Value, json};

use super::failure::Failure;
use super::seal::Plaintext;
use super::vault::Call;
use super::version::{CURRENT, Version};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PutSecretValue {
    secret_id: String,
    client_request_token: Option<String>,
    secret_string: Option<String>,
    secret_binary: Option<String>,
    version_stages: Option<Vec<String>>,
}

pub(super) async fn put_secret_value(
    call: &mut Call<'_>,
    request: PutSecretValue,
) -> Result<Value, Failure> {
    let id = version_id(request.client_request_token)?;
    let Some(value) = Plaintext::of(request.secret_string, request.secret_binary)? else {
        let message = "You must provide either SecretString or SecretBinary.";
        return Err(Failure::InvalidRequest(message.to_owned()));
    };
    let labels = request.version_stages.unwrap_or_else(|| vec![CURRENT.to_owned()]);
    check_labels(&labels)?;
    let mut secret = call.secret_to_change(&request.secret_id)?;
    secret.check_live()?;
    if let Some(version) = secret.versions.by_id(&id) {
        if call.open(&secret, version).await? != value {
            let message = format!(
                "You can't use ClientRequestToken {id} because that value is already in use for a version of secret {}.",
                secret.arn
            );
            return Err(Failure::Exists(message));
        }
    } else {
        let sealed = call.seal(&secret, &id, &value).await?;
        let version =
            Version { id: id.clone(), created: call.now, labels: Default::default(), sealed };
        secret.versions.add(version, &labels, call.now)?;
        secret.changed = call.now;
    }
    let mut told = secret.named();
    told["VersionId"] = json!(id);
    told["VersionStages"] = json!(secret.versions.by_id(&id).map(|version| &version.labels));
    call.store(secret).await;
    Ok(told)
}

/// Returns the id of the version that a request makes: its token, or a random one.
pub(super) fn version_id(token: Option<String>) -> Result<String, Failure> {
    match token {
        None => Ok(uuid::Uuid::new_v4().to_string()),
        Some(token) if (32..=64).contains(&token.len()) => Ok(token),
        Some(_) => Err(Failure::InvalidParameter(
            "ClientRequestToken must be 32-64 characters long.".to_owned(),
        )),
    }
}

fn check_labels(labels: &[String]) -> Result<(), Failure> {
    let whole = labels.iter().all(|label| (1..=256).contains(&label.len()));
    match labels.len() {
        1..=20 if whole => Ok(()),
        _ => Err(Failure::Validation(
            "versionStages has 1 to 20 labels of 1 to 256 characters".to_owned(),
        )),
    }
}
