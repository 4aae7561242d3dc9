//! Alarms, the filters and rules behind them, and how long logs are kept.
//!
//! A metric filter has no tags: it is the environment's where its metric lies in the environment's
//! namespace. One on a log group that was declared before is another filter, of the same name.

use std::collections::BTreeMap;

use crate::actual::{Actual, ActualMonitoring, Owner, owner};
use crate::desired::{AlarmSource, Desired, KEY_ID_PLACEHOLDER, MetricFilter, Rule, Tags};
use crate::name::{Arn, ResourceName};
use crate::plan::{
    Action, Change, Drift, KeyRef, MonitoringAction as Call, Reason, Remark, Resource,
};

use super::key::Keys;
use super::{Draft, Undeclared, limit};

/// The id of the target that a rule tells
const TARGET: &str = "topic";

/// Adds what alarms and log groups need
pub(super) fn diff(desired: &Desired, keys: &Keys, actual: &Actual, draft: &mut Draft) {
    let wanted = &desired.monitoring;
    let Some(live) = &actual.monitoring else {
        let alarms = wanted.alarms.keys().cloned().map(Resource::Alarm);
        let groups = wanted.retention.keys().cloned().map(Resource::LogGroup);
        for resource in alarms.chain(groups) {
            draft.note(resource, Remark::NotSimulated);
        }
        return;
    };
    for (name, days) in &wanted.retention {
        retention(name, *days, live, &desired.tags, draft);
    }
    for (name, source) in &wanted.alarms {
        if let Some(reason) = limit::of_alarm(source) {
            draft.block(Resource::Alarm(name.clone()), reason);
        }
        match source {
            AlarmSource::Metric { filter, alarm: wanted } => {
                metric_filter(name, &known_filter(filter, &keys.home), live, draft);
                alarm(name, wanted, live, &desired.tags, draft);
            }
            AlarmSource::Event { rule: wanted, topic } => {
                rule(name, &known_rule(wanted, &keys.home), topic, live, &desired.tags, draft);
            }
        }
    }
}

fn retention(
    name: &ResourceName,
    days: u16,
    live: &ActualMonitoring,
    tags: &Tags,
    draft: &mut Draft,
) {
    let resource = Resource::LogGroup(name.clone());
    let put = |live| Action::Monitoring(Call::PutRetention { live, days });
    let Some(group) = live.log_groups.get(name) else {
        let action = Call::CreateLogGroup { tags: tags.clone() };
        draft.push(Change::new(resource.clone(), Action::Monitoring(action)));
        draft.push(Change::new(resource, put(None)));
        return;
    };
    if let Some(reason) = foreign(group.tags.as_ref(), tags) {
        draft.block(resource, reason);
    } else if group.retention_days != Some(days) {
        draft.push(Change::new(resource, put(group.retention_days)));
    }
}

fn metric_filter(
    name: &ResourceName,
    desired: &MetricFilter,
    live: &ActualMonitoring,
    draft: &mut Draft,
) {
    let resource = Resource::MetricFilter(name.clone());
    let live = live.filters.get(name).and_then(|places| places.get(&desired.log_group));
    match live {
        Some(live) if live == desired => return,
        Some(MetricFilter { log_group, namespace, .. }) if *namespace != desired.namespace => {
            let (log_group, namespace) = (log_group.clone(), namespace.clone());
            draft.block(resource, Reason::ForeignFilter { log_group, namespace });
            return;
        }
        _ => {}
    }
    let action = Call::PutMetricFilter { live: live.cloned(), desired: desired.clone() };
    draft.push(Change::new(resource, Action::Monitoring(action)));
}

fn alarm(
    name: &ResourceName,
    desired: &crate::desired::Alarm,
    live: &ActualMonitoring,
    tags: &Tags,
    draft: &mut Draft,
) {
    let resource = Resource::Alarm(name.clone());
    let Some(live) = live.alarms.get(name) else {
        let action = Call::CreateAlarm { alarm: desired.clone(), tags: tags.clone() };
        draft.push(Change::new(resource, Action::Monitoring(action)));
        return;
    };
    if let Some(reason) = foreign(live.tags.as_ref(), tags) {
        draft.block(resource, reason);
    } else if live.alarm != *desired {
        let drift = Drift { live: live.alarm.clone(), desired: desired.clone() };
        draft.push(Change::new(resource, Action::Monitoring(Call::PutAlarm(drift))));
    }
}

