//! Alarms on what CloudTrail tells of the environment's secrets and key, and how long logs are kept.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::ResolveError;
use super::event::Watched;
use super::names::{Names, parsed, shortened};
use super::scope::Scope;
use crate::manifest::{AlarmKind, Via};
use crate::name::{Arn, EnvironmentName, ProjectName, ResourceName};

/// The longest name of a rule of EventBridge, in characters; alarms and filters keep to it as well
const NAME: usize = 64;
/// Seconds that an alarm looks at together
const PERIOD: i32 = 300;
/// A rule in this state sees reads too, which are most of what is worth an alarm
const ENABLED: &str = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS";

/// Stands in a pattern for the id of the environment's key until it is known
pub const KEY_ID_PLACEHOLDER: &str = "${KEY_ID}";

/// Alarms and the retention of logs
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DesiredMonitoring {
    /// the alarms by physical name: alarms of CloudWatch, or rules of EventBridge
    pub alarms: BTreeMap<ResourceName, AlarmSource>,
    /// days that each log group of a function is kept
    pub retention: BTreeMap<ResourceName, u16>,
}

/// What makes an alarm ring
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::large_enum_variant, reason = "an environment has five alarms")]
pub enum AlarmSource {
    /// a metric filter on the log group of the trail, and an alarm on its metric
    Metric {
        /// the filter, of the same name as the alarm
        filter: MetricFilter,
        /// the alarm
        alarm: Alarm,
    },
    /// a rule of EventBridge that tells the topic
    Event {
        /// the rule
        rule: Rule,
        /// the topic
        topic: Arn,
    },
}

impl AlarmSource {
    /// Returns whether an alarm of CloudWatch rings, and no rule of EventBridge
    pub fn is_metric(&self) -> bool {
        matches!(self, Self::Metric { .. })
    }
}

/// A metric filter
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MetricFilter {
    /// the log group that CloudTrail writes to
    pub log_group: String,
    /// which events count, with [`KEY_ID_PLACEHOLDER`] where the key is not known yet
    pub pattern: String,
    /// the namespace of the metric, which names project and environment
    pub namespace: String,
    /// the metric
    pub metric: String,
}

/// An alarm of CloudWatch: one event within five minutes
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alarm {
    /// public text
    pub description: String,
    /// the namespace of the metric
    pub namespace: String,
    /// the metric
    pub metric: String,
    /// the statistic of the metric, such as `Sum`
    pub statistic: String,
    /// seconds that are looked at together
    pub period: i32,
    /// how many periods in a row
    pub evaluation_periods: i32,
    /// the threshold, in CloudWatch's decimal text
    pub threshold: String,
    /// how the metric is compared with it, in CloudWatch's word
    pub comparison: String,
    /// what no data means, in CloudWatch's word
    pub missing_data: String,
    /// whom it tells
    pub actions: BTreeSet<Arn>,
    /// whether it tells them
    pub is_telling: bool,
    /// what else somebody has set on it, in words: dimensions, a unit, whom else it tells; nothing of
    /// it is ever desired
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub beside: BTreeSet<String>,
}

/// A rule of EventBridge
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// public text
    pub description: String,
    /// which events count, as JSON, with [`KEY_ID_PLACEHOLDER`] where the key is not known yet
    pub pattern: Value,
    /// the state, in EventBridge's word
    pub state: String,
}

impl Rule {
    /// Returns the pattern with the id of the key in place of [`KEY_ID_PLACEHOLDER`]
    pub fn with_key(&self, id: &str) -> Value {
        replaced(&self.pattern, id)
    }
}

