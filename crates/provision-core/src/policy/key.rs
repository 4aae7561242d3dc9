//! The policy of the KMS key of one project, environment and region.
//!
//! Its principal is always the account, narrowed by `aws:PrincipalArn`. So no role has to exist
//! before the key, a role that was made anew keeps working, and the key opens only where the
//! caller's own IAM policy says the same: two locks.

use serde::Serialize;

use super::template::{render, template};
use super::{Document, RenderError};

/// Who may use the key, as computed text
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeyPolicy {
    /// the partition, such as `aws`
    pub partition: String,
    /// the region of the key
    pub region: String,
    /// the account, or [`super::ACCOUNT_PLACEHOLDER`]
    pub account: String,
    /// the project, the first segment of the path of its roles
    pub project: String,
    /// ARN patterns of the secrets under the key, at least one: `…:secret:project/env/*`, or each
    /// by [`super::secret_arn_pattern`] where a name is overridden
    pub secrets: Vec<String>,
    /// ARNs of the roles that read, path included
    pub readers: Vec<String>,
    /// who else may use it
    pub operators: Operators,
}

/// Who may use the key besides the functions: people and pipelines
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum Operators {
    /// whoever in the account has the IAM permission and is no role of the project
    AnyoneWithIamPermission,
}

/// Returns the policy of the key
///
/// # Errors
/// A template that does not give a policy.
pub fn key_policy(policy: &KeyPolicy) -> Result<Document, RenderError> {
    // another kind of operators needs statements of its own in the template
    let Operators::AnyoneWithIamPermission = policy.operators;
    render(template!("key.json.hbs"), policy)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(readers: &[&str]) -> KeyPolicy {
        KeyPolicy {
            partition: "aws".into(),
            region: "us-west-2".into(),
            account: "123456789012".into(),
            project: "p".into(),
            secrets: vec!["arn:aws:secretsmanager:us-west-2:123456789012:secret:p/e/*".into()],
            readers: readers.iter().map(ToString::to_string).collect(),
            operators: Operators::AnyoneWithIamPermission,
        }
    }

    #[test]
    fn without_readers_the_policy_has_no_statement_for_them() {
        let document = key_policy(&policy(&[])).unwrap();
        let sids: Vec<_> = document.statements.iter().filter_map(|s| s.sid.as_deref()).collect();
        assert_eq!(sids, ["AccountAdministersKey", "OperateViaSecretsManager"]);
    }

    #[test]
    fn the_policy_reads_as_written_in_the_template() {
        let role = "arn:aws:iam::123456789012:role/p/e/p-e-f";
        insta::assert_json_snapshot!(key_policy(&policy(&[role])).unwrap().to_value());
    }
}
