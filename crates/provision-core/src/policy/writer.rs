//! What whoever sets values may do: read and write those of named secrets, and nothing about them.

use serde::Serialize;

use super::template::{render, template};
use super::{Document, RenderError};

/// The secrets whose values are read and written, as computed text
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WriterPolicy {
    /// the account, or [`super::ACCOUNT_PLACEHOLDER`]
    pub account: String,
    /// the environment's own region: copies are read-only
    pub region: String,
    /// ARN patterns of the secrets, each by [`super::secret_arn_pattern`], at least one
    pub secrets: Vec<String>,
    /// the key's ARN, or its placeholder
    pub key: String,
}

/// Returns the policy of whoever sets values
///
/// # Errors
/// A template that does not give a policy.
pub fn writer_policy(policy: &WriterPolicy) -> Result<Document, RenderError> {
    render(template!("writer.json.hbs"), policy)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::secret_arn_pattern;

    #[test]
    fn the_policy_reads_as_written_in_the_template() {
        let secret = |name| secret_arn_pattern("aws", "us-west-2", "123456789012", name);
        let policy = WriterPolicy {
            account: "123456789012".into(),
            region: "us-west-2".into(),
            secrets: vec![secret("p/e/a"), secret("p/e/b")],
            key: "arn:aws:kms:us-west-2:123456789012:key/k".into(),
        };
        insta::assert_json_snapshot!(writer_policy(&policy).unwrap().to_value());
    }
}
