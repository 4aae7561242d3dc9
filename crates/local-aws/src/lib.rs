#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod answer;
mod connector;
mod directory;
mod iam;
mod kms;
mod policy;
mod request;
mod secrets_manager;
mod state;
mod sts;
mod world;

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::{SharedHttpClient, SharedHttpConnector};

use connector::Connector;
use directory::Directory;
use world::World;

pub use directory::OpenError;

/// The account that everything here belongs to.
pub const ACCOUNT: &str = "123456789012";

/// The services that are simulated, by the name that their requests are signed for.
pub const SIMULATED: &[&str] = &["secretsmanager", "kms", "iam", "sts"];

/// The AWS inside the process.
pub struct LocalAws {
    world: Arc<World>,
    is_new: bool,
}

impl LocalAws {
    /// Opens the state directory `dir`, creating it where it is missing.
    ///
    /// The directory stays locked against other processes until this value and every client made
    /// from it are dropped; a second process waits for five seconds. One that may not be written is
    /// read without a lock, and every change is refused. Needs tokio's timer. Requests may
    /// go to any region: `region` is the one that is there from the start.
    pub async fn open(dir: &Path, region: &str) -> Result<Self, OpenError> {
        let directory = Directory::lock(dir).await?;
        let state = directory.load()?;
        let is_new = state.is_none();
        let world = World::new(Some(directory));
        if let Some(state) = state {
            world.restore(state).await;
        }
        world.touch(region).await;
        Ok(Self { world: Arc::new(world), is_new })
    }

    /// Returns an AWS that forgets everything when it is dropped.
    pub async fn in_memory(region: &str) -> Self {
        let world = World::new(None);
        world.touch(region).await;
        Self { world: Arc::new(world), is_new: true }
    }

    /// True where no state was saved before.
    pub fn is_new(&self) -> bool {
        self.is_new
    }

    /// Returns the HTTP client for an SDK configuration.
    pub fn http_client(&self) -> SharedHttpClient {
        SharedHttpClient::new(Connector::new(Arc::clone(&self.world)))
    }

    /// Returns what answers single requests, for whoever serves them to other programs.
    ///
    /// A request needs the headers `authorization` and `x-amz-target` and a body in memory.
    pub fn http_connector(&self) -> SharedHttpConnector {
        SharedHttpConnector::new(Connector::new(Arc::clone(&self.world)))
    }

    /// Returns credentials for an SDK configuration; they open nothing but this.
    pub fn credentials_provider(&self) -> SharedCredentialsProvider {
        SharedCredentialsProvider::new(Credentials::new(
            "AKIALOCALLOCALLOCAL0",
            "local",
            None,
            None,
            "local-aws",
        ))
    }
}

impl fmt::Debug for LocalAws {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalAws").field("is_new", &self.is_new).finish_non_exhaustive()
    }
}
