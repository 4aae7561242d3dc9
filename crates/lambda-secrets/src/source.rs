//! Where a value comes from.

use std::fmt;

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Source {
    /// AWS Secrets Manager.
    Aws,
    /// The environment of the process.
    Environment,
    /// A `.env` file.
    DotEnv,
    /// A provider of your own, by its name.
    Other(&'static str),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Aws => "AWS Secrets Manager",
            Self::Environment => "the environment",
            Self::DotEnv => "the .env file",
            Self::Other(name) => name,
        })
    }
}
