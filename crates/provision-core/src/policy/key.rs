//! The policy of the KMS key of one project, environment and region.
//!
//! Its principal is always the account, narrowed by `aws:PrincipalArn`. So no role has to exist
//! before the key, a role that was made anew keeps working, and the key opens only where the
//! caller's own IAM policy says the same: two locks.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::template::{render, template};
use super::{Document, RenderError};

/// Who may use the key, as computed text
#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// ARNs of the roles and users of the account that read, path included
    pub readers: Vec<String>,
    /// who of other accounts reads
    pub foreign_readers: Vec<Reader>,
    /// who else may use it
    pub operators: Operators,
}

/// Principals of one account
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reader {
    /// the account, 12 digits
    pub account: String,
    /// ARNs of its principals
    pub principals: Vec<String>,
}

/// Returns the principals by the account that their ARNs name, each list sorted
pub fn by_account(principals: &[String]) -> Vec<Reader> {
    let mut accounts: BTreeMap<&str, BTreeSet<&String>> = BTreeMap::new();
    for arn in principals {
        accounts.entry(arn.split(':').nth(4).unwrap_or_default()).or_default().insert(arn);
    }
    accounts
        .into_iter()
        .map(|(account, principals)| Reader {
            account: account.to_owned(),
            principals: principals.into_iter().cloned().collect(),
        })
        .collect()
}

/// Who may use the key besides the functions: people and pipelines
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operators {
    /// whoever in the account has the IAM permission and is no role of the project
    AnyoneWithIamPermission {
        /// ARNs of the project's roles that read and write values, or rotate them: named, because
        /// the permission of the others leaves the project's roles out
        writers: Vec<String>,
    },
    /// these and nobody else
    Named(NamedOperators),
}

/// The principals that use the key besides the functions that read, by ARN
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NamedOperators {
    /// who reads and writes values
    pub writers: Vec<String>,
    /// who makes secrets, and what they may decrypt
    pub provisioners: Vec<String>,
    /// who rotates values
    pub rotators: Vec<String>,
    /// what those who make secrets may decrypt
    pub provisioner_decrypt: ProvisionerDecrypt,
}

/// What those who make secrets may decrypt
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ProvisionerDecrypt {
    /// the text by which Secrets Manager tries whether the caller may use the key, and no value
    #[default]
    ValidationOnly,
    /// values: Secrets Manager copies a secret to another region with the rights of its caller
    Values,
}

#[derive(Serialize)]
struct Filled<'a> {
    partition: &'a str,
    region: &'a str,
    account: &'a str,
    project: &'a str,
    secrets: &'a [String],
    foreign: &'a [Reader],
    /// whether whoever has the IAM permission may use it
    open: bool,
    /// who decrypts values
    readers: Vec<&'a String>,
    /// who encrypts values
    writers: Vec<&'a String>,
    /// who decrypts nothing but the text of a validation
    validators: Vec<&'a String>,
}

