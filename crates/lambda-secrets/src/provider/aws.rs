//! AWS Secrets Manager.

use std::sync::{PoisonError, RwLock};

use super::{BoxFuture, Provider};
use crate::fetch::{Client, Connection, FetchError};
use crate::quiet::quiet;
use crate::settings::Settings;
use crate::{Error, Secret, SecretRequest, Source};

/// What a check asks for. There is no such secret: that AWS says so, or that this role may not
/// know, proves route, TLS and credentials.
const PROBE: &str = "lambda-secrets/connection-check";

/// Reads from AWS; the client is made by the first call, because credentials may come later.
#[derive(Debug)]
pub(crate) struct Aws {
    connection: Connection,
    /// What goes before every name.
    prefix: String,
    client: RwLock<Option<Client>>,
}

impl Aws {
    pub(crate) fn new(connection: Connection, prefix: String) -> Self {
        Self { connection, prefix, client: RwLock::new(None) }
    }

    async fn fetch(&self, request: &SecretRequest) -> Result<Secret, Error> {
        self.read(&self.asked(request)?).await
    }

    /// The request as AWS gets it.
    pub(crate) fn asked(&self, request: &SecretRequest) -> Result<SecretRequest, Error> {
        request.prefixed(&self.prefix)
    }

    /// Reads what is asked for, by its whole name.
    pub(crate) async fn read(&self, asked: &SecretRequest) -> Result<Secret, Error> {
        let client = self.client(asked)?;
        match quiet(client.fetch(asked, client.deadline())).await {
            Ok(fetched) => Ok(Secret::fetched(asked.id().clone(), Source::Aws, fetched)),
            Err(source) => Err(Error::Fetch { secret: asked.id().as_str().to_owned(), source }),
        }
    }

    pub(crate) fn client(&self, request: &SecretRequest) -> Result<Client, Error> {
        let made = self.client.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(client) = made {
            return Ok(client);
        }
        let settings = Settings::of_process()?;
        let client = Client::new(&self.connection, &settings, std::slice::from_ref(request));
        let client = client.map_err(|source| Error::Connection { source })?;
        // the region of one ARN is not that of the names that follow
        if !client.has_a_region_of_its_own() {
            return Ok(client);
        }
        let mut slot = self.client.write().unwrap_or_else(PoisonError::into_inner);
        Ok(slot.get_or_insert(client).clone())
    }
}

impl Provider for Aws {
    fn source(&self) -> Source {
        Source::Aws
    }

    fn secret<'a>(&'a self, request: &'a SecretRequest) -> BoxFuture<'a, Result<Secret, Error>> {
        Box::pin(self.fetch(request))
    }

    fn check(&self) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(async {
            match self.fetch(&SecretRequest::parse(PROBE)?).await {
                Ok(_) => Ok(()),
                Err(Error::Fetch {
                    source: FetchError::NotFound(_) | FetchError::AccessDenied(_),
                    ..
                }) => Ok(()),
                Err(error) => Err(error),
            }
        })
    }

    fn reset(&self) {
        *self.client.write().unwrap_or_else(PoisonError::into_inner) = None;
    }
}
