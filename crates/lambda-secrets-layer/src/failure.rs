//! What went wrong, what to do next, and with which code the process ends.
//!
//! The codes are those of `sysexits.h` where one fits, and of the shell where a program cannot be
//! started, which is also what Lambda's own start script uses.

use std::fmt;

use lambda_secrets::Error;

/// How the process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// The configuration is wrong or missing.
    Configuration = 64,
    /// A secret was read and cannot be used as it is.
    Value = 65,
    /// A secret could not be read.
    Unreadable = 69,
    /// What a working system does not do.
    Internal = 70,
    /// The next program is there and cannot be started.
    NotExecutable = 126,
    /// The next program is not there.
    NotFound = 127,
}

/// One thing that went wrong.
#[derive(Debug)]
pub(crate) struct Problem {
    /// One word in snake case, the same from release to release.
    pub(crate) kind: &'static str,
    pub(crate) exit: Exit,
    text: String,
    hint: String,
}

impl Problem {
    pub(crate) fn new(
        kind: &'static str,
        exit: Exit,
        text: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self { kind, exit, text: text.into(), hint: hint.into() }
    }

    /// A variable that configures the layer is wrong.
    pub(crate) fn setting(text: impl Into<String>, hint: &str) -> Self {
        Self::new("invalid_setting", Exit::Configuration, text, hint)
    }

    /// Nothing says which secrets to read.
    pub(crate) fn nothing_to_read() -> Self {
        Self::new(
            "missing_configuration",
            Exit::Configuration,
            "no secret is configured",
            "set `LAMBDA_SECRETS_PROJECT` and `LAMBDA_SECRETS_ENVIRONMENT`, list secrets in \
             `LAMBDA_SECRETS_NAMES`, or let a variable refer to one: \
             `NAME=secret:project/env/secret#KEY`",
        )
    }

    /// SnapStart would keep the values.
    pub(crate) fn snapshot() -> Self {
        Self::new(
            "snap_start",
            Exit::Configuration,
            "the function uses SnapStart, whose snapshot would keep the values of the secrets",
            "read them after the restore, for example from the refresher on localhost:2773, or turn \
             SnapStart off; `LAMBDA_SECRETS_SNAPSTART=allow` accepts values as old as the snapshot",
        )
    }

    /// The type that Lambda shows to the caller.
    pub(crate) fn error_type(&self) -> String {
        let words = self.kind.split('_').map(|word| {
            let mut letters = word.chars();
            let first = letters.next().map(|letter| letter.to_ascii_uppercase());
            first.into_iter().chain(letters).collect::<String>()
        });
        format!("LambdaSecrets.{}", words.collect::<String>())
    }
}

/// One line: what is wrong, and what to do next.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; hint: {}", self.text, self.hint)
    }
}

impl From<&Error> for Problem {
    fn from(error: &Error) -> Self {
        let mut text = error.to_string();
        let mut next = std::error::Error::source(error);
        while let Some(cause) = next {
            text = format!("{text}: {cause}");
            next = cause.source();
        }
        Self::new(error.kind(), exit_of(error), text, error.hint())
    }
}

fn exit_of(error: &Error) -> Exit {
    match error {
        Error::InvalidSecretName { .. }
        | Error::InvalidSetting { .. }
        | Error::InvalidReference { .. } => Exit::Configuration,
        Error::Mapping { .. } | Error::AlreadySet { .. } | Error::KeyMissing { .. } => Exit::Value,
        Error::Fetch { .. } | Error::Connection { .. } | Error::ResolverStillRunning { .. } => {
            Exit::Unreadable
        }
        Error::RequiredNotLoaded { source, .. } => exit_of(source),
        _ => Exit::Internal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_is_the_kind_in_lambdas_form() {
        assert_eq!(Problem::nothing_to_read().error_type(), "LambdaSecrets.MissingConfiguration");
        assert_eq!(Problem::snapshot().error_type(), "LambdaSecrets.SnapStart");
    }

    #[test]
    fn a_line_holds_the_cause_and_the_hint() {
        let error = Error::KeyMissing {
            secret: "p/e/s".to_owned(),
            key: "A".to_owned(),
            existing: vec!["B".to_owned()],
        };
        let problem = Problem::from(&error);
        assert_eq!(problem.exit, Exit::Value);
        assert!(problem.to_string().contains("has no key `A`; it has B; hint: "), "{problem}");
    }
}
