//! What a map of secrets is made of.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tracing::Level;

use super::{Inner, Secrets};
use crate::cache::{Cache, Clock, Failures, Rules};
use crate::fetch::{Connection, Timeouts};
use crate::provider::{Aws, Environment, Provider};
use crate::settings::Settings;
use crate::{Error, Metrics, Source};

/// How [`Secrets`] finds, keeps and names secrets.
#[derive(Debug, Clone)]
pub struct SecretsBuilder {
    connection: Connection,
    prefix: String,
    environment_prefix: Option<String>,
    env_file: PathBuf,
    #[cfg(feature = "dotenv")]
    settings_file: Option<PathBuf>,
    aws: AwsByDefault,
    chain: Option<Vec<Source>>,
    providers: Vec<Arc<dyn Provider>>,
    rules: Rules,
    fallback_level: Level,
    metrics: Option<Metrics>,
}

/// Whether AWS is asked where `USE_SECRETS_MANAGER` has no opinion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum AwsByDefault {
    Asked,
    NotAsked,
}

impl Default for SecretsBuilder {
    fn default() -> Self {
        Self {
            connection: Connection::default(),
            prefix: String::new(),
            environment_prefix: None,
            env_file: PathBuf::from(".env"),
            #[cfg(feature = "dotenv")]
            settings_file: None,
            aws: AwsByDefault::Asked,
            chain: None,
            providers: Vec::new(),
            rules: Rules::default(),
            fallback_level: Level::WARN,
            metrics: None,
        }
    }
}

impl SecretsBuilder {
    /// Calls this endpoint instead of the region's own or that of `AWS_ENDPOINT_URL…`.
    pub fn endpoint_url(mut self, url: impl Into<String>) -> Self {
        self.connection.endpoint = Some(url.into());
        self
    }

