//! Which version of which secret is asked for.

use crate::{Error, SecretId};

/// The label of the version that is read where none is named.
const CURRENT: &str = "AWSCURRENT";
/// The longest staging label that Secrets Manager accepts.
const LONGEST_STAGE: usize = 256;
/// The shortest and the longest id of a version that Secrets Manager accepts.
const VERSION_ID: std::ops::RangeInclusive<usize> = 32..=64;

/// One version of one secret: the current one, unless a version or a staging label is named.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SecretRequest {
    id: SecretId,
    version_id: Option<String>,
    version_stage: Option<String>,
}

impl SecretRequest {
    /// The current version of the secret with this name, ARN or partial ARN.
    pub fn new(id: SecretId) -> Self {
        Self { id, version_id: None, version_stage: None }
    }

    /// The current version of the secret whose name, ARN or partial ARN `text` is.
    pub fn parse(text: &str) -> Result<Self, Error> {
        SecretId::parse(text).map(Self::new)
    }

    /// Asks for the version with this id: 32 to 64 letters, digits and `-`.
    pub fn version_id(mut self, id: impl Into<String>) -> Result<Self, Error> {
        let id = id.into();
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if !VERSION_ID.contains(&id.len()) || !id.bytes().all(fits) {
            let problem = "is no id of a version: 32 to 64 letters, digits and `-`".to_owned();
            return Err(Error::InvalidSetting { setting: "version_id", problem });
        }
        self.version_id = Some(id);
        Ok(self)
    }

    /// Asks for the version with this staging label, such as `AWSPREVIOUS`.
    pub fn version_stage(mut self, stage: impl Into<String>) -> Result<Self, Error> {
        let stage = stage.into();
        if stage.is_empty() || stage.len() > LONGEST_STAGE || stage.contains(char::is_control) {
            let problem = "is no staging label: 1 to 256 characters".to_owned();
            return Err(Error::InvalidSetting { setting: "version_stage", problem });
        }
        // the same version under another name would be fetched and kept twice
        self.version_stage = Some(stage).filter(|stage| stage != CURRENT);
        Ok(self)
    }

    /// The secret.
    pub fn id(&self) -> &SecretId {
        &self.id
    }

    /// The id of the version, where one is named.
    pub fn version(&self) -> Option<&str> {
        self.version_id.as_deref()
    }

    /// The staging label, where one other than `AWSCURRENT` is named.
    pub fn stage(&self) -> Option<&str> {
        self.version_stage.as_deref()
    }

    /// Whether it asks for whatever version is current.
    pub(crate) fn is_current(&self) -> bool {
        self.version_id.is_none() && self.version_stage.is_none()
    }

    /// The current version, by its label: one emulator answers without a label with an old version
    /// once the label has moved.
    #[cfg(feature = "write")]
    pub(crate) fn labelled_current(mut self) -> Self {
        self.version_stage = Some(CURRENT.to_owned());
        self
    }

    /// The same version of the secret `<prefix><name>`; an ARN stays as it is.
    pub(crate) fn prefixed(&self, prefix: &str) -> Result<Self, Error> {
        let mut request = self.clone();
        if !prefix.is_empty() && !self.id.is_arn() {
            request.id = SecretId::parse(&format!("{prefix}{}", self.id))?;
        }
        Ok(request)
    }
}

impl From<SecretId> for SecretRequest {
    fn from(id: SecretId) -> Self {
        Self::new(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_label_of_the_current_version_is_no_label() {
        let current = SecretRequest::parse("p/e/s").unwrap();
        assert_eq!(current.clone().version_stage("AWSCURRENT").unwrap(), current);
        let previous = current.version_stage("AWSPREVIOUS").unwrap();
        assert_eq!((previous.stage(), previous.is_current()), (Some("AWSPREVIOUS"), false));
    }

    #[test]
    fn what_names_no_version_is_refused() {
        let request = SecretRequest::parse("p/e/s").unwrap();
        for id in ["", "short", "x\u{e9}xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", &"x".repeat(65)] {
            assert!(request.clone().version_id(id).is_err(), "{id}");
        }
        for stage in ["", "a\nb", &"x".repeat(257)] {
            assert!(request.clone().version_stage(stage).is_err(), "{stage}");
        }
        assert!(request.version_id("11111111-2222-3333-4444-555555555555").is_ok());
    }

    #[test]
    fn a_prefix_goes_before_names_and_not_before_arns() {
        let name = SecretRequest::parse("db_password").unwrap();
        assert_eq!(name.prefixed("agent-etl/").unwrap().id().as_str(), "agent-etl/db_password");
        let arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:x-AbCdEf";
        let arn = SecretRequest::parse(arn).unwrap();
        assert_eq!(arn.prefixed("agent-etl/").unwrap(), arn);
        assert!(name.prefixed("a b").is_err());
    }
}
