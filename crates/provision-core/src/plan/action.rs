//! The calls that a plan can make, each with everything that it sends.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Drift, KeyRef, MonitoringAction};
use crate::desired::{RotationRules, Tags};
use crate::manifest::{FirstRotation, PublicText};
use crate::name::{Arn, PolicyName, Region, SecretName, ValueKey};
use crate::policy::Document;

/// One call to AWS, with everything that it sends
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(clippy::large_enum_variant, reason = "a plan has hundreds of changes, not millions")]
pub enum Action {
    /// kms:CreateKey
    CreateKey {
        /// public text
        description: String,
        /// who may use it
        policy: Document,
        /// ownership
        tags: Tags,
    },
    /// kms:CancelKeyDeletion
    CancelKeyDeletion {
        /// the key
        key: Arn,
    },
    /// kms:EnableKey
    EnableKey {
        /// the key
        key: Arn,
    },
    /// kms:UpdateKeyDescription
    DescribeKey {
        /// the key
        key: Arn,
        /// old and new text
        description: Drift<String>,
    },
    /// kms:EnableKeyRotation
    RotateKey {
        /// the key
        key: KeyRef,
        /// days now, none for off
        live: Option<u16>,
        /// days wanted
        days: u16,
    },
    /// kms:UntagResource, when the environment is whole
    FinishKey {
        /// the key
        key: KeyRef,
    },
    /// kms:TagResource, when the environment is to be made whole again
    ReopenKey {
        /// the key
        key: Arn,
    },
    /// kms:TagResource, so that the keys of copies are found whatever the manifest says later
    NoteReplicas {
        /// the key of the environment's own region
        key: KeyRef,
        /// the regions that hold copies, or may
        regions: BTreeSet<Region>,
    },
    /// kms:TagResource, when copies are gone from a region
    ForgetReplicas {
        /// the key of the environment's own region
        key: KeyRef,
        /// the regions that still hold copies
        regions: BTreeSet<Region>,
    },
    /// kms:PutKeyPolicy
    PutKeyPolicy {
        /// the key
        key: Arn,
        /// old and new policy
        policy: Drift<Document>,
    },
    /// kms:CreateAlias
    CreateAlias {
        /// the key that it points to
        key: KeyRef,
    },
    /// kms:DeleteAlias
    DeleteAlias,
    /// kms:ScheduleKeyDeletion
    ScheduleKeyDeletion {
        /// the key
        key: Arn,
        /// days until it is gone, 7 to 30
        window_days: u16,
    },
    /// secretsmanager:CreateSecret
    CreateSecret {
        /// public text, empty for none
        description: String,
        /// its key
        key: KeyRef,
        /// ownership
        tags: Tags,
        /// the manifest's defaults; with none the secret is created without a value
        defaults: BTreeMap<ValueKey, PublicText>,
        /// keys that somebody has to set before a function can start
        required: BTreeSet<ValueKey>,
        /// the regions that hold copies, each with its key
        replicas: BTreeMap<Region, KeyRef>,
    },
    /// secretsmanager:UpdateSecret, without a value
    UpdateSecret {
        /// old and new text where it differs
        description: Option<Drift<String>>,
        /// old and new key where it differs
        key: Option<Drift<Option<KeyRef>>>,
    },
    /// secretsmanager:ReplicateSecretToRegions
    ReplicateSecret {
        /// the regions that get a copy, each with its key
        regions: BTreeMap<Region, KeyRef>,
    },
    /// secretsmanager:RemoveRegionsFromReplication
    RemoveReplicas {
        /// the regions that lose their copy
        regions: BTreeSet<Region>,
        /// where a copy is made anew or is no longer declared, the key that it is under; none for the
        /// key that AWS manages
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        keys: BTreeMap<Region, Option<String>>,
    },
    /// secretsmanager:RotateSecret
    SetRotation {
        /// the rotation now, none for off
        live: Option<RotationRules>,
        /// the rotation wanted
        desired: RotationRules,
        /// when it happens first
        first: FirstRotation,
    },
    /// secretsmanager:CancelRotateSecret
    CancelRotation {
        /// the rotation now
        live: RotationRules,
    },
    /// secretsmanager:PutResourcePolicy, which refuses what would be public
    PutResourcePolicy {
        /// what it is now, none where there is none
        live: Option<Document>,
        /// what it should be
        desired: Document,
    },
    /// secretsmanager:DeleteResourcePolicy
    DeleteResourcePolicy {
        /// what it is now
        live: Document,
    },
    /// secretsmanager:RestoreSecret
    RestoreSecret,
    /// secretsmanager:DeleteSecret
    DeleteSecret {
        /// whether it can be taken back, and for how long
        recovery: Recovery,
    },
    /// iam:CreatePolicy
    CreatePolicy {
        /// path of the environment
        path: String,
        /// public text
        description: String,
        /// what it grants
        document: Document,
        /// ownership
        tags: Tags,
    },
    /// iam:CreatePolicyVersion, which becomes the default
    PutPolicy {
        /// the policy
        arn: Arn,
        /// old and new text
        document: Drift<Document>,
        /// 0, or its place among the changes that hand statements to other policies of their role,
        /// which are made when those have them
        #[serde(default, skip_serializing_if = "is_first")]
        turn: u8,
    },
    /// iam:DeletePolicyVersion, of one that is not the default
    DeletePolicyVersion {
        /// the policy
        arn: Arn,
        /// the version
        version: String,
    },
    /// iam:DeletePolicy
    DeletePolicy {
        /// the policy
        arn: Arn,
    },
    /// iam:CreateRole
    CreateRole {
        /// path of the environment
        path: String,
        /// public text
        description: String,
        /// who may assume it
        trust: Document,
        /// ownership
        tags: Tags,
        /// the most that it may ever do
        boundary: Option<Arn>,
        /// the secrets that it will read, for the reader of the plan
        reads: Vec<SecretName>,
        /// the secrets that it will write, for the reader of the plan
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        writes: Vec<SecretName>,
    },
    /// iam:UpdateRole
    DescribeRole {
        /// old and new text
        description: Drift<String>,
    },
    /// iam:PutRolePermissionsBoundary
    PutBoundary {
        /// the boundary now, none where there is none
        live: Option<Arn>,
        /// the boundary wanted
        desired: Arn,
    },
    /// iam:DeleteRolePermissionsBoundary
    DeleteBoundary {
        /// the boundary now
        live: Arn,
    },
    /// iam:UpdateAssumeRolePolicy
    PutTrust {
        /// old and new trust
        trust: Drift<Document>,
    },
    /// iam:PutRolePolicy
    PutRolePolicy {
        /// the inline policy
        policy: PolicyName,
        /// what it is now, none where it is missing
        live: Option<Document>,
        /// what it should be
        desired: Document,
        /// 0, or its place among the changes that hand statements to other policies of their role,
        /// which are made when those have them
        #[serde(default, skip_serializing_if = "is_first")]
        turn: u8,
    },
    /// iam:DeleteRolePolicy
    DeleteRolePolicy {
        /// the inline policy
        policy: PolicyName,
        /// what it says, none where the whole role goes
        #[serde(default, skip_serializing_if = "Option::is_none")]
        live: Option<Document>,
        /// whether it has to go before others come: AWS would not hold all of them
        makes_room: bool,
        /// 0, or its place among the changes that hand statements to other policies of their role,
        /// which are made when those have them
        #[serde(default, skip_serializing_if = "is_first")]
        turn: u8,
    },
    /// iam:AttachRolePolicy
    AttachPolicy {
        /// the managed policy
        policy: Arn,
    },
    /// iam:DetachRolePolicy
    DetachPolicy {
        /// the managed policy
        policy: Arn,
        /// whether it has to go before others come: AWS would not hold all of them
        makes_room: bool,
        /// 0, or its place among the changes that hand statements to other policies of their role,
        /// which are made when those have them
        #[serde(default, skip_serializing_if = "is_first")]
        turn: u8,
    },
    /// iam:DeleteRole
    DeleteRole,
    /// a call to CloudWatch, CloudWatch Logs or EventBridge
    Monitoring(MonitoringAction),
    /// TagResource of the resource's service: it comes under the environment
    Tag {
        /// the resource
        arn: Arn,
        /// the tags that it has of those
        live: Tags,
        /// the tags that it gets
        tags: Tags,
    },
}

