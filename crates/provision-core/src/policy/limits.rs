//! How long a policy may be. The source of every number is AWS: the quotas pages of IAM and KMS.
//!
//! IAM counts characters without white space, as [`super::Document::counted_length`] does. KMS
//! counts bytes as sent, and a document is sent without white space and in ASCII.

use super::Document;

/// Characters of all inline policies of one role together
pub const INLINE_POLICIES_OF_A_ROLE: usize = 10_240;
/// Characters of a role's trust policy, the default that AWS raises on request
pub const TRUST_POLICY: usize = 2_048;
/// Bytes of a KMS key policy
pub const KEY_POLICY: usize = 32_768;
/// Characters of the policy on a secret
pub const RESOURCE_POLICY: usize = 20_480;
/// Characters of a managed policy
pub const MANAGED_POLICY: usize = 6_144;
/// Versions of a managed policy
pub const VERSIONS_OF_A_POLICY: usize = 5;
/// Managed policies on one role, the default that AWS raises on request
pub const MANAGED_POLICIES_OF_A_ROLE: usize = 10;
/// Characters of the pattern of a metric filter
pub const FILTER_PATTERN: usize = 1_024;
/// Characters of the pattern of a rule of EventBridge, the default that AWS raises on request
pub const EVENT_PATTERN: usize = 2_048;
/// As long as the ARN of a key in the longest region's name
pub const LONGEST_KEY_ARN: &str =
    "arn:aws-us-gov:kms:ap-southeast-99:123456789012:key/12345678-1234-1234-1234-123456789012";

/// Returns the length that IAM counts, with the longest ARN for every key that is not known yet
pub fn length(document: &Document) -> usize {
    document.replace_keys(LONGEST_KEY_ARN).counted_length()
}
