//! Credentials that the other side rejects: rotated since they were read.

use std::fmt;
use std::time::Duration;

use crate::cache::Wanted;
use crate::{Error, Secret, SecretRequest, Secrets};

/// A value that was read this short a time ago is not read again because of a rejection, so that a
/// flood of rejections makes no flood of calls.
const JUST_READ: Duration = Duration::from_secs(1);

/// How a call with a secret failed.
#[derive(Debug)]
pub enum Attempt<E> {
    /// The other side does not accept the credentials.
    Rejected(E),
    /// Anything else.
    Failed(E),
}

/// Why there is no result.
#[derive(Debug)]
#[non_exhaustive]
pub enum CallError<E> {
    /// The secret could not be read.
    Secret(Error),
    /// The call failed, or the newest credentials were rejected too.
    Call(E),
}

impl<E: fmt::Display> fmt::Display for CallError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Secret(error) => error.fmt(f),
            Self::Call(error) => error.fmt(f),
        }
    }
}

impl<E: std::error::Error + 'static> std::error::Error for CallError<E> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Secret(error) => error.source(),
            Self::Call(error) => error.source(),
        }
    }
}

impl Secrets {
    /// What `call` returns with the secret; where the other side rejects it, the secret is read
    /// again, and if there is a new version `call` gets one more chance with that.
    pub async fn with_secret<T, E>(
        &self,
        name: &str,
        mut call: impl AsyncFnMut(Secret) -> Result<T, Attempt<E>>,
    ) -> Result<T, CallError<E>> {
        let first = self.get_secret(name).await.map_err(CallError::Secret)?;
        let rejected = match call(first.clone()).await {
            Ok(result) => return Ok(result),
            Err(Attempt::Failed(error)) => return Err(CallError::Call(error)),
            Err(Attempt::Rejected(error)) => error,
        };
        let newer = self.newer_than(name, &first).await.map_err(CallError::Secret)?;
        let Some(newer) = newer else { return Err(CallError::Call(rejected)) };
        match call(newer).await {
            Ok(result) => Ok(result),
            Err(Attempt::Rejected(error) | Attempt::Failed(error)) => Err(CallError::Call(error)),
        }
    }

    /// The version that has replaced `old`, if one has.
    pub(crate) async fn newer_than(
        &self,
        name: &str,
        old: &Secret,
    ) -> Result<Option<Secret>, Error> {
        let cache = &self.inner.cache;
        if let Some(kept) = cache.hit(name) {
            if differs(&kept, old) {
                return Ok(Some(kept));
            }
            if cache.age(name).is_some_and(|age| age < JUST_READ) {
                return Ok(None);
            }
        }
        let request = SecretRequest::parse(name)?;
        let found = Box::pin(self.inner.ask_all(&request, Wanted::Anew)).await?;
        Ok(Some(found).filter(|found| differs(found, old)))
    }
}

fn differs(one: &Secret, other: &Secret) -> bool {
    match (one.version_id(), other.version_id()) {
        (Some(one), Some(other)) => one != other,
        _ => one.value().as_bytes() != other.value().as_bytes(),
    }
}
