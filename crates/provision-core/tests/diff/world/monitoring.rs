//! Alarms, filters, rules and log groups as CloudWatch and EventBridge keep them.

use provision_core::actual::{Actual, ActualAlarm, ActualLogGroup, ActualMonitoring, ActualRule};
use provision_core::desired::{KEY_ID_PLACEHOLDER, MetricFilter, Rule};
use provision_core::name::ResourceName;
use provision_core::plan::{Action, MonitoringAction, Resource};

use super::{KEY_ID, arn};

pub(super) fn monitoring(
    state: &mut Actual,
    resource: &Resource,
    name: &ResourceName,
    action: &Action,
) {
    assert!(state.key.is_some(), "the key comes first");
    let live = state.monitoring.as_mut().expect("what is not simulated is not changed");
    match action {
        Action::Monitoring(action) => make(live, name, action),
        Action::Tag { tags, .. } => {
            let known = match resource {
                Resource::LogGroup(_) => &mut live.log_groups.get_mut(name).unwrap().tags,
                Resource::Alarm(_) => &mut live.alarms.get_mut(name).unwrap().tags,
                _ => &mut live.rules.get_mut(name).unwrap().tags,
            };
            known.get_or_insert_default().extend(tags.clone());
        }
        other => panic!("{other:?} of {resource}"),
    }
}

fn arn_of(kind: &str, name: &ResourceName) -> provision_core::name::Arn {
    arn(&format!("arn:aws:{kind}:eu-west-1:123456789012:{name}"))
}

fn sent(rule: &Rule) -> Rule {
    Rule { pattern: rule.with_key(KEY_ID), ..rule.clone() }
}

fn make(live: &mut ActualMonitoring, name: &ResourceName, action: &MonitoringAction) {
    match action {
        MonitoringAction::CreateLogGroup { tags } => {
            let group = ActualLogGroup {
                arn: arn_of("logs", name),
                retention_days: None,
                tags: Some(tags.clone()),
            };
            assert!(live.log_groups.insert(name.clone(), group).is_none(), "{name} twice");
        }
        MonitoringAction::PutRetention { live: _, days } => {
            live.log_groups.get_mut(name).unwrap().retention_days = Some(*days);
        }
        MonitoringAction::PutMetricFilter { live: _, desired } => {
            let pattern = desired.pattern.replace(KEY_ID_PLACEHOLDER, KEY_ID);
            let filter = MetricFilter { pattern, ..desired.clone() };
            live.filters.entry(name.clone()).or_default().insert(filter.log_group.clone(), filter);
        }
        MonitoringAction::DeleteMetricFilter { log_group } => {
            let places = live.filters.get_mut(name).expect("a filter that exists");
            places.remove(log_group).expect("a filter on that log group");
        }
        MonitoringAction::CreateAlarm { alarm, tags } => {
            let alarm = ActualAlarm {
                arn: arn_of("cloudwatch", name),
                alarm: alarm.clone(),
                tags: Some(tags.clone()),
            };
            assert!(live.alarms.insert(name.clone(), alarm).is_none(), "{name} twice");
        }
        MonitoringAction::PutAlarm(drift) => {
            live.alarms.get_mut(name).unwrap().alarm = drift.desired.clone();
        }
        MonitoringAction::DeleteAlarm => {
            live.alarms.remove(name).expect("an alarm that exists");
        }
        MonitoringAction::CreateRule { rule, tags } => {
            let rule = ActualRule {
                arn: arn_of("events", name),
                rule: sent(rule),
                targets: std::collections::BTreeMap::new(),
                tags: Some(tags.clone()),
            };
            assert!(live.rules.insert(name.clone(), rule).is_none(), "{name} twice");
        }
        MonitoringAction::PutRule(drift) => {
            live.rules.get_mut(name).unwrap().rule = sent(&drift.desired);
        }
        MonitoringAction::PutTargets { live: _, targets } => {
            let told = targets.iter().map(|(id, arn)| (id.clone(), arn.to_string()));
            live.rules.get_mut(name).unwrap().targets.extend(told);
        }
        MonitoringAction::RemoveTargets { targets } => {
            live.rules.get_mut(name).unwrap().targets.retain(|id, _| !targets.contains_key(id));
        }
        MonitoringAction::DeleteRule => {
            let rule = live.rules.remove(name).expect("a rule that exists");
            assert!(rule.targets.is_empty(), "AWS deletes no rule that has targets");
        }
    }
}
