//! How long a policy may be. The source of every number is AWS: the quotas pages of IAM and KMS.
//!
//! IAM counts characters without white space, as [`super::Document::counted_length`] does. KMS
//! counts bytes as sent, and a document is sent without white space and in ASCII.

/// Characters of all inline policies of one role together
pub const INLINE_POLICIES_OF_A_ROLE: usize = 10_240;
/// Characters of a role's trust policy, the default that AWS raises on request
pub const TRUST_POLICY: usize = 2_048;
/// Bytes of a KMS key policy
pub const KEY_POLICY: usize = 32_768;
