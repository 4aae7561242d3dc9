//! Writing a version by compare-and-swap.
//!
//! The new version is put under a staging label of its own, and `AWSCURRENT` is moved from the
//! version that was read to the new one. Secrets Manager refuses that where another writer has
//! moved the label meanwhile. The staging label is taken off again, whatever came of it.

use std::hash::{BuildHasher, RandomState};
use std::time::{Instant, SystemTime};

use aws_sdk_secretsmanager as sdk;
use aws_smithy_types::Blob;
use sdk::operation::update_secret_version_stage::UpdateSecretVersionStageOutput;
use secrecy::ExposeSecret;

use super::classify::classify;
use super::{Client, FetchError};
use crate::{SecretId, SecretValue};

const CURRENT: &str = "AWSCURRENT";

/// What came of a write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Written {
    /// It is current, under this version id.
    Current(String),
    /// Another writer was first; the new version is not current.
    Conflict,
}

impl Client {
    /// Makes `value` the current version in the place of `old`; of a secret without a version where
    /// that is `None`.
    pub(crate) async fn write(
        &self,
        id: &SecretId,
        old: Option<&str>,
        value: &SecretValue,
        deadline: Instant,
    ) -> Result<Written, FetchError> {
        let label = label();
        let (new, stages) = self.put(id, &label, value, deadline).await?;
        let outcome = match old {
            // the very first version becomes the current one by itself
            None if stages.iter().any(|stage| stage == CURRENT) => {
                Ok(Written::Current(new.clone()))
            }
            None => self.first(id, &new, deadline).await,
            Some(old) => self.swap(id, old, &new, deadline).await,
        };
        // the label is this writer's own: leaving it behind would keep the version for ever
        let _ = self.stage(id, &label, None, Some(&new), deadline).await;
        outcome
    }

    async fn put(
        &self,
        id: &SecretId,
        label: &str,
        value: &SecretValue,
        deadline: Instant,
    ) -> Result<(String, Vec<String>), FetchError> {
        let call = self.sdk().put_secret_value().secret_id(id.as_str()).version_stages(label);
        let call = match value {
            SecretValue::Text(text) => call.secret_string(text.expose_secret()),
            SecretValue::Binary(bytes) => call.secret_binary(Blob::new(bytes.expose_secret())),
        };
        let endpoint = self.endpoint_for(id);
        let timed_out = || self.timed_out(&endpoint);
        let call = call.customize().config_override(self.region_of(id));
        match tokio::time::timeout_at(deadline.into(), Box::pin(call.send())).await {
            Err(_) => Err(timed_out()),
            Ok(Err(error)) => Err(classify(error, endpoint.clone(), timed_out).without_message()),
            Ok(Ok(output)) => match output.version_id {
                Some(version) => Ok((version, output.version_stages.unwrap_or_default())),
                None => Err(FetchError::Unreadable { endpoint: endpoint.clone() }),
            },
        }
    }

    /// Makes `new` current where no version is; a label that is taken is refused.
    async fn first(
        &self,
        id: &SecretId,
        new: &str,
        deadline: Instant,
    ) -> Result<Written, FetchError> {
        match self.current(id, deadline).await {
            Ok(current) if current == new => Ok(Written::Current(current)),
            Ok(_) => Ok(Written::Conflict),
            Err(FetchError::NotFound(_)) => {
                self.stage(id, CURRENT, Some(new), None, deadline).await?;
                Ok(Written::Current(new.to_owned()))
            }
            Err(error) => Err(error),
        }
    }

    async fn swap(
        &self,
        id: &SecretId,
        old: &str,
        new: &str,
        deadline: Instant,
    ) -> Result<Written, FetchError> {
        let error = match self.stage(id, CURRENT, Some(new), Some(old), deadline).await {
            Ok(_) => return Ok(Written::Current(new.to_owned())),
            Err(error) => error,
        };
        // the refusal's code does not tell a lost race from anything else, and an answer that got
        // lost does not tell whether the label moved; what is current now does
        match self.current(id, deadline).await {
            Ok(current) if current == new => Ok(Written::Current(current)),
            Ok(current) if current != old => Ok(Written::Conflict),
            _ => Err(error),
        }
    }

    async fn current(&self, id: &SecretId, deadline: Instant) -> Result<String, FetchError> {
        let request = crate::SecretRequest::new(id.clone()).labelled_current();
        let fetched = self.fetch(&request, deadline).await?;
        let unreadable = || FetchError::Unreadable { endpoint: self.endpoint_for(id) };
        fetched.version_id.ok_or_else(unreadable)
    }

    async fn stage(
        &self,
        id: &SecretId,
        label: &str,
        to: Option<&str>,
        from: Option<&str>,
        deadline: Instant,
    ) -> Result<UpdateSecretVersionStageOutput, FetchError> {
        let call = self
            .sdk()
            .update_secret_version_stage()
            .secret_id(id.as_str())
            .version_stage(label)
            .set_move_to_version_id(to.map(str::to_owned))
            .set_remove_from_version_id(from.map(str::to_owned))
            .customize()
            .config_override(self.region_of(id));
        let endpoint = self.endpoint_for(id);
        let timed_out = || self.timed_out(&endpoint);
        match tokio::time::timeout_at(deadline.into(), Box::pin(call.send())).await {
            Err(_) => Err(timed_out()),
            Ok(result) => result.map_err(|error| classify(error, endpoint.clone(), timed_out)),
        }
    }
}

/// A staging label that no other try has. It says nothing of the value.
fn label() -> String {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let part = |salt: u8| RandomState::new().hash_one((salt, now.as_nanos(), std::process::id()));
    format!("lambda-secrets-{:016x}{:016x}", part(0), part(1))
}

#[cfg(test)]
mod tests {
    use super::label;

    #[test]
    fn every_try_has_its_own_label() {
        let labels: std::collections::BTreeSet<String> = (0..100).map(|_| label()).collect();
        assert_eq!(labels.len(), 100);
        assert!(labels.iter().all(|label| label.len() == 47));
    }
}