fn is_first(turn: &u8) -> bool {
    *turn == 0
}

/// Whether a secret can be taken back after its deletion
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recovery {
    /// for so many days, 7 to 30
    Days(u16),
    /// never: it is gone at once
    Never,
}

/// What an action does to its resource
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// makes it
    Create,
    /// alters it
    Update,
    /// removes it
    Delete,
}

impl Action {
    /// Returns the action's name as it stands in JSON, with what tells it from its likes
    pub fn name(&self) -> String {
        let plain = match self {
            Action::CreateKey { .. } => "create_key",
            Action::CancelKeyDeletion { .. } => "cancel_key_deletion",
            Action::EnableKey { .. } => "enable_key",
            Action::DescribeKey { .. } => "describe_key",
            Action::RotateKey { .. } => "rotate_key",
            Action::NoteReplicas { .. } => "note_replicas",
            Action::ForgetReplicas { .. } => "forget_replicas",
            Action::PutKeyPolicy { .. } => "put_key_policy",
            Action::CreateAlias { .. } => "create_alias",
            Action::DeleteAlias => "delete_alias",
            Action::ScheduleKeyDeletion { .. } => "schedule_key_deletion",
            Action::CreateSecret { .. } => "create_secret",
            Action::UpdateSecret { .. } => "update_secret",
            Action::ReplicateSecret { .. } => "replicate_secret",
            Action::RemoveReplicas { .. } => "remove_replicas",
            Action::SetRotation { .. } => "set_rotation",
            Action::CancelRotation { .. } => "cancel_rotation",
            Action::PutResourcePolicy { .. } => "put_resource_policy",
            Action::DeleteResourcePolicy { .. } => "delete_resource_policy",
            Action::RestoreSecret => "restore_secret",
            Action::DeleteSecret { .. } => "delete_secret",
            Action::CreatePolicy { .. } => "create_policy",
            Action::PutPolicy { .. } => "put_policy",
            Action::DeletePolicyVersion { version, .. } => {
                return format!("delete_policy_version:{version}");
            }
            Action::DeletePolicy { .. } => "delete_policy",
            Action::CreateRole { .. } => "create_role",
            Action::PutTrust { .. } => "put_trust",
            Action::DescribeRole { .. } => "describe_role",
            Action::PutBoundary { .. } => "put_boundary",
            Action::DeleteBoundary { .. } => "delete_boundary",
            Action::PutRolePolicy { policy, .. } => return format!("put_role_policy:{policy}"),
            Action::DeleteRolePolicy { policy, .. } => {
                return format!("delete_role_policy:{policy}");
            }
            Action::AttachPolicy { policy } => return format!("attach_policy:{policy}"),
            Action::DetachPolicy { policy, .. } => return format!("detach_policy:{policy}"),
            Action::FinishKey { .. } => "finish_key",
            Action::ReopenKey { .. } => "reopen_key",
            Action::DeleteRole => "delete_role",
            Action::Monitoring(action) => return action.name(),
            Action::Tag { .. } => "tag",
        };
        plain.to_owned()
    }

