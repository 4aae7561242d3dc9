//! Secrets Manager, true to the service in what can be seen of it: tokens and versions, staging
//! labels, filters and paging, deletion and restore, replicas, policies, limits, error codes.
//!
//! Values are sealed with data keys of the embedded KMS, with the encryption context that AWS
//! uses; a key that cannot be used makes them unreadable. Rotation is recorded and never run.

mod batch;
mod create;
mod delete;
mod failure;
mod filter;
mod labels;
mod list;
mod password;
mod put;
mod read;
mod replica;
mod resource_policy;
mod rotation;
mod seal;
mod secret;
mod tags;
mod update;
mod vault;
mod version;

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::{Mutex, MutexGuard};
use winterbaume_core::MockResponse;

use crate::answer::{json_body, json_refusal};
use crate::kms::Kms;
use crate::request::Request;
use failure::Failure;
use vault::Call;

pub(crate) use vault::Vault;

/// The secrets of every region.
pub(crate) struct SecretsManager {
    regions: Mutex<BTreeMap<String, Vault>>,
}

impl SecretsManager {
    pub(crate) fn new() -> Self {
        Self { regions: Mutex::default() }
    }

    pub(crate) async fn answer(&self, request: &Request, kms: &Kms) -> MockResponse {
        let mut regions = self.regions.lock().await;
        let now = now();
        for vault in regions.values_mut() {
            vault.purge(now);
        }
        let mut call = Call { region: &request.region, regions: &mut regions, kms, now };
        match run(&mut call, request).await {
            Ok(body) => json_body(&body),
            Err(failure) => json_refusal(failure.code(), &failure.to_string()),
        }
    }

    /// Returns the secrets by region, which stay as they are for as long as this is held.
    pub(crate) async fn regions(&self) -> MutexGuard<'_, BTreeMap<String, Vault>> {
        self.regions.lock().await
    }

    pub(crate) async fn load(&self, region: &str, vault: Vault) {
        self.regions.lock().await.insert(region.to_owned(), vault);
    }
}

async fn run(call: &mut Call<'_>, request: &Request) -> Result<Value, Failure> {
    let body = &request.body;
    match request.operation.as_str() {
        "BatchGetSecretValue" => batch::batch_get_secret_value(call, &parse(body)?).await,
        "CancelRotateSecret" => rotation::cancel_rotate_secret(call, &parse(body)?).await,
        "CreateSecret" => create::create_secret(call, parse(body)?).await,
        "DeleteResourcePolicy" => resource_policy::delete(call, &parse(body)?).await,
        "DeleteSecret" => delete::delete_secret(call, &parse(body)?).await,
        "DescribeSecret" => read::describe_secret(call, &parse(body)?),
        "GetRandomPassword" => password::get_random_password(&parse(body)?),
        "GetResourcePolicy" => resource_policy::get(call, &parse(body)?),
        "GetSecretValue" => read::get_secret_value(call, &parse(body)?).await,
        "ListSecretVersionIds" => read::list_secret_version_ids(call, &parse(body)?),
        "ListSecrets" => list::list_secrets(call, &parse(body)?),
        "PutResourcePolicy" => resource_policy::put(call, &parse(body)?).await,
        "PutSecretValue" => put::put_secret_value(call, parse(body)?).await,
        "RemoveRegionsFromReplication" => replica::remove_regions(call, &parse(body)?).await,
        "ReplicateSecretToRegions" => replica::replicate(call, parse(body)?).await,
        "RestoreSecret" => delete::restore_secret(call, &parse(body)?).await,
        "RotateSecret" => rotation::rotate_secret(call, parse(body)?).await,
        "StopReplicationToReplica" => replica::stop(call, &parse(body)?),
        "TagResource" => tags::tag_resource(call, &parse(body)?).await,
        "UntagResource" => tags::untag_resource(call, &parse(body)?).await,
        "UpdateSecret" => update::update_secret(call, parse(body)?).await,
        "UpdateSecretVersionStage" => labels::update_stage(call, &parse(body)?).await,
        "ValidateResourcePolicy" => resource_policy::validate(call, &parse(body)?),
        other => Err(Failure::UnknownOperation(other.to_owned())),
    }
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Failure> {
    // the parser's own message is left out: it can quote the body, and a value is in there
    serde_json::from_slice(body).map_err(|_| Failure::Serialization)
}

/// Returns seconds since 1970, with fractions, as AWS gives dates.
fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |age| {
        // AWS gives milliseconds
        (age.as_secs_f64() * 1000.0).floor() / 1000.0
    })
}
