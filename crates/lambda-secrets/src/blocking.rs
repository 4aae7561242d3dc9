//! The map for code that is not async: a plain `main`, a tool, a test.

use std::sync::{Mutex, PoisonError};

use secrecy::SecretString;
use tokio::runtime::{Builder, Handle, Runtime};

use crate::runtime::GRACE;
use crate::{Error, Secret, Secrets};

/// [`Secrets`] whose methods wait. It refuses to wait inside an async runtime.
#[derive(Debug)]
pub struct BlockingSecrets {
    secrets: Secrets,
    /// There until it is dropped.
    runtime: Mutex<Option<Runtime>>,
}

impl Secrets {
    /// The same map for code that is not async; it shares the cache.
    ///
    /// Dropping the result ends its runtime, so that the process may have one thread again.
    pub fn blocking(&self) -> Result<BlockingSecrets, Error> {
        let runtime = Builder::new_current_thread().enable_all().build().map_err(Error::Runtime)?;
        Ok(BlockingSecrets { secrets: self.clone(), runtime: Mutex::new(Some(runtime)) })
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
        match &*runtime {
            Some(runtime) => Ok(runtime.block_on(work)),
            // only `drop` takes it
            None => Err(Error::WouldBlock),
        }
    }
}

/// A runtime of tokio's own accord waits for a look-up that hangs, and panics where it is dropped
/// inside another.
impl Drop for BlockingSecrets {
    fn drop(&mut self) {
        let runtime = self.runtime.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        match (runtime, Handle::try_current()) {
            (Some(runtime), Ok(_)) => runtime.shutdown_background(),
            (Some(runtime), Err(_)) => runtime.shutdown_timeout(GRACE),
            (None, _) => {}
        }
    }
}
