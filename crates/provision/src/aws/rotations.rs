//! Rotations of a key's material: those that somebody asked for, and one more.

use aws_sdk_kms::Client;
use aws_sdk_kms::types::RotationType;
use provision_core::name::Arn;

use super::error::AwsError;

/// On-demand rotations that KMS grants a key in its life
pub(crate) const ON_DEMAND: usize = 25;

/// Returns how many rotations on demand the key has left
pub(crate) async fn rotations_left(kms: &Client, key: &Arn) -> Result<usize, AwsError> {
    const OPERATION: &str = "kms:ListKeyRotations";
    let mut made = 0;
    let mut pages = kms.list_key_rotations().key_id(key.id()).into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|e| AwsError::new(OPERATION, e))?;
        let on_demand = |kind: Option<&RotationType>| kind == Some(&RotationType::OnDemand);
        made += page.rotations().iter().filter(|r| on_demand(r.rotation_type())).count();
    }
    Ok(ON_DEMAND.saturating_sub(made))
}

/// Rotates the key's material now; what was encrypted before stays readable
pub(crate) async fn rotate_key(kms: &Client, key: &Arn) -> Result<(), AwsError> {
    kms.rotate_key_on_demand()
        .key_id(key.id())
        .send()
        .await
        .map_err(|e| AwsError::new("kms:RotateKeyOnDemand", e))?;
    Ok(())
}
