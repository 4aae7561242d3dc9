//! UpdateSecretVersionStage: labels move, and AWSCURRENT by compare-and-swap.

use serde::Deserialize;
use serde_json::Value;

use super::failure::Failure;
use super::vault::Call;
use super::version::CURRENT;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UpdateStage {
    secret_id: String,
    version_stage: String,
    remove_from_version_id: Option<String>,
    move_to_version_id: Option<String>,
}

pub(super) async fn update_stage(
    call: &mut Call<'_>,
    request: &UpdateStage,
) -> Result<Value, Failure> {
    let label = &request.version_stage;
    if !(1..=256).contains(&label.len()) {
        return Err(Failure::Validation("versionStage has 1 to 256 characters".to_owned()));
    }
    let mut secret = call.secret_to_change(&request.secret_id)?;
    secret.check_live()?;
    for id in [&request.remove_from_version_id, &request.move_to_version_id].into_iter().flatten() {
        if secret.versions.by_id(id).is_none() {
            return Err(Failure::VersionNotFound(format!("VersionId: {id}")));
        }
    }
    let on = secret.versions.by_label(label).map(|version| version.id.clone());
    let to = request.move_to_version_id.as_deref();
    check_swap(label, on.as_deref(), request.remove_from_version_id.as_deref(), to)?;
    match to {
        Some(to) => secret.versions.put_label(label, to),
        None => secret.versions.take_label(label),
    }
    secret.versions.check_labels()?;
    secret.changed = call.now;
    let told = secret.named();
    call.store(secret).await;
    Ok(told)
}

/// Refuses a move whose caller does not know where the label is now.
fn check_swap(
    label: &str,
    on: Option<&str>,
    from: Option<&str>,
    to: Option<&str>,
) -> Result<(), Failure> {
    let invalid = |message: String| Err(Failure::InvalidParameter(message));
    match (on, from, to) {
        (_, None, None) => invalid("name the version that the label moves to or from".to_owned()),
        (Some(_), Some(_), None) if label == CURRENT => invalid(format!(
            "You can only move staging label {label} to a different secret version. It can't be completely removed."
        )),
        (Some(on), Some(from), _) if on != from => invalid(format!(
            "The parameter RemoveFromVersionId is not correct. Staging label {label} is currently attached to version {on}."
        )),
        (None, Some(from), _) => {
            invalid(format!("Staging label {label} is not attached to version {from}."))
        }
        (Some(on), None, Some(to)) if on != to => invalid(format!(
            "The parameter RemoveFromVersionId can't be empty. Staging label {label} is currently attached to version {on}, so you must explicitly reference that version in RemoveFromVersionId."
        )),
        _ => Ok(()),
    }
}
