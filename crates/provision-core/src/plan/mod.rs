//! A plan: the changes that lead from what exists to what is desired, in the order of their making.
//!
//! One [`Change`] is one call to AWS, so what is done, failed and not tried can be told exactly.
//! A plan holds no secret value: no type in this module can carry one. The only text that enters
//! a secret is a [`PublicText`](crate::manifest::PublicText) of the manifest, and only inside the call that creates it.

mod action;
mod change;
mod monitoring;
mod remark;
mod stage;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::name::{AccountId, Arn, EnvironmentName, Partition, ProjectName, Region};

pub use action::{Action, Effect, Recovery};
pub use change::{Change, Drift, Growth, KeyRef, RegionalAlias, Resource};
pub use monitoring::MonitoringAction;
pub use remark::{Blocker, Note, Reason, Remark};

/// Version of the plan's JSON
pub const FORMAT: u32 = 3;

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
    /// the same, and deletes what is owned and no longer declared
    Prune,
    /// takes over what exists under the manifest's names
    Adopt,
    /// deletes what the environment owns
    Destroy,
    /// the same, and secrets cannot be taken back
    ForceDestroy,
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
