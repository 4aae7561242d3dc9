//! Secrets without the environment: usable anywhere, from async code too.

mod builder;
mod renewal;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use secrecy::SecretString;
use tracing::{Instrument, Level};

pub use builder::SecretsBuilder;
pub use renewal::Renewal;

use crate::cache::{Cache, Stats, Wanted};
use crate::provider::Provider;
use crate::{Error, Metrics, Secret, SecretRequest, Source, report};

/// Reads secrets by name, and keeps them for their time. Clones share connection and cache.
#[derive(Clone)]
pub struct Secrets {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) chain: Vec<Arc<dyn Provider>>,
    pub(crate) cache: Cache,
    pub(crate) fallback_level: Level,
    /// The provider that can write, where AWS is in the chain.
    #[cfg(feature = "write")]
    pub(crate) aws: Option<Arc<crate::provider::Aws>>,
    metrics: Option<Metrics>,
    /// What was held before the snapshot.
    #[cfg(feature = "snapstart")]
    pub(crate) held: std::sync::Mutex<Vec<SecretRequest>>,
    /// How long the read after the restore may take.
    #[cfg(feature = "snapstart")]
    pub(crate) total: Duration,
}

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Checked {
    /// The providers that answer, in the order of the chain.
    pub sources: Vec<Source>,
    /// How long they took together.
    pub latency: Duration,
}

impl Secrets {
    /// A map that the process's variables describe, as Lambda sets them.
    pub fn from_env() -> Result<Self, Error> {
        Self::builder().build()
    }

    /// A map to be configured.
    pub fn builder() -> SecretsBuilder {
        SecretsBuilder::default()
    }

    /// The current version of the secret with this name, ARN or partial ARN.
    pub async fn get_secret(&self, name: &str) -> Result<Secret, Error> {
        match self.inner.cache.hit(name) {
            Some(secret) => Ok(secret),
            // a hit needs no future of some kilobytes
            None => Box::pin(self.inner.find(SecretRequest::parse(name)?)).await,
        }
    }

    /// One version of a secret, by its id or its staging label.
    pub async fn get_version(&self, request: &SecretRequest) -> Result<Secret, Error> {
        match self.inner.cache.hit(&key_of(0, request)) {
            Some(secret) => Ok(secret),
            None => Box::pin(self.inner.find(request.clone())).await,
        }
    }

    /// The value of one key of the secret with this name or ARN: text as it is, anything else as
    /// its JSON text.
    pub async fn get_secret_value(&self, name: &str, key: &str) -> Result<SecretString, Error> {
        match self.inner.cache.hit_with(name, |secret| secret.key(key)) {
            Some(Ok(value)) => Ok(value),
            _ => Ok(Box::pin(self.inner.find_key(name, key)).await?.0),
        }
    }

    /// Like [`get_secret_value`](Self::get_secret_value), and `default` where that fails, whatever
    /// the reason; a failure that is no absence is logged.
    pub async fn get_secret_value_or(&self, name: &str, key: &str, default: &str) -> SecretString {
        let found = self.get_secret_value(name, key).await;
        found.unwrap_or_else(|error| self.inner.default(&error, default))
    }

    /// The one value of the secret with this name or ARN, as [`Secret::single`] says.
    pub async fn get_value(&self, name: &str) -> Result<SecretString, Error> {
        self.get_secret(name).await?.single()
    }

    /// Like [`get_value`](Self::get_value), and `default` where that fails, whatever the reason; a
    /// failure that is no absence is logged.
    pub async fn get_value_or(&self, name: &str, default: &str) -> SecretString {
        let found = self.get_value(name).await;
        found.unwrap_or_else(|error| self.inner.default(&error, default))
    }

    /// Which provider the secret, or its key, comes from.
    pub async fn source_of(&self, name: &str, key: Option<&str>) -> Result<Source, Error> {
        match key {
            None => Ok(self.get_secret(name).await?.source()),
            Some(key) => Ok(Box::pin(self.inner.find_key(name, key)).await?.1),
        }
    }

    /// Reads the secret by a call that begins now, and keeps what it brings.
    ///
    /// A failure is an error, and leaves a value that may still be served in its place.
    pub async fn refresh(&self, name: &str) -> Result<Secret, Error> {
        self.refresh_version(&SecretRequest::parse(name)?).await
    }

    /// Reads one version by a call that begins now, and keeps what it brings.
    pub async fn refresh_version(&self, request: &SecretRequest) -> Result<Secret, Error> {
        Box::pin(self.inner.ask_all(request, Wanted::Anew)).await
    }

    /// Drops every value that is kept. Those that nobody holds are zeroed.
    pub fn clear_cache(&self) {
        self.inner.cache.clear();
    }

    /// What the cache holds and did.
    pub fn stats(&self) -> Stats {
        self.inner.cache.stats()
    }

