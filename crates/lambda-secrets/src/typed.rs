//! A secret as a struct of the caller's.
//!
//! serde's own errors show what they met, and that is a value. So the struct is read through a
//! deserializer of our own, whose errors hold the name of a field or of a key and nothing else.

use std::fmt;

use serde_core::de::value::MapDeserializer;
use serde_core::de::{self, DeserializeOwned, Deserializer, IntoDeserializer, Visitor};

use crate::mapping::printable;
use crate::{Error, Secret, Secrets, json};

/// Why a secret does not fit the struct.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TypedError {
    /// The struct needs a field that the secret does not have.
    #[error("it has no key `{field}`")]
    MissingField {
        /// The field.
        field: &'static str,
    },
    /// The struct admits no such key.
    #[error("it has a key `{key}`, which the type does not know")]
    UnknownField {
        /// The key.
        key: String,
    },
    /// The key stands there twice.
    #[error("it has the key `{field}` twice")]
    DuplicateField {
        /// The field.
        field: &'static str,
    },
    /// The value is of another type than the field.
    #[error("the value of `{key}` is not of the type of its field")]
    WrongType {
        /// The key.
        key: String,
    },
    /// The secret is no JSON object, or the type asks for something else than fields.
    #[error("it does not fit the type")]
    Unfit,
}

impl TypedError {
    /// The kind in one word, the same from release to release.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::MissingField { .. } => "missing_field",
            Self::UnknownField { .. } => "unknown_field",
            Self::DuplicateField { .. } => "duplicate_field",
            Self::WrongType { .. } => "wrong_type",
            Self::Unfit => "unfit",
        }
    }
}

/// Every message of serde is dropped: it may show the value.
impl de::Error for TypedError {
    fn custom<T: fmt::Display>(_message: T) -> Self {
        Self::Unfit
    }

    fn missing_field(field: &'static str) -> Self {
        Self::MissingField { field }
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::DuplicateField { field }
    }

    fn unknown_field(key: &str, _expected: &'static [&'static str]) -> Self {
        Self::UnknownField { key: printable(key) }
    }
}

impl Secret {
    /// The JSON object as a struct.
    ///
    /// A number or a boolean may stand in the secret as text. Keys that the struct does not name
    /// are passed over, unless it denies them. No error shows a value.
    pub fn typed<T: DeserializeOwned>(&self) -> Result<T, Error> {
        let wrong = |source| Error::Typed { secret: self.id().as_str().to_owned(), source };
        let text = self.value().as_text().ok_or_else(|| wrong(TypedError::Unfit))?;
        if !json::looks_like_object(text) {
            return Err(wrong(TypedError::Unfit));
        }
        let fields = self.entries()?.map(|(key, value)| (key, Field { key, value }));
        T::deserialize(MapDeserializer::new(fields)).map_err(wrong)
    }
}

impl Secrets {
    /// The secret with this name or ARN as a struct, as [`Secret::typed`] says.
    pub async fn typed<T: DeserializeOwned>(&self, name: &str) -> Result<T, Error> {
        self.get_secret(name).await?.typed()
    }
}

/// The value of one key.
#[derive(Clone, Copy)]
struct Field<'a> {
    key: &'a str,
    /// Its JSON text.
    value: &'a str,
}

impl<'a> Field<'a> {
    fn wrong<E>(&self) -> impl FnOnce(E) -> TypedError {
        let key = printable(self.key);
        |_| TypedError::WrongType { key }
    }

    /// The text of a JSON string without escapes, where a number or a boolean is wanted.
    fn bare(&self) -> &'a str {
        let inner = self.value.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
        inner.unwrap_or(self.value)
    }
}

impl<'de> IntoDeserializer<'de, TypedError> for Field<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

macro_rules! as_it_is {
    ($($method:ident($($argument:ident: $type:ty),*)),+ $(,)?) => {
        $(fn $method<V: Visitor<'de>>(
            self,
            $($argument: $type,)*
            visitor: V,
        ) -> Result<V::Value, TypedError> {
            let mut json = serde_json::Deserializer::from_str(self.value);
            json.$method($($argument,)* visitor).map_err(self.wrong())
        })+
    };
}

macro_rules! perhaps_in_quotes {
    ($($method:ident),+ $(,)?) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TypedError> {
            let mut json = serde_json::Deserializer::from_str(self.bare());
            json.$method(visitor).map_err(self.wrong())
        })+
    };
}

