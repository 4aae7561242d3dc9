//! Several keys for one provider, picked in turn.
//!
//! The secret lists them as `api_keys: […]`, or as `api_key`, `api_key_1`, `api_key_2` and so on.
//! A key that the provider rejects is passed over for a while; the secret is read again once, and a
//! new version brings its keys along.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use crate::value::seal;
use crate::{Error, Secret, Secrets, json};

/// For how long a rejected key is passed over while its secret stays the same.
const REST: Duration = Duration::from_secs(60);

/// The keys of one secret.
pub struct KeyPool {
    secrets: Secrets,
    name: String,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Where the keys come from; none before a snapshot is taken.
    secret: Option<Secret>,
    keys: Vec<SecretString>,
    next: usize,
    /// When each rejected key was rejected, by the pool's clock.
    rejected: BTreeMap<usize, Duration>,
}

/// One key of a pool.
#[derive(Clone)]
pub struct PooledKey {
    key: SecretString,
    index: usize,
    secret: Secret,
}

impl PooledKey {
    /// The key.
    pub fn key(&self) -> &SecretString {
        &self.key
    }

    /// Its place in the secret, from 0: what a log may show.
    pub fn index(&self) -> usize {
        self.index
    }
}

impl fmt::Debug for PooledKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PooledKey").field("index", &self.index).finish_non_exhaustive()
    }
}

impl KeyPool {
    /// The keys of the secret with this name.
    pub async fn new(secrets: &Secrets, name: &str) -> Result<Self, Error> {
        let secret = secrets.get_secret(name).await?;
        let keys = keys_of(&secret)?;
        let state = State { secret: Some(secret), keys, ..State::default() };
        Ok(Self { secrets: secrets.clone(), name: name.to_owned(), state: Mutex::new(state) })
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.lock().keys.len()
    }

    /// Whether there is none, as in a snapshot and before the first read after the restore.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The next key that was not rejected; the one that was rejected longest ago where all were.
    ///
    /// Follows the cache of the secrets: a new version is taken when the old one's time is over.
    pub async fn next(&self) -> Result<PooledKey, Error> {
        let read = self.secrets.get_secret(&self.name).await;
        let now = self.now();
        let mut state = self.lock();
        let failure = match read {
            Ok(secret) => state.take(secret).err(),
            Err(error) if state.keys.is_empty() => Some(error),
            // a failure leaves the keys that are known
            Err(_) => None,
        };
        match (failure, state.pick(now)) {
            (None, Some(key)) => Ok(key),
            (Some(error), _) => Err(error),
            (None, None) => Err(no_key(&self.name, Vec::new())),
        }
    }

    /// Says that the provider rejected `key`. Reads the secret again, once for each version, and
    /// returns another key; `None` where there is none left to try.
    pub async fn report_rejected(&self, key: &PooledKey) -> Result<Option<PooledKey>, Error> {
        let newer = self.secrets.newer_than(&self.name, &key.secret).await.ok().flatten();
        let now = self.now();
        let mut state = self.lock();
        if let Some(newer) = newer {
            state.take(newer)?;
        }
        let same = state.keys.get(key.index).is_some_and(|known| is_same(known, &key.key));
        if same {
            state.rejected.insert(key.index, now);
        }
        let left = (0..state.keys.len()).any(|index| !state.is_resting(index, now));
        Ok(left.then(|| state.pick(now)).flatten())
    }

    /// Drops the keys; the next read brings them back.
    #[cfg(feature = "snapstart")]
    pub(crate) fn clear(&self) {
        *self.lock() = State::default();
    }

