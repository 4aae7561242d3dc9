//! What has a name of the environment without its tags: somebody took it over, or took the tags off.
//! It is kept, and a plan that would otherwise have deleted it says so.

use std::collections::BTreeSet;

use crate::actual::{Actual, Owner, owner};
use crate::desired::{Desired, Tags, alarm_name};
use crate::manifest::AlarmKind;
use crate::plan::{Reason, Remark, Resource};

use super::Draft;
use super::adopt::{Candidate, candidates};

/// Notes what is not declared and lies where only the environment's own does
pub(super) fn undeclared(desired: &Desired, actual: &Actual, draft: &mut Draft) {
    let names: BTreeSet<String> = AlarmKind::ALL
        .into_iter()
        .map(|kind| alarm_name(&desired.project, &desired.environment, kind))
        .collect();
    let policies = actual.policies.iter().filter_map(|(name, live)| {
        let is_declared = desired.policies.contains_key(name);
        (!is_declared).then(|| (Resource::Policy(name.clone()), live.tags.as_ref()))
    });
    let wanted = &desired.monitoring.alarms;
    let watching = actual.monitoring.iter().flat_map(|live| {
        let alarms = live.alarms.iter().map(|(name, live)| (name, true, live.tags.as_ref()));
        let rules = live.rules.iter().map(|(name, live)| (name, false, live.tags.as_ref()));
        alarms.chain(rules)
    });
    let watching = watching.filter(|(name, is_alarm, _)| {
        let is_declared = wanted.get(*name).is_some_and(|source| source.is_metric() == *is_alarm);
        !is_declared && names.contains(name.as_str())
    });
    let watching = watching.map(|(name, is_alarm, tags)| match is_alarm {
        true => (Resource::Alarm(name.clone()), tags),
        false => (Resource::Rule(name.clone()), tags),
    });
    for (resource, tags) in policies.chain(watching) {
        note(resource, tags, desired, draft);
    }
}

/// Notes everything that a destroy leaves although it has a name of the manifest
pub(super) fn everything(desired: &Desired, actual: &Actual, draft: &mut Draft) {
    for Candidate { resource, arn: _, tags, obstacle } in candidates(desired, actual) {
        match (&resource, &obstacle) {
            // logs stay in any case, and what waits to be deleted goes
            (Resource::LogGroup(_), _)
            | (_, Some(Reason::Deleted(_) | Reason::PendingDeletion(_))) => {}
            _ => note(resource, Some(tags), desired, draft),
        }
    }
    undeclared(desired, actual, draft);
}

fn note(resource: Resource, tags: Option<&Tags>, desired: &Desired, draft: &mut Draft) {
    // tags that were not asked for are taken for ours, as everywhere
    if let Some(Owner::Other(whose)) = tags.map(|tags| owner(tags, &desired.tags)) {
        draft.note(resource, Remark::NotOurs(whose));
    }
}
