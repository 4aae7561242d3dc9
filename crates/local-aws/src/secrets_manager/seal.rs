//! Values under lock: a data key from KMS, AES-256-GCM with it, and the context that AWS uses.
//!
//! A plain value exists only between a request and its answer. Nothing here has a `Debug`.

use aes_gcm::aead::Aead;
use aes_gcm::{Aes256Gcm, KeyInit, Nonce};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::failure::Failure;
use crate::kms::Kms;

/// The most bytes that a value can have.
const LIMIT: usize = 65_536;

/// A value in the clear.
#[derive(PartialEq, Eq)]
pub(super) enum Plaintext {
    Text(String),
    Binary(Vec<u8>),
}

impl Plaintext {
    /// Returns the value of a request, or none where it has none.
    pub(super) fn of(
        text: Option<String>,
        binary: Option<String>,
    ) -> Result<Option<Self>, Failure> {
        let value = match (text, binary) {
            (None, None) => return Ok(None),
            (Some(_), Some(_)) => {
                let message = "You can't specify both a binary secret value and a string secret value in the same secret.";
                return Err(Failure::InvalidParameter(message.to_owned()));
            }
            (Some(text), None) => Self::Text(text),
            (None, Some(binary)) => {
                Self::Binary(STANDARD.decode(binary).map_err(|_| Failure::Serialization)?)
            }
        };
        match value.bytes().len() {
            0 => Err(Failure::Validation("the secret value has at least 1 byte".to_owned())),
            1..=LIMIT => Ok(Some(value)),
            _ => Err(Failure::Validation(format!("the secret value has at most {LIMIT} bytes"))),
        }
    }

    /// Puts the value into an answer, under the name that its kind has there.
    pub(super) fn put_into(self, answer: &mut Value) {
        match self {
            Self::Text(text) => answer["SecretString"] = json!(text),
            Self::Binary(bytes) => answer["SecretBinary"] = json!(STANDARD.encode(bytes)),
        }
    }

    fn bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Binary(bytes) => bytes,
        }
    }
}

#[derive(Clone, Copy, Serialize, Deserialize)]
enum Kind {
    Text,
    Binary,
}

/// A value that only its key opens.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Sealed {
    kind: Kind,
    data_key: String,
    ciphertext: String,
    pub(super) key_arn: String,
}

/// Which version of which secret a value belongs to: the encryption context, and where its key is.
#[derive(Clone, Copy)]
pub(super) struct Belongs<'a> {
    pub(super) region: &'a str,
    pub(super) arn: &'a str,
    pub(super) version: &'a str,
}

impl Belongs<'_> {
    fn context(self) -> Value {
        json!({ "SecretARN": self.arn, "SecretVersionId": self.version })
    }
}

/// Seals a value under a key, or under the AWS-managed key where none is given.
pub(super) async fn seal(
    kms: &Kms,
    key: Option<&str>,
    to: Belongs<'_>,
    value: &Plaintext,
) -> Result<Sealed, Failure> {
    let data_key = kms
        .data_key(to.region, key, &to.context())
        .await
        .map_err(|unusable| Failure::Encryption(unusable.message))?;
    let ciphertext = cipher(&data_key.plaintext)
        .and_then(|cipher| cipher.encrypt(&nonce(), value.bytes()).ok())
        .ok_or_else(|| Failure::Encryption("the data key does not fit".to_owned()))?;
    let kind = match value {
        Plaintext::Text(_) => Kind::Text,
        Plaintext::Binary(_) => Kind::Binary,
    };
    Ok(Sealed {
        kind,
        data_key: data_key.sealed,
        ciphertext: STANDARD.encode(ciphertext),
        key_arn: data_key.key_arn,
    })
}

/// Opens a sealed value.
pub(super) async fn open(
    kms: &Kms,
    from: Belongs<'_>,
    sealed: &Sealed,
) -> Result<Plaintext, Failure> {
    let data_key = kms
        .open_data_key(from.region, &sealed.data_key, &from.context())
        .await
        .map_err(|unusable| Failure::Decryption(unusable.message))?;
    let damaged = || Failure::Decryption("the sealed value is damaged".to_owned());
    let ciphertext = STANDARD.decode(&sealed.ciphertext).map_err(|_| damaged())?;
    let bytes = cipher(&data_key)
        .and_then(|cipher| cipher.decrypt(&nonce(), ciphertext.as_slice()).ok())
        .ok_or_else(damaged)?;
    match sealed.kind {
        Kind::Text => String::from_utf8(bytes).map(Plaintext::Text).map_err(|_| damaged()),
        Kind::Binary => Ok(Plaintext::Binary(bytes)),
    }
}

/// Checks that a key can seal and open, as AWS does before it takes a key for a secret.
pub(super) async fn check_key(
    kms: &Kms,
    region: &str,
    arn: &str,
    key: Option<&str>,
) -> Result<(), Failure> {
    let probe = Belongs { region, arn, version: "RequestToValidateKeyAccess" };
    let sealed = seal(kms, key, probe, &Plaintext::Text("probe".to_owned())).await?;
    open(kms, probe, &sealed).await.map(|_| ())
}

fn cipher(data_key: &[u8]) -> Option<Aes256Gcm> {
    Aes256Gcm::new_from_slice(data_key).ok()
}

/// A data key seals one value and is never used again, so a constant nonce cannot repeat under it.
fn nonce() -> Nonce<aes_gcm::aead::consts::U12> {
    Nonce::default()
}
