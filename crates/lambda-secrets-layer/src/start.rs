//! Becoming the runtime: the last thing that the wrapper does.

use std::ffi::{OsStr, OsString};
use std::io::ErrorKind;
use std::os::unix::process::CommandExt;
use std::process::Command;

use crate::failure::{Exit, Problem};

/// The longest `NAME=value` that Linux takes, with its end.
const LONGEST: usize = 128 * 1024;

/// A program and its arguments.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) path: OsString,
    pub(crate) arguments: Vec<OsString>,
    /// Whether it is the next wrapper rather than the runtime itself.
    pub(crate) role: Role,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    NextWrapper,
    Runtime,
}

impl Program {
    /// What is started: the next wrapper with the runtime as its arguments, or the runtime.
    pub(crate) fn of(runtime: &[OsString], next_wrapper: Option<OsString>) -> Option<Self> {
        let (path, arguments) = runtime.split_first()?;
        Some(match next_wrapper {
            Some(path) => Self { path, arguments: runtime.to_vec(), role: Role::NextWrapper },
            None => Self { path: path.clone(), arguments: arguments.to_vec(), role: Role::Runtime },
        })
    }

    /// Replaces this process; returns only where that fails.
    pub(crate) fn exec(&self, without: &[String]) -> Problem {
        let mut command = Command::new(&self.path);
        command.args(&self.arguments);
        // a wrapper that names itself would start itself for ever
        command.env_remove("LAMBDA_SECRETS_NEXT_WRAPPER");
        for name in without {
            command.env_remove(name);
        }
        self.problem(&command.exec())
    }

    fn problem(&self, error: &std::io::Error) -> Problem {
        let what = match self.role {
            Role::NextWrapper => "the next wrapper",
            Role::Runtime => "the runtime",
        };
        let path = self.path.display();
        let hint = match self.role {
            Role::NextWrapper => {
                "let `LAMBDA_SECRETS_NEXT_WRAPPER` name an executable file of another layer, or \
                 remove it"
            }
            Role::Runtime => "the wrapper starts what Lambda passes to it as arguments",
        };
        match error.kind() {
            ErrorKind::NotFound => Problem::new(
                "next_not_found",
                Exit::NotFound,
                format!("{what} `{path}` does not exist"),
                hint,
            ),
            ErrorKind::ArgumentListTooLong => too_long(std::env::vars_os()),
            _ => Problem::new(
                "next_not_executable",
                Exit::NotExecutable,
                format!("{what} `{path}` cannot be started: {error}"),
                hint,
            ),
        }
    }
}

/// Which variables are too long for Linux. Names and lengths only.
fn too_long(variables: impl Iterator<Item = (OsString, OsString)>) -> Problem {
    let length = |name: &OsStr, value: &OsStr| name.len() + value.len() + 2;
    let mut lengths: Vec<(usize, OsString)> =
        variables.map(|(name, value)| (length(&name, &value), name)).collect();
    lengths.sort_by(|one, other| other.cmp(one));
    let total: usize = lengths.iter().map(|(length, _)| length).sum();
    let text = match lengths.first() {
        Some((length, name)) if *length > LONGEST => {
            let name = name.display();
            format!("the variable `{name}` has {length} bytes, and Linux takes {LONGEST}")
        }
        largest => {
            let name = largest.map(|(_, name)| name.display().to_string()).unwrap_or_default();
            format!(
                "the environment has {total} bytes, more than Linux passes to a program; the \
                 largest variable is `{name}`"
            )
        }
    };
    Problem::new(
        "environment_too_large",
        Exit::Value,
        text,
        "read large values by name from the refresher on localhost:2773, and list in \
         `LAMBDA_SECRETS_NAMES` just the secrets that must be variables",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(list: &[&str]) -> Vec<OsString> {
        list.iter().map(OsString::from).collect()
    }

    #[test]
    fn the_next_wrapper_gets_the_runtime_as_its_arguments() {
        let runtime = words(&["/var/lang/bin/python3", "bootstrap.py"]);
        let plain = Program::of(&runtime, None).unwrap();
        assert_eq!((plain.path, plain.arguments), (runtime[0].clone(), words(&["bootstrap.py"])));
        let chained = Program::of(&runtime, Some("/opt/otel".into())).unwrap();
        assert_eq!((chained.path, chained.arguments), ("/opt/otel".into(), runtime));
        assert!(Program::of(&[], None).is_none());
    }

    #[test]
    fn what_is_too_long_is_named_and_not_shown() {
        let large = "canary".repeat(30_000);
        let one = vec![("SMALL".into(), "x".into()), ("LARGE".into(), large.as_str().into())];
        let text = too_long(one.into_iter()).to_string();
        assert!(text.contains("`LARGE` has 180007 bytes") && !text.contains("canary"), "{text}");
        let many = (0..40).map(|n| (format!("N{n}").into(), "x".repeat(60_000).into()));
        let text = too_long(many).to_string();
        assert!(text.contains("the environment has 240"), "{text}");
    }
}
