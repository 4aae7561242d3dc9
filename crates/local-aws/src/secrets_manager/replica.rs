//! Replicas: whole secrets of other regions that follow their primary and refuse to be written.
//!
//! A replica is sealed under a key of its own region. It follows at once, where AWS takes seconds.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::create;
use super::failure::Failure;
use super::read::OneSecret;
use super::seal::{self, Belongs};
use super::secret::Secret;
use super::vault::Call;
use super::version::{Version, Versions};

/// What the primary knows of one replica.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Replica {
    key: Option<String>,
    overwrite: Overwrite,
    failure: Option<String>,
}

/// What happens to another secret of the same name in the replica's region.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Overwrite {
    Keep,
    Replace,
}

impl Overwrite {
    pub(super) fn of(force: bool) -> Self {
        if force { Self::Replace } else { Self::Keep }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ReplicaRegion {
    region: String,
    kms_key_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Replicate {
    secret_id: String,
    add_replica_regions: Vec<ReplicaRegion>,
    #[serde(default)]
    force_overwrite_replica_secret: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RemoveRegions {
    secret_id: String,
    remove_replica_regions: Vec<String>,
}

pub(super) async fn replicate(call: &mut Call<'_>, request: Replicate) -> Result<Value, Failure> {
    let mut secret = call.secret_to_change(&request.secret_id)?;
    secret.check_live()?;
    let overwrite = Overwrite::of(request.force_overwrite_replica_secret);
    add(call, &mut secret, request.add_replica_regions, overwrite)?;
    let name = secret.name.clone();
    call.store(secret).await;
    told(call, &name)
}

pub(super) async fn remove_regions(
    call: &mut Call<'_>,
    request: &RemoveRegions,
) -> Result<Value, Failure> {
    let mut secret = call.secret_to_change(&request.secret_id)?;
    secret.check_live()?;
    for region in &request.remove_replica_regions {
        if secret.replicas.remove(region).is_none() {
            let message = format!("The secret has no replica in {region}.");
            return Err(Failure::InvalidParameter(message));
        }
        let arn = arn_in(region, &secret, call.region);
        let vault = call.vault_in(region);
        if vault.by_name(&secret.name).is_some_and(|replica| replica.arn == arn) {
            vault.remove(&secret.name);
        }
    }
    if secret.replicas.is_empty() {
        secret.primary_region = None;
    }
    let name = secret.name.clone();
    call.store(secret).await;
    told(call, &name)
}

/// Makes a replica a secret of its own; called in the replica's region.
pub(super) fn stop(call: &mut Call<'_>, request: &OneSecret) -> Result<Value, Failure> {
    let mut secret = call.secret(&request.secret_id)?.clone();
    secret.check_live()?;
    let here = call.region.to_owned();
    let primary = match secret.primary_region.take() {
        Some(primary) if primary != here => primary,
        _ => return Err(Failure::InvalidParameter("The secret is not a replica.".to_owned())),
    };
    let arn = secret.arn.clone();
    if let Some(mut from) = call.vault_in(&primary).by_name(&secret.name).cloned() {
        from.replicas.remove(&here);
        if from.replicas.is_empty() {
            from.primary_region = None;
        }
        call.vault_in(&primary).put(from);
    }
    call.vault().put(secret);
    Ok(json!({ "ARN": arn }))
}

/// Adds replicas to a primary; they are filled when it is stored.
pub(super) fn add(
    call: &Call<'_>,
    secret: &mut Secret,
    regions: Vec<ReplicaRegion>,
    overwrite: Overwrite,
) -> Result<(), Failure> {
    if regions.is_empty() {
        return Err(Failure::Validation("addReplicaRegions has at least 1 member".to_owned()));
    }
    for ReplicaRegion { region, kms_key_id } in regions {
        if region == call.region {
            let message = "Invalid replica region: it is the region of the primary secret.";
            return Err(Failure::InvalidParameter(message.to_owned()));
        }
        let replica = Replica { key: create::key(kms_key_id), overwrite, failure: None };
        secret.replicas.insert(region, replica);
    }
    secret.primary_region = Some(call.region.to_owned());
    Ok(())
}

/// Brings every replica up to its primary, and writes down what could not be done.
pub(super) async fn sync(call: &mut Call<'_>, primary: &mut Secret) {
    let mut replicas = std::mem::take(&mut primary.replicas);
    for (region, replica) in &mut replicas {
        replica.failure = follow(call, primary, region, replica).await.err();
    }
    primary.replicas = replicas;
}

async fn follow(
    call: &mut Call<'_>,
    primary: &Secret,
    region: &str,
    replica: &Replica,
) -> Result<(), String> {
    let arn = arn_in(region, primary, call.region);
    let there = call.regions.get(region).and_then(|vault| vault.by_name(&primary.name));
    let old = there.filter(|secret| secret.arn == arn);
    if there.is_some() && old.is_none() && replica.overwrite == Overwrite::Keep {
        return Err(format!(
            "Replication failed: the secret {} already exists in region {region}.",
            primary.name
        ));
    }
    let to = Target { region, arn: &arn, key: replica.key.as_deref() };
    let versions = resealed(call, primary, to, old)
        .await
        .map_err(|failure| format!("Replication failed: {failure}"))?;
    let secret = Secret {
        arn,
        key: replica.key.clone(),
        versions,
        replicas: BTreeMap::new(),
        ..primary.clone()
    };
    call.vault_in(region).put(secret);
    Ok(())
}

/// Where a version is sealed again.
#[derive(Clone, Copy)]
struct Target<'a> {
    region: &'a str,
    arn: &'a str,
    key: Option<&'a str>,
}

/// Returns the versions of the primary, sealed for its replica. What is there already is kept.
async fn resealed(
    call: &Call<'_>,
    primary: &Secret,
    to: Target<'_>,
    old: Option<&Secret>,
) -> Result<Versions, Failure> {
    let old = old.filter(|secret| secret.key.as_deref() == to.key);
    let mut versions = Vec::new();
    for version in primary.versions.iter() {
        let sealed = match old.and_then(|secret| secret.versions.by_id(&version.id)) {
            Some(there) => there.sealed.clone(),
            None => {
                let value = call.open(primary, version).await?;
                let belongs = Belongs { region: to.region, arn: to.arn, version: &version.id };
                seal::seal(call.kms, to.key, belongs, &value).await?
            }
        };
        versions.push(Version { sealed, ..version.clone() });
    }
    Ok(Versions::from(versions))
}

/// Returns the ARN of a secret's replica: the same, in another region.
fn arn_in(region: &str, primary: &Secret, primary_region: &str) -> String {
    let part = |region: &str| format!(":secretsmanager:{region}:");
    primary.arn.replacen(&part(primary_region), &part(region), 1)
}

fn told(call: &mut Call<'_>, name: &str) -> Result<Value, Failure> {
    let secret = call.vault().by_name(name).ok_or(Failure::SecretNotFound)?;
    Ok(json!({ "ARN": secret.arn, "ReplicationStatus": status(secret) }))
}

/// Returns the state of every replica.
pub(super) fn status(secret: &Secret) -> Value {
    let replicas = secret.replicas.iter().map(|(region, replica)| {
        let mut told = json!({
            "Region": region,
            "KmsKeyId": replica.key.as_deref().unwrap_or("alias/aws/secretsmanager"),
            "Status": if replica.failure.is_some() { "Failed" } else { "InSync" },
        });
        if let Some(failure) = &replica.failure {
            told["StatusMessage"] = json!(failure);
        }
        told
    });
    replicas.collect()
}
