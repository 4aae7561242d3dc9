//! Secrets in the environment of the process, for local work and as a fall-back.

use secrecy::SecretString;

use super::{BoxFuture, Provider, names};
use crate::value::seal;
use crate::{Error, Secret, SecretRequest, SecretValue, Source};

/// Reads `SECRET_<NAME>`, `SECRET_<NAME>_<KEY>`, and with a prefix of the caller's `<P>_<KEY>`.
#[derive(Debug, Default)]
pub(crate) struct Environment {
    pub(crate) prefix: Option<String>,
}

impl Provider for Environment {
    fn source(&self) -> Source {
        Source::Environment
    }

    fn secret<'a>(&'a self, request: &'a SecretRequest) -> BoxFuture<'a, Result<Secret, Error>> {
        let names = names::of_secret(request, self.prefix.as_deref());
        let found = look_up(request, Source::Environment, names, variable);
        Box::pin(std::future::ready(found))
    }

    fn key(&self, request: &SecretRequest, key: &str) -> Option<Result<SecretString, Error>> {
        let names = names::of_key(request, key, self.prefix.as_deref());
        request.is_current().then(|| names.iter().find_map(|name| variable(name)))?.map(Ok)
    }

    fn is_remote(&self) -> bool {
        false
    }
}

/// An empty variable counts as unset, and so does one that is no text.
fn variable(name: &str) -> Option<SecretString> {
    let text = std::env::var_os(name)?.into_string().ok()?;
    (!text.is_empty()).then(|| seal(text))
}

/// The secret in the first of the variables that is set.
pub(crate) fn look_up(
    request: &SecretRequest,
    source: Source,
    names: Vec<String>,
    variable: impl Fn(&str) -> Option<SecretString>,
) -> Result<Secret, Error> {
    let absent = |looked_for| Error::NotProvided {
        secret: request.id().as_str().to_owned(),
        provider: source,
        looked_for,
    };
    // variables know one version of a secret
    if !request.is_current() {
        return Err(absent(Vec::new()));
    }
    match names.iter().find_map(|name| variable(name)) {
        Some(text) => Ok(Secret::new(request.id().clone(), source, SecretValue::Text(text))),
        None => Err(absent(names)),
    }
}
