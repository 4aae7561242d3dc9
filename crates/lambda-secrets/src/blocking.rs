//! The map for code that is not async: a plain `main`, a tool, a test.

use std::sync::{Mutex, PoisonError};

use secrecy::SecretString;
use tokio::runtime::{Builder, Handle, Runtime};

use crate::{Error, Secret, Secrets};

/// [`Secrets`] whose methods wait. It refuses to wait inside an async runtime.
#[derive(Debug)]
pub struct BlockingSecrets {
    secrets: Secrets,
    runtime: Mutex<Runtime>,
}

impl Secrets {
    /// The same map for code that is not async; it shares the cache.
    ///
    /// Dropping the result ends its runtime, so that the process may have one thread again.
    pub fn blocking(&self) -> Result<BlockingSecrets, Error> {
        let runtime = Builder::new_current_thread().enable_all().build().map_err(Error::Runtime)?;
        Ok(BlockingSecrets { secrets: self.clone(), runtime: Mutex::new(runtime) })
    }
}

impl BlockingSecrets {
    /// As [`Secrets::get_secret`].
    pub fn get_secret(&self, name: &str) -> Result<Secret, Error> {
        match self.secrets.inner.cache.hit(name) {
            Some(secret) => Ok(secret),
            None => self.wait(self.secrets.get_secret(name))?,
        }
    }

    /// As [`Secrets::get_secret_value`].
    pub fn get_secret_value(&self, name: &str, key: &str) -> Result<SecretString, Error> {
        self.wait(self.secrets.get_secret_value(name, key))?
    }

    /// As [`Secrets::get_value`].
    pub fn get_value(&self, name: &str) -> Result<SecretString, Error> {
        self.get_secret(name)?.single()
    }

    /// As [`Secrets::get_value_or`]; inside an async runtime the default.
    pub fn get_value_or(&self, name: &str, default: &str) -> SecretString {
        let found = self.wait(self.secrets.get_value_or(name, default));
        found.unwrap_or_else(|_| SecretString::from(default))
    }

    fn wait<T>(&self, work: impl Future<Output = T>) -> Result<T, Error> {
        if Handle::try_current().is_ok() {
            return Err(Error::WouldBlock);
        }
        let runtime = self.runtime.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(runtime.block_on(work))
    }
}
