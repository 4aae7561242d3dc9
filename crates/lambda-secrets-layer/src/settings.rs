//! What the function's variables say about the wrapper. An empty variable counts as unset.

use std::ffi::OsString;

use lambda_secrets::{Fetch, Policy};

use crate::failure::Problem;

/// What happens when the secrets cannot be put into the environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OnError {
    /// The function does not start, and its caller reads why.
    Fail,
    /// The function starts with the environment that it has.
    Continue,
}

/// The secrets that are read without being asked for by name.
const USUAL: [&str; 2] = ["api-keys", "config"];

#[derive(Debug)]
pub(crate) struct Settings {
    /// Full names or ARNs, in the order in which a later one wins.
    pub(crate) secrets: Vec<String>,
    pub(crate) policy: Policy,
    pub(crate) fetch: Fetch,
    pub(crate) snapshot: Snapshot,
}

/// Whether Lambda may take a snapshot of the values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Snapshot {
    Refused,
    Allowed,
}

/// The variables of a process.
pub(crate) struct Variables<'a>(pub(crate) &'a dyn Fn(&str) -> Option<OsString>);

impl Variables<'_> {
    /// What happens on an error; it is asked for first, because it decides about all others.
    pub(crate) fn on_error(&self) -> Result<OnError, Problem> {
        self.one_of(
            "LAMBDA_SECRETS_ON_ERROR",
            [("fail", OnError::Fail), ("continue", OnError::Continue)],
        )
    }

    /// The settings; under SnapStart an error, unless a snapshot is allowed.
    pub(crate) fn settings(&self) -> Result<Settings, Problem> {
        Ok(Settings {
            snapshot: self.snapshot()?,
            secrets: self.secrets()?,
            policy: self.one_of(
                "LAMBDA_SECRETS_POLICY",
                [
                    ("keep", Policy::Keep),
                    ("overwrite", Policy::Overwrite),
                    ("error", Policy::Error),
                ],
            )?,
            fetch: self.one_of(
                "LAMBDA_SECRETS_FETCH",
                [("at-once", Fetch::AtOnce), ("in-turn", Fetch::InTurn)],
            )?,
        })
    }

    /// The program that is started between this one and the runtime.
    pub(crate) fn next_wrapper(&self) -> Option<OsString> {
        (self.0)("LAMBDA_SECRETS_NEXT_WRAPPER").filter(|value| !value.is_empty())
    }

    pub(crate) fn text(&self, name: &'static str) -> Result<Option<String>, Problem> {
        let value = (self.0)(name).filter(|value| !value.is_empty());
        value
            .map(OsString::into_string)
            .transpose()
            .map_err(|_| Problem::setting(format!("`{name}` is not UTF-8"), "write it anew"))
    }

    fn secrets(&self) -> Result<Vec<String>, Problem> {
        let project = self.text("LAMBDA_SECRETS_PROJECT")?;
        let environment = self.text("LAMBDA_SECRETS_ENVIRONMENT")?;
        let names = self.text("LAMBDA_SECRETS_NAMES")?;
        let prefix = match (project, environment) {
            (Some(project), Some(environment)) => Some(format!("{project}/{environment}")),
            (None, None) => None,
            (Some(_), None) => return Err(half("ENVIRONMENT", "PROJECT")),
            (None, Some(_)) => return Err(half("PROJECT", "ENVIRONMENT")),
        };
        let Some(names) = names else {
            let all = |prefix| USUAL.map(|name| format!("{prefix}/{name}")).to_vec();
            return Ok(prefix.map(all).unwrap_or_default());
        };
        let listed = names.split(',').map(str::trim).filter(|name| !name.is_empty());
        let full = |name: &str| match (name.contains('/') || name.starts_with("arn:"), &prefix) {
            (true, _) => Ok(name.to_owned()),
            (false, Some(prefix)) => Ok(format!("{prefix}/{name}")),
            (false, None) => Err(Problem::setting(
                format!("`LAMBDA_SECRETS_NAMES` lists the short name `{name}`"),
                "set `LAMBDA_SECRETS_PROJECT` and `LAMBDA_SECRETS_ENVIRONMENT`, or list the full \
                 name or the ARN",
            )),
        };
        listed.map(full).collect()
    }

    /// Lambda takes the snapshot after INIT: what is in memory then is stored, and is as old as the
    /// snapshot when it comes back.
    fn snapshot(&self) -> Result<Snapshot, Problem> {
        let choices = [("refuse", Snapshot::Refused), ("allow", Snapshot::Allowed)];
        let chosen = self.one_of("LAMBDA_SECRETS_SNAPSTART", choices)?;
        let taken = (self.0)("AWS_LAMBDA_INITIALIZATION_TYPE").is_some_and(|t| t == "snap-start");
        match (taken, chosen) {
            (true, Snapshot::Refused) => Err(Problem::snapshot()),
            _ => Ok(chosen),
        }
    }

    /// The value that the variable names; the first one where it is unset.
    pub(crate) fn one_of<T: Copy, const N: usize>(
        &self,
        name: &'static str,
        values: [(&str, T); N],
    ) -> Result<T, Problem> {
        let Some(text) = self.text(name)? else {
            return Ok(values[0].1);
        };
        let wanted = text.trim();
        let found = values.iter().find(|(word, _)| word.eq_ignore_ascii_case(wanted));
        found.map(|(_, value)| *value).ok_or_else(|| {
            let words: Vec<String> = values.iter().map(|(word, _)| format!("`{word}`")).collect();
            Problem::setting(
                format!("`{name}` is `{wanted}`"),
                &format!("set it to {}", words.join(" or ")),
            )
        })
    }
}

