//! The load: from names to variables, in one order that every failure keeps.
//!
//! Read the settings, skip outside Lambda, refuse where the environment could not be written, read
//! the secrets, see the runtime gone, map, decide on every variable, and only then write.

use std::time::Instant;

use futures_util::StreamExt;
use tracing::Level;

use crate::fetch::{Client, Connection, FetchError, Fetched, Timeouts};
use crate::merge::{self, Merged};
use crate::reference::{Reference, references};
use crate::required::Required;
use crate::settings::{Place, Settings, Snapshot};
use crate::{Error, Loaded, Metrics, SecretId, SecretRequest, report, runtime};

/// What happens to a variable that is in the environment already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Policy {
    /// It keeps its value.
    #[default]
    Keep,
    /// It gets the secret's value.
    Overwrite,
    /// Nothing is written and the load is an error.
    Error,
}

/// What happens when a secret cannot be read or mapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum OnFailure {
    /// It is logged, and the function goes on with what it has.
    #[default]
    Continue,
    /// Nothing is written and the load is an error.
    Fail,
}

/// How several secrets are read.
///
/// A connection more costs a handshake: some 3 million instructions, about a millisecond. A wait
/// more costs what Secrets Manager takes to answer, and that is several. So the default is at once.
/// `bench/run` measures both, and `docs/performance.md` has its table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Fetch {
    /// One after the other on one connection.
    InTurn,
    /// Up to four at once, each on a connection of its own unless the endpoint offers HTTP/2.
    #[default]
    AtOnce,
}

/// What happens to variables that refer to secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum References {
    /// They get the value that they refer to.
    #[default]
    Resolve,
    /// They stay as they are.
    Ignore,
}

/// The most secrets that are read at once: past that, handshakes cost more than waiting.
const AT_ONCE: usize = 4;

/// Loads the secrets of one project and environment into the environment of the process.
///
/// [`Loader::default`] names no secret: it resolves references, and loads what
/// [`secrets`](Self::secrets) adds.
#[derive(Debug, Clone, Default)]
pub struct Loader {
    project: String,
    environment: String,
    secrets: Names,
    policy: Policy,
    on_failure: OnFailure,
    fetch: Fetch,
    force: Force,
    fallback_level: FallbackLevel,
    references: References,
    required: Vec<(Option<String>, String)>,
    snapshot: OnSnapshot,
    metrics: Option<Metrics>,
    connection: Connection,
}

#[derive(Debug, Clone)]
enum Names {
    Short(Vec<String>),
    Full(Vec<String>),
}

impl Default for Names {
    fn default() -> Self {
        Self::Full(Vec::new())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Force {
    #[default]
    ByVariable,
    Always,
}

/// What happens where a snapshot of the environment would keep what is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum OnSnapshot {
    #[default]
    Refuse,
    Load,
}

impl OnSnapshot {
    /// An error where Lambda takes a snapshot of this process and that was not allowed.
    pub(crate) fn allow(self, snapshot: Snapshot) -> Result<(), Error> {
        match (snapshot, self) {
            (Snapshot::Taken, Self::Refuse) => Err(Error::SnapshotTaken),
            _ => Ok(()),
        }
    }
}

/// The level of the lines that tell of failures; a type for its default.
#[derive(Debug, Clone, Copy)]
struct FallbackLevel(Level);

impl Default for FallbackLevel {
    fn default() -> Self {
        Self(Level::WARN)
    }
}

impl Loader {
    /// A loader of `<project>/<environment>/api-keys` and `<project>/<environment>/config`.
    pub fn new(project: impl Into<String>, environment: impl Into<String>) -> Self {
        Self {
            project: project.into(),
            environment: environment.into(),
            secrets: Names::Short(vec!["api-keys".to_owned(), "config".to_owned()]),
            policy: Policy::default(),
            on_failure: OnFailure::default(),
            fetch: Fetch::default(),
            force: Force::ByVariable,
            fallback_level: FallbackLevel::default(),
            references: References::default(),
            required: Vec::new(),
            snapshot: OnSnapshot::default(),
            metrics: None,
            connection: Connection::default(),
        }
    }

