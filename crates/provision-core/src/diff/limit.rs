//! Policies that AWS would refuse for their length, found before anything is sent.

use crate::desired::{AlarmSource, DesiredKey, DesiredPolicy, DesiredRole, KEY_ID_PLACEHOLDER};
use crate::plan::Reason;
use crate::policy::{Document, limits};

/// Returns what is too long, or too many, about a role
pub(super) fn of_role(role: &DesiredRole) -> Vec<Reason> {
    let inline = role.inline.values().map(limits::length).sum();
    let attached = role.attached.len();
    let most = limits::MANAGED_POLICIES_OF_A_ROLE;
    let too_many = (attached > most).then(|| Reason::TooMany {
        what: "managed policies".to_owned(),
        count: attached,
        most,
    });
    [
        too_long("inline policies", inline, limits::INLINE_POLICIES_OF_A_ROLE),
        too_long("a trust policy", limits::length(&role.trust), limits::TRUST_POLICY),
        too_many,
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Returns what is too long about a managed policy
pub(super) fn of_policy(policy: &DesiredPolicy) -> Option<Reason> {
    too_long("a text", limits::length(&policy.document), limits::MANAGED_POLICY)
}

/// Returns what is too long about a key
pub(super) fn of_key(key: &DesiredKey) -> Option<Reason> {
    too_long("a policy", key.policy.to_string().len(), limits::KEY_POLICY)
}

/// Returns what is too long about the policy on a secret
pub(super) fn of_resource_policy(document: &Document) -> Option<Reason> {
    too_long("a policy", document.to_string().len(), limits::RESOURCE_POLICY)
}

/// Returns what is too long about an alarm
pub(super) fn of_alarm(source: &AlarmSource) -> Option<Reason> {
    let key_id = limits::LONGEST_KEY_ARN.rsplit('/').next().unwrap_or_default();
    let length = |pattern: &str| pattern.replace(KEY_ID_PLACEHOLDER, key_id).len();
    let (length, most) = match source {
        AlarmSource::Metric { filter, .. } => (length(&filter.pattern), limits::FILTER_PATTERN),
        AlarmSource::Event { rule, .. } => {
            (length(&rule.pattern.to_string()), limits::EVENT_PATTERN)
        }
    };
    (length > most).then_some(Reason::PatternTooLong { length, most })
}

fn too_long(what: &str, length: usize, most: usize) -> Option<Reason> {
    (length > most).then(|| Reason::TooLong { what: what.to_owned(), length, most })
}
