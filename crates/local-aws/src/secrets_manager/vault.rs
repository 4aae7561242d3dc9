//! The secrets of one region, found by name, ARN or partial ARN; and one call that works on them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::failure::Failure;
use super::replica;
use super::seal::{self, Belongs, Plaintext, Sealed};
use super::secret::Secret;
use super::version::Version;
use crate::ACCOUNT;
use crate::kms::Kms;

/// The secrets of one region, by name.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Vault(BTreeMap<String, Secret>);

impl Vault {
    /// Removes what was to be deleted by now.
    pub(super) fn purge(&mut self, now: f64) {
        self.0.retain(|_, secret| secret.deletion.is_none_or(|deletion| deletion.due > now));
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Secret> {
        self.0.values()
    }

    pub(super) fn by_name(&self, name: &str) -> Option<&Secret> {
        self.0.get(name)
    }

    pub(super) fn put(&mut self, secret: Secret) {
        self.0.insert(secret.name.clone(), secret);
    }

    pub(super) fn remove(&mut self, name: &str) {
        self.0.remove(name);
    }

    fn find(&self, region: &str, id: &str) -> Option<&Secret> {
        let Some(tail) = id.strip_prefix("arn:") else { return self.0.get(id) };
        if let Some(secret) = self.0.values().find(|secret| secret.arn == id) {
            return Some(secret);
        }
        let here = format!("aws:secretsmanager:{region}:{ACCOUNT}:secret:");
        let name = tail.strip_prefix(here.as_str())?;
        // what ends like a whole ARN is taken for one, even where it is the end of a name
        (!ends_like_an_arn(name)).then(|| self.0.get(name)).flatten()
    }
}

/// True for a hyphen and six letters or digits at the end.
fn ends_like_an_arn(name: &str) -> bool {
    name.rsplit_once('-')
        .is_some_and(|(_, end)| end.len() == 6 && end.chars().all(|c| c.is_ascii_alphanumeric()))
}

/// One request on its way: where it is, what it sees, what time it is.
pub(super) struct Call<'a> {
    pub(super) region: &'a str,
    pub(super) regions: &'a mut BTreeMap<String, Vault>,
    pub(super) kms: &'a Kms,
    pub(super) now: f64,
}

impl Call<'_> {
    pub(super) fn vault(&mut self) -> &mut Vault {
        self.vault_in(self.region)
    }

    pub(super) fn vault_in(&mut self, region: &str) -> &mut Vault {
        self.regions.entry(region.to_owned()).or_default()
    }

    /// Returns a secret to read.
    pub(super) fn secret(&self, id: &str) -> Result<&Secret, Failure> {
        let found = self.regions.get(self.region).and_then(|vault| vault.find(self.region, id));
        found.ok_or(Failure::SecretNotFound)
    }

    /// Returns a copy of a secret to change: nothing has happened until it is stored.
    pub(super) fn secret_to_change(&self, id: &str) -> Result<Secret, Failure> {
        let secret = self.secret(id)?;
        if secret.primary_region.as_deref().is_some_and(|primary| primary != self.region) {
            return Err(Failure::replica());
        }
        Ok(secret.clone())
    }

    /// Stores a changed secret and brings its replicas up to it.
    pub(super) async fn store(&mut self, mut secret: Secret) {
        replica::sync(self, &mut secret).await;
        self.vault().put(secret);
    }

    pub(super) async fn seal(
        &self,
        secret: &Secret,
        version: &str,
        value: &Plaintext,
    ) -> Result<Sealed, Failure> {
        let to = Belongs { region: self.region, arn: &secret.arn, version };
        seal::seal(self.kms, secret.key.as_deref(), to, value).await
    }

    pub(super) async fn open(
        &self,
        secret: &Secret,
        version: &Version,
    ) -> Result<Plaintext, Failure> {
        let from = Belongs { region: self.region, arn: &secret.arn, version: &version.id };
        seal::open(self.kms, from, &version.sealed).await
    }
}

#[cfg(test)]
mod tests {
    use super::ends_like_an_arn;

    #[test]
    fn a_hyphen_and_six_end_an_arn() {
        assert!(ends_like_an_arn("p/dev/api-keys-AbC123"));
        assert!(!ends_like_an_arn("p/dev/api-keys"));
        assert!(!ends_like_an_arn("p/dev/api-keys-long"));
        assert!(!ends_like_an_arn("abcdef"));
    }
}