    /// Returns when the change is made among those that hand statements over, 0 for all others
    pub(crate) fn turn(&self) -> u8 {
        match self {
            Action::PutPolicy { turn, .. }
            | Action::PutRolePolicy { turn, .. }
            | Action::DeleteRolePolicy { turn, .. }
            | Action::DetachPolicy { turn, .. } => *turn,
            _ => 0,
        }
    }

    /// Returns what the action does to its resource
    pub fn effect(&self) -> Effect {
        match self {
            Action::CreateKey { .. }
            | Action::CreateAlias { .. }
            | Action::CreateSecret { .. }
            | Action::CreatePolicy { .. }
            | Action::CreateRole { .. } => Effect::Create,
            Action::DeleteAlias
            | Action::ScheduleKeyDeletion { .. }
            | Action::DeleteSecret { .. }
            | Action::DeletePolicy { .. }
            | Action::DeleteRole => Effect::Delete,
            Action::Monitoring(action) => action.effect(),
            Action::CancelKeyDeletion { .. }
            | Action::EnableKey { .. }
            | Action::DescribeKey { .. }
            | Action::RotateKey { .. }
            | Action::NoteReplicas { .. }
            | Action::ForgetReplicas { .. }
            | Action::PutKeyPolicy { .. }
            | Action::UpdateSecret { .. }
            | Action::ReplicateSecret { .. }
            | Action::RemoveReplicas { .. }
            | Action::SetRotation { .. }
            | Action::CancelRotation { .. }
            | Action::PutResourcePolicy { .. }
            | Action::DeleteResourcePolicy { .. }
            | Action::RestoreSecret
            | Action::PutPolicy { .. }
            | Action::DeletePolicyVersion { .. }
            | Action::PutTrust { .. }
            | Action::DescribeRole { .. }
            | Action::PutBoundary { .. }
            | Action::DeleteBoundary { .. }
            | Action::Tag { .. }
            | Action::PutRolePolicy { .. }
            | Action::DeleteRolePolicy { .. }
            | Action::AttachPolicy { .. }
            | Action::DetachPolicy { .. }
            | Action::FinishKey { .. }
            | Action::ReopenKey { .. } => Effect::Update,
        }
    }
}