    fn now(&self) -> Duration {
        self.secrets.inner.cache.clock().monotonic()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn pick(&mut self, now: Duration) -> Option<PooledKey> {
        let secret = self.secret.clone()?;
        let count = self.keys.len();
        let in_turn = (0..count).map(|step| (self.next + step) % count);
        let rested = in_turn.clone().find(|index| !self.is_resting(*index, now));
        let longest = || in_turn.clone().min_by_key(|index| self.rejected.get(index).copied());
        let index = rested.or_else(longest)?;
        self.next = (index + 1) % count;
        Some(PooledKey { key: self.keys[index].clone(), index, secret })
    }

    /// Takes over the keys of another version.
    fn take(&mut self, secret: Secret) -> Result<(), Error> {
        let is_known = |known: &Secret| known.value().as_bytes() == secret.value().as_bytes();
        if !self.secret.as_ref().is_some_and(is_known) {
            let keys = keys_of(&secret)?;
            *self = Self { keys, ..Self::default() };
        }
        self.secret = Some(secret);
        Ok(())
    }

    fn is_resting(&self, index: usize, now: Duration) -> bool {
        self.rejected.get(&index).is_some_and(|at| now.saturating_sub(*at) < REST)
    }
}

fn is_same(one: &SecretString, other: &SecretString) -> bool {
    one.expose_secret() == other.expose_secret()
}

/// The keys that the secret lists; at least one.
fn keys_of(secret: &Secret) -> Result<Vec<SecretString>, Error> {
    let mut keys: Vec<SecretString> = Vec::new();
    let mut add = |text: &str| {
        if let Ok(key) = json::string(text)
            && !key.is_empty()
        {
            let key = seal(key);
            if !keys.iter().any(|known| is_same(known, &key)) {
                keys.push(key);
            }
        }
    };
    let entries = secret.entries()?;
    let is_plain = entries.len() == 0;
    for (name, value) in entries {
        match numbered(name) {
            _ if name == "api_keys" => {
                let list: Vec<&serde_json::value::RawValue> =
                    serde_json::from_str(value).unwrap_or_default();
                list.iter().for_each(|value| add(value.get()));
            }
            true => add(value),
            false => {}
        }
    }
    if is_plain
        && let Some(text) = secret.value().as_text()
        && !text.is_empty()
        && !json::looks_like_object(text)
    {
        keys.push(SecretString::from(text));
    }
    match keys.is_empty() {
        false => Ok(keys),
        true => Err(no_key(secret.id().as_str(), secret.keys()?)),
    }
}

fn no_key(secret: &str, existing: Vec<String>) -> Error {
    Error::KeyMissing { secret: secret.to_owned(), key: "api_key".to_owned(), existing }
}

/// `api_key`, or that with a number.
fn numbered(name: &str) -> bool {
    match name.strip_prefix("api_key") {
        Some("") => true,
        Some(rest) => rest
            .strip_prefix('_')
            .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())),
        None => false,
    }
}

impl fmt::Debug for KeyPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyPool").field("name", &self.name).field("keys", &self.len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SecretId, SecretValue, Source};

    fn keys(text: &str) -> Result<Vec<String>, Error> {
        let id = SecretId::parse("p/e/openai").unwrap();
        let secret = Secret::new(id, Source::Aws, SecretValue::Text(text.into()));
        Ok(keys_of(&secret)?.iter().map(|key| key.expose_secret().to_owned()).collect())
    }

    #[test]
    fn keys_stand_in_a_list_or_under_numbers_or_alone() {
        for (text, expected) in [
            (r#"{"api_keys":["a","b","a",""]}"#, &["a", "b"][..]),
            (r#"{"api_key":"a","api_key_2":"b","api_key_x":"c","org":"o"}"#, &["a", "b"]),
            (r#"{"api_key":"a"}"#, &["a"]),
            ("plain", &["plain"]),
        ] {
            assert_eq!(keys(text).unwrap(), expected, "{text}");
        }
        for text in [r#"{"org":"canary"}"#, r#"{"api_keys":"canary"}"#, r#"{"api_keys":[1]}"#] {
            let error = keys(text).unwrap_err();
            assert_eq!(error.kind(), "key_missing", "{text}");
            assert!(!format!("{error:?}").contains("canary"), "{error:?}");
        }
    }
}