    /// Loads `<project>/<environment>/<name>` for each name; a later one wins over an earlier one.
    pub fn names<I: IntoIterator<Item: Into<String>>>(mut self, names: I) -> Self {
        self.secrets = Names::Short(names.into_iter().map(Into::into).collect());
        self
    }

    /// Loads the secrets of these full names or ARNs, whatever the project is.
    pub fn secrets<I: IntoIterator<Item: Into<String>>>(mut self, ids: I) -> Self {
        self.secrets = Names::Full(ids.into_iter().map(Into::into).collect());
        self
    }

    /// What happens to a variable that is there already.
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// What happens when a secret cannot be read or mapped.
    pub fn on_failure(mut self, on_failure: OnFailure) -> Self {
        self.on_failure = on_failure;
        self
    }

    /// How several secrets are read.
    pub fn fetch(mut self, fetch: Fetch) -> Self {
        self.fetch = fetch;
        self
    }

    /// Loads outside Lambda too, as `LAMBDA_SECRETS_FORCE=true` does.
    pub fn force(mut self) -> Self {
        self.force = Force::Always;
        self
    }

    /// Makes it an error if one of these keys is not in the environment after the load, joining
    /// those of `LAMBDA_SECRETS_REQUIRED`.
    pub fn required<I: IntoIterator<Item: Into<String>>>(mut self, keys: I) -> Self {
        self.required.extend(keys.into_iter().map(|key| (None, key.into())));
        self
    }

    /// Like [`required`](Self::required), with the short name or id of the secret for the error.
    pub fn required_in<I: IntoIterator<Item: Into<String>>>(
        mut self,
        secret: &str,
        keys: I,
    ) -> Self {
        let keys = keys.into_iter().map(|key| (Some(secret.to_owned()), key.into()));
        self.required.extend(keys);
        self
    }

    /// The level of the line that tells of a failure with [`OnFailure::Continue`]; WARN by default.
    ///
    /// At WARN and ERROR it goes to stderr where there is no subscriber of `tracing`.
    pub fn fallback_level(mut self, level: Level) -> Self {
        self.fallback_level = FallbackLevel(level);
        self
    }

    /// Whether variables that refer to secrets are replaced; they are by default.
    ///
    /// A reference is `secret:<name or ARN>#<key>`, or `<ARN>:<key>:<stage>:<version>` as in the
    /// task definitions of ECS. Without a key it stands for the whole value.
    pub fn references(mut self, references: References) -> Self {
        self.references = references;
        self
    }

    /// Loads under SnapStart too, although every sandbox that is restored from the snapshot then has
    /// the values of the day on which it was taken.
    pub fn allow_snapshot(mut self) -> Self {
        self.snapshot = OnSnapshot::Load;
        self
    }

    /// Writes a line of CloudWatch metrics for the load, by the names of secrets only.
    pub fn metrics(mut self, metrics: Metrics) -> Self {
        self.metrics = Some(metrics);
        self
    }

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

    /// How long to wait.
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.connection.timeouts = timeouts;
        self
    }

    /// Loads, and says what was done.
    ///
    /// Call it before anything starts a thread or an async runtime: it refuses where there is
    /// more than one thread, because writing the environment would not be sound.
    pub fn load(&self) -> Result<Loaded, Error> {
        let settings = Settings::of_process()?;
        let required = self.all_required(&settings)?;
        let ids = self.ids()?;
        crate::fetch::check(&self.connection, &settings)?;
        let forced = settings.forced || self.force == Force::Always;
        if settings.place == Place::Elsewhere && !forced {
            report::skipped();
            return Ok(Loaded::skipped());
        }
        if settings.use_secrets_manager == Some(false) {
            report::switched_off();
            return Ok(Loaded::skipped());
        }
        self.snapshot.allow(settings.snapshot)?;
        let references = match self.references {
            References::Resolve => references(std::env::vars_os()),
            References::Ignore => Vec::new(),
        };
        let requests = requests(&ids, &references);
        let answers = self.read(&settings, &requests)?;
        let merged = Merged::of(&ids, references, answers);
        if let (OnFailure::Fail, true) = (self.on_failure, merged.has_failures()) {
            return Err(merged.into_first_failure());
        }
        self.write(merged, &required)
    }

