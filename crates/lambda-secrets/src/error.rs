//! Everything that a call of this crate can end in.
//!
//! `Display` says what is wrong, [`Error::hint`] what to do next. `Debug` is the report that a
//! program prints when `main` returns the error: message, causes and hint. No error holds a value.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use crate::fetch::FetchError;
use crate::mapping::MappingError;
use crate::{Source, TypedError};

/// Why secrets were not loaded or not found.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Other threads run, and one of them might read the environment while it is written.
    #[error("the environment was not written: the process has {threads} threads")]
    ManyThreads {
        /// The threads that were counted.
        threads: usize,
    },
    /// An async runtime drives the calling thread.
    #[error("the environment was not written: the call came from inside an async runtime")]
    InsideRuntime,
    /// A method that waits was called where an async runtime drives the thread.
    #[error("the call would wait inside an async runtime")]
    WouldBlock,
    /// Lambda takes a snapshot of this process, and the values would be in it.
    #[error("the environment was not written: a snapshot of it would keep the values")]
    SnapshotTaken,
    /// A look-up of a host name did not end with the deadline, and its thread still runs.
    #[error(
        "the environment was not written: a name look-up outlived the deadline of {deadline:?}"
    )]
    ResolverStillRunning {
        /// The deadline for all attempts.
        deadline: Duration,
    },
    /// The system does not tell how many threads there are.
    #[error("the environment was not written: the threads of the process cannot be counted")]
    ThreadsUnknown(#[source] std::io::Error),
    /// The private runtime did not start.
    #[error("the runtime for the calls did not start")]
    Runtime(#[source] std::io::Error),
    /// Secrets Manager could hold no secret of this name.
    #[error("`{name}` is no name of a secret: {reason}")]
    InvalidSecretName {
        /// What was given.
        name: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A variable or an argument that configures this crate cannot be understood.
    #[error("`{setting}` {problem}")]
    InvalidSetting {
        /// The variable or the builder's method.
        setting: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// A variable begins like a reference to a secret and is none. Its text may be a value, so it
    /// is not shown.
    #[error("the reference in `{variable}` names no secret")]
    InvalidReference {
        /// The variable.
        variable: String,
    },
    /// A secret could not be read.
    #[error("cannot read `{secret}`")]
    Fetch {
        /// The secret.
        secret: String,
        /// Why.
        source: FetchError,
    },
    /// A provider other than AWS does not have the secret.
    #[error("{provider} does not have `{secret}`{}", names_there(.looked_for))]
    NotProvided {
        /// The secret.
        secret: String,
        /// Where it was looked for.
        provider: Source,
        /// The names that it could have had there.
        looked_for: Vec<String>,
    },
    /// A file of variables cannot be read.
    #[error("`{path}` cannot be read: {problem}")]
    UnreadableFile {
        /// The file.
        path: String,
        /// What went wrong; never a line of the file.
        problem: String,
    },
    /// No call was possible.
    #[error("cannot call Secrets Manager")]
    Connection {
        /// Why.
        source: FetchError,
    },
    /// A secret was read, and its value cannot become variables or keys.
    #[error("the value of `{secret}` does not fit")]
    Mapping {
        /// The secret.
        secret: String,
        /// Why.
        source: MappingError,
    },
    /// A secret was read, and does not fit the type that was asked for.
    #[error("`{secret}` does not fit the type")]
    Typed {
        /// The secret.
        secret: String,
        /// Why.
        source: TypedError,
    },
    /// Another writer has changed the secret since it was read; nothing was written.
    #[error("`{secret}` was changed by another writer")]
    Conflict {
        /// The secret.
        secret: String,
    },
    /// [`Policy::Error`](crate::Policy::Error) found the variable in the environment.
    #[error("`{variable}` of `{secret}` is in the environment already")]
    AlreadySet {
        /// The variable.
        variable: String,
        /// The secret that would have set it.
        secret: String,
    },
    /// A key is not there.
    #[error("`{secret}` has no key `{key}`; {}", existing_keys(.existing))]
    KeyMissing {
        /// The secret, or the secrets that were searched.
        secret: String,
        /// The key.
        key: String,
        /// The keys that are there. Names only.
        existing: Vec<String>,
    },
    /// A required key is not there because its secret did not load.
    #[error("the required key `{key}` is missing because its secret did not load")]
    RequiredNotLoaded {
        /// The key.
        key: String,
        /// Why the secret did not load.
        source: Box<Error>,
    },
}

impl Error {
    /// The kind in one word, the same from release to release.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::ManyThreads { .. } => "many_threads",
            Self::InsideRuntime => "inside_runtime",
            Self::WouldBlock => "would_block",
            Self::SnapshotTaken => "snapshot_taken",
            Self::ResolverStillRunning { .. } => "resolver_still_running",
            Self::ThreadsUnknown(_) => "threads_unknown",
            Self::Runtime(_) => "runtime",
            Self::InvalidSecretName { .. } => "invalid_secret_name",
            Self::InvalidSetting { .. } => "invalid_setting",
            Self::InvalidReference { .. } => "invalid_reference",
            Self::Fetch { source, .. } | Self::Connection { source } => source.kind(),
            Self::NotProvided { .. } => "not_found",
            Self::UnreadableFile { .. } => "unreadable_file",
            Self::Mapping { source, .. } => source.kind(),
            Self::Typed { source, .. } => source.kind(),
            Self::Conflict { .. } => "conflict",
            Self::AlreadySet { .. } => "already_set",
            Self::KeyMissing { .. } => "key_missing",
            Self::RequiredNotLoaded { source, .. } => source.kind(),
        }
    }

    /// What to do next.
    pub fn hint(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::ManyThreads { .. } | Self::InsideRuntime => {
                "call it first in a plain `fn main`, before `#[tokio::main]` or anything else \
                 starts a runtime or a thread; where that is too late, use `Secrets`, which leaves \
                 the environment alone"
            }
            Self::WouldBlock => "call the async methods of `Secrets` there",
            Self::SnapshotTaken => {
                "under SnapStart read by `Secrets`, registered with the runtime by the feature \
                 `snapstart`; `allow_snapshot` of the loader loads all the same"
            }
            Self::ResolverStillRunning { .. } => {
                "the function's DNS does not answer: check the VPC's resolver and its route to \
                 Secrets Manager"
            }
            Self::ThreadsUnknown(_) => "mount `/proc`, or use `Secrets`",
            Self::Runtime(_) => "check the limits on open files",
            Self::InvalidSecretName { .. } => {
                "names are `<project>/<environment>/<name>` of letters, digits and `/_+=.@-`"
            }
            Self::InvalidSetting { .. } => "correct the setting, or leave it out",
            Self::InvalidReference { .. } => {
                "write `secret:<name or ARN>#<key>`, or `<ARN>:<key>:<stage>:<version>`"
            }
            Self::Fetch { secret, source } => match crate::hint::of_missing(secret, source) {
                Some(hint) => hint,
                None => return source.hint(),
            },
            Self::Connection { source } => return source.hint(),
            Self::NotProvided { .. } => {
                "set one of these, or ask AWS Secrets Manager first by `SecretsBuilder::chain`"
            }
            Self::UnreadableFile { .. } => {
                "check that the file exists and holds lines of `KEY=value`"
            }
            Self::Mapping { source, .. } => return source.hint(),
            Self::Typed { source, .. } => return source.hint(),
            Self::Conflict { .. } => "read it again, decide again, and write again",
            Self::AlreadySet { .. } => {
                "remove the variable from the function's configuration, or choose `Policy::Keep` \
                 or `Policy::Overwrite`"
            }
            Self::KeyMissing { secret, key, .. } => {
                return Cow::Owned(format!(
                    "write it, for example with `provision set`, or take `{key}` out of what the \
                     function requires of `{secret}`"
                ));
            }
            Self::RequiredNotLoaded { source, .. } => return source.hint(),
        })
    }
}

