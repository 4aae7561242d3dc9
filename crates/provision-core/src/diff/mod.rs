//! What leads from the actual to the desired: a synchronous function of two plain values.
//!
//! Only what carries the environment's tags is ever changed. A resource of a wanted name without
//! them blocks the plan; one that is owned and no longer declared is noted and kept.

mod destroy;
mod key;
mod limit;
mod order;
mod restore;
mod role;
mod secret;

pub use destroy::destroy;
pub use restore::restore;

use crate::actual::Actual;
use crate::desired::{Desired, UNFINISHED_TAG};
use crate::plan::{
    Binding, Blocker, Change, FORMAT, Growth, Intent, Note, Plan, Protection, Reason, Remark,
    Resource,
};
use crate::policy::{Document, widening};

/// Returns the plan that makes `actual` into `desired`
pub fn diff(desired: &Desired, actual: &Actual) -> Plan {
    let mut draft = Draft::new(Stage::of(actual));
    let key = key::diff(desired, actual, &mut draft);
    for (name, secret) in &desired.secrets {
        secret::diff(name, secret, &key, desired, actual, &mut draft);
    }
    for (name, role) in &desired.roles {
        role::diff(name, role, &key, desired, actual, &mut draft);
    }
    secret::undeclared(desired, actual, &mut draft);
    role::undeclared(desired, actual, &mut draft);
    draft.into_plan(Intent::Apply, desired, actual)
}

/// Returns the policies of the environment that AWS would refuse for their length
pub fn too_long(desired: &Desired) -> Vec<Blocker> {
    let key = Resource::Key(desired.key.alias.clone());
    let roles = desired.roles.iter().flat_map(|(name, role)| {
        limit::of_role(role)
            .into_iter()
            .map(|reason| Blocker { resource: Resource::Role(name.clone()), reason })
    });
    let key = limit::of_key(desired).map(|reason| Blocker { resource: key, reason });
    key.into_iter().chain(roles).collect()
}

/// Whether the environment has been whole before
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// its first apply has not ended: all that it grants is creation
    New,
    /// what it grants beyond what is there is growth
    Settled,
}

impl Stage {
    fn of(actual: &Actual) -> Self {
        match &actual.key {
            None => Stage::New,
            Some(key) if key.tags.contains_key(UNFINISHED_TAG.0) => Stage::New,
            Some(_) => Stage::Settled,
        }
    }
}

/// What `desired` grants beyond `live`
fn grown(live: &Document, desired: &Document) -> Vec<Growth> {
    widening::growth(live, desired).into_iter().map(Growth::Grant).collect()
}

/// A plan in the making, in no order yet
struct Draft {
    stage: Stage,
    changes: Vec<Change>,
    blockers: Vec<Blocker>,
    notes: Vec<Note>,
}

impl Draft {
    fn new(stage: Stage) -> Self {
        Self { stage, changes: Vec::new(), blockers: Vec::new(), notes: Vec::new() }
    }

    /// Adds a change under which no access grows
    fn push(&mut self, change: Change) {
        self.changes.push(change);
    }

    /// Adds a change under which access grows, where there was access before
    fn widen(&mut self, change: Change, growth: Vec<Growth>) {
        let growth = match self.stage {
            Stage::New => Vec::new(),
            Stage::Settled => growth,
        };
        self.changes.push(Change { growth, ..change });
    }

    fn block(&mut self, resource: Resource, reason: Reason) {
        self.blockers.push(Blocker { resource, reason });
    }

    fn note(&mut self, resource: Resource, remark: Remark) {
        self.notes.push(Note { resource, remark });
    }

    fn into_plan(self, intent: Intent, desired: &Desired, actual: &Actual) -> Plan {
        let Self { stage: _, mut changes, blockers, notes } = self;
        changes.sort_by(|a, b| order::compare(intent, a, b));
        let protection = if desired.protected { Protection::Protected } else { Protection::Open };
        let binding = Binding {
            project: desired.project.clone(),
            environment: desired.environment.clone(),
            partition: actual.identity.partition.clone(),
            account: actual.identity.account.clone(),
            region: actual.region.clone(),
            caller: actual.identity.caller.clone(),
            manifest: desired.manifest_digest.clone(),
            state: actual.fingerprint(),
            intent,
            protection,
        };
        Plan { format: FORMAT, binding, changes, blockers, notes }
    }
}