    fn read(&self, settings: &Settings, requests: &[SecretRequest]) -> Result<Vec<Answer>, Error> {
        let total = self.connection.timeouts.deadline();
        let fetch = self.fetch;
        let span = tracing::info_span!(
            "load_secrets",
            secrets = requests.len(),
            failures = tracing::field::Empty
        );
        let started = Instant::now();
        let work = async {
            // a client reads certificates
            if requests.is_empty() {
                return Vec::new();
            }
            match Client::new(&self.connection, settings, requests) {
                Ok(client) => fetch_all(&client, requests, fetch).await,
                Err(error) => {
                    requests.iter().map(|one| (one.clone(), Err(error.clone()))).collect()
                }
            }
        };
        let answers = span.in_scope(|| runtime::run(total, work))?;
        let failures = answers.iter().filter(|(_, answer)| answer.is_err()).count();
        span.record("failures", failures);
        if let Some(metrics) = &self.metrics {
            let names: Vec<&str> = requests.iter().map(|one| one.id().as_str()).collect();
            metrics.loaded(&names.join(","), answers.len(), failures, started.elapsed());
        }
        Ok(answers)
    }

    fn write(&self, merged: Merged, required: &[Required]) -> Result<Loaded, Error> {
        let merged = merged.require(required)?;
        let decided = merge::decide(&merged, self.policy)?;
        let alone = runtime::alone()?;
        for (name, value) in decided.to_write() {
            crate::environment::set(&alone, name, value);
        }
        let (written, kept) = (decided.written(), decided.kept());
        let origins = decided.origins();
        let loaded = Loaded::new(written, kept, origins, merged);
        report::loaded(&loaded, self.fallback_level.0);
        Ok(loaded)
    }

    fn ids(&self) -> Result<Vec<SecretId>, Error> {
        match &self.secrets {
            Names::Full(ids) => ids.iter().map(|id| SecretId::parse(id)).collect(),
            Names::Short(names) => names
                .iter()
                .map(|name| SecretId::of(&self.project, &self.environment, name))
                .collect(),
        }
    }

    fn all_required(&self, settings: &Settings) -> Result<Vec<Required>, Error> {
        let own = self.required.iter().map(|(secret, key)| Required::new(secret.as_deref(), key));
        own.chain(settings.required.iter().cloned().map(Ok)).collect()
    }
}

/// Every version that is asked for, once: the secrets in their order, then the references.
fn requests(ids: &[SecretId], references: &[Result<Reference, Error>]) -> Vec<SecretRequest> {
    let mut requests: Vec<SecretRequest> = Vec::with_capacity(ids.len() + references.len());
    let named = ids.iter().cloned().map(SecretRequest::new);
    let referred = references.iter().flatten().map(|reference| reference.request.clone());
    for request in named.chain(referred) {
        if !requests.contains(&request) {
            requests.push(request);
        }
    }
    requests
}

/// One request and what came of it.
pub(crate) type Answer = (SecretRequest, Result<Fetched, FetchError>);

/// The answers in the order of `requests`, none later than the client's deadline.
async fn fetch_all(client: &Client, requests: &[SecretRequest], how: Fetch) -> Vec<Answer> {
    let deadline = client.deadline();
    match how {
        Fetch::InTurn => in_turn(client, requests, deadline).await,
        Fetch::AtOnce => at_once(client, requests, deadline).await,
    }
}

async fn in_turn(client: &Client, requests: &[SecretRequest], deadline: Instant) -> Vec<Answer> {
    let mut answers = Vec::with_capacity(requests.len());
    for request in requests {
        answers.push((request.clone(), client.fetch(request, deadline).await));
    }
    answers
}

async fn at_once(client: &Client, requests: &[SecretRequest], deadline: Instant) -> Vec<Answer> {
    let calls = requests
        .iter()
        .map(async |request| (request.clone(), client.fetch(request, deadline).await));
    futures_util::stream::iter(calls).buffered(AT_ONCE).collect().await
}
