//! The calls to CloudWatch, CloudWatch Logs and EventBridge.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Drift, Effect};
use crate::desired::{Alarm, MetricFilter, Rule, Tags};
use crate::name::Arn;

/// One call to CloudWatch, CloudWatch Logs or EventBridge
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(clippy::large_enum_variant, reason = "a plan has hundreds of changes, not millions")]
pub enum MonitoringAction {
    /// logs:CreateLogGroup
    CreateLogGroup {
        /// ownership
        tags: Tags,
    },
    /// logs:PutRetentionPolicy
    PutRetention {
        /// days now, none for ever
        live: Option<u16>,
        /// days wanted
        days: u16,
    },
    /// logs:PutMetricFilter
    PutMetricFilter {
        /// what it is now, none where it is missing
        live: Option<MetricFilter>,
        /// what it should be
        desired: MetricFilter,
    },
    /// logs:DeleteMetricFilter
    DeleteMetricFilter {
        /// the log group that it is on
        log_group: String,
    },
    /// cloudwatch:PutMetricAlarm of one that is missing
    CreateAlarm {
        /// what it should be
        alarm: Alarm,
        /// ownership
        tags: Tags,
    },
    /// cloudwatch:PutMetricAlarm of one that differs
    PutAlarm(Drift<Alarm>),
    /// cloudwatch:DeleteAlarms
    DeleteAlarm,
    /// events:PutRule of one that is missing
    CreateRule {
        /// what it should be
        rule: Rule,
        /// ownership
        tags: Tags,
    },
    /// events:PutRule of one that differs
    PutRule(Drift<Rule>),
    /// events:PutTargets
    PutTargets {
        /// whom those targets tell now, none where they are missing
        live: BTreeMap<String, String>,
        /// the targets by id
        targets: BTreeMap<String, Arn>,
    },
    /// events:RemoveTargets
    RemoveTargets {
        /// whom each tells, by its id
        targets: BTreeMap<String, String>,
    },
    /// events:DeleteRule
    DeleteRule,
}

impl MonitoringAction {
    /// Returns the action's name as it stands in JSON
    pub fn name(&self) -> String {
        let plain = match self {
            Self::CreateLogGroup { .. } => "create_log_group",
            Self::PutRetention { .. } => "put_retention",
            Self::PutMetricFilter { .. } => "put_metric_filter",
            // filters of one name may go from several log groups
            Self::DeleteMetricFilter { log_group } => {
                return format!("delete_metric_filter:{log_group}");
            }
            Self::CreateAlarm { .. } => "create_alarm",
            Self::PutAlarm(_) => "put_alarm",
            Self::DeleteAlarm => "delete_alarm",
            Self::CreateRule { .. } => "create_rule",
            Self::PutRule(_) => "put_rule",
            Self::PutTargets { .. } => "put_targets",
            Self::RemoveTargets { .. } => "remove_targets",
            Self::DeleteRule => "delete_rule",
        };
        plain.to_owned()
    }

    /// Returns what the action does to its resource
    pub fn effect(&self) -> Effect {
        match self {
            Self::CreateLogGroup { .. }
            | Self::PutMetricFilter { live: None, .. }
            | Self::CreateAlarm { .. }
            | Self::CreateRule { .. } => Effect::Create,
            Self::DeleteMetricFilter { .. } | Self::DeleteAlarm | Self::DeleteRule => {
                Effect::Delete
            }
            Self::PutRetention { .. }
            | Self::PutMetricFilter { live: Some(_), .. }
            | Self::PutAlarm(_)
            | Self::PutRule(_)
            | Self::PutTargets { .. }
            | Self::RemoveTargets { .. } => Effect::Update,
        }
    }
}
