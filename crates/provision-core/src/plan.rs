//! A plan: the changes that lead from what exists to what is desired, in the order of their making.
//!
//! One [`Change`] is one call to AWS, so what is done, failed and not tried can be told exactly.
//! A plan holds no secret value: no type in this module can carry one. The only text that enters
//! a secret is a [`PublicText`] of the manifest, and only inside the call that creates it.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::desired::Tags;
use crate::manifest::PublicText;
use crate::name::{
    AccountId, Arn, EnvironmentName, KeyAlias, Partition, PolicyName, ProjectName, Region,
    RoleName, SecretName, ValueKey,
};
use crate::policy::Document;
use crate::policy::widening::Grant;

/// Version of the plan's JSON
pub const FORMAT: u32 = 1;

/// What would be done, and why it may not be
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// version of this format
    pub format: u32,
    /// what the plan is for, and the state that it was made from
    pub binding: Binding,
    /// the changes in order
    pub changes: Vec<Change>,
    /// what stands in the way; with any of these nothing is applied
    pub blockers: Vec<Blocker>,
    /// what is worth knowing and changes nothing
    pub notes: Vec<Note>,
}

/// What a plan is for, and the state that it was made from
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Binding {
    /// the project
    pub project: ProjectName,
    /// the environment
    pub environment: EnvironmentName,
    /// the partition
    pub partition: Partition,
    /// the account
    pub account: AccountId,
    /// the region
    pub region: Region,
    /// who asked: shown, not compared
    pub caller: Arn,
    /// digest of the manifest
    pub manifest: String,
    /// digest of the live state
    pub state: String,
    /// what the plan does as a whole
    pub intent: Intent,
    /// whether growth of access needs `--confirm project/env`
    pub protection: Protection,
}

/// What a plan does as a whole
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Intent {
    /// makes the environment what the manifest says
    Apply,
    /// deletes what the environment owns
    Destroy,
    /// takes a deletion back
    Restore,
}

/// Whether the manifest protects the environment
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Protection {
    /// `protected: true`
    Protected,
    /// anything else
    Open,
}

/// One change: one call to AWS
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// the resource that is changed
    pub resource: Resource,
    /// the call
    pub action: Action,
    /// access that grows by it and existed before in narrower form
    pub growth: Vec<Growth>,
}

impl Change {
    /// Returns a change that grows no access
    pub fn new(resource: Resource, action: Action) -> Self {
        Self { resource, action, growth: Vec::new() }
    }

    /// Returns the change's name, the same for the same change
    pub fn id(&self) -> String {
        format!("{}#{}", self.resource, self.action.name())
    }
}

/// Access that a change adds to what exists
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Growth {
    /// one grant of a policy
    Grant(Grant),
    /// everything that a managed policy grants
    ManagedPolicy(Arn),
}

impl std::fmt::Display for Growth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Growth::Grant(grant) => grant.fmt(f),
            Growth::ManagedPolicy(arn) => write!(f, "may all that `{arn}` grants"),
        }
    }
}

/// A resource by its name
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "name")]
pub enum Resource {
    /// the KMS key, by the alias that finds it
    Key(KeyAlias),
    /// the alias
    Alias(KeyAlias),
    /// a secret
    Secret(SecretName),
    /// a role
    Role(RoleName),
}

impl Resource {
    /// Returns the word for the kind
    pub fn kind(&self) -> &'static str {
        match self {
            Resource::Key(_) => "key",
            Resource::Alias(_) => "alias",
            Resource::Secret(_) => "secret",
            Resource::Role(_) => "role",
        }
    }

    /// Returns the name
    pub fn name(&self) -> &str {
        match self {
            Resource::Key(alias) | Resource::Alias(alias) => alias.as_str(),
            Resource::Secret(name) => name.as_str(),
            Resource::Role(name) => name.as_str(),
        }
    }
}

impl std::fmt::Display for Resource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.kind(), self.name())
    }
}

/// The KMS key that a change refers to
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyRef {
    /// a key that exists
    Arn(Arn),
    /// the key that this plan's `create_key` makes: known after apply
    Created,
}

/// A live value beside the desired one
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Drift<T> {
    /// what is
    pub live: T,
    /// what should be
    pub desired: T,
}

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
            | Action::DetachPolicy { .. } => Effect::Update,
        }
    }
}

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
    /// an AWS service made it
    #[error("belongs to the AWS service {0}")]
    OwnedByService(String),
    /// a secret inside its recovery window, deleted at this time
    #[error("was deleted at {0} and is inside its recovery window")]
    Deleted(String),
    /// a key that is gone at this time
    #[error("is scheduled for deletion at {0}")]
    PendingDeletion(String),
    /// the key is in a state that this tool did not bring about
    #[error("is in the state {0}")]
    KeyState(String),
    /// the path of a role cannot be changed
    #[error("has the path {live} and not {desired}, which AWS cannot change")]
    RolePath {
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
            Reason::Foreign(_) => {
                "choose another name, or add the tags `managed-by`, `project` and `environment` by hand to adopt it"
            }
            Reason::OwnedByService(_) => "choose another name: this one is never touched",
            Reason::Deleted(_) | Reason::PendingDeletion(_) => {
                "run `provision restore` to take it back, or wait until it is gone"
            }
            Reason::KeyState(_) => "bring the key back to `Enabled` in KMS",
            Reason::RolePath { .. } => {
                "choose another `role_name`, or delete the role by hand and apply again"
            }
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
    /// no version is current
    #[error("has no value yet")]
    Empty,
    /// owned, and no longer in the manifest
    #[error("is no longer declared and is kept")]
    Undeclared,
}

fn list(keys: &[ValueKey]) -> String {
    keys.iter().map(|k| format!("`{k}`")).collect::<Vec<_>>().join(", ")
}

/// How many resources a plan touches, each counted once
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Summary {
    /// resources that are made
    pub create: usize,
    /// resources that are altered
    pub update: usize,
    /// resources that are removed
    pub delete: usize,
}

impl Plan {
    /// Returns whether nothing is to do
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Returns how many resources are touched
    pub fn summary(&self) -> Summary {
        let mut by_resource: BTreeMap<&Resource, Effect> = BTreeMap::new();
        for change in &self.changes {
            let effect = change.action.effect();
            by_resource
                .entry(&change.resource)
                // an update next to a creation or a deletion is part of it
                .and_modify(|known| {
                    if *known == Effect::Update {
                        *known = effect;
                    }
                })
                .or_insert(effect);
        }
        by_resource.values().fold(Summary::default(), |mut sum, effect| {
            match effect {
                Effect::Create => sum.create += 1,
                Effect::Update => sum.update += 1,
                Effect::Delete => sum.delete += 1,
            }
            sum
        })
    }

    /// Returns the changes under which existing access grows
    pub fn widening(&self) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(|change| !change.growth.is_empty())
    }

    /// Returns `project/environment`, what a person types to confirm
    pub fn place(&self) -> String {
        format!("{}/{}", self.binding.project, self.binding.environment)
    }
}
