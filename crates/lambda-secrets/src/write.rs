//! Storing a value, never over one that was not seen.

use crate::fetch::{FetchError, Written};
use crate::quiet::quiet;
use crate::{Error, Secret, SecretRequest, SecretValue, Secrets};

/// How often a write of one key is tried where other writers are at work.
const TRIES: usize = 3;

impl Secrets {
    /// Makes `value` the current version in the place of the one that `old` is; its version id.
    ///
    /// Where another writer was first this is [`Error::Conflict`], and nothing is overwritten.
    pub async fn put(&self, old: &Secret, value: SecretValue) -> Result<String, Error> {
        let request = SecretRequest::new(old.id().clone());
        let version = old.version_id().ok_or_else(|| no_aws("the secret to replace"))?;
        self.swap(&request, Some(version), &value).await
    }

    /// Makes `value` the current version of the secret with this name or ARN, in the place of the
    /// one that is current now, or as the first one; its version id.
    ///
    /// The secret must exist: this crate creates none.
    pub async fn store(&self, name: &str, value: SecretValue) -> Result<String, Error> {
        let aws = self.inner.aws.as_deref().ok_or_else(|| no_aws("the chain"))?;
        let request = aws.asked(&SecretRequest::parse(name)?)?.labelled_current();
        let old = match aws.read(&request).await {
            Ok(old) => Some(old),
            // it has no version yet, or there is none; writing tells
            Err(Error::Fetch { source: FetchError::NotFound(_), .. }) => None,
            Err(error) => return Err(error),
        };
        let version = old.as_ref().and_then(Secret::version_id);
        self.swap(&request, version, &value).await
    }

    /// Sets one key of a JSON object and leaves the others as they are; the version id.
    ///
    /// Where another writer is first the object is read again, up to three times in all.
    pub async fn store_key(&self, name: &str, key: &str, value: &str) -> Result<String, Error> {
        let aws = self.inner.aws.as_deref().ok_or_else(|| no_aws("the chain"))?;
        let request = aws.asked(&SecretRequest::parse(name)?)?.labelled_current();
        let mut tries = 1;
        loop {
            let old = aws.read(&request).await?;
            let text = with_key(&old, key, value)?;
            match self.swap(&request, old.version_id(), &text).await {
                Err(Error::Conflict { .. }) if tries < TRIES => tries += 1,
                result => return result,
            }
        }
    }

    async fn swap(
        &self,
        request: &SecretRequest,
        old: Option<&str>,
        value: &SecretValue,
    ) -> Result<String, Error> {
        let aws = self.inner.aws.as_deref().ok_or_else(|| no_aws("the chain"))?;
        let client = aws.client(request)?;
        let secret = || request.id().as_str().to_owned();
        let written = quiet(client.write(request.id(), old, value, client.deadline())).await;
        // what was kept is old now, and the caller's own next read shall see the new value
        self.inner.cache.clear();
        match written {
            Ok(Written::Current(version)) => Ok(version),
            Ok(Written::Conflict) => Err(Error::Conflict { secret: secret() }),
            Err(source) => Err(Error::Fetch { secret: secret(), source }),
        }
    }
}

/// The object of `old` with one key set.
fn with_key(old: &Secret, key: &str, value: &str) -> Result<SecretValue, Error> {
    use crate::value::seal;
    use serde_json::to_string;

    if old.value().as_text().is_none_or(|text| !crate::json::looks_like_object(text)) {
        return Err(Error::Typed {
            secret: old.id().as_str().to_owned(),
            source: crate::TypedError::Unfit,
        });
    }
    let unfit = |_| old.bad(crate::MappingError::InvalidValue { key: key.to_owned() });
    let mut text = zeroizing(String::from("{"));
    for (name, raw) in old.entries()?.filter(|(name, _)| *name != key) {
        text.push_str(&to_string(name).map_err(unfit)?);
        text.push(':');
        text.push_str(raw);
        text.push(',');
    }
    text.push_str(&to_string(key).map_err(unfit)?);
    text.push(':');
    text.push_str(&zeroizing(to_string(value).map_err(unfit)?));
    text.push('}');
    Ok(SecretValue::Text(seal(std::mem::take(&mut *text))))
}

fn zeroizing(text: String) -> secrecy::zeroize::Zeroizing<String> {
    secrecy::zeroize::Zeroizing::new(text)
}

fn no_aws(what: &str) -> Error {
    let problem = format!("needs AWS Secrets Manager, and {what} is not of it");
    Error::InvalidSetting { setting: "write", problem }
}
