//! Taking over what exists under the manifest's names: its tags change and nothing else.
//!
//! What another environment of this tool owns, what an AWS service owns, and what waits to be
//! deleted is never taken over.

use crate::actual::{Actual, KeyState, Owner, SecretState, owner, place};
use crate::desired::{AlarmSource, Desired, DesiredReplica, Tags};
use crate::name::Arn;
use crate::plan::{Action, Change, Intent, Plan, Reason, RegionalAlias, Resource};

use super::{Draft, Stage, Undeclared};

/// Returns the plan that puts the environment's tags on what has its names
pub fn adopt(desired: &Desired, actual: &Actual) -> Plan {
    let mut draft = Draft::new(Stage::Settled, Undeclared::Kept);
    for Candidate { resource, arn, tags, obstacle } in candidates(desired, actual) {
        if owner(tags, &desired.tags) == Owner::Environment {
            continue;
        }
        let taken = place(tags).filter(|_| is_marked(tags, &desired.tags));
        match obstacle.or_else(|| taken.map(Reason::AnotherEnvironment)) {
            Some(reason) => draft.block(resource, reason),
            None => {
                let live = tags.iter().filter(|(key, _)| desired.tags.contains_key(*key));
                let live = live.map(|(key, value)| (key.clone(), value.clone())).collect();
                let action = Action::Tag { arn: arn.clone(), live, tags: desired.tags.clone() };
                draft.push(Change::new(resource, action));
            }
        }
    }
    draft.into_plan(Intent::Adopt, desired, actual)
}

/// Returns what exists as it will be when `plan` is carried out, for a look at what comes after
pub fn adopted(plan: &Plan, actual: &Actual) -> Actual {
    let mut actual = actual.clone();
    for change in &plan.changes {
        if let Action::Tag { tags, .. } = &change.action
            && let Some(live) = tags_of(&change.resource, &mut actual)
        {
            live.extend(tags.clone());
        }
    }
    actual
}

/// Whether the tags name another project or environment of this tool, and not only too little
fn is_marked(tags: &Tags, wanted: &Tags) -> bool {
    ["project", "environment"]
        .iter()
        .any(|key| tags.get(*key).is_some_and(|value| Some(value) != wanted.get(*key)))
}

/// Something of a wanted name
pub(super) struct Candidate<'a> {
    pub(super) resource: Resource,
    pub(super) arn: &'a Arn,
    pub(super) tags: &'a Tags,
    /// what keeps it from being taken over
    pub(super) obstacle: Option<Reason>,
}

/// Returns what exists under the manifest's names and has tags, where they were asked for
pub(super) fn candidates<'a>(desired: &'a Desired, actual: &'a Actual) -> Vec<Candidate<'a>> {
    let mut all = Vec::new();
    let alias = &desired.key.alias;
    let replicas = actual.replica_keys.iter().filter(|(region, _)| {
        matches!(desired.replicas.get(*region), Some(DesiredReplica::Own(_)))
    });
    let keys = replicas.map(|(region, key)| (RegionalAlias::replica(alias, region), key));
    let home = actual.key.iter().map(|key| (RegionalAlias::home(alias), key));
    for (place, key) in home.chain(keys) {
        let obstacle = match &key.state {
            KeyState::PendingDeletion(date) => {
                Some(Reason::PendingDeletion(date.clone().unwrap_or_default()))
            }
            KeyState::Enabled | KeyState::Disabled | KeyState::Other(_) => None,
        };
        all.push(Candidate {
            resource: Resource::Key(place),
            arn: &key.arn,
            tags: &key.tags,
            obstacle,
        });
    }
    for (name, live) in &actual.secrets {
        if !desired.secrets.contains_key(name) {
            continue;
        }
        let obstacle = match (&live.owning_service, &live.state) {
            (Some(service), _) => Some(Reason::OwnedByService(service.clone())),
            (None, SecretState::PendingDeletion(date)) => Some(Reason::Deleted(date.clone())),
            (None, SecretState::Live) => None,
        };
        all.push(Candidate {
            resource: Resource::Secret(name.clone()),
            arn: &live.arn,
            tags: &live.tags,
            obstacle,
        });
    }
    for (name, live) in &actual.policies {
        let (Some(wanted), Some(tags)) = (desired.policies.get(name), &live.tags) else { continue };
        let obstacle = path(&live.path, &wanted.path);
        all.push(Candidate {
            resource: Resource::Policy(name.clone()),
            arn: &live.arn,
            tags,
            obstacle,
        });
    }
    for (name, live) in &actual.roles {
        let Some(wanted) = desired.roles.get(name) else { continue };
        let obstacle = path(&live.path, &wanted.path);
        all.push(Candidate {
            resource: Resource::Role(name.clone()),
            arn: &live.arn,
            tags: &live.tags,
            obstacle,
        });
    }
    all.extend(watching(desired, actual));
    all
}

fn watching<'a>(desired: &'a Desired, actual: &'a Actual) -> impl Iterator<Item = Candidate<'a>> {
    let wanted = &desired.monitoring;
    actual.monitoring.iter().flat_map(move |live| {
        let groups = live.log_groups.iter().filter_map(|(name, group)| {
            wanted.retention.get(name)?;
            Some((Resource::LogGroup(name.clone()), &group.arn, group.tags.as_ref()?))
        });
        // whichever of the two is not declared is none of ours, whatever its name
        let is_metric = move |name| wanted.alarms.get(name).map(AlarmSource::is_metric);
        let alarms = live.alarms.iter().filter_map(move |(name, alarm)| {
            is_metric(name)?.then_some(())?;
            Some((Resource::Alarm(name.clone()), &alarm.arn, alarm.tags.as_ref()?))
        });
        let rules = live.rules.iter().filter_map(move |(name, rule)| {
            (!is_metric(name)?).then_some(())?;
            Some((Resource::Rule(name.clone()), &rule.arn, rule.tags.as_ref()?))
        });
        groups.chain(alarms).chain(rules).map(|(resource, arn, tags)| Candidate {
            resource,
            arn,
            tags,
            obstacle: None,
        })
    })
}

fn path(live: &str, desired: &str) -> Option<Reason> {
    (live != desired).then(|| Reason::Path { live: live.to_owned(), desired: desired.to_owned() })
}

fn tags_of<'a>(resource: &Resource, actual: &'a mut Actual) -> Option<&'a mut Tags> {
    let monitoring = actual.monitoring.as_mut();
    match resource {
        Resource::Key(RegionalAlias { replica: None, .. }) => {
            actual.key.as_mut().map(|key| &mut key.tags)
        }
        Resource::Key(RegionalAlias { replica: Some(region), .. }) => {
            actual.replica_keys.get_mut(region).map(|key| &mut key.tags)
        }
        Resource::Secret(name) => actual.secrets.get_mut(name).map(|secret| &mut secret.tags),
        Resource::Policy(name) => actual.policies.get_mut(name)?.tags.as_mut(),
        Resource::Role(name) => actual.roles.get_mut(name).map(|role| &mut role.tags),
        Resource::LogGroup(name) => monitoring?.log_groups.get_mut(name)?.tags.as_mut(),
        Resource::Alarm(name) => monitoring?.alarms.get_mut(name)?.tags.as_mut(),
        Resource::Rule(name) => monitoring?.rules.get_mut(name)?.tags.as_mut(),
        Resource::Alias(_) | Resource::MetricFilter(_) => None,
    }
}
