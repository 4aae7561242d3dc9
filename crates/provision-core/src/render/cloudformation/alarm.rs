//! Alarms of an environment: a filter on a log group with its alarm, or a rule on events.

use serde_json::{Value as Json, json};
use serde_yaml::Mapping;

use super::{Template, put};
use crate::desired::{Alarm, AlarmSource, MetricFilter, Rule};
use crate::name::ResourceName;

impl Template<'_> {
    pub(super) fn alarm(&self, name: &ResourceName, source: &AlarmSource, resources: &mut Mapping) {
        match source {
            AlarmSource::Metric { filter, alarm } => {
                let MetricFilter { log_group, pattern, namespace, metric } = filter;
                let properties = json!({
                    "FilterName": name,
                    "LogGroupName": log_group,
                    "FilterPattern": self.filled(pattern),
                    "MetricTransformations": [
                        { "MetricNamespace": namespace, "MetricName": metric, "MetricValue": "1" },
                    ],
                });
                put(
                    resources,
                    &self.id(name.as_str(), "Filter"),
                    "AWS::Logs::MetricFilter",
                    properties,
                );
                put(
                    resources,
                    &self.id(name.as_str(), "Alarm"),
                    "AWS::CloudWatch::Alarm",
                    self.metric_alarm(name, alarm),
                );
            }
            AlarmSource::Event { rule, topic } => {
                let Rule { description, pattern, state } = rule;
                let properties = json!({
                    "Name": name,
                    "Description": description,
                    "EventPattern": self.json(pattern),
                    "State": state,
                    "Targets": [{ "Id": "topic", "Arn": topic }],
                });
                put(resources, &self.id(name.as_str(), "Rule"), "AWS::Events::Rule", properties);
            }
        }
    }

    fn metric_alarm(&self, name: &ResourceName, alarm: &Alarm) -> Json {
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
            is_telling,
            actions,
            beside: _,
        } = alarm;
        let threshold: Json = threshold.parse::<f64>().map_or(Json::Null, |number| json!(number));
        json!({
            "AlarmName": name,
            "AlarmDescription": description,
            "Namespace": namespace,
            "MetricName": metric,
            "Statistic": statistic,
            "Period": period,
            "EvaluationPeriods": evaluation_periods,
            "Threshold": threshold,
            "ComparisonOperator": comparison,
            "TreatMissingData": missing_data,
            "ActionsEnabled": is_telling,
            "AlarmActions": actions,
            "Tags": self.tags(),
        })
    }
}
