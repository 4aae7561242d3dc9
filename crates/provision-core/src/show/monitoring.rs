//! What the actions on logs, alarms and rules are about.

use super::details::Detail;
use crate::desired::{Alarm, MetricFilter, Rule};
use crate::name::Arn;
use crate::plan::MonitoringAction;

/// Returns what an action on logs, alarms and rules is about
pub(super) fn monitoring(action: &MonitoringAction) -> Vec<Detail> {
    match action {
        MonitoringAction::PutRetention { live, days } => {
            let live = live.map_or_else(|| "for ever".to_owned(), |days| format!("{days} days"));
            vec![("kept", format!("{live} -> {days} days"))]
        }
        MonitoringAction::PutMetricFilter { live, desired } => {
            let MetricFilter { log_group, pattern, namespace, metric } = desired;
            let mut rows = vec![("log group", log_group.clone())];
            match live {
                None => rows.push(("pattern", pattern.clone())),
                Some(live) => {
                    rows.push(("live", format!("{} as {}", live.pattern, live.metric)));
                    rows.push(("desired", format!("{pattern} as {metric}")));
                }
            }
            rows.push(("metric", format!("{namespace} {metric}")));
            rows
        }
        MonitoringAction::CreateAlarm { alarm, .. } => {
            vec![("rings when", alarm.description.clone()), ("tells", told(alarm))]
        }
        MonitoringAction::PutAlarm(drift) => alarm_drift(&drift.live, &drift.desired),
        MonitoringAction::CreateRule { rule, .. } => {
            vec![("rings when", rule.description.clone()), ("pattern", rule.pattern.to_string())]
        }
        MonitoringAction::PutRule(drift) => {
            let text =
                |rule: &Rule| format!("{} {} {}", rule.state, rule.description, rule.pattern);
            vec![("live", text(&drift.live)), ("desired", text(&drift.desired))]
        }
        MonitoringAction::PutTargets { live, targets } => {
            let row = |(id, arn): (&String, &Arn)| match live.get(id) {
                Some(live) => ("tells", format!("{live} -> {arn}")),
                None => ("tells", arn.to_string()),
            };
            targets.iter().map(row).collect()
        }
        MonitoringAction::RemoveTargets { targets } => {
            let row =
                |(id, told): (&String, &String)| ("removed", format!("{id}, which tells {told}"));
            targets.iter().map(row).collect()
        }
        MonitoringAction::DeleteMetricFilter { log_group } => {
            vec![("log group", log_group.clone())]
        }
        MonitoringAction::CreateLogGroup { .. }
        | MonitoringAction::DeleteAlarm
        | MonitoringAction::DeleteRule => Vec::new(),
    }
}

fn told(alarm: &Alarm) -> String {
    if !alarm.is_telling {
        return "nobody: it is switched off".into();
    }
    let names: Vec<&str> = alarm.actions.iter().map(Arn::as_str).collect();
    if names.is_empty() { "nobody".into() } else { names.join(", ") }
}

/// Every attribute of an alarm that differs, live and desired
fn alarm_drift(live: &Alarm, desired: &Alarm) -> Vec<Detail> {
    let rows = |alarm: &Alarm| {
        let Alarm {
            description,
            namespace,
            metric,
            statistic,
            period,
            evaluation_periods,
            threshold,
            comparison,
            missing_data,
            actions: _,
            is_telling: _,
            beside,
        } = alarm;
        let beside: Vec<&str> = beside.iter().map(String::as_str).collect();
        [
            ("description", description.clone()),
            ("metric", format!("{namespace} {metric} {statistic}")),
            ("period", format!("{period} s, {evaluation_periods} in a row")),
            ("threshold", format!("{comparison} {threshold}")),
            ("no data", missing_data.clone()),
            ("tells", told(alarm)),
            ("beside", if beside.is_empty() { "nothing".into() } else { beside.join(", ") }),
        ]
    };
    rows(live)
        .into_iter()
        .zip(rows(desired))
        .filter(|(live, desired)| live != desired)
        .map(|((name, live), (_, desired))| (name, format!("{live} -> {desired}")))
        .collect()
}
