//! Rotation of a secret by the four steps of AWS Secrets Manager, idempotent by token.
//!
//! | step | does |
//! |---|---|
//! | `createSecret` | asks the issuer for a new key and puts it under `AWSPENDING` |
//! | `setSecret` | lets the issuer activate it |
//! | `testSecret` | lets the issuer say whether it works |
//! | `finishSecret` | takes back keys that nobody reads any more, then moves `AWSCURRENT` by compare-and-swap |
//!
//! Every step may run twice, and does nothing the second time. A value that somebody set while the
//! rotation was under way is not lost: the rotation fails, its key is taken back, and its version
//! is under `AWSPENDING` no more, so that AWS can begin another one. A key stays valid for one
//! rotation after it was replaced, because functions keep what they have read.
//!
//! No value is logged, and none is in an error.
#![forbid(unsafe_code)]

mod issuer;
mod keys;
mod store;

use aws_sdk_secretsmanager::Client;
use secrecy::SecretString;
use serde::Deserialize;

pub use issuer::{Issuer, IssuerError, Random};
use keys::Keys;
pub use keys::KeysError;
pub use store::StoreError;
use store::{Metadata, Store};

/// What AWS sends for each step
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Event {
    /// the ARN of the secret
    pub secret_id: String,
    /// the id of the version that the rotation makes
    pub client_request_token: String,
    /// what to do
    pub step: Step,
}

/// One of the four steps
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Step {
    /// make the new value
    CreateSecret,
    /// bring it to where it is used
    SetSecret,
    /// see whether it works
    TestSecret,
    /// make it current
    FinishSecret,
}

/// Why a step failed; AWS tries it again, and gives up after a while
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// rotation was switched off
    #[error("rotation of the secret is switched off")]
    SwitchedOff,
    /// the token is not that of a rotation under way
    #[error("the version is not staged for rotation")]
    NotStaged,
    /// somebody set a value since the rotation began
    #[error("the secret was changed while it was rotated: another rotation has to begin")]
    Changed,
    /// the value is none that can be rotated
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// a call failed
    #[error(transparent)]
    Store(#[from] StoreError),
    /// the issuer failed
    #[error(transparent)]
    Issuer(#[from] IssuerError),
}

/// Does one step of a rotation
///
/// # Errors
/// Whatever keeps the step from being done; doing it again is safe.
pub async fn rotate(client: &Client, issuer: &impl Issuer, event: &Event) -> Result<(), Error> {
    let store = Store { client, id: &event.secret_id };
    let token = &event.client_request_token;
    let metadata = store.metadata().await?;
    if !metadata.is_rotated {
        return Err(Error::SwitchedOff);
    }
    if metadata.current.as_deref() == Some(token) {
        // a step that AWS sends again after the last one
        return Ok(());
    }
    match &metadata.pending {
        Some(pending) if pending == token => {}
        // AWS announces the version before the first step, and takes the label from the last rotation
        // for it; other AWS's may not
        None if event.step == Step::CreateSecret => {}
        pending if event.step == Step::CreateSecret && *pending == metadata.current => {}
        _ => return Err(Error::NotStaged),
    }
    let rotation = Rotation { store, issuer, token, metadata };
    match event.step {
        Step::CreateSecret => rotation.create().await,
        Step::SetSecret => Ok(issuer.activate(&rotation.new_key().await?).await?),
        Step::TestSecret => Ok(issuer.test(&rotation.new_key().await?).await?),
        Step::FinishSecret => rotation.finish().await,
    }
}

/// A rotation under way
struct Rotation<'a, I> {
    store: Store<'a>,
    issuer: &'a I,
    token: &'a str,
    metadata: Metadata,
}

impl<I: Issuer> Rotation<'_, I> {
    async fn create(&self) -> Result<(), Error> {
        if self.store.version(self.token).await?.is_some() {
            return Ok(());
        }
        let current = self.current().await?;
        // a key that has no place is not asked for
        current.all()?;
        let key = self.issuer.issue().await?;
        let new = current.rotated(&key)?;
        match self.store.stage(self.token, &new).await {
            Ok(()) => Ok(()),
            // another run of this step was faster, or the answer to this one was lost
            Err(error) => match self.store.version(self.token).await {
                Ok(Some(staged)) => {
                    if staged.0 != new.0 {
                        self.issuer.revoke(&key).await?;
                    }
                    Ok(())
                }
                _ => {
                    // nobody will ever ask for this key
                    self.issuer.revoke(&key).await?;
                    Err(error.into())
                }
            },
        }
    }

    async fn finish(&self) -> Result<(), Error> {
        let current = self.current().await?;
        let pending = self.pending().await?;
        if !pending.follows(&current)? {
            // as long as the label is there, AWS takes this rotation to be under way and begins no other
            self.issuer.revoke(&pending.newest()?).await?;
            self.store.unstage(self.token).await?;
            return Err(Error::Changed);
        }
        // before the move: after it, a second run would not know any more what to take back
        if let Some(previous) = &self.metadata.previous
            && let Some(previous) = self.store.version(previous).await?
            && let Ok(old) = previous.all()
        {
            let (now, next) = (current.all()?, pending.all()?);
            for key in old.iter().filter(|key| !now.contains(key) && !next.contains(key)) {
                self.issuer.revoke(&SecretString::from(key.as_str())).await?;
            }
        }
        Ok(self.store.make_current(self.token, self.metadata.current.as_deref()).await?)
    }

    async fn current(&self) -> Result<Keys, Error> {
        let version = self.metadata.current.as_deref().ok_or(KeysError::Empty)?;
        Ok(self.store.version(version).await?.ok_or(KeysError::Empty)?)
    }

    async fn pending(&self) -> Result<Keys, Error> {
        self.store.version(self.token).await?.ok_or(Error::NotStaged)
    }

    /// The key that this rotation brings
    async fn new_key(&self) -> Result<SecretString, Error> {
        Ok(self.pending().await?.newest()?)
    }
}
