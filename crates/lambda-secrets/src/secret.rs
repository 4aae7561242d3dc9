//! One version of a secret, as a caller holds it.

use std::fmt;
use std::ops::{Deref, Range};
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

use secrecy::SecretString;
use serde_json::value::RawValue;

use crate::fetch::Fetched;
use crate::value::seal;
use crate::{Error, MappingError, SecretId, SecretValue, Source, json};

/// One version of a secret. Clones share the value.
#[derive(Clone)]
pub struct Secret {
    inner: Arc<Owned>,
    age: Age,
}

/// A count of owners on a line of its own, beside others of the same value.
#[repr(align(64))]
struct Owned(Arc<Inner>);

impl Deref for Owned {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

struct Inner {
    id: SecretId,
    source: Source,
    fetched: Fetched,
    /// Where each key's value stands in the text, found once; or where the text stops being JSON.
    index: OnceLock<Index>,
}

/// The keys of a JSON object and where their values stand; else the line and column of the error.
type Index = Result<Vec<(String, Range<usize>)>, (usize, usize)>;

/// Whether the value is as young as was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Age {
    Fresh,
    Stale,
}

impl Secret {
    /// A secret of a provider of your own; `id` is what was asked for.
    pub fn new(id: SecretId, source: Source, value: SecretValue) -> Self {
        let fetched = Fetched {
            name: id.as_str().to_owned(),
            arn: None,
            version_id: None,
            version_stages: Vec::new(),
            created: None,
            value,
        };
        Self::fetched(id, source, fetched)
    }

    pub(crate) fn fetched(id: SecretId, source: Source, fetched: Fetched) -> Self {
        let index = OnceLock::new();
        let inner = Arc::new(Inner { id, source, fetched, index });
        Self { inner: Arc::new(Owned(inner)), age: Age::Fresh }
    }

    /// The same secret, whose clones are counted apart from those of this one: cores that clone one
    /// each do not wait for one another.
    pub(crate) fn apart(&self) -> Self {
        Self { inner: Arc::new(Owned(self.inner.0.clone())), age: self.age }
    }

    /// The same secret, known to be past its time.
    pub(crate) fn stale(&self) -> Self {
        Self { inner: self.inner.clone(), age: Age::Stale }
    }

    /// How many hold the value; clones count as one.
    #[cfg(test)]
    pub(crate) fn owners(&self) -> usize {
        Arc::strong_count(&self.inner.0)
    }

    /// The id that was asked for.
    pub fn id(&self) -> &SecretId {
        &self.inner.id
    }

    /// The name of the secret.
    pub fn name(&self) -> &str {
        &self.inner.fetched.name
    }

    /// The ARN; `None` where it does not come from AWS.
    pub fn arn(&self) -> Option<&str> {
        self.inner.fetched.arn.as_deref()
    }

    /// The id of the version.
    pub fn version_id(&self) -> Option<&str> {
        self.inner.fetched.version_id.as_deref()
    }

    /// The staging labels of the version.
    pub fn version_stages(&self) -> &[String] {
        &self.inner.fetched.version_stages
    }

    /// When the version was created.
    pub fn created(&self) -> Option<SystemTime> {
        self.inner.fetched.created
    }

    /// Where it comes from.
    pub fn source(&self) -> Source {
        self.inner.source
    }

    /// Whether it is older than the time that it may be kept, and served because Secrets Manager
    /// did not answer.
    pub fn is_stale(&self) -> bool {
        self.age == Age::Stale
    }

    /// The whole value.
    pub fn value(&self) -> &SecretValue {
        &self.inner.fetched.value
    }

    /// The value of one key of a JSON object: text as it is, anything else as its JSON text.
    ///
    /// A key that is missing or `null` is an error that lists the keys that are there.
    pub fn key(&self, key: &str) -> Result<SecretString, Error> {
        match self.entries()?.rev().find(|(name, _)| *name == key) {
            Some((_, value)) if value != "null" => self.text_of(key, value),
            _ => Err(self.no_key(key)?),
        }
    }

