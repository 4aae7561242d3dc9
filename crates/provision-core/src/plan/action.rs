//! The calls that a plan can make, each with everything that it sends.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Drift, KeyRef};
use crate::desired::Tags;
use crate::manifest::PublicText;
use crate::name::{Arn, PolicyName, SecretName, ValueKey};
use crate::policy::Document;

/// One call to AWS, with everything that it sends
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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
    },
    /// secretsmanager:UpdateSecret, without a value
    UpdateSecret {
        /// old and new text where it differs
        description: Option<Drift<String>>,
        /// old and new key where it differs
        key: Option<Drift<Option<KeyRef>>>,
    },
    /// secretsmanager:RestoreSecret
    RestoreSecret,
    /// secretsmanager:DeleteSecret with a recovery window
    DeleteSecret {
        /// days until it is gone, 7 to 30
        window_days: u16,
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
        /// the secrets that it will read, for the reader of the plan
        reads: Vec<SecretName>,
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
    },
    /// iam:DeleteRolePolicy
    DeleteRolePolicy {
        /// the inline policy
        policy: PolicyName,
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
    },
    /// iam:DeleteRole
    DeleteRole,
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
            Action::PutKeyPolicy { .. } => "put_key_policy",
            Action::CreateAlias { .. } => "create_alias",
            Action::DeleteAlias => "delete_alias",
            Action::ScheduleKeyDeletion { .. } => "schedule_key_deletion",
            Action::CreateSecret { .. } => "create_secret",
            Action::UpdateSecret { .. } => "update_secret",
            Action::RestoreSecret => "restore_secret",
            Action::DeleteSecret { .. } => "delete_secret",
            Action::CreateRole { .. } => "create_role",
            Action::PutTrust { .. } => "put_trust",
            Action::PutRolePolicy { policy, .. } => return format!("put_role_policy:{policy}"),
            Action::DeleteRolePolicy { policy } => return format!("delete_role_policy:{policy}"),
            Action::AttachPolicy { policy } => return format!("attach_policy:{policy}"),
            Action::DetachPolicy { policy } => return format!("detach_policy:{policy}"),
            Action::FinishKey { .. } => "finish_key",
            Action::ReopenKey { .. } => "reopen_key",
            Action::DeleteRole => "delete_role",
        };
        plain.to_owned()
    }

    /// Returns what the action does to its resource
    pub fn effect(&self) -> Effect {
        match self {
            Action::CreateKey { .. }
            | Action::CreateAlias { .. }
            | Action::CreateSecret { .. }
            | Action::CreateRole { .. } => Effect::Create,
            Action::DeleteAlias
            | Action::ScheduleKeyDeletion { .. }
            | Action::DeleteSecret { .. }
            | Action::DeleteRole => Effect::Delete,
            Action::CancelKeyDeletion { .. }
            | Action::EnableKey { .. }
            | Action::DescribeKey { .. }
            | Action::RotateKey { .. }
            | Action::PutKeyPolicy { .. }
            | Action::UpdateSecret { .. }
            | Action::RestoreSecret
            | Action::PutTrust { .. }
            | Action::PutRolePolicy { .. }
            | Action::DeleteRolePolicy { .. }
            | Action::AttachPolicy { .. }
            | Action::DetachPolicy { .. }
            | Action::FinishKey { .. }
            | Action::ReopenKey { .. } => Effect::Update,
        }
    }
}
