//! The resource policy of a secret.

use serde::Deserialize;
use serde_json::{Value, json};

use super::failure::Failure;
use super::read::OneSecret;
use super::vault::Call;
use crate::policy::{Place, Policy};

/// The most characters that a resource policy can have.
const LIMIT: usize = 20_480;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PutResourcePolicy {
    secret_id: String,
    resource_policy: String,
    #[serde(default)]
    block_public_policy: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ValidateResourcePolicy {
    secret_id: Option<String>,
    resource_policy: String,
}

pub(super) async fn put(
    call: &mut Call<'_>,
    request: &PutResourcePolicy,
) -> Result<Value, Failure> {
    let policy = parse(&request.resource_policy)?;
    let mut secret = call.secret_to_change(&request.secret_id)?;
    secret.check_live()?;
    if request.block_public_policy && policy.is_public() {
        return Err(Failure::PublicPolicy);
    }
    secret.policy = Some(request.resource_policy.clone());
    let told = secret.named();
    call.store(secret).await;
    Ok(told)
}

pub(super) fn get(call: &Call<'_>, request: &OneSecret) -> Result<Value, Failure> {
    let secret = call.secret(&request.secret_id)?;
    secret.check_live()?;
    let mut told = secret.named();
    if let Some(policy) = &secret.policy {
        told["ResourcePolicy"] = json!(policy);
    }
    Ok(told)
}

pub(super) async fn delete(call: &mut Call<'_>, request: &OneSecret) -> Result<Value, Failure> {
    let mut secret = call.secret_to_change(&request.secret_id)?;
    secret.check_live()?;
    secret.policy = None;
    let told = secret.named();
    call.store(secret).await;
    Ok(told)
}

pub(super) fn validate(
    call: &Call<'_>,
    request: &ValidateResourcePolicy,
) -> Result<Value, Failure> {
    if let Some(id) = &request.secret_id {
        call.secret(id)?.check_live()?;
    }
    let policy = parse(&request.resource_policy)?;
    let errors = match policy.is_public() {
        true => json!([{
            "CheckName": "POLICY_GRANTS_PUBLIC_ACCESS",
            "ErrorMessage": "The resource policy grants broad access to the secret.",
        }]),
        false => json!([]),
    };
    Ok(json!({ "PolicyValidationPassed": !policy.is_public(), "ValidationErrors": errors }))
}

fn parse(text: &str) -> Result<Policy, Failure> {
    if text.is_empty() || text.len() > LIMIT {
        return Err(Failure::Validation(format!("resourcePolicy has 1 to {LIMIT} characters")));
    }
    Policy::parse(text, Place::Resource)
        .map_err(|error| Failure::MalformedPolicy(error.to_string()))
}
