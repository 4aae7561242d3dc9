//! The policy of a function's role: its own secrets, through Secrets Manager, and no more.

use std::collections::BTreeMap;

use serde::Serialize;

use super::template::{render, template};
use super::{Document, Part, RenderError, limits, split};

/// What a function may do, as computed text
///
/// With nothing in it the policy has no statement, which IAM refuses: [`function_policies`] tells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FunctionPolicy {
    /// the partition, such as `aws`
    pub partition: String,
    /// the account, or [`super::ACCOUNT_PLACEHOLDER`]
    pub account: String,
    /// where it reads: the environment's own region first, then those of copies
    pub places: Vec<FunctionPlace>,
    /// what it writes, in the environment's own region
    pub writes: Option<FunctionPlace>,
    /// what it rotates, in the environment's own region
    pub rotates: Option<FunctionPlace>,
    /// where it writes logs by a statement of its own
    pub logs: Option<LogGroup>,
}

/// The secrets that a function, or another role, reaches in one region
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FunctionPlace {
    /// the region
    pub region: String,
    /// whether it is the environment's own or holds copies, as it stands in names of statements
    pub suffix: String,
    /// ARN patterns of the secrets, each by [`secret_arn_pattern`]
    pub secrets: Vec<String>,
    /// the key's ARN (an alias's never matches), or its placeholder
    pub key: String,
}

/// A log group of CloudWatch Logs
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogGroup {
    /// the region
    pub region: String,
    /// the group
    pub group: String,
}

/// The policies of a function's role
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FunctionPolicies {
    /// it needs none
    Nothing,
    /// one that the role holds itself
    Inline(Document),
    /// several managed ones, because a role holds no more than
    /// [`limits::INLINE_POLICIES_OF_A_ROLE`] characters
    Managed(BTreeMap<Part, Document>),
}

#[derive(Serialize)]
struct Filled<'a> {
    partition: &'a str,
    account: &'a str,
    places: &'a [FunctionPlace],
    writes: Vec<&'a FunctionPlace>,
    rotates: Vec<&'a FunctionPlace>,
    logs: Option<&'a LogGroup>,
}

/// Returns the policy of a function's role as one document
///
/// # Errors
/// A template that does not give a policy.
pub fn function_policy(policy: &FunctionPolicy) -> Result<Document, RenderError> {
    let FunctionPolicy { partition, account, places, writes, rotates, logs } = policy;
    let filled = Filled {
        partition,
        account,
        places,
        writes: writes.iter().collect(),
        rotates: rotates.iter().collect(),
        logs: logs.as_ref(),
    };
    render(template!("function.json.hbs"), &filled)
}