    /// Asks every provider whether it answers.
    ///
    /// AWS is asked for a secret that does not exist: that it says so, or denies it, proves route,
    /// TLS and credentials. It does not prove that the function may read a secret of its own.
    pub async fn check(&self) -> Result<Checked, Error> {
        let started = Instant::now();
        let mut sources = Vec::new();
        for provider in &self.inner.chain {
            provider.check().await?;
            sources.push(provider.source());
        }
        Ok(Checked { sources, latency: started.elapsed() })
    }
}

impl Inner {
    /// The first answer of the chain.
    async fn find(&self, request: SecretRequest) -> Result<Secret, Error> {
        self.ask_all(&request, Wanted::Any).await
    }

    pub(crate) async fn ask_all(
        &self,
        request: &SecretRequest,
        wanted: Wanted,
    ) -> Result<Secret, Error> {
        let mut failures = Failures::default();
        for (index, provider) in self.chain.iter().enumerate() {
            match self.ask(index, &**provider, request, wanted).await {
                Ok(secret) => {
                    failures.told(self.fallback_level, secret.source());
                    return Ok(secret);
                }
                Err(error) => failures.add(error),
            }
        }
        Err(failures.worst())
    }

    /// The first value of the key in the chain, from the secret or apart from it.
    pub(crate) async fn find_key(
        &self,
        name: &str,
        key: &str,
    ) -> Result<(SecretString, Source), Error> {
        let request = SecretRequest::parse(name)?;
        let mut failures = Failures::default();
        for (index, provider) in self.chain.iter().enumerate() {
            let secret = self.ask(index, &**provider, &request, Wanted::Any).await;
            let found = match secret.and_then(|secret| secret.key(key)) {
                Ok(value) => Ok(value),
                Err(error) => provider.key(&request, key).unwrap_or(Err(error)),
            };
            match found {
                Ok(value) => {
                    failures.told(self.fallback_level, provider.source());
                    return Ok((value, provider.source()));
                }
                Err(error) => failures.add(error),
            }
        }
        Err(failures.worst())
    }

    async fn ask(
        &self,
        index: usize,
        provider: &dyn Provider,
        request: &SecretRequest,
        wanted: Wanted,
    ) -> Result<Secret, Error> {
        if !provider.is_remote() {
            return provider.secret(request).await;
        }
        let key = key_of(index, request);
        if wanted == Wanted::Any
            && let Some(secret) = self.cache.hit(&key)
        {
            return Ok(secret);
        }
        let span = tracing::info_span!(
            "get_secret",
            secret = request.id().as_str(),
            source = %provider.source(),
            outcome = tracing::field::Empty,
        );
        let call = async {
            let started = Instant::now();
            let result = provider.secret(request).await;
            if let Some(metrics) = &self.metrics {
                metrics.called(request, result.as_ref().err(), started.elapsed());
            }
            result
        };
        let read = self.cache.read(&key, request, wanted, call);
        let result = read.instrument(span.clone()).await;
        if let (Some(metrics), Ok(secret)) = (&self.metrics, &result)
            && secret.is_stale()
        {
            metrics.served_stale(request);
        }
        span.record(
            "outcome",
            match &result {
                Ok(secret) if secret.is_stale() => "stale",
                Ok(_) => "read",
                Err(error) => error.kind(),
            },
        );
        result
    }

    fn default(&self, error: &Error, default: &str) -> SecretString {
        if !error.is_absence() {
            report::fallen_back(self.fallback_level, error, "taking the default");
        }
        SecretString::from(default)
    }
}

/// What the providers of the chain that were asked in vain said.
#[derive(Default)]
struct Failures(Vec<Error>);

impl Failures {
    fn add(&mut self, error: Error) {
        self.0.push(error);
    }

    /// Logs those that are more than an absence, once another provider has answered.
    fn told(&self, level: Level, source: Source) {
        for error in self.0.iter().filter(|error| !error.is_absence()) {
            report::fallen_back(level, error, &format!("taking the value of {source}"));
        }
    }

    /// The failure that explains most: the first that is more than an absence.
    fn worst(mut self) -> Error {
        let index = self.0.iter().position(|error| !error.is_absence()).unwrap_or(0);
        self.0.swap_remove(index)
    }
}

/// What the cache calls a version of the provider at `index`.
///
/// The current version at the first provider is called by its name alone, so that a hit needs no
/// text of its own. NUL stands in no name.
fn key_of(index: usize, request: &SecretRequest) -> String {
    let mut key = request.id().as_str().to_owned();
    if !request.is_current() {
        let (version, stage) = (request.version(), request.stage());
        key = format!("{key}\0{}\0{}", version.unwrap_or_default(), stage.unwrap_or_default());
    }
    if index > 0 {
        key = format!("{key}\0#{index}");
    }
    key
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secrets")
            .field("chain", &self.inner.chain)
            .field("stats", &self.stats())
            .finish_non_exhaustive()
    }
}
