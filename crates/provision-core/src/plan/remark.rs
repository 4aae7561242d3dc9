//! What a plan says beside its changes: what stands in the way, and what is worth knowing.

use serde::{Deserialize, Serialize};

use super::Resource;
use crate::name::{Region, SecretName, ValueKey};

/// What stands in the way of a plan
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Blocker {
    /// the resource
    pub resource: Resource,
    /// what is wrong
    pub reason: Reason,
}

/// Why a resource cannot be planned
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// the tags say that it is not this environment's
    #[error("exists and belongs to somebody else: {0}")]
    Foreign(String),
    /// a metric filter of this name counts for somebody else: it has no tags that could be changed
    #[error("exists on the log group `{log_group}` and counts for somebody else, in `{namespace}`")]
    ForeignFilter {
        /// the log group
        log_group: String,
        /// the namespace of its metric
        namespace: String,
    },
    /// an AWS service made it
    #[error("belongs to the AWS service {0}")]
    OwnedByService(String),
    /// a secret inside its recovery window, with the time that AWS gives: of the request, or of the end
    #[error("was deleted and waits for the end of its recovery window: AWS dates the deletion {0}")]
    Deleted(String),
    /// a key that is gone at this time
    #[error("is scheduled for deletion at {0}")]
    PendingDeletion(String),
    /// a secret that is not this environment's is encrypted with the key
    #[error(
        "encrypts {0}, which does not belong to this environment and could never be read again"
    )]
    KeyInUse(SecretName),
    /// a secret in a region of copies that is no copy of this environment's secrets, and that is
    /// encrypted with the key there
    #[error("encrypts {0} there, which is no copy any more and could never be read again")]
    StandsApart(SecretName),
    /// the key is in a state that this tool did not bring about
    #[error("is in the state {0}")]
    KeyState(String),
    /// AWS refuses a policy of this length
    #[error("has {what} of {length} characters and AWS takes {most}")]
    TooLong {
        /// what is too long
        what: String,
        /// its length
        length: usize,
        /// the most that AWS takes
        most: usize,
    },
    /// AWS refuses a pattern of this length
    #[error("has a pattern of {length} characters and AWS takes {most}")]
    PatternTooLong {
        /// its length
        length: usize,
        /// the most that AWS takes
        most: usize,
    },
    /// IAM takes so many of something and no more
    #[error("has {count} {what} and AWS takes {most}")]
    TooMany {
        /// what is too many
        what: String,
        /// how many
        count: usize,
        /// the most that AWS takes
        most: usize,
    },
    /// the key's policy would leave nobody who can change it
    #[error("would get a policy that nobody in the account could ever change")]
    LockOut,
    /// another project or environment of this tool owns it
    #[error("belongs to another environment of this tool: {0}")]
    AnotherEnvironment(String),
    /// the path of a role or policy cannot be changed
    #[error("has the path {live} and not {desired}, which AWS cannot change")]
    Path {
        /// what is
        live: String,
        /// what should be
        desired: String,
    },
}

impl Reason {
    /// Returns what to do about it
    pub fn hint(&self) -> &'static str {
        match self {
            Reason::Foreign(_) => "choose another name, or run `provision adopt` to take it over",
            Reason::ForeignFilter { .. } => {
                "delete it by hand, or give `alarms.log_group` another log group"
            }
            Reason::OwnedByService(_) => "choose another name: this one is never touched",
            Reason::Deleted(_) | Reason::PendingDeletion(_) => {
                "run `provision restore` to take it back, or wait until it is gone"
            }
            Reason::KeyInUse(_) => {
                "give that secret another key or delete it by hand, then destroy again"
            }
            Reason::StandsApart(_) => {
                "where the environment lives in that region now, nothing of it may go from here: `docs/operations.md#a-region-is-lost`; else delete that secret by hand"
            }
            Reason::TooLong { .. } | Reason::TooMany { .. } => {
                "let it name fewer secrets or principals, or split the function or environment in two"
            }
            Reason::PatternTooLong { .. } => {
                "give fewer secrets a `name` of their own: each stands in the pattern by itself"
            }
            Reason::LockOut => "keep the account's root as a principal that may `kms:PutKeyPolicy`",
            Reason::AnotherEnvironment(_) => {
                "choose another name; `destroy` or `apply --prune` over there gives this one up"
            }
            Reason::KeyState(_) => "bring the key back to `Enabled` in KMS",
            Reason::Path { .. } => "choose another name, or delete it by hand and apply again",
        }
    }
}

/// What is worth knowing about a resource and changes nothing
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Note {
    /// the resource
    pub resource: Resource,
    /// the remark
    pub remark: Remark,
}

/// A remark on a resource
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Remark {
    /// the manifest's default came after the secret
    #[error("the default of {} was declared after the secret was created and is not applied", list(.0))]
    DefaultNotApplied(Vec<ValueKey>),
    /// no version is current; the keys that it is to have, none of a secret without keys
    #[error("has no value yet")]
    Empty(Vec<ValueKey>),
    /// owned, and no longer in the manifest
    #[error("is no longer declared and is kept")]
    Undeclared,
    /// a role that is owned and no longer in the manifest
    #[error("is no longer declared and is kept; the key no longer decrypts for it")]
    UndeclaredRole,
    /// a policy on a secret that is no longer in the manifest
    #[error("got a policy of its own that is no longer declared and is kept")]
    UndeclaredPolicy,
    /// of a name that the environment gives, without its tags
    #[error("is kept, because its tags say that it is not this environment's: {0}")]
    NotOurs(String),
    /// a managed policy that changes or goes, and that others have as well
    #[error(
        "is attached to {0} beside this environment's roles, or bounds them: a change is one for them as well, and IAM deletes no policy that is in use"
    )]
    HeldElsewhere(u32),
    /// a metric filter that is owned and no longer in the manifest
    #[error("on the log group `{0}` is no longer declared and is kept")]
    UndeclaredFilter(String),
    /// rotation cannot start without a value
    #[error("is not rotated before it has a value")]
    RotationWaits,
    /// Secrets Manager could not make a copy, in its own words
    #[error("could not be copied to {region}: {message}")]
    ReplicaFailed {
        /// the region
        region: Region,
        /// AWS's message
        message: String,
    },
    /// a copy in a region that is no longer declared
    #[error("keeps a copy in {0}, which is no longer declared")]
    UndeclaredReplica(Region),
    /// the AWS inside the binary has no such service
    #[error("is not simulated locally and left out")]
    NotSimulated,
    /// an AWS service made it, and alone changes or deletes it
    #[error("belongs to the AWS service {0} and is left alone")]
    OwnedByService(String),
    /// the key is to be made, and roles that carry the environment's tags are there
    #[error(
        "is made anew though the environment's roles are live: it was deleted, or the environment was in another region, where its secrets and its key still are and cost"
    )]
    Elsewhere,
    /// what a key and its secrets cost until they are gone, and what taking the deletion back costs
    #[error(
        "costs nothing while it waits to be deleted, nor do its secrets; taken back, it is billed as if it had never been deleted"
    )]
    DeletionCost,
    /// what deleting a key does to secrets that could still be restored
    #[error(
        "decrypts secrets that wait to be deleted: restored later than the key, they could not be read"
    )]
    KeyOfDeleted,
    /// what a deletion without a window means
    #[error("is gone at once and for good: no call brings its value back")]
    NoWayBack,
}

fn list(keys: &[ValueKey]) -> String {
    keys.iter().map(|k| format!("`{k}`")).collect::<Vec<_>>().join(", ")
}
