//! What leads from the actual to the desired: a synchronous function of two plain values.
//!
//! Only what carries the environment's tags is ever changed. A resource of a wanted name without
//! them blocks the plan; one that is owned and no longer declared is noted and kept.

mod destroy;
mod key;
mod order;
mod restore;
mod role;
mod secret;

pub use destroy::destroy;
pub use restore::restore;

use crate::actual::Actual;
use crate::desired::Desired;
use crate::plan::{Binding, Blocker, Change, FORMAT, Growth, Intent, Note, Plan, Protection};
use crate::policy::{Document, widening};

/// Returns the plan that makes `actual` into `desired`
pub fn diff(desired: &Desired, actual: &Actual) -> Plan {
    let mut draft = Draft::default();
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

/// What `desired` grants beyond `live`
fn grown(live: &Document, desired: &Document) -> Vec<Growth> {
    widening::growth(live, desired).into_iter().map(Growth::Grant).collect()
}

/// A plan in the making, in no order yet
#[derive(Default)]
struct Draft {
    changes: Vec<Change>,
    blockers: Vec<Blocker>,
    notes: Vec<Note>,
}

impl Draft {
    fn into_plan(self, intent: Intent, desired: &Desired, actual: &Actual) -> Plan {
        let Self { mut changes, blockers, notes } = self;
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
