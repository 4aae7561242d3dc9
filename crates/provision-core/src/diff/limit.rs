//! Policies that AWS would refuse for their length, found before anything is sent.

use crate::desired::{Desired, DesiredRole};
use crate::plan::Reason;
use crate::policy::{Document, KEY_ARN_PLACEHOLDER, limits};

/// As long as the ARN of a key in the longest region's name
const KEY_ARN: &str =
    "arn:aws-us-gov:kms:ap-southeast-99:123456789012:key/12345678-1234-1234-1234-123456789012";

/// Returns what is too long about a role
pub(super) fn of_role(role: &DesiredRole) -> Vec<Reason> {
    let length =
        |document: &Document| document.replace(KEY_ARN_PLACEHOLDER, KEY_ARN).counted_length();
    let inline = role.inline.values().map(length).sum();
    [
        ("inline policies", inline, limits::INLINE_POLICIES_OF_A_ROLE),
        ("trust policy", length(&role.trust), limits::TRUST_POLICY),
    ]
    .into_iter()
    .filter_map(|(what, length, most)| too_long(what, length, most))
    .collect()
}

/// Returns what is too long about the key
pub(super) fn of_key(desired: &Desired) -> Option<Reason> {
    too_long("policy", desired.key.policy.to_string().len(), limits::KEY_POLICY)
}

fn too_long(what: &str, length: usize, most: usize) -> Option<Reason> {
    (length > most).then(|| Reason::TooLong { what: what.to_owned(), length, most })
}