/// Returns the policy of the key
///
/// # Errors
/// A template that does not give a policy.
pub fn key_policy(policy: &KeyPolicy) -> Result<Document, RenderError> {
    let KeyPolicy {
        partition,
        region,
        account,
        project,
        secrets,
        readers,
        foreign_readers,
        operators,
    } = policy;
    let mut readers: BTreeSet<&String> = readers.iter().collect();
    let mut writers = BTreeSet::new();
    let mut validators = BTreeSet::new();
    let writing = match operators {
        Operators::AnyoneWithIamPermission { writers } => writers,
        Operators::Named(named) => {
            let NamedOperators { writers: writing, provisioners, rotators, provisioner_decrypt } =
                named;
            readers.extend(writing);
            writers.extend(writing.iter().chain(provisioners));
            match provisioner_decrypt {
                ProvisionerDecrypt::ValidationOnly => validators.extend(provisioners),
                ProvisionerDecrypt::Values => readers.extend(provisioners),
            }
            rotators
        }
    };
    readers.extend(writing);
    writers.extend(writing);
    let filled = Filled {
        partition,
        region,
        account,
        project,
        secrets,
        foreign: foreign_readers,
        open: matches!(operators, Operators::AnyoneWithIamPermission { .. }),
        readers: readers.into_iter().collect(),
        writers: writers.into_iter().collect(),
        validators: validators.into_iter().collect(),
    };
    render(template!("key.json.hbs"), &filled)
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
            foreign_readers: Vec::new(),
            operators: Operators::AnyoneWithIamPermission { writers: Vec::new() },
        }
    }

    #[test]
    fn without_readers_the_policy_has_no_statement_for_them() {
        let document = key_policy(&policy(&[])).unwrap();
        let sids: Vec<_> = document.statements.iter().filter_map(|s| s.sid.as_deref()).collect();
        assert_eq!(sids, ["AccountAdministersKey", "OperateViaSecretsManager"]);
    }

    fn named(provisioner_decrypt: ProvisionerDecrypt) -> KeyPolicy {
        let role = |name: &str| vec![format!("arn:aws:iam::123456789012:role/p/_access/e/{name}")];
        let other = "arn:aws:iam::210987654321:role/reader".to_owned();
        KeyPolicy {
            foreign_readers: by_account(&[other]),
            operators: Operators::Named(NamedOperators {
                writers: role("writer"),
                provisioners: role("provisioner"),
                rotators: vec!["arn:aws:iam::123456789012:role/p/e/p-e-rotator".into()],
                provisioner_decrypt,
            }),
            ..policy(&["arn:aws:iam::123456789012:role/p/e/p-e-f"])
        }
    }

    #[test]
    fn named_operators_leave_no_statement_for_anybody() {
        for (decrypt, sids) in [
            (
                ProvisionerDecrypt::ValidationOnly,
                &[
                    "AccountAdministersKey",
                    "ReadFrom210987654321",
                    "ReadViaSecretsManager",
                    "ValidationOnly",
                    "WriteViaSecretsManager",
                ][..],
            ),
            (
                ProvisionerDecrypt::Values,
                &[
                    "AccountAdministersKey",
                    "ReadFrom210987654321",
                    "ReadViaSecretsManager",
                    "WriteViaSecretsManager",
                ],
            ),
        ] {
            let document = key_policy(&named(decrypt)).unwrap();
            let mut found: Vec<_> =
                document.statements.iter().filter_map(|s| s.sid.as_deref()).collect();
            found.sort_unstable();
            assert_eq!(found, sids, "{decrypt:?}");
        }
    }

    #[test]
    fn who_writes_reads_too_while_anybody_with_the_permission_uses_the_key() {
        let writer = "arn:aws:iam::123456789012:role/p/_access/e/p-e.writer".to_owned();
        let document = key_policy(&KeyPolicy {
            operators: Operators::AnyoneWithIamPermission { writers: vec![writer] },
            ..policy(&[])
        });
        let statements = document.unwrap().statements;
        let mut sids: Vec<_> = statements.iter().filter_map(|s| s.sid.as_deref()).collect();
        sids.sort_unstable();
        assert_eq!(
            sids,
            [
                "AccountAdministersKey",
                "OperateViaSecretsManager",
                "ReadViaSecretsManager",
                "WriteViaSecretsManager"
            ]
        );
    }

    #[test]
    fn the_policy_with_named_operators_reads_as_written_in_the_template() {
        let policy = named(ProvisionerDecrypt::ValidationOnly);
        insta::assert_json_snapshot!(key_policy(&policy).unwrap().to_value());
    }

    #[test]
    fn the_policy_reads_as_written_in_the_template() {
        let role = "arn:aws:iam::123456789012:role/p/e/p-e-f";
        insta::assert_json_snapshot!(key_policy(&policy(&[role])).unwrap().to_value());
    }
}
