//! DeleteSecret and RestoreSecret.

use serde::Deserialize;
use serde_json::{Value, json};

use super::failure::Failure;
use super::read::OneSecret;
use super::secret::Deletion;
use super::vault::Call;
use crate::ACCOUNT;

const DAY: f64 = 86_400.0;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DeleteSecret {
    secret_id: String,
    recovery_window_in_days: Option<i64>,
    #[serde(default)]
    force_delete_without_recovery: bool,
}

pub(super) async fn delete_secret(
    call: &mut Call<'_>,
    request: &DeleteSecret,
) -> Result<Value, Failure> {
    let force = request.force_delete_without_recovery;
    let days = match request.recovery_window_in_days {
        Some(_) if force => {
            let message = "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.";
            return Err(Failure::InvalidParameter(message.to_owned()));
        }
        None => 30,
        Some(days @ 7..=30) => days,
        Some(_) => {
            let message =
                "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).";
            return Err(Failure::InvalidParameter(message.to_owned()));
        }
    };
    let mut secret = match call.secret_to_change(&request.secret_id) {
        Ok(secret) => secret,
        // forcing what is not there succeeds
        Err(Failure::SecretNotFound) if force && !request.secret_id.starts_with("arn:") => {
            let (region, name) = (call.region, &request.secret_id);
            let arn = format!("arn:aws:secretsmanager:{region}:{ACCOUNT}:secret:{name}-000000");
            return Ok(json!({ "ARN": arn, "Name": name, "DeletionDate": call.now }));
        }
        Err(failure) => return Err(failure),
    };
    if !secret.replicas.is_empty() {
        let regions: Vec<&str> = secret.replicas.keys().map(String::as_str).collect();
        let message = format!(
            "You can't delete secret {} that still has replica regions [{}].",
            secret.arn,
            regions.join(", ")
        );
        return Err(Failure::InvalidParameter(message));
    }
    let mut told = secret.named();
    if force {
        told["DeletionDate"] = json!(call.now);
        call.vault().remove(&secret.name);
        return Ok(told);
    }
    secret.check_live()?;
    let due = call.now + days as f64 * DAY;
    told["DeletionDate"] = json!(due);
    secret.deletion = Some(Deletion { asked: call.now, due });
    call.store(secret).await;
    Ok(told)
}

pub(super) async fn restore_secret(
    call: &mut Call<'_>,
    request: &OneSecret,
) -> Result<Value, Failure> {
    let mut secret = call.secret_to_change(&request.secret_id)?;
    secret.deletion = None;
    let told = secret.named();
    call.store(secret).await;
    Ok(told)
}
