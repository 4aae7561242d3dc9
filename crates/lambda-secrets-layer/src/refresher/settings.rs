//! The settings of AWS's own extension, under its own names, and the few that it has not.

use std::ops::RangeInclusive;
use std::time::Duration;

use lambda_secrets::Timeouts;
use lambda_secrets::secrecy::SecretString;

use super::limit::Limits;
use crate::failure::Problem;
use crate::log::Log;
use crate::settings::Variables;

#[derive(Debug)]
pub(super) struct Settings {
    pub(super) port: u16,
    pub(super) ttl: Duration,
    pub(super) max_stale: Duration,
    pub(super) entries: usize,
    pub(super) limits: Limits,
    pub(super) timeouts: Option<Timeouts>,
    /// What a client must show: the function's session token, or that of the container endpoint.
    pub(super) token: Option<SecretString>,
}

impl Settings {
    pub(super) fn read(variables: &Variables<'_>) -> Result<Self, Problem> {
        let number = |name, default, range| number(variables, name, default, range);
        let cache = variables.one_of(
            "PARAMETERS_SECRETS_EXTENSION_CACHE_ENABLED",
            [("true", true), ("false", false)],
        )?;
        let entries = number("PARAMETERS_SECRETS_EXTENSION_CACHE_SIZE", 1_000, 0..=1_000)?;
        let ttl = match cache && entries > 0 {
            true => number("SECRETS_MANAGER_TTL", 300, 0..=86_400)?,
            false => 0,
        };
        let timeout = number("SECRETS_MANAGER_TIMEOUT_MILLIS", 0, 0..=900_000)?;
        let timeout = (timeout > 0).then(|| Duration::from_millis(timeout));
        let port = number("PARAMETERS_SECRETS_EXTENSION_HTTP_PORT", 2773, 1..=u64::from(u16::MAX))?;
        let calls = number("PARAMETERS_SECRETS_EXTENSION_MAX_CONNECTIONS", 3, 0..=1_000)?;
        Ok(Self {
            port: u16::try_from(port).unwrap_or(u16::MAX),
            ttl: Duration::from_secs(ttl),
            max_stale: Duration::from_secs(number("LAMBDA_SECRETS_MAX_STALE", 3_600, 0..=86_400)?),
            entries: usize::try_from(entries.max(1)).unwrap_or(usize::MAX),
            limits: Limits {
                at_once: usize::try_from(calls.max(1)).unwrap_or(usize::MAX),
                per_second: number("LAMBDA_SECRETS_CALLS_PER_SECOND", 20, 0..=1_000)?.max(1),
            },
            timeouts: timeout.map(|all| Timeouts::default().attempt(all).total(all)),
            token: match variables.text("AWS_SESSION_TOKEN")? {
                Some(token) => Some(token.into()),
                None => variables.text("AWS_CONTAINER_AUTHORIZATION_TOKEN")?.map(Into::into),
            },
        })
    }
}

/// The log, at the level that is set for AWS's extension where one is.
pub(super) fn log(variables: &Variables<'_>) -> Log {
    let log = Log::of_process("lambda-secrets-refresher");
    match variables.text("PARAMETERS_SECRETS_EXTENSION_LOG_LEVEL") {
        Ok(Some(level)) => log.at(&level),
        _ => log,
    }
}

fn number(
    variables: &Variables<'_>,
    name: &'static str,
    default: u64,
    range: RangeInclusive<u64>,
) -> Result<u64, Problem> {
    let Some(text) = variables.text(name)? else { return Ok(default) };
    match text.trim().parse() {
        Ok(number) if range.contains(&number) => Ok(number),
        _ => Err(Problem::setting(
            format!("`{name}` is `{text}`"),
            &format!("set it to a whole number from {} to {}", range.start(), range.end()),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Settings, String> {
        let variables = Variables(&|name| {
            variables.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into())
        });
        Settings::read(&variables).map_err(|problem| problem.to_string())
    }

    #[test]
    fn the_defaults_are_those_of_awss_extension() {
        let settings = read(&[]).unwrap();
        assert_eq!((settings.port, settings.ttl.as_secs(), settings.entries), (2773, 300, 1_000));
        assert_eq!(settings.limits.at_once, 3);
        assert!(settings.token.is_none() && settings.timeouts.is_none());
    }

    #[test]
    fn a_cache_that_is_off_keeps_nothing() {
        for off in [
            ("PARAMETERS_SECRETS_EXTENSION_CACHE_ENABLED", "FALSE"),
            ("PARAMETERS_SECRETS_EXTENSION_CACHE_SIZE", "0"),
            ("SECRETS_MANAGER_TTL", "0"),
        ] {
            assert_eq!(read(&[off]).unwrap().ttl, Duration::ZERO);
        }
    }

    #[test]
    fn what_is_no_number_in_range_is_refused() {
        for text in ["-1", "0", "x", "65536", "1.5"] {
            let error = read(&[("PARAMETERS_SECRETS_EXTENSION_HTTP_PORT", text)]).unwrap_err();
            assert!(error.contains("from 1 to 65535"), "{error}");
        }
    }
}
