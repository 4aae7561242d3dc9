//! What `--output json` prints: one document, whose schema `provision schema output` gives.

use std::collections::BTreeMap;

use provision_core::name::Region;
use provision_core::plan::{
    Binding, Blocker, Change, Effect, Intent, Note, Plan, Protection, Summary,
};
use schemars::JsonSchema;
use serde::Serialize;

pub(crate) use super::insight::*;
pub(crate) use super::values::*;
use crate::aws::Calls;
use crate::failure::FailureDocument;

/// One of the documents that a command prints
#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
#[allow(dead_code, reason = "describes the schema; commands print the documents themselves")]
pub(crate) enum Any<'a> {
    /// `plan`, and whatever shows one
    Plan(PlanDocument<'a>),
    /// `apply`, `adopt`, `destroy`, `restore`
    Applied(Applied<'a>),
    /// `set`
    Set(Set<'a>),
    /// `import`, `migrate`, `promote`
    Imported(Imported<'a>),
    /// `init`
    Initialised(Initialised),
    /// `get`
    Secret(Secret<'a>),
    /// `get --reveal`
    Revealed(Revealed<'a>),
    /// `export`
    Exported(Exported<'a>),
    /// `export --reveal`
    Variables(Variables),
    /// `versions`
    Versions(Versions<'a>),
    /// `diff`
    Compared(Compared<'a>),
    /// `rollback`, `pin`, `rotate`
    Moved(Moved<'a>),
    /// `replicate`
    Replicated(Replicated<'a>),
    /// `check`
    Check(Checked<'a>),
    /// `doctor`
    Diagnosis(Diagnosis<'a>),
    /// `cost`
    Cost(Cost<'a>),
    /// `access`
    Access(provision_core::access::Graph),
    /// `access --prove`
    Proven(provision_core::prove::Proof),
    /// `render`
    Render(Rendered<'a>),
    /// `rotate-key`
    KeyRotations(KeyRotations<'a>),
    /// any command that failed
    Failed(Failed<'a>),
}

/// A plan
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct PlanDocument<'a> {
    /// the project
    project: &'a str,
    /// the environment
    environment: &'a str,
    /// the partition
    partition: &'a str,
    /// the account
    account: &'a str,
    /// the region
    region: &'a str,
    /// who asked
    caller: &'a str,
    /// what the plan does as a whole
    intent: Intent,
    /// whether the manifest protects the environment
    protection: Protection,
    /// how many resources are touched
    summary: Summary,
    /// the changes in order, one call to AWS each
    changes: Vec<ChangeDocument<'a>>,
    /// what stands in the way: with any of these nothing is applied
    #[schemars(with = "Vec<serde_json::Value>")]
    blockers: &'a [Blocker],
    /// what is worth knowing and changes nothing
    #[schemars(with = "Vec<serde_json::Value>")]
    notes: &'a [Note],
    /// calls made so far, by operation
    api_calls: ApiCalls,
}

/// One change of a plan
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ChangeDocument<'a> {
    /// the change's name, the same for the same change
    id: String,
    /// such as `key`, `secret` or `role`
    kind: &'a str,
    /// the resource's name
    name: &'a str,
    /// the region, where it is not the environment's own
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<&'a str>,
    /// create, update or delete
    effect: Effect,
    /// the call with what it sends
    #[schemars(with = "serde_json::Value")]
    action: &'a provision_core::plan::Action,
    /// access that grows, as sentences
    widens: Vec<String>,
}

/// Calls to AWS, each attempt counted
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ApiCalls {
    /// all of them
    total: u64,
    /// by `Service:Operation`
    by_operation: BTreeMap<String, u64>,
}

/// What became of a plan
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Applied<'a> {
    /// the plan
    plan: PlanDocument<'a>,
    /// the changes that were made, by id
    done: Vec<String>,
    /// the changes that failed
    failed: Vec<FailedChange<'a>>,
    /// the changes that were not tried, by id
    not_tried: Vec<String>,
}

/// A change that failed
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct FailedChange<'a> {
    /// the change's id
    id: String,
    /// why
    error: FailureDocument<'a>,
}

/// What `render` wrote
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Rendered<'a> {
    /// the language
    pub(crate) format: &'a str,
    /// the files
    pub(crate) files: Vec<RenderedFile>,
}

/// One file of `render`
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct RenderedFile {
    /// its path below the folder
    pub(crate) path: String,
    /// what became of it
    pub(crate) state: FileState,
    /// its text, where it was not written
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) text: Option<String>,
}

/// What became of a rendered file
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FileState {
    /// printed
    Shown,
    /// written
    Written,
    /// it was there already, the same
    Unchanged,
    /// there is one that somebody may have changed, and that stays
    Kept,
    /// left by an earlier rendering, and removed
    Removed,
}

impl FileState {
    /// Returns the state as a word for people
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Shown => "shown",
            Self::Written => "wrote",
            Self::Unchanged => "unchanged",
            Self::Kept => "kept",
            Self::Removed => "removed",
        }
    }
}

/// `rotate-key`
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct KeyRotations<'a> {
    /// the environment's keys that are in use
    pub(crate) keys: Vec<RotatedKey<'a>>,
    /// why not all were rotated
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) failed: Option<FailureDocument<'a>>,
}

/// One key
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct RotatedKey<'a> {
    /// its ARN
    pub(crate) key: &'a str,
    /// where it is
    pub(crate) region: &'a str,
    /// whether it has just been rotated
    pub(crate) rotated: bool,
    /// rotations on demand that are left, of 25
    pub(crate) left: usize,
}

/// A command that failed
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Failed<'a> {
    /// what happened
    pub(crate) error: FailureDocument<'a>,
    /// the plan that was refused or blocked
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) plan: Option<PlanDocument<'a>>,
}

impl ApiCalls {
    fn of(calls: &Calls) -> Self {
        Self { total: calls.total(), by_operation: calls.by_operation() }
    }
}

impl<'a> PlanDocument<'a> {
    /// Returns the plan as a document
    pub(crate) fn of(plan: &'a Plan, calls: &Calls) -> Self {
        let Binding {
            project,
            environment,
            partition,
            account,
            region,
            caller,
            manifest: _,
            state: _,
            intent,
            protection,
        } = &plan.binding;
        Self {
            project: project.as_str(),
            environment: environment.as_str(),
            partition: partition.as_str(),
            account: account.as_str(),
            region: region.as_str(),
            caller: caller.as_str(),
            intent: *intent,
            protection: *protection,
            summary: plan.summary(),
            changes: plan.changes.iter().map(ChangeDocument::of).collect(),
            blockers: &plan.blockers,
            notes: &plan.notes,
            api_calls: ApiCalls::of(calls),
        }
    }
}

impl<'a> ChangeDocument<'a> {
    fn of(change: &'a Change) -> Self {
        let Change { resource, action, growth } = change;
        Self {
            id: change.id(),
            kind: resource.kind(),
            name: resource.name(),
            region: resource.region().map(Region::as_str),
            effect: action.effect(),
            action,
            widens: growth.iter().map(ToString::to_string).collect(),
        }
    }
}

impl<'a> Applied<'a> {
    /// Returns what became of `plan`
    pub(crate) fn of(
        plan: PlanDocument<'a>,
        done: &[String],
        failed: Vec<(&str, FailureDocument<'a>)>,
        not_tried: &[String],
    ) -> Self {
        Self {
            plan,
            done: done.to_vec(),
            failed: failed
                .into_iter()
                .map(|(id, error)| FailedChange { id: id.to_owned(), error })
                .collect(),
            not_tried: not_tried.to_vec(),
        }
    }
}