impl<'de> Deserializer<'de> for Field<'de> {
    type Error = TypedError;

    as_it_is! {
        deserialize_any(), deserialize_char(), deserialize_str(), deserialize_string(),
        deserialize_bytes(), deserialize_byte_buf(), deserialize_unit(), deserialize_seq(),
        deserialize_map(), deserialize_identifier(), deserialize_ignored_any(),
        deserialize_unit_struct(name: &'static str), deserialize_tuple(length: usize),
        deserialize_tuple_struct(name: &'static str, length: usize),
        deserialize_struct(name: &'static str, fields: &'static [&'static str]),
        deserialize_enum(name: &'static str, variants: &'static [&'static str]),
    }

    perhaps_in_quotes! {
        deserialize_bool, deserialize_i8, deserialize_i16, deserialize_i32, deserialize_i64,
        deserialize_i128, deserialize_u8, deserialize_u16, deserialize_u32, deserialize_u64,
        deserialize_u128, deserialize_f32, deserialize_f64,
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TypedError> {
        match self.value {
            "null" => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, TypedError> {
        visitor.visit_newtype_struct(self)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;
    use crate::{SecretId, SecretValue, Source};

    #[derive(Debug, Deserialize, PartialEq)]
    struct Database {
        username: String,
        port: u16,
        #[serde(default)]
        tls: bool,
        replica: Option<String>,
        weight: Option<f64>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Strict {
        #[allow(dead_code)]
        a: String,
    }

    fn typed<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
        let id = SecretId::parse("p/e/s").unwrap();
        Secret::new(id, Source::Aws, SecretValue::Text(text.into())).typed()
    }

    #[test]
    fn fields_are_read_and_numbers_may_be_text() {
        let text = r#"{"username":"u\n","port":"5432","tls":"true","replica":null,"weight":"0.5",
            "more":{"a":[1]}}"#;
        let found: Database = typed(text).unwrap();
        assert_eq!((found.username.as_str(), found.port, found.tls), ("u\n", 5432, true));
        assert_eq!((found.replica, found.weight), (None, Some(0.5)));
        let map: BTreeMap<String, String> = typed(r#"{"a":"1","b":"2"}"#).unwrap();
        assert_eq!(map["b"], "2");
    }

    #[cfg(feature = "serde")]
    #[test]
    fn a_field_that_is_a_secret_text_is_shown_nowhere() {
        use secrecy::{ExposeSecret, SecretString};

        #[derive(Debug, Deserialize)]
        struct Login {
            user: String,
            password: SecretString,
        }

        let login: Login = typed(r#"{"user":"u","password":"canary"}"#).unwrap();
        assert_eq!((login.user.as_str(), login.password.expose_secret()), ("u", "canary"));
        assert!(!format!("{login:?}").contains("canary"));
        let error = typed::<Login>(r#"{"user":"canary","password":["canary"]}"#).unwrap_err();
        assert_eq!(error.kind(), "wrong_type");
        assert!(!format!("{error:?}").contains("canary"), "{error:?}");
    }

    #[test]
    fn every_error_names_the_key_and_never_shows_the_value() {
        for (text, kind, part) in [
            (r#"{"username":"canary"}"#, "missing_field", "`port`"),
            (r#"{"username":"u","port":"canary"}"#, "wrong_type", "`port`"),
            (r#"{"username":{"a":"canary"},"port":1}"#, "wrong_type", "`username`"),
            (r#"{"username":"u","port":70000}"#, "wrong_type", "`port`"),
            (r#"{"username":"canary","username":"canary"}"#, "duplicate_field", "`username` twice"),
            ("canary", "unfit", "does not fit"),
            ("[\"canary\"]", "unfit", "does not fit"),
            ("{\"username\":\"canary\"", "bad_json", "line 1"),
        ] {
            let error = typed::<Database>(text).unwrap_err();
            let shown = format!("{error:?}");
            assert_eq!(error.kind(), kind, "{text}");
            assert!(shown.contains(part) && !shown.contains("canary"), "{shown}");
        }
        let error = typed::<Strict>(r#"{"a":"canary","b":"canary"}"#).unwrap_err();
        assert_eq!(error.kind(), "unknown_field");
        assert!(format!("{error:?}").contains("`b`") && !format!("{error:?}").contains("canary"));
    }
}
