//! The policy on a secret itself: who may read it besides those whose own policy says so, and who
//! may not whatever theirs says.
//!
//! The resource is `*`, which is the secret that the policy stands on: equal policies of many secrets
//! are one text.

use std::collections::BTreeSet;

use serde::Serialize;

use super::template::{render, template};
use super::{Document, Reader, RenderError, by_account};

/// Who may read a secret, as computed text
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourcePolicy {
    /// the partition, such as `aws`
    pub partition: String,
    /// ARNs of principals that read by this policy, of this account and others
    pub readers: Vec<String>,
    /// ARNs of principals that read by their own policy
    pub own: Vec<String>,
    /// nobody else reads, whatever their own policy says
    pub deny_others: bool,
    /// nobody calls without TLS
    pub deny_insecure: bool,
}

#[derive(Serialize)]
struct Filled {
    partition: String,
    deny_insecure: bool,
    deny_others: bool,
    /// who is not denied: exactly those who read, by this policy or by their own
    exceptions: Vec<String>,
    readers: Vec<Reader>,
}

/// Returns the policy on a secret itself
///
/// # Errors
/// A template that does not give a policy, as where nothing is allowed and nothing denied.
pub fn resource_policy(policy: &ResourcePolicy) -> Result<Document, RenderError> {
    let ResourcePolicy { partition, readers, own, deny_others, deny_insecure } = policy;
    let exceptions: BTreeSet<&String> = readers.iter().chain(own).collect();
    let filled = Filled {
        partition: partition.clone(),
        deny_insecure: *deny_insecure,
        deny_others: *deny_others,
        exceptions: exceptions.into_iter().cloned().collect(),
        readers: by_account(readers),
    };
    render(template!("resource.json.hbs"), &filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = "arn:aws:iam::123456789012:role/p/e/p-e-f";
    const OTHER: &str = "arn:aws:iam::210987654321:role/reader";

    fn policy(readers: &[&str], deny_others: bool, deny_insecure: bool) -> Document {
        resource_policy(&ResourcePolicy {
            partition: "aws".into(),
            readers: readers.iter().map(ToString::to_string).collect(),
            own: vec![OWN.into()],
            deny_others,
            deny_insecure,
        })
        .unwrap()
    }

    #[test]
    fn each_wish_is_a_statement() {
        for (readers, deny_others, deny_insecure, sids) in [
            (
                &[OTHER][..],
                true,
                true,
                &["AllowReadingFrom210987654321", "DenyInsecure", "DenyReadingToOthers"][..],
            ),
            (&[OTHER], false, false, &["AllowReadingFrom210987654321"]),
            (&[], true, false, &["DenyReadingToOthers"]),
            (&[], false, true, &["DenyInsecure"]),
        ] {
            let document = policy(readers, deny_others, deny_insecure);
            let mut found: Vec<_> =
                document.statements.iter().filter_map(|s| s.sid.as_deref()).collect();
            found.sort_unstable();
            assert_eq!(found, sids);
        }
    }

    #[test]
    fn who_is_excepted_from_the_denial_is_who_reads() {
        let text = policy(&[OTHER], true, false).to_value().to_string();
        assert_eq!(text.matches(OTHER).count(), 2, "allowed and excepted: {text}");
        assert_eq!(text.matches(OWN).count(), 1, "excepted: {text}");
    }

    #[test]
    fn the_policy_reads_as_written_in_the_template() {
        insta::assert_json_snapshot!(policy(&[OTHER], true, true).to_value());
    }
}
