//! Secrets without the environment: usable anywhere, from async code too.

use secrecy::SecretString;

use crate::fetch::{Client, Connection, Timeouts};
use crate::quiet::quiet;
use crate::settings::Settings;
use crate::{Error, Secret, SecretRequest, Source};

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
        let request = SecretRequest::parse(name)?;
        let fetched = quiet(self.client.fetch(&request, self.client.deadline())).await;
        match fetched {
            Ok(fetched) => Ok(Secret::fetched(request.id().clone(), Source::Aws, fetched)),
            Err(source) => Err(Error::Fetch { secret: name.to_owned(), source }),
        }
    }

    /// The value of one key of the secret with this name or ARN.
    pub async fn get_secret_value(&self, name: &str, key: &str) -> Result<SecretString, Error> {
        self.get_secret(name).await?.key(key)
    }
}
