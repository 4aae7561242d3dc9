//! What leads from the actual to the desired: a synchronous function of two plain values.
//!
//! Only what carries the environment's tags is ever changed. A resource of a wanted name without
//! them blocks the plan; one that is owned and no longer declared is noted and kept.

mod adopt;
mod destroy;
mod kept;
mod key;
mod limit;
mod monitoring;
mod order;
mod policy;
mod restore;
mod rights;
mod role;
mod secret;

pub use adopt::{adopt, adopted};
pub use destroy::{destroy, force_destroy};
pub(crate) use order::rank;
pub use restore::restore;

use crate::actual::{Actual, Owner, owner};
use crate::desired::{Desired, DesiredReplica, UNFINISHED_TAG};
use crate::plan::{
    Binding, Blocker, Change, FORMAT, Growth, Intent, Note, Plan, Protection, Reason,
    RegionalAlias, Remark, Resource,
};
use crate::policy::{Document, widening};

use rights::Rights;

/// Returns the plan of that intent
pub fn plan(intent: Intent, desired: &Desired, actual: &Actual) -> Plan {
    match intent {
        Intent::Apply => diff(desired, actual),
        Intent::Prune => prune(desired, actual),
        Intent::Adopt => adopt(desired, actual),
        Intent::Destroy => destroy(desired, actual),
        Intent::ForceDestroy => force_destroy(desired, actual),
        Intent::Restore => restore(desired, actual),
    }
}

/// Returns the plan that makes `actual` into `desired`, and keeps what is no longer declared
pub fn diff(desired: &Desired, actual: &Actual) -> Plan {
    whole(desired, actual, Undeclared::Kept).into_plan(Intent::Apply, desired, actual)
}

/// Returns the plan that makes `actual` into `desired`, and deletes what is no longer declared
pub fn prune(desired: &Desired, actual: &Actual) -> Plan {
    whole(desired, actual, Undeclared::Deleted).into_plan(Intent::Prune, desired, actual)
}

fn whole(desired: &Desired, actual: &Actual, undeclared: Undeclared) -> Draft {
    let mut draft = Draft::new(Stage::of(desired, actual), undeclared);
    let keys = key::diff(desired, actual, &mut draft);
    for (name, secret) in &desired.secrets {
        secret::diff(name, secret, &keys, desired, actual, &mut draft);
    }
    let rights = Rights::of(desired, actual, &keys);
    for (name, policy) in &desired.policies {
        policy::diff(name, policy, (&keys, &rights), desired, actual, &mut draft);
    }
    for (name, role) in &desired.roles {
        role::diff(name, role, (&keys, &rights), desired, actual, &mut draft);
    }
    monitoring::diff(desired, &keys, actual, &mut draft);
    key::undeclared(desired, actual, &mut draft);
    secret::undeclared(desired, actual, &mut draft);
    policy::undeclared(desired, actual, &mut draft);
    role::undeclared(desired, actual, &mut draft);
    monitoring::undeclared(desired, actual, &mut draft);
    kept::undeclared(desired, actual, &mut draft);
    draft
}

/// Returns what of the environment AWS would refuse for its length or number
pub fn refused(desired: &Desired) -> Vec<Blocker> {
    let home = (RegionalAlias::home(&desired.key.alias), &desired.key);
    let replicas = desired.replicas.iter().filter_map(|(region, replica)| match replica {
        DesiredReplica::Own(key) => Some((RegionalAlias::replica(&key.alias, region), &**key)),
        DesiredReplica::Given(_) => None,
    });
    let keys = std::iter::once(home)
        .chain(replicas)
        .filter_map(|(place, key)| Some((Resource::Key(place), limit::of_key(key)?)));
    let policies = desired.policies.iter().filter_map(|(name, policy)| {
        Some((Resource::Policy(name.clone()), limit::of_policy(policy)?))
    });
    let roles = desired.roles.iter().flat_map(|(name, role)| {
        limit::of_role(role).into_iter().map(|reason| (Resource::Role(name.clone()), reason))
    });
    let alarms = desired.monitoring.alarms.iter().filter_map(|(name, source)| {
        Some((Resource::Alarm(name.clone()), limit::of_alarm(source)?))
    });
    keys.chain(policies)
        .chain(roles)
        .chain(alarms)
        .map(|(resource, reason)| Blocker { resource, reason })
        .collect()
}

/// What becomes of things that are owned and no longer declared
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Undeclared {
    /// they stay, and are noted
    Kept,
    /// they go
    Deleted,
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
    fn of(desired: &Desired, actual: &Actual) -> Self {
        let ours = |tags| owner(tags, &desired.tags) == Owner::Environment;
        match &actual.key {
            Some(key) if key.tags.contains_key(UNFINISHED_TAG.0) => Stage::New,
            Some(_) => Stage::Settled,
            // the key is made first: what is there without it was adopted, or outlived its key
            None if actual.secrets.values().any(|secret| ours(&secret.tags))
                || actual.roles.values().any(|role| ours(&role.tags)) =>
            {
                Stage::Settled
            }
            None => Stage::New,
        }
    }
}

/// What `desired` grants beyond `live`, each taken by itself
fn grown(live: &Document, desired: &Document) -> Vec<Growth> {
    widening::growth(live, desired).into_iter().map(Growth::Grant).collect()
}

/// A plan in the making, in no order yet
struct Draft {
    stage: Stage,
    undeclared: Undeclared,
    changes: Vec<Change>,
    blockers: Vec<Blocker>,
    notes: Vec<Note>,
}

impl Draft {
    fn new(stage: Stage, undeclared: Undeclared) -> Self {
        Self { stage, undeclared, changes: Vec::new(), blockers: Vec::new(), notes: Vec::new() }
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
        let Self { stage: _, undeclared: _, mut changes, blockers, notes } = self;
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
