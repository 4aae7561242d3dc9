//! The value of a secret in memory: zeroed when dropped, never shown.

use std::fmt;

use secrecy::zeroize::Zeroize;
use secrecy::{ExposeSecret, SecretSlice, SecretString};

/// What a version of a secret holds.
#[derive(Clone)]
#[non_exhaustive]
pub enum SecretValue {
    /// Text: a plain value or a JSON object.
    Text(SecretString),
    /// Bytes. They never go into the environment.
    Binary(SecretSlice<u8>),
}

impl SecretValue {
    /// The text; `None` for a binary value.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text.expose_secret()),
            Self::Binary(_) => None,
        }
    }

    /// The bytes of either form.
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.expose_secret().as_bytes(),
            Self::Binary(bytes) => bytes.expose_secret(),
        }
    }
}

impl fmt::Debug for SecretValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text(_) => "Text([redacted])",
            Self::Binary(_) => "Binary([redacted])",
        })
    }
}

/// The text as a secret, with the buffer that it came in zeroed.
///
/// Turning a `String` with spare capacity into a box moves it and leaves the old bytes behind.
pub(crate) fn seal(mut text: String) -> SecretString {
    let sealed = SecretString::from(text.as_str());
    text.zeroize();
    sealed
}

/// The bytes as a secret, with the buffer that they came in zeroed.
pub(crate) fn seal_bytes(mut bytes: Vec<u8>) -> SecretSlice<u8> {
    let sealed = SecretSlice::from(bytes.as_slice().to_vec());
    bytes.zeroize();
    sealed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_the_kind_and_not_the_value() {
        let text = SecretValue::Text(seal("canary".to_owned()));
        let bytes = SecretValue::Binary(seal_bytes(b"canary".to_vec()));
        assert_eq!(format!("{text:?} {bytes:?}"), "Text([redacted]) Binary([redacted])");
        assert_eq!((text.as_text(), bytes.as_text()), (Some("canary"), None));
        assert_eq!(bytes.as_bytes(), b"canary");
    }
}
