//! The inline policy of a function's role: its own secrets, through Secrets Manager, and no more.

use serde::Serialize;

use super::template::{render, template};
use super::{Document, RenderError};

/// What a function may do, as computed text
///
/// With neither `secrets` nor `log_group` the policy has no statement, which IAM refuses: such a
/// role needs no inline policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FunctionPolicy {
    /// the partition, such as `aws`
    pub partition: String,
    /// the region of the secrets and the key
    pub region: String,
    /// the account, or [`super::ACCOUNT_PLACEHOLDER`]
    pub account: String,
    /// ARN patterns of the secrets that it reads, each by [`secret_arn_pattern`]
    pub secrets: Vec<String>,
    /// the key's ARN (an alias's never matches), or [`super::KEY_ARN_PLACEHOLDER`]
    pub key: String,
    /// its log group, where the role writes logs by a statement of its own
    pub log_group: Option<String>,
}

/// Returns the inline policy of a function's role
///
/// # Errors
/// A template that does not give a policy.
pub fn function_policy(policy: &FunctionPolicy) -> Result<Document, RenderError> {
    render(template!("function.json.hbs"), policy)
}

/// Returns the ARN pattern that matches the secret `name` and no other
///
/// Secrets Manager stores a secret under its name, a hyphen and exactly six characters. Without
/// the suffix a pattern matches nothing; with `*` it matches every secret whose name goes on.
pub fn secret_arn_pattern(partition: &str, region: &str, account: &str, name: &str) -> String {
    format!("arn:{partition}:secretsmanager:{region}:{account}:secret:{name}-??????")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn policy(secrets: &[&str], log_group: Option<&str>) -> FunctionPolicy {
        FunctionPolicy {
            partition: "aws".into(),
            region: "us-west-2".into(),
            account: "123456789012".into(),
            secrets: secrets
                .iter()
                .map(|name| secret_arn_pattern("aws", "us-west-2", "123456789012", name))
                .collect(),
            key: "arn:aws:kms:us-west-2:123456789012:key/k".into(),
            log_group: log_group.map(Into::into),
        }
    }

    #[test]
    fn a_policy_holds_the_statements_that_its_function_needs() {
        let logs = Some("/aws/lambda/f");
        for (secrets, log_group, sids) in [
            (&["p/e/a"][..], None, &["DecryptOwnSecrets", "ReadOwnSecrets"][..]),
            (&["p/e/a"], logs, &["DecryptOwnSecrets", "ReadOwnSecrets", "WriteOwnLogs"]),
            (&[], logs, &["WriteOwnLogs"]),
            (&[], None, &[]),
        ] {
            let document = function_policy(&policy(secrets, log_group)).unwrap();
            let found: BTreeSet<_> =
                document.statements.iter().filter_map(|s| s.sid.as_deref()).collect();
            assert_eq!(found, sids.iter().copied().collect(), "{secrets:?} {log_group:?}");
        }
    }

    #[test]
    fn the_policy_reads_as_written_in_the_template() {
        let document =
            function_policy(&policy(&["p/e/a", "p/e/b"], Some("/aws/lambda/f"))).unwrap();
        insta::assert_json_snapshot!(document.to_value());
    }
}
