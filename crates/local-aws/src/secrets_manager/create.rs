//! CreateSecret.

use std::collections::BTreeMap;

use rand::distr::{Alphanumeric, SampleString};
use serde::Deserialize;
use serde_json::{Value, json};

use super::failure::Failure;
use super::put;
use super::replica::{self, ReplicaRegion};
use super::seal::{self, Plaintext};
use super::secret::Secret;
use super::tags::{self, Tag};
use super::vault::Call;
use super::version::{CURRENT, Version, Versions};
use crate::ACCOUNT;

/// The names of the key that AWS keeps for secrets without one.
const MANAGED: &str = "alias/aws/secretsmanager";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateSecret {
    name: String,
    client_request_token: Option<String>,
    description: Option<String>,
    kms_key_id: Option<String>,
    secret_string: Option<String>,
    secret_binary: Option<String>,
    #[serde(default)]
    tags: Vec<Tag>,
    #[serde(default)]
    add_replica_regions: Vec<ReplicaRegion>,
    #[serde(default)]
    force_overwrite_replica_secret: bool,
}

pub(super) async fn create_secret(
    call: &mut Call<'_>,
    request: CreateSecret,
) -> Result<Value, Failure> {
    check_name(&request.name)?;
    check_description(request.description.as_deref())?;
    let token = put::version_id(request.client_request_token)?;
    let value = Plaintext::of(request.secret_string, request.secret_binary)?;
    let tags = tags::merged(BTreeMap::new(), &request.tags)?;
    if let Some(there) = call.vault().by_name(&request.name).cloned() {
        return repeated(call, &there, &token, value.as_ref()).await;
    }
    let suffix = Alphanumeric.sample_string(&mut rand::rng(), 6);
    let (region, name) = (call.region, request.name);
    let mut secret = Secret {
        arn: format!("arn:aws:secretsmanager:{region}:{ACCOUNT}:secret:{name}-{suffix}"),
        name,
        description: request.description.filter(|text| !text.is_empty()),
        key: key(request.kms_key_id),
        tags,
        created: call.now,
        changed: call.now,
        deletion: None,
        versions: Versions::default(),
        policy: None,
        rotation: None,
        replicas: BTreeMap::new(),
        primary_region: None,
    };
    seal::check_key(call.kms, region, &secret.arn, secret.key.as_deref()).await?;
    let mut told = secret.named();
    if let Some(value) = value {
        let sealed = call.seal(&secret, &token, &value).await?;
        told["VersionId"] = json!(token);
        let version = Version { id: token, created: call.now, labels: Default::default(), sealed };
        secret.versions.add(version, &[CURRENT.to_owned()], call.now)?;
    }
    if !request.add_replica_regions.is_empty() {
        let overwrite = replica::Overwrite::of(request.force_overwrite_replica_secret);
        replica::add(call, &mut secret, request.add_replica_regions, overwrite)?;
    }
    let name = secret.name.clone();
    call.store(secret).await;
    if let Some(secret) = call.vault().by_name(&name)
        && !secret.replicas.is_empty()
    {
        told["ReplicationStatus"] = replica::status(secret);
    }
    Ok(told)
}

/// The same request a second time is answered as the first was; anything else is a conflict.
async fn repeated(
    call: &Call<'_>,
    there: &Secret,
    token: &str,
    value: Option<&Plaintext>,
) -> Result<Value, Failure> {
    if there.deletion.is_some() {
        let message = "You can't create this secret because a secret with this name is already scheduled for deletion.";
        return Err(Failure::InvalidRequest(message.to_owned()));
    }
    if let Some(version) = there.versions.by_id(token)
        && let Some(value) = value
        && call.open(there, version).await? == *value
    {
        let mut told = there.named();
        told["VersionId"] = json!(token);
        return Ok(told);
    }
    let message = format!("The operation failed because the secret {} already exists.", there.name);
    Err(Failure::Exists(message))
}

/// Returns the key as a secret keeps it: the AWS-managed one is none at all.
pub(super) fn key(given: Option<String>) -> Option<String> {
    given.filter(|key| !key.is_empty() && key != MANAGED && !key.ends_with(&format!(":{MANAGED}")))
}

pub(super) fn check_description(description: Option<&str>) -> Result<(), Failure> {
    match description.map_or(0, str::len) {
        0..=2048 => Ok(()),
        _ => Err(Failure::Validation("a description has at most 2048 characters".to_owned())),
    }
}

fn check_name(name: &str) -> Result<(), Failure> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-/_+=.@!".contains(c);
    match name.len() {
        1..=512 if name.chars().all(allowed) => Ok(()),
        1..=512 => Err(Failure::Validation(
            "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!"
                .to_owned(),
        )),
        _ => Err(Failure::Validation("a name has 1 to 512 characters".to_owned())),
    }
}
