//! Where secrets come from: one trait, the providers that come with it, and room for your own.

mod aws;
#[cfg(feature = "dotenv")]
mod dotenv;
mod environment;
mod names;

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use secrecy::SecretString;

pub(crate) use aws::Aws;
#[cfg(feature = "dotenv")]
pub(crate) use dotenv::DotEnv;
pub(crate) use environment::Environment;

use crate::{Error, Secret, SecretRequest, Source};

/// A future in a box, as a trait object can return it.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Something that has secrets.
pub trait Provider: fmt::Debug + Send + Sync {
    /// What it is called.
    fn source(&self) -> Source;

    /// The version that is asked for.
    ///
    /// Where there is no such secret the error is [`Error::NotProvided`].
    fn secret<'a>(&'a self, request: &'a SecretRequest) -> BoxFuture<'a, Result<Secret, Error>>;

    /// The value of one key that the provider keeps apart from its secret; most keep none.
    fn key(&self, _request: &SecretRequest, _key: &str) -> Option<Result<SecretString, Error>> {
        None
    }

    /// Tests the connection.
    fn check(&self) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(std::future::ready(Ok(())))
    }

    /// Whether asking costs a call, so that answers are kept.
    fn is_remote(&self) -> bool {
        true
    }

    /// Forgets connections and credentials, which do not outlive a snapshot.
    fn reset(&self) {}
}