impl Error {
    /// Whether the same call may well succeed later, so that an old value may stand in for a while:
    /// throttling, a failure of the service, no answer. By the error code alone.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Fetch { source, .. } | Self::Connection { source } => matches!(
                source,
                FetchError::Throttled(_)
                    | FetchError::ServiceFailed(_)
                    | FetchError::TimedOut { .. }
                    | FetchError::NoRoute { .. }
            ),
            _ => false,
        }
    }

    /// Whether it says that the caller may no longer have the value.
    pub(crate) fn revokes(&self) -> bool {
        match self {
            Self::Fetch { source, .. } => matches!(
                source,
                FetchError::AccessDenied(_)
                    | FetchError::NotFound(_)
                    | FetchError::ScheduledForDeletion(_)
                    | FetchError::KmsDenied(_)
                    | FetchError::Refused(_)
            ),
            _ => false,
        }
    }

    /// Whether there simply is no such secret or key.
    pub(crate) fn is_absence(&self) -> bool {
        match self {
            Self::NotProvided { .. } | Self::KeyMissing { .. } => true,
            Self::Fetch { source, .. } => matches!(source, FetchError::NotFound(_)),
            _ => false,
        }
    }

    /// The same error for another caller who waits for the same call.
    pub(crate) fn copy(&self) -> Self {
        match self {
            Self::ManyThreads { threads } => Self::ManyThreads { threads: *threads },
            Self::InsideRuntime => Self::InsideRuntime,
            Self::WouldBlock => Self::WouldBlock,
            Self::SnapshotTaken => Self::SnapshotTaken,
            Self::ResolverStillRunning { deadline } => {
                Self::ResolverStillRunning { deadline: *deadline }
            }
            Self::ThreadsUnknown(error) => Self::ThreadsUnknown(same(error)),
            Self::Runtime(error) => Self::Runtime(same(error)),
            Self::InvalidSecretName { name, reason } => {
                Self::InvalidSecretName { name: name.clone(), reason }
            }
            Self::InvalidSetting { setting, problem } => {
                Self::InvalidSetting { setting, problem: problem.clone() }
            }
            Self::InvalidReference { variable } => {
                Self::InvalidReference { variable: variable.clone() }
            }
            Self::Fetch { secret, source } => {
                Self::Fetch { secret: secret.clone(), source: source.clone() }
            }
            Self::NotProvided { secret, provider, looked_for } => Self::NotProvided {
                secret: secret.clone(),
                provider: *provider,
                looked_for: looked_for.clone(),
            },
            Self::UnreadableFile { path, problem } => {
                Self::UnreadableFile { path: path.clone(), problem: problem.clone() }
            }
            Self::Connection { source } => Self::Connection { source: source.clone() },
            Self::Mapping { secret, source } => {
                Self::Mapping { secret: secret.clone(), source: source.clone() }
            }
            Self::Typed { secret, source } => {
                Self::Typed { secret: secret.clone(), source: source.clone() }
            }
            Self::Conflict { secret } => Self::Conflict { secret: secret.clone() },
            Self::AlreadySet { variable, secret } => {
                Self::AlreadySet { variable: variable.clone(), secret: secret.clone() }
            }
            Self::KeyMissing { secret, key, existing } => Self::KeyMissing {
                secret: secret.clone(),
                key: key.clone(),
                existing: existing.clone(),
            },
            Self::RequiredNotLoaded { key, source } => {
                Self::RequiredNotLoaded { key: key.clone(), source: Box::new(source.copy()) }
            }
        }
    }
}

fn same(error: &std::io::Error) -> std::io::Error {
    std::io::Error::new(error.kind(), error.to_string())
}

fn names_there(names: &[String]) -> String {
    match names {
        [] => String::new(),
        names => format!("; it looked for {}", crate::words::list(names)),
    }
}

fn existing_keys(keys: &[String]) -> String {
    match keys {
        [] => "it has none".to_owned(),
        keys => format!("it has {}", crate::words::list(keys)),
    }
}

/// The message, its causes after colons.
pub(crate) fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} [{}]\nhint: {}", with_causes(self), self.kind(), self.hint())
    }
}