fn rule(
    name: &ResourceName,
    desired: &Rule,
    topic: &Arn,
    live: &ActualMonitoring,
    tags: &Tags,
    draft: &mut Draft,
) {
    let resource = Resource::Rule(name.clone());
    let change = |action| Change::new(resource.clone(), Action::Monitoring(action));
    let targets = [(TARGET.to_owned(), topic.clone())].into();
    let Some(live) = live.rules.get(name) else {
        draft.push(change(Call::CreateRule { rule: desired.clone(), tags: tags.clone() }));
        draft.push(change(Call::PutTargets { live: BTreeMap::new(), targets }));
        return;
    };
    if let Some(reason) = foreign(live.tags.as_ref(), tags) {
        draft.block(resource, reason);
        return;
    }
    if live.rule != *desired {
        let drift = Drift { live: live.rule.clone(), desired: desired.clone() };
        draft.push(change(Call::PutRule(drift)));
    }
    let (ours, others): (BTreeMap<_, _>, BTreeMap<_, _>) =
        live.targets.clone().into_iter().partition(|(id, _)| id == TARGET);
    if ours.get(TARGET).map(String::as_str) != Some(topic.as_str()) {
        draft.push(change(Call::PutTargets { live: ours, targets }));
    }
    if !others.is_empty() {
        draft.push(change(Call::RemoveTargets { targets: others }));
    }
}

/// Notes or deletes what is owned and no longer declared
pub(super) fn undeclared(desired: &Desired, actual: &Actual, draft: &mut Draft) {
    let wanted = &desired.monitoring.alarms;
    leftovers(desired, actual, |name| wanted.get(name), draft);
}

/// Adds what deletes every alarm of the environment; logs stay, because they are not its own
pub(super) fn delete(desired: &Desired, actual: &Actual, draft: &mut Draft) {
    leftovers(desired, actual, |_| None, draft);
}

/// Notes or deletes what is owned and not among what `stays`
fn leftovers<'a>(
    desired: &Desired,
    actual: &Actual,
    stays: impl Fn(&ResourceName) -> Option<&'a AlarmSource>,
    draft: &mut Draft,
) {
    let Some(live) = &actual.monitoring else { return };
    let ours = |tags: &Option<Tags>| foreign(tags.as_ref(), &desired.tags).is_none();
    let is_metric = |name: &ResourceName| matches!(stays(name), Some(AlarmSource::Metric { .. }));
    let is_event = |name: &ResourceName| matches!(stays(name), Some(AlarmSource::Event { .. }));
    filters(desired, live, &stays, draft);
    for (name, alarm) in live.alarms.iter().filter(|(name, _)| !is_metric(name)) {
        if ours(&alarm.tags) {
            let resource = Resource::Alarm(name.clone());
            leftover(resource, Remark::Undeclared, vec![Call::DeleteAlarm], draft);
        }
    }
    for (name, rule) in live.rules.iter().filter(|(name, _)| !is_event(name)) {
        if ours(&rule.tags) {
            let targets = rule.targets.clone();
            let remove = (!targets.is_empty()).then_some(Call::RemoveTargets { targets });
            let actions = remove.into_iter().chain([Call::DeleteRule]).collect();
            leftover(Resource::Rule(name.clone()), Remark::Undeclared, actions, draft);
        }
    }
}

/// The filters that count for the environment on another log group than the declared one
fn filters<'a>(
    desired: &Desired,
    live: &ActualMonitoring,
    stays: impl Fn(&ResourceName) -> Option<&'a AlarmSource>,
    draft: &mut Draft,
) {
    let namespace = crate::desired::namespace(&desired.project, &desired.environment);
    for (name, places) in &live.filters {
        let declared = match stays(name) {
            Some(AlarmSource::Metric { filter, .. }) => Some(&filter.log_group),
            Some(AlarmSource::Event { .. }) | None => None,
        };
        for (log_group, filter) in places {
            if filter.namespace == namespace && declared != Some(log_group) {
                let remark = Remark::UndeclaredFilter(log_group.clone());
                let action = Call::DeleteMetricFilter { log_group: log_group.clone() };
                leftover(Resource::MetricFilter(name.clone()), remark, vec![action], draft);
            }
        }
    }
}

fn leftover(resource: Resource, remark: Remark, actions: Vec<Call>, draft: &mut Draft) {
    match draft.undeclared {
        Undeclared::Kept => draft.note(resource, remark),
        Undeclared::Deleted => {
            for action in actions {
                draft.push(Change::new(resource.clone(), Action::Monitoring(action)));
            }
        }
    }
}

/// Whose it is where it is not ours; tags that were not asked for are taken for ours, because
/// nothing is to change or they are asked for before it is
fn foreign(live: Option<&Tags>, wanted: &Tags) -> Option<Reason> {
    match owner(live?, wanted) {
        Owner::Environment => None,
        Owner::Other(whose) => Some(Reason::Foreign(whose)),
    }
}

fn known_filter(filter: &MetricFilter, key: &KeyRef) -> MetricFilter {
    match key_id(key) {
        Some(id) => MetricFilter {
            pattern: filter.pattern.replace(KEY_ID_PLACEHOLDER, id),
            ..filter.clone()
        },
        None => filter.clone(),
    }
}

fn known_rule(rule: &Rule, key: &KeyRef) -> Rule {
    match key_id(key) {
        Some(id) => Rule { pattern: rule.with_key(id), ..rule.clone() },
        None => rule.clone(),
    }
}

fn key_id(key: &KeyRef) -> Option<&str> {
    match key {
        KeyRef::Arn(arn) => Some(arn.id()),
        KeyRef::Created | KeyRef::CreatedIn(_) | KeyRef::Unresolved(_) => None,
    }
}