fn replaced(value: &Value, id: &str) -> Value {
    match value {
        Value::String(text) => Value::String(text.replace(KEY_ID_PLACEHOLDER, id)),
        Value::Array(items) => items.iter().map(|item| replaced(item, id)).collect(),
        Value::Object(fields) => {
            fields.iter().map(|(key, value)| (key.clone(), replaced(value, id))).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

/// Returns the namespace of an environment's metrics, which marks its metric filters
pub fn namespace(project: &ProjectName, environment: &EnvironmentName) -> String {
    format!("lambda-secrets/{project}/{environment}")
}

/// Returns what the names of an environment's alarms begin with, where they are not shortened
pub fn alarm_prefix(project: &ProjectName, environment: &EnvironmentName) -> String {
    format!("{project}-{environment}-")
}

/// Returns the log group that Lambda gives a function
pub(super) fn log_group(function: &str) -> String {
    format!("/aws/lambda/{function}")
}

/// Returns the physical name of an alarm
pub fn alarm_name(project: &ProjectName, environment: &EnvironmentName, kind: AlarmKind) -> String {
    let text = alarm_prefix(project, environment) + kind.slug();
    if text.len() > NAME { shortened(&text, NAME) } else { text }
}

impl Scope<'_> {
    /// Returns the alarms, and how long logs are kept
    pub(super) fn monitoring(&self, names: &Names) -> Result<DesiredMonitoring, ResolveError> {
        let mut retention = BTreeMap::new();
        if let Some(days) = self.declared.log_retention_days {
            for function in names.functions.values() {
                let group = log_group(&function.function);
                let name = parsed(ResourceName::parse(group.as_str()), "log group", &group)?;
                retention.insert(name, days);
            }
        }
        let mut alarms = BTreeMap::new();
        let Some(declared) = &self.declared.alarms else {
            return Ok(DesiredMonitoring { alarms, retention });
        };
        let watched = self.watched(names);
        for kind in &declared.which {
            let name = self.alarm_name(*kind)?;
            let source = match (&declared.via, &declared.topic) {
                (Via::MetricFilter { log_group }, topic) => {
                    self.metric(*kind, log_group, topic.as_ref(), &watched)
                }
                (Via::EventBridge, Some(topic)) => AlarmSource::Event {
                    rule: Rule {
                        description: self.description(*kind),
                        pattern: watched.event_pattern(*kind),
                        state: ENABLED.to_owned(),
                    },
                    topic: topic.clone(),
                },
                // the manifest is refused before
                (Via::EventBridge, None) => continue,
            };
            alarms.insert(name, source);
        }
        Ok(DesiredMonitoring { alarms, retention })
    }

    /// Returns the name of an alarm, declared or not
    pub(super) fn alarm_name(&self, kind: AlarmKind) -> Result<ResourceName, ResolveError> {
        let text = alarm_name(self.project, self.name, kind);
        parsed(ResourceName::parse(text.as_str()), "alarms", &text)
    }

    fn metric(
        &self,
        kind: AlarmKind,
        log_group: &str,
        topic: Option<&Arn>,
        watched: &Watched,
    ) -> AlarmSource {
        let namespace = namespace(self.project, self.name);
        let metric = kind.slug().to_owned();
        AlarmSource::Metric {
            filter: MetricFilter {
                log_group: log_group.to_owned(),
                pattern: watched.filter_pattern(kind),
                namespace: namespace.clone(),
                metric: metric.clone(),
            },
            alarm: Alarm {
                description: self.description(kind),
                namespace,
                metric,
                statistic: "Sum".to_owned(),
                period: PERIOD,
                evaluation_periods: 1,
                threshold: "1".to_owned(),
                comparison: "GreaterThanOrEqualToThreshold".to_owned(),
                missing_data: "notBreaching".to_owned(),
                is_telling: true,
                actions: topic.into_iter().cloned().collect(),
                beside: BTreeSet::new(),
            },
        }
    }

    fn description(&self, kind: AlarmKind) -> String {
        let what = match kind {
            AlarmKind::FailedRetrievals => "A secret could not be read",
            AlarmKind::KmsErrors => "Secrets Manager could not use the key",
            AlarmKind::AccessDenied => "Somebody was denied a secret",
            AlarmKind::PendingDeletion => "Somebody reads a secret that is about to be deleted",
            AlarmKind::Tampering => {
                "A secret, its policy or the key was deleted, disabled or opened"
            }
        };
        format!("{what} in {} {}", self.project, self.name)
    }

    /// What the alarms look at: one prefix for all names that have it, and every other name
    fn watched(&self, names: &Names) -> Watched {
        let prefix = format!("{}/{}/", self.project, self.name);
        let ids: BTreeSet<String> = names
            .secrets
            .values()
            .map(|name| match name.as_str().starts_with(&prefix) {
                true => format!("{prefix}*"),
                false => name.to_string(),
            })
            .collect();
        let arns = ids
            .iter()
            .map(|id| match id.ends_with('*') {
                true => format!("*:secret:{id}"),
                // the hyphen before the six characters of the ARN
                false => format!("*:secret:{id}-*"),
            })
            .collect();
        Watched { ids: ids.into_iter().collect(), arns, alias: names.alias.to_string() }
    }
}