/// Returns the policies of a function's role whose other inline policies take `used` characters
///
/// # Errors
/// A template that does not give a policy.
pub fn function_policies(
    policy: &FunctionPolicy,
    used: usize,
) -> Result<FunctionPolicies, RenderError> {
    let FunctionPolicy { places, writes, rotates, logs, .. } = policy;
    if places.is_empty() && writes.is_none() && rotates.is_none() && logs.is_none() {
        return Ok(FunctionPolicies::Nothing);
    }
    let whole = function_policy(policy)?;
    if limits::length(&whole) + used <= limits::INLINE_POLICIES_OF_A_ROLE {
        return Ok(FunctionPolicies::Inline(whole));
    }
    Ok(FunctionPolicies::Managed(split(&whole)))
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

    fn place(region: &str, suffix: &str, secrets: &[String]) -> FunctionPlace {
        FunctionPlace {
            region: region.into(),
            suffix: suffix.into(),
            secrets: secrets
                .iter()
                .map(|name| secret_arn_pattern("aws", region, "123456789012", name))
                .collect(),
            key: format!("arn:aws:kms:{region}:123456789012:key/k"),
        }
    }

    fn policy(places: Vec<FunctionPlace>, rotates: bool, logs: bool) -> FunctionPolicy {
        FunctionPolicy {
            partition: "aws".into(),
            account: "123456789012".into(),
            places,
            writes: None,
            rotates: rotates.then(|| place("us-west-2", "", &["p/e/r".into()])),
            logs: logs
                .then(|| LogGroup { region: "us-west-2".into(), group: "/aws/lambda/f".into() }),
        }
    }

    fn home(secrets: &[&str]) -> FunctionPlace {
        place("us-west-2", "", &secrets.iter().map(ToString::to_string).collect::<Vec<_>>())
    }

    fn writing(policy: FunctionPolicy) -> FunctionPolicy {
        FunctionPolicy { writes: Some(place("us-west-2", "", &["p/e/w".into()])), ..policy }
    }

    fn sids(document: &Document) -> BTreeSet<&str> {
        document.statements.iter().filter_map(|s| s.sid.as_deref()).collect()
    }

    #[test]
    fn a_policy_holds_the_statements_that_its_function_needs() {
        let read = ["DecryptOwnSecrets", "ReadOwnSecrets"];
        let rotate = ["DrawPasswords", "EncryptOwnSecrets", "RotateOwnSecrets"];
        for (reads, rotates, logs) in
            [(true, false, false), (true, true, true), (false, true, false), (false, false, true)]
        {
            let places = if reads { vec![home(&["p/e/a"])] } else { vec![] };
            let document = function_policy(&policy(places, rotates, logs)).unwrap();
            let wanted: BTreeSet<&str> =
                [(reads, &read[..]), (rotates, &rotate), (logs, &["WriteOwnLogs"])]
                    .into_iter()
                    .filter(|(wanted, _)| *wanted)
                    .flat_map(|(_, sids)| sids.iter().copied())
                    .collect();
            assert_eq!(sids(&document), wanted);
        }
        let written = function_policy(&writing(policy(vec![], false, true))).unwrap();
        let write = ["EncryptWhatItWrites", "WriteOwnLogs", "WriteOwnSecrets"];
        assert_eq!(sids(&written), BTreeSet::from(write));
        let nothing = function_policies(&policy(vec![], false, false), 0).unwrap();
        assert_eq!(nothing, FunctionPolicies::Nothing);
    }

    #[test]
    fn the_policy_reads_as_written_in_the_template() {
        let places =
            vec![home(&["p/e/a", "p/e/b"]), place("us-east-1", "UsEast1", &["p/e/a".into()])];
        insta::assert_json_snapshot!(
            function_policy(&writing(policy(places, true, true))).unwrap().to_value()
        );
    }

    /// Every statement of every document, one resource at a time
    fn said(documents: &[Document]) -> BTreeSet<String> {
        documents
            .iter()
            .flat_map(|document| &document.statements)
            .flat_map(|statement| {
                let resources = statement.resources.as_ref().map(|r| r.named().clone());
                let contexts = statement.conditions.get("StringLike").cloned().unwrap_or_default();
                let contexts: BTreeSet<String> = contexts.into_values().flatten().collect();
                let named = resources.unwrap_or_default();
                named.into_iter().chain(contexts).map(|name| {
                    format!("{:?} {:?} {name}", statement.sid, statement.actions.named())
                })
            })
            .collect()
    }

    #[test]
    fn a_policy_that_grows_past_a_role_is_split_and_says_the_same() {
        for count in [1, 60, 62, 63, 64, 65, 100, 300] {
            let names: Vec<String> = (0..count).map(|i| format!("p/e/secret-{i:03}")).collect();
            let places =
                vec![place("us-west-2", "", &names), place("us-east-1", "UsEast1", &names)];
            let whole = policy(places, true, true);
            match function_policies(&whole, 0).unwrap() {
                FunctionPolicies::Inline(document) => {
                    assert!(limits::length(&document) <= limits::INLINE_POLICIES_OF_A_ROLE);
                    assert!(count < 60, "{count}");
                }
                FunctionPolicies::Managed(documents) => {
                    let documents: Vec<Document> = documents.into_values().collect();
                    assert!(count >= 60, "{count}");
                    assert!(documents.iter().all(|d| limits::length(d) <= limits::MANAGED_POLICY));
                    assert_eq!(said(&documents), said(&[function_policy(&whole).unwrap()]));
                }
                FunctionPolicies::Nothing => panic!("{count}"),
            }
        }
    }

    #[test]
    fn what_other_policies_of_the_role_use_counts() {
        let policy = policy(vec![home(&["p/e/a"])], false, false);
        let fits =
            |used| matches!(function_policies(&policy, used).unwrap(), FunctionPolicies::Inline(_));
        assert!(fits(0) && fits(9_000) && !fits(10_000));
    }
}
