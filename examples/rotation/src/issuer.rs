//! Where new keys come from: the one part that differs from provider to provider.

use rand::TryRng;
use rand::rngs::SysRng;
use secrecy::SecretString;
use zeroize::{Zeroize, Zeroizing};

/// Why an issuer failed; the text goes to the function's log and holds no key
#[derive(Debug, thiserror::Error)]
#[error("the issuer failed: {0}")]
pub struct IssuerError(pub &'static str);

/// Makes keys, activates and tests them, and takes them back
///
/// Every call may be made twice with the same key. For a provider with an API of its own, this is
/// the place of its calls.
pub trait Issuer {
    /// Returns a new key
    fn issue(&self) -> impl Future<Output = Result<SecretString, IssuerError>>;
    /// Makes a key usable, where it is not from the start
    fn activate(&self, key: &SecretString) -> impl Future<Output = Result<(), IssuerError>>;
    /// Says whether a key works
    fn test(&self, key: &SecretString) -> impl Future<Output = Result<(), IssuerError>>;
    /// Makes a key useless for ever; one that is unknown is no error
    fn revoke(&self, key: &SecretString) -> impl Future<Output = Result<(), IssuerError>>;
}

/// Keys that are drawn at random, for a service of one's own that compares them with the secret
#[derive(Debug, Clone, Default)]
pub struct Random {
    /// what stands in front of each key, such as `shop_`
    pub prefix: String,
}

impl Issuer for Random {
    async fn issue(&self) -> Result<SecretString, IssuerError> {
        const DIGITS: &[u8; 64] =
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let mut bytes = [0_u8; 43];
        SysRng
            .try_fill_bytes(&mut bytes)
            .map_err(|_| IssuerError("the system gives no random numbers"))?;
        // 43 digits of 6 bits each: 258 bits
        let mut key = Zeroizing::new(String::with_capacity(self.prefix.len() + bytes.len()));
        key.push_str(&self.prefix);
        key.extend(bytes.iter().map(|byte| char::from(DIGITS[usize::from(byte & 63)])));
        bytes.zeroize();
        Ok(key.as_str().into())
    }

    async fn activate(&self, _: &SecretString) -> Result<(), IssuerError> {
        // whoever compares keys reads the secret, and accepts the pending version too
        Ok(())
    }

    async fn test(&self, key: &SecretString) -> Result<(), IssuerError> {
        use secrecy::ExposeSecret;
        let is_ours = key.expose_secret().len() == self.prefix.len() + 43;
        if is_ours { Ok(()) } else { Err(IssuerError("the key is not one of this issuer")) }
    }

    async fn revoke(&self, _: &SecretString) -> Result<(), IssuerError> {
        Ok(())
    }
}
