//! Settings that applications keep in variables, under a prefix of their choice or in sections.

use std::str::FromStr;
use std::time::Duration;

use tracing::Level;

use crate::{Error, Loader, SecretsBuilder, Source};

/// The region where the settings name none.
const FALLBACK_REGION: &str = "us-east-1";

impl SecretsBuilder {
    /// What the variables of the application with this prefix say, such as `AGENT_ETL`.
    ///
    /// | variable | default | |
    /// |---|---|---|
    /// | `<P>_SECRET_PROVIDER` | `env` | `aws_secrets`: AWS, then the environment; `env`: the environment |
    /// | `<P>_AWS_SECRETS_REGION` | `AWS_REGION`, then `us-east-1` | |
    /// | `<P>_AWS_SECRETS_PREFIX` | `<p>/`, as `agent-etl/` | goes before every name |
    /// | `<P>_AWS_SECRETS_CACHE_TTL` | 300 | seconds; 0 keeps nothing |
    ///
    /// In the environment a secret may then stand as `<P>_<KEY>` too. [`log_level`] reads
    /// `<P>_LOG_LEVEL`.
    pub fn from_prefixed_env(prefix: &str) -> Result<Self, Error> {
        let read = |name: &str| text(&format!("{prefix}_{name}"));
        let wrong = |setting, problem: &str| {
            Err(Error::InvalidSetting { setting, problem: format!("of `{prefix}` {problem}") })
        };
        let chain = match read("SECRET_PROVIDER").as_deref() {
            Some("aws_secrets" | "aws_secrets_manager") => vec![Source::Aws, Source::Environment],
            None | Some("env") => vec![Source::Environment],
            Some(_) => return wrong("SECRET_PROVIDER", "is neither `aws_secrets` nor `env`"),
        };
        let own = format!("{}/", prefix.to_ascii_lowercase().replace('_', "-"));
        let mut builder = Self::default()
            .chain(chain)
            .environment_prefix(prefix)
            .prefix(read("AWS_SECRETS_PREFIX").unwrap_or(own))
            .fallback_region(FALLBACK_REGION);
        if let Some(region) = read("AWS_SECRETS_REGION") {
            builder = builder.region(region);
        }
        if let Some(seconds) = read("AWS_SECRETS_CACHE_TTL") {
            let Ok(seconds) = seconds.trim().parse() else {
                return wrong("AWS_SECRETS_CACHE_TTL", "is no whole number of seconds");
            };
            builder = builder.ttl(Duration::from_secs(seconds));
        }
        Ok(builder)
    }
}

impl Loader {
    /// A loader of the one secret that the variables of a sectioned configuration name.
    ///
    /// | variable | |
    /// |---|---|
    /// | `AWS_SECRETS_MANAGER__SECRET_ARN` | the secret; without it nothing is loaded |
    /// | `AWS_SECRETS_MANAGER__REGION_NAME` | its region, if not the one in the ARN |
    /// | `CONFIG__SECRET_PROVIDER` | any other than `aws_secrets_manager` switches it off |
    ///
    /// What is in the environment wins, and a failure is a line at DEBUG. [`log_level`] reads
    /// `CONFIG__LOG_LEVEL`.
    pub fn from_sectioned_env() -> Self {
        let arn = text("AWS_SECRETS_MANAGER__SECRET_ARN");
        let is_on = text("CONFIG__SECRET_PROVIDER").is_none_or(|it| it == "aws_secrets_manager");
        let loader = Self::default().fallback_level(Level::DEBUG);
        let loader = loader.secrets(arn.filter(|_| is_on));
        match text("AWS_SECRETS_MANAGER__REGION_NAME") {
            Some(region) => loader.region(region),
            None => loader,
        }
    }
}

/// The level that the variable names, such as `DEBUG` of `AGENT_ETL_LOG_LEVEL`; `None` where it
/// names none. For the subscriber of the application: this crate installs none.
pub fn log_level(variable: &str) -> Option<Level> {
    let name = text(variable)?;
    match name.trim().to_ascii_uppercase().as_str() {
        "WARNING" => Some(Level::WARN),
        "CRITICAL" | "FATAL" => Some(Level::ERROR),
        name => Level::from_str(name).ok(),
    }
}

fn text(variable: &str) -> Option<String> {
    std::env::var(variable).ok().filter(|text| !text.trim().is_empty())
}
