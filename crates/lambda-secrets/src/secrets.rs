//! Secrets without the environment: usable anywhere, from async code too.

use std::fmt;

use secrecy::SecretString;
use serde_json::value::RawValue;

use crate::fetch::{Client, Connection, Fetched, Timeouts};
use crate::quiet::quiet;
use crate::settings::Settings;
use crate::value::seal;
use crate::{Error, MappingError, SecretId, SecretValue, json};

/// Reads secrets by name. Every call is one request; clones share the connection.
#[derive(Debug, Clone)]
pub struct Secrets {
    client: Client,
}

/// How [`Secrets`] reaches Secrets Manager.
#[derive(Debug, Clone, Default)]
pub struct SecretsBuilder {
    connection: Connection,
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

    /// The map, with what the process's variables say about region, endpoint and credentials.
    pub fn build(self) -> Result<Secrets, Error> {
        let settings = Settings::of_process()?;
        if let Some(url) = self.connection.endpoint.as_ref().or(settings.endpoint.as_ref()) {
            crate::fetch::check_endpoint("endpoint", url)?;
        }
        let client = Client::new(&self.connection, &settings, &[])
            .map_err(|source| Error::Connection { source })?;
        Ok(Secrets { client })
    }
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

    /// The current version of the secret with this name or ARN.
    pub async fn get_secret(&self, name: &str) -> Result<Secret, Error> {
        let id = SecretId::parse(name)?;
        let fetched = quiet(self.client.fetch(&id, self.client.deadline())).await;
        match fetched {
            Ok(fetched) => Ok(Secret { id, fetched }),
            Err(source) => Err(Error::Fetch { secret: id.as_str().to_owned(), source }),
        }
    }

    /// The value of one key of the secret with this name or ARN.
    pub async fn get_secret_value(&self, name: &str, key: &str) -> Result<SecretString, Error> {
        self.get_secret(name).await?.key(key)
    }
}

/// One version of a secret.
#[derive(Clone)]
pub struct Secret {
    id: SecretId,
    fetched: Fetched,
}

impl Secret {
    /// The id that was asked for.
    pub fn id(&self) -> &SecretId {
        &self.id
    }

    /// The id of the version.
    pub fn version_id(&self) -> Option<&str> {
        self.fetched.version_id.as_deref()
    }

    /// The whole value.
    pub fn value(&self) -> &SecretValue {
        &self.fetched.value
    }

    /// The value of one key of a JSON object: text as it is, anything else as its JSON text.
    ///
    /// A key that is missing or `null` is an error that lists the keys that are there.
    pub fn key(&self, key: &str) -> Result<SecretString, Error> {
        let entries = self.entries()?;
        match entries.iter().rev().find(|(name, _)| name == key).map(|(_, value)| value.get()) {
            Some(text) if text.starts_with('"') => {
                let problem = |_| MappingError::InvalidValue { key: key.to_owned() };
                json::string(text).map(seal).map_err(problem).map_err(|error| self.bad(error))
            }
            Some(text) if text != "null" => Ok(SecretString::from(text)),
            _ => Err(Error::KeyMissing {
                secret: self.id.as_str().to_owned(),
                key: key.to_owned(),
                existing: entries.into_iter().map(|(name, _)| name).collect(),
            }),
        }
    }

    /// The keys of a JSON object, in the order in which they stand; none for any other value.
    pub fn keys(&self) -> Result<Vec<String>, Error> {
        Ok(self.entries()?.into_iter().map(|(name, _)| name).collect())
    }

    fn entries(&self) -> Result<Vec<(String, &RawValue)>, Error> {
        match self.fetched.value.as_text() {
            Some(text) if json::looks_like_object(text) => json::entries(text).map_err(|error| {
                self.bad(MappingError::BadJson { line: error.line(), column: error.column() })
            }),
            _ => Ok(Vec::new()),
        }
    }

    fn bad(&self, source: MappingError) -> Error {
        Error::Mapping { secret: self.id.as_str().to_owned(), source }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secret")
            .field("id", &self.id)
            .field("version_id", &self.fetched.version_id)
            .finish_non_exhaustive()
    }
}
