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
        self.0.starts_with("arn:").then(|| self.0.split(':').nth(3)).flatten()
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
    fn what_secrets_manager_could_not_hold_is_refused() {
        let long = "x".repeat(LONGEST + 1);
        for bad in ["", "a b", "a\0b", "ü", "a:b", "arn:aws:s3:::bucket", "arn:aws:", &long] {
            assert!(SecretId::parse(bad).is_err(), "{bad:?} was taken");
        }
        for parts in [("", "prod", "x"), ("p", "", "x"), ("p", "prod", "")] {
            assert!(SecretId::of(parts.0, parts.1, parts.2).is_err());
        }
    }
}