    /// The one value that the secret holds.
    ///
    /// Text that is no JSON object is that value. Of an object it is the value of the only key, or
    /// of the key that is called like the secret: `db_password` of `agent-etl/db_password`. A
    /// binary value is an error, and so is any other object.
    pub fn single(&self) -> Result<SecretString, Error> {
        let Some(text) = self.value().as_text() else {
            return Err(self.bad(MappingError::NotText));
        };
        if !json::looks_like_object(text) {
            return Ok(SecretString::from(text));
        }
        let mut entries = self.entries()?;
        let key = self.name().rsplit('/').next().unwrap_or_default();
        let only = entries.next().filter(|_| entries.len() == 0);
        let named = self.entries()?.rev().find(|(name, _)| *name == key);
        match named.or(only) {
            Some((key, value)) if value != "null" => self.text_of(key, value),
            _ => Err(self.no_key(key)?),
        }
    }

    /// The keys of a JSON object, in the order in which they stand; none for any other value.
    pub fn keys(&self) -> Result<Vec<String>, Error> {
        Ok(self.entries()?.map(|(name, _)| name.to_owned()).collect())
    }

    /// The keys of a JSON object and the JSON text of their values; none for any other value.
    pub(crate) fn entries(
        &self,
    ) -> Result<impl DoubleEndedIterator<Item = (&str, &str)> + ExactSizeIterator, Error> {
        let text = self.value().as_text().unwrap_or_default();
        match self.inner.index.get_or_init(|| index(text)) {
            Ok(index) => {
                Ok(index.iter().map(move |(name, place)| (name.as_str(), &text[place.clone()])))
            }
            Err((line, column)) => {
                Err(self.bad(MappingError::BadJson { line: *line, column: *column }))
            }
        }
    }

    fn text_of(&self, key: &str, value: &str) -> Result<SecretString, Error> {
        if !value.starts_with('"') {
            return Ok(SecretString::from(value));
        }
        let invalid = |_| MappingError::InvalidValue { key: crate::mapping::printable(key) };
        json::string(value).map(seal).map_err(invalid).map_err(|error| self.bad(error))
    }

    fn no_key(&self, key: &str) -> Result<Error, Error> {
        Ok(Error::KeyMissing {
            secret: self.id().as_str().to_owned(),
            key: key.to_owned(),
            existing: self.keys()?,
        })
    }

    pub(crate) fn bad(&self, source: MappingError) -> Error {
        Error::Mapping { secret: self.id().as_str().to_owned(), source }
    }
}

fn index(text: &str) -> Index {
    if !json::looks_like_object(text) {
        return Ok(Vec::new());
    }
    let entries = json::entries(text).map_err(|error| (error.line(), error.column()))?;
    let place = |value: &RawValue| {
        // a value borrows from the text
        let start = value.get().as_ptr() as usize - text.as_ptr() as usize;
        start..start + value.get().len()
    };
    Ok(entries.into_iter().map(|(name, value)| (name, place(value))).collect())
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secret")
            .field("id", self.id())
            .field("source", &self.source())
            .field("version_id", &self.version_id())
            .field("age", &self.age)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn secret(name: &str, text: &str) -> Secret {
        let id = SecretId::parse(name).unwrap();
        Secret::new(id, Source::Environment, SecretValue::Text(text.into()))
    }

    #[test]
    fn a_single_value_is_the_text_the_only_key_or_the_key_of_that_name() {
        for (name, text) in [
            ("agent-etl/db_password", "x"),
            ("agent-etl/db_password", r#"{"anything":"x"}"#),
            ("agent-etl/db_password", r#"{"user":"u","db_password":"x"}"#),
        ] {
            let found = secret(name, text).single().unwrap();
            assert_eq!(found.expose_secret(), "x", "{text}");
        }
        for text in [r#"{"a":"x","b":"y"}"#, "{}", r#"{"a":null}"#] {
            let error = secret("agent-etl/db_password", text).single().unwrap_err();
            assert_eq!(error.kind(), "key_missing", "{text}");
        }
        let bytes = SecretValue::Binary(vec![1].into());
        let id = SecretId::parse("p/e/cert").unwrap();
        let error = Secret::new(id, Source::Environment, bytes).single().unwrap_err();
        assert_eq!(error.kind(), "not_text");
    }

    #[test]
    fn debug_shows_names_and_not_the_value() {
        let shown = format!("{:?}", secret("p/e/s", "canary"));
        assert!(shown.contains("p/e/s") && !shown.contains("canary"), "{shown}");
    }
}