fn half(missing: &str, present: &str) -> Problem {
    Problem::setting(
        format!("`LAMBDA_SECRETS_{present}` is set and `LAMBDA_SECRETS_{missing}` is not"),
        "set both: together they name the secrets `<project>/<environment>/…`",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with<T>(variables: &[(&str, &str)], read: impl Fn(&Variables<'_>) -> T) -> T {
        read(&Variables(&|name| {
            variables.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into())
        }))
    }

    fn secrets(variables: &[(&str, &str)]) -> Result<Vec<String>, String> {
        with(variables, |read| read.settings().map(|s| s.secrets).map_err(|p| p.to_string()))
    }

    const PROJECT: (&str, &str) = ("LAMBDA_SECRETS_PROJECT", "miyabi");
    const PROD: (&str, &str) = ("LAMBDA_SECRETS_ENVIRONMENT", "prod");

    #[test]
    fn the_usual_two_are_read_unless_names_are_listed() {
        assert_eq!(
            secrets(&[PROJECT, PROD]).unwrap(),
            ["miyabi/prod/api-keys", "miyabi/prod/config"]
        );
        let arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:x-AbCdEf";
        let list = format!(" database, shared/keys ,,{arn}");
        let names = ("LAMBDA_SECRETS_NAMES", list.as_str());
        assert_eq!(
            secrets(&[PROJECT, PROD, names]).unwrap(),
            ["miyabi/prod/database", "shared/keys", arn]
        );
        assert_eq!(secrets(&[]).unwrap(), Vec::<String>::new());
    }

    #[test]
    fn half_a_name_is_refused_with_the_other_half() {
        let error = secrets(&[PROJECT]).unwrap_err();
        assert!(error.contains("LAMBDA_SECRETS_ENVIRONMENT"), "{error}");
        let error = secrets(&[PROD]).unwrap_err();
        assert!(error.contains("`LAMBDA_SECRETS_PROJECT` is not"), "{error}");
        let error = secrets(&[("LAMBDA_SECRETS_NAMES", "database")]).unwrap_err();
        assert!(error.contains("full name"), "{error}");
    }

    #[test]
    fn a_word_that_is_none_of_the_choices_is_refused() {
        let on_error = |text| {
            with(&[("LAMBDA_SECRETS_ON_ERROR", text)], |read| {
                read.on_error().map_err(|problem| problem.to_string())
            })
        };
        assert_eq!(on_error("Continue"), Ok(OnError::Continue));
        assert_eq!(on_error(""), Ok(OnError::Fail));
        assert!(on_error("ignore").unwrap_err().contains("`fail` or `continue`"));
    }

    #[test]
    fn a_snapshot_is_refused_unless_it_is_allowed() {
        let snap = ("AWS_LAMBDA_INITIALIZATION_TYPE", "snap-start");
        assert!(secrets(&[PROJECT, PROD, snap]).unwrap_err().contains("SnapStart"));
        let allow = ("LAMBDA_SECRETS_SNAPSTART", "allow");
        assert!(secrets(&[PROJECT, PROD, snap, allow]).is_ok());
        let demand = ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand");
        assert!(secrets(&[PROJECT, PROD, demand]).is_ok());
    }
}