    /// Reads from this region, whatever `AWS_REGION` and ARNs say.
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.connection.region = Some(region.into());
        self
    }

    /// How long to wait; the total is for one secret.
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.connection.timeouts = timeouts;
        self
    }

    /// Puts this before every name that AWS is asked for, as in `agent-etl/` + `db_password`.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// For how long a value is served without a call; 300 s by default, and zero keeps nothing.
    pub fn ttl(mut self, ttl: Duration) -> Self {
        self.rules.ttl = ttl;
        self
    }

    /// For how long after its time a value is served while Secrets Manager throttles, fails or does
    /// not answer; an hour by default.
    pub fn max_stale(mut self, max_stale: Duration) -> Self {
        self.rules.max_stale = max_stale;
        self
    }

    /// By which part of itself, 0 to 1, the time of each value is shortened at random, so that
    /// functions that started together do not ask together; 0.1 by default.
    pub fn jitter(mut self, jitter: f64) -> Self {
        self.rules.jitter = if jitter.is_nan() { 0.0 } else { jitter };
        self
    }

    /// How many versions are kept; 1,000 by default. The oldest goes first.
    pub fn max_entries(mut self, most: usize) -> Self {
        self.rules.most = most.max(1);
        self
    }

    /// The clocks that decide on the time of values.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.rules.clock = clock;
        self
    }

    /// Where secrets are looked for, in this order; the next one is asked where one fails.
    ///
    /// AWS alone by default; the environment alone where `USE_SECRETS_MANAGER` is false. That
    /// variable also takes AWS out of a chain. `.env` files need the feature `dotenv`; the file of a
    /// chain may hold `USE_SECRETS_MANAGER` and `SECRETS_MANAGER_REGION` too, for where the process
    /// has no such variables.
    pub fn chain<I: IntoIterator<Item = Source>>(mut self, sources: I) -> Self {
        self.chain = Some(sources.into_iter().collect());
        self
    }

    /// Leaves AWS out unless `USE_SECRETS_MANAGER` is true: for an application that began without
    /// it.
    pub fn aws_on_request(mut self) -> Self {
        self.aws = AwsByDefault::NotAsked;
        self
    }

    /// Adds a provider of your own. It stands where the chain names its source, else at the end.
    pub fn provider(mut self, provider: Arc<dyn Provider>) -> Self {
        self.providers.push(provider);
        self
    }

    /// Lets the environment hold a key as `<prefix>_<KEY>` too.
    pub fn environment_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.environment_prefix = Some(prefix.into()).filter(|prefix| !prefix.is_empty());
        self
    }

    /// The `.env` file of the chain; `.env` in the working directory by default.
    pub fn env_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.env_file = path.into();
        self
    }

    /// The level of the line that tells that a provider failed and the next one was asked, or a
    /// default was taken; WARN by default.
    pub fn fallback_level(mut self, level: Level) -> Self {
        self.fallback_level = level;
        self
    }

    /// Writes a line of CloudWatch metrics for every call, by the names of secrets only.
    pub fn metrics(mut self, metrics: Metrics) -> Self {
        self.metrics = Some(metrics);
        self
    }

    /// The region where neither this builder, the variables nor an ARN name one.
    pub fn fallback_region(mut self, region: impl Into<String>) -> Self {
        self.connection.fallback_region = Some(region.into());
        self
    }

    /// Reads the settings that `.env` files may hold from this one, where the variables are silent.
    #[cfg(feature = "dotenv")]
    pub(crate) fn settings_file(mut self, path: PathBuf) -> Self {
        self.settings_file = Some(path);
        self
    }

    pub(crate) fn deadline(&self) -> Duration {
        self.connection.timeouts.deadline()
    }

    pub(crate) fn level(&self) -> Level {
        self.fallback_level
    }

    /// The map. It makes no call, and needs neither credentials nor a region before the first one.
    pub fn build(self) -> Result<Secrets, Error> {
        let settings = self.settings()?;
        crate::fetch::check(&self.connection, &settings)?;
        let connection =
            Connection { secrets_region: settings.secrets_region, ..self.connection.clone() };
        let aws = Arc::new(Aws::new(connection, self.prefix.clone()));
        let aws_is_used = settings.use_secrets_manager.unwrap_or(self.aws == AwsByDefault::Asked);
        let chain = self.providers(&aws, aws_is_used)?;
        let mut rules = self.rules;
        if chain.len() > 1 {
            rules.failures = Failures::Held;
        }
        let inner = Inner {
            #[cfg(feature = "write")]
            aws: chain.iter().any(|provider| provider.source() == Source::Aws).then_some(aws),
            chain,
            cache: Cache::new(rules),
            fallback_level: self.fallback_level,
            metrics: self.metrics,
            #[cfg(feature = "snapstart")]
            held: std::sync::Mutex::default(),
            #[cfg(feature = "snapstart")]
            total: self.connection.timeouts.deadline(),
        };
        Ok(Secrets { inner: Arc::new(inner) })
    }

    #[cfg(feature = "dotenv")]
    fn settings(&self) -> Result<Settings, Error> {
        let names_file = self.chain.as_ref().is_some_and(|chain| chain.contains(&Source::DotEnv));
        match (&self.settings_file, names_file) {
            (None, false) => Settings::of_process(),
            (file, _) => {
                let path = file.as_ref().unwrap_or(&self.env_file).clone();
                Settings::with_file(&crate::provider::DotEnv::new(path, None))
            }
        }
    }

    #[cfg(not(feature = "dotenv"))]
    fn settings(&self) -> Result<Settings, Error> {
        Settings::of_process()
    }

    fn providers(
        &self,
        aws: &Arc<Aws>,
        aws_is_used: bool,
    ) -> Result<Vec<Arc<dyn Provider>>, Error> {
        let mut sources = match (&self.chain, aws_is_used) {
            (Some(chain), _) => chain.clone(),
            (None, true) => vec![Source::Aws],
            (None, false) => vec![Source::Environment],
        };
        sources.retain(|source| aws_is_used || *source != Source::Aws);
        let mut chain = Vec::new();
        for source in &sources {
            chain.push(self.provider_of(*source, aws)?);
        }
        let unnamed = |provider: &&Arc<dyn Provider>| !sources.contains(&provider.source());
        chain.extend(self.providers.iter().filter(unnamed).cloned());
        if chain.is_empty() {
            let problem = "names no source that may be used".to_owned();
            return Err(Error::InvalidSetting { setting: "chain", problem });
        }
        Ok(chain)
    }

    fn provider_of(&self, source: Source, aws: &Arc<Aws>) -> Result<Arc<dyn Provider>, Error> {
        let own = self.providers.iter().find(|provider| provider.source() == source);
        let wrong = |problem: String| Err(Error::InvalidSetting { setting: "chain", problem });
        match (own, source) {
            (Some(provider), _) => Ok(provider.clone()),
            (None, Source::Aws) => Ok(aws.clone()),
            (None, Source::Environment) => {
                Ok(Arc::new(Environment { prefix: self.environment_prefix.clone() }))
            }
            #[cfg(feature = "dotenv")]
            (None, Source::DotEnv) => Ok(Arc::new(crate::provider::DotEnv::new(
                self.env_file.clone(),
                self.environment_prefix.clone(),
            ))),
            #[cfg(not(feature = "dotenv"))]
            (None, Source::DotEnv) => {
                wrong("names the .env file, which needs the feature `dotenv`".to_owned())
            }
            (None, Source::Other(name)) => wrong(format!("names `{name}`, which is no provider")),
        }
    }
}
