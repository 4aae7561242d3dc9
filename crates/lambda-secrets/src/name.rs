//! The names of secrets: what a caller asks for, parsed once.
//!
//! A name that Secrets Manager could not hold is refused here, before any call is made.

use std::fmt;

use crate::Error;

/// The longest name or ARN that Secrets Manager accepts as an id, in bytes.
const LONGEST: usize = 2048;

/// The id of one secret: a name or an ARN.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SecretId(String);

impl SecretId {
    /// The id that `text` holds.
    ///
    /// Letters, digits, `/_+=.@-`, and for an ARN also `:`; 1 to 2,048 bytes.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let refuse = |reason| Err(Error::InvalidSecretName { name: text.to_owned(), reason });
        if text.is_empty() {
            return refuse("it is empty");
        }
        if text.len() > LONGEST {
            return refuse("it is longer than 2,048 bytes");
        }
        let arn = text.starts_with("arn:");
        let fits =
            |c: char| c.is_ascii_alphanumeric() || "/_+=.@-".contains(c) || (arn && c == ':');
        if !text.chars().all(fits) {
            return refuse("only letters, digits and `/_+=.@-` may stand in it");
        }
        if arn && arn_resource(text).is_none() {
            return refuse("it is not the ARN of a secret");
        }
        if arn && !text.split(':').nth(3).is_some_and(is_region) {
            return refuse("its ARN names no region");
        }
        Ok(Self(text.to_owned()))
    }

    /// The id of the secret `<project>/<environment>/<name>`.
    pub fn of(project: &str, environment: &str, name: &str) -> Result<Self, Error> {
        for part in [project, environment, name] {
            if part.is_empty() {
                let name = format!("{project}/{environment}/{name}");
                return Err(Error::InvalidSecretName { name, reason: "a part of it is empty" });
            }
        }
        Self::parse(&format!("{project}/{environment}/{name}"))
    }

    /// The id as Secrets Manager takes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The region that the ARN names; `None` for a plain name.
    pub fn region(&self) -> Option<&str> {
        self.is_arn().then(|| self.0.split(':').nth(3)).flatten()
    }

    /// Whether it is an ARN, whole or partial.
    pub fn is_arn(&self) -> bool {
        self.0.starts_with("arn:")
    }

    /// Whether Secrets Manager may take the end of this id for the suffix that it gives to ARNs:
    /// `-` and six characters.
    pub(crate) fn ends_like_a_suffix(&self) -> bool {
        let last = self.0.rsplit('/').next().unwrap_or_default();
        last.rsplit_once('-').is_some_and(|(name, suffix)| {
            !name.is_empty()
                && suffix.len() == 6
                && suffix.bytes().all(|b| b.is_ascii_alphanumeric())
        })
    }
}

/// The part after `:secret:` of a secret's ARN.
fn arn_resource(arn: &str) -> Option<&str> {
    let mut parts = arn.splitn(7, ':');
    let service = parts.nth(2)?;
    let (_region, _account) = (parts.next()?, parts.next()?);
    let (kind, resource) = (parts.next()?, parts.next()?);
    (service == "secretsmanager" && kind == "secret" && !resource.is_empty()).then_some(resource)
}

/// Such as `us-west-2`, `us-gov-east-1` or `eu-isoe-west-1`.
fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let Some((number, words)) = parts.split_last() else { return false };
    let letters = |word: &&str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase());
    words.len() >= 2
        && words.iter().all(letters)
        && !number.is_empty()
        && number.bytes().all(|b| b.is_ascii_digit())
}

impl fmt::Display for SecretId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for SecretId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_joined_from_its_three_parts() {
        let id = SecretId::of("miyabi", "prod", "api-keys").unwrap();
        assert_eq!(id.as_str(), "miyabi/prod/api-keys");
        assert_eq!(id.region(), None);
    }

    #[test]
    fn an_arn_names_its_region() {
        let arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:a/b-AbCdEf";
        assert_eq!(SecretId::parse(arn).unwrap().region(), Some("eu-west-1"));
    }

    #[test]
    fn a_name_may_end_like_an_arn() {
        let ends = |text: &str| SecretId::parse(text).unwrap().ends_like_a_suffix();
        assert!(ends("miyabi/prod/my-secret") && ends("a-AbCd12"));
        assert!(!ends("miyabi/prod/api-keys") && !ends("-secret") && !ends("my-secrets"));
    }

    #[test]
    fn what_secrets_manager_could_not_hold_is_refused() {
        let long = "x".repeat(LONGEST + 1);
        for bad in ["", "a b", "a\0b", "ü", "a:b", "arn:aws:s3:::bucket", "arn:aws:", &long] {
            assert!(SecretId::parse(bad).is_err(), "{bad:?} was taken");
        }
        for region in ["", "nowhere", "us-west", "us-west-x", "us west-2", "US-WEST-2", "-1", "--1"]
        {
            let arn = format!("arn:aws:secretsmanager:{region}:123456789012:secret:x-AbCdEf");
            assert!(SecretId::parse(&arn).is_err(), "{arn} was taken");
        }
        for parts in [("", "prod", "x"), ("p", "", "x"), ("p", "prod", "")] {
            assert!(SecretId::of(parts.0, parts.1, parts.2).is_err());
        }
    }
}
