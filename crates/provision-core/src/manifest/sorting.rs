//! Which names of an .env file are secrets and which are plain configuration, and why.
//!
//! The value is looked at on loan and never kept: a reason names a shape, not a text. In doubt a
//! name is a secret.

use super::suspicion::{SECRET_WORDS, random_words, shapes_in};
use crate::environment::{self, EnvironmentError};
use crate::name::ValueKey;

/// What a name is
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// a secret value
    Secret,
    /// configuration that anybody may read
    Plain,
    /// nothing that a secret may carry
    LeftOut,
}

/// What a name is, and why
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sorted {
    /// what it is
    pub kind: Kind,
    /// why, without a word of the value
    pub reason: String,
}

/// Further words at the end of a name that say that its value is secret
const MORE_SECRET_WORDS: &[&str] = &[
    "PWD",
    "PASS",
    "KEY",
    "CREDENTIAL",
    "SALT",
    "PEPPER",
    "PIN",
    "OTP",
    "PASSCODE",
    "DSN",
    "WEBHOOK",
    "CERT",
    "PEM",
    "SIGNATURE",
];

/// Words at the end of a name that say that its value is plain
const PLAIN_WORDS: &[&str] = &[
    "BUCKET",
    "COUNT",
    "DEBUG",
    "DIR",
    "DOMAIN",
    "ENABLED",
    "ENDPOINT",
    "ENV",
    "ENVIRONMENT",
    "FORMAT",
    "HOST",
    "HOSTNAME",
    "ID",
    "INTERVAL",
    "LANG",
    "LEVEL",
    "LIMIT",
    "LOCALE",
    "MODE",
    "MODEL",
    "NAME",
    "ORIGIN",
    "OWNER",
    "PATH",
    "PORT",
    "PROVIDER",
    "REGION",
    "RETRIES",
    "ROOT",
    "SIZE",
    "STAGE",
    "TIMEOUT",
    "TIMEZONE",
    "TTL",
    "URI",
    "URL",
    "USER",
    "USERNAME",
    "VERSION",
];

/// Returns what a name with a value is
pub fn sort(name: &str, value: &str) -> Sorted {
    if let Some(reason) = left_out(name) {
        return Sorted { kind: Kind::LeftOut, reason };
    }
    let secret = |reason: String| Sorted { kind: Kind::Secret, reason };
    let plain = |reason: String| Sorted { kind: Kind::Plain, reason };
    // what a value looks like outweighs its name: a URL may hold a password
    if let Some((what, ..)) = shapes_in(value).first() {
        return secret(format!("its value looks like {what}"));
    }
    if let Some(word) = last_word(name, SECRET_WORDS).or(last_word(name, MORE_SECRET_WORDS)) {
        return secret(format!("its name ends in `{word}`"));
    }
    if !random_words(value).is_empty() {
        return secret("its value looks like a random key".into());
    }
    if is_plain_value(value) {
        return plain("its value is a number, a switch or a plain word".into());
    }
    if let Some(word) = last_word(name, PLAIN_WORDS) {
        return plain(format!("its name ends in `{word}`"));
    }
    secret("nothing says that it is plain".into())
}

fn left_out(name: &str) -> Option<String> {
    if ValueKey::parse(name).is_err() {
        return Some("it is no name of a key".into());
    }
    // where and as whom AWS is asked: of the machine that the file lies on, and not of a function
    if name.starts_with("AWS_ENDPOINT_URL")
        || ["AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"]
            .contains(&name)
    {
        return Some("it is a setting of this machine".into());
    }
    match environment::variable_of_key(name) {
        Ok(_) => None,
        Err(EnvironmentError::ReservedName { .. }) => Some("no secret may set it".into()),
        Err(_) => Some("it gives no name of a variable".into()),
    }
}

/// The word that the name ends in, as a word of its own
fn last_word(name: &str, words: &[&'static str]) -> Option<&'static str> {
    let name = name.to_uppercase().replace(['.', '-'], "_");
    words.iter().copied().find(|word| {
        name.strip_suffix(word).is_some_and(|before| before.is_empty() || before.ends_with('_'))
    })
}

/// Numbers, switches, and words that stand for a way of working
fn is_plain_value(value: &str) -> bool {
    const WORDS: &[&str] = &[
        "true",
        "false",
        "yes",
        "no",
        "on",
        "off",
        "dev",
        "development",
        "test",
        "testing",
        "staging",
        "prod",
        "production",
        "local",
        "localhost",
        "trace",
        "debug",
        "info",
        "warn",
        "warning",
        "error",
        "json",
        "text",
        "utc",
    ];
    // a longer number may be a PIN or an account
    let is_short_number = value.len() <= 5
        && value.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        && value.bytes().any(|b| b.is_ascii_digit());
    is_short_number || WORDS.contains(&value.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_shapes_say_what_is_secret() {
        for (name, value, reason) in [
            ("GITHUB_TOKEN", "", "its name ends in `TOKEN`"),
            ("DB_PASSWORD", "x", "its name ends in `PASSWORD`"),
            ("STRIPE_KEY", "x", "its name ends in `KEY`"),
            ("openai.api-key", "x", "its name ends in `API_KEY`"),
            (
                "DATABASE_URL",
                "postgres://u:hunter2@db/x",
                "its value looks like a URL with a password",
            ),
            ("NAME", "ghp_16C7e42F292c6912E7", "its value looks like a GitHub token"),
            ("SOME_ID", "4f3c2b1a9d8e7f6a5b4c3d2e1f0a9b8c", "its value looks like a random key"),
            ("ANYTHING", "some words", "nothing says that it is plain"),
            ("PIN", "1234", "its name ends in `PIN`"),
            ("ACCOUNT", "123456", "nothing says that it is plain"),
            ("MONKEY", "x y", "nothing says that it is plain"),
        ] {
            let sorted = sort(name, value);
            assert_eq!((sorted.kind, sorted.reason.as_str()), (Kind::Secret, reason), "{name}");
        }
    }

    #[test]
    fn names_and_values_say_what_is_plain() {
        for (name, value, reason) in [
            ("BASE_URL", "https://api.example.com/v1", "its name ends in `URL`"),
            ("MIYABI_REPO_OWNER", "ada", "its name ends in `OWNER`"),
            ("PORT", "8080", "its value is a number, a switch or a plain word"),
            ("VERBOSE", "True", "its value is a number, a switch or a plain word"),
            ("WHERE", "production", "its value is a number, a switch or a plain word"),
            ("OAUTH_CLIENT_ID", "miyabi-mcp-client", "its name ends in `ID`"),
        ] {
            let sorted = sort(name, value);
            assert_eq!((sorted.kind, sorted.reason.as_str()), (Kind::Plain, reason), "{name}");
        }
    }

    #[test]
    fn what_no_secret_may_carry_is_left_out() {
        for (name, reason) in [
            ("AWS_REGION", "no secret may set it"),
            ("PATH", "no secret may set it"),
            ("1ST", "it gives no name of a variable"),
            ("A=B", "it is no name of a key"),
        ] {
            let sorted = sort(name, "canary");
            assert_eq!((sorted.kind, sorted.reason.as_str()), (Kind::LeftOut, reason), "{name}");
        }
    }
}
