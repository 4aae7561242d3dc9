//! Alarms of CloudWatch, filters and retention of CloudWatch Logs, rules of EventBridge.

use std::collections::BTreeMap;

use aws_sdk_cloudwatch::types::{ComparisonOperator, Statistic, Tag as AlarmTag};
use aws_sdk_cloudwatchlogs::types::{MetricTransformation, StandardUnit};
use aws_sdk_eventbridge::types::{RuleState, Tag as RuleTag, Target};
use provision_core::desired::{Alarm, MetricFilter, Rule, Tags};
use provision_core::name::{Arn, ResourceName};
use provision_core::plan::{MonitoringAction, Resource};

use super::outputs::Outputs;
use super::{ExecuteError, removed};
use crate::aws::connect::Aws;
use crate::aws::error::{AwsError, ErrorKind};
use crate::aws::retry::{Wait, until};

const PUT_ALARM: &str = "cloudwatch:PutMetricAlarm";
const PUT_RULE: &str = "events:PutRule";

pub(super) async fn monitoring(
    aws: &Aws,
    name: &ResourceName,
    action: &MonitoringAction,
    outputs: &Outputs,
) -> Result<(), ExecuteError> {
    match action {
        MonitoringAction::CreateLogGroup { .. }
        | MonitoringAction::PutRetention { .. }
        | MonitoringAction::PutMetricFilter { .. }
        | MonitoringAction::DeleteMetricFilter { .. } => logs(aws, name, action, outputs).await,
        MonitoringAction::CreateAlarm { alarm, tags } => {
            Ok(put_alarm(aws, name, alarm, Some(tags)).await?)
        }
        MonitoringAction::PutAlarm(drift) => Ok(put_alarm(aws, name, &drift.desired, None).await?),
        MonitoringAction::DeleteAlarm => {
            let answer = aws.alarms.delete_alarms().alarm_names(name.as_str()).send().await;
            Ok(removed(answer.map_err(|e| AwsError::new("cloudwatch:DeleteAlarms", e)))?)
        }
        MonitoringAction::CreateRule { .. }
        | MonitoringAction::PutRule(_)
        | MonitoringAction::PutTargets { .. }
        | MonitoringAction::RemoveTargets { .. }
        | MonitoringAction::DeleteRule => events(aws, name, action, outputs).await,
    }
}

async fn logs(
    aws: &Aws,
    name: &ResourceName,
    action: &MonitoringAction,
    outputs: &Outputs,
) -> Result<(), ExecuteError> {
    let client = &aws.logs;
    match action {
        MonitoringAction::CreateLogGroup { tags } => {
            let tags = tags.clone().into_iter().collect();
            let call = client.create_log_group().log_group_name(name.as_str()).set_tags(Some(tags));
            until(&outputs.waiting, Wait::Logs, || async {
                call.clone().send().await.map_err(|e| AwsError::new("logs:CreateLogGroup", e))
            })
            .await?;
        }
        MonitoringAction::PutRetention { live: _, days } => {
            until(&outputs.waiting, Wait::NewLogGroup, || async {
                client
                    .put_retention_policy()
                    .log_group_name(name.as_str())
                    .retention_in_days(i32::from(*days))
                    .send()
                    .await
                    .map_err(|e| AwsError::new("logs:PutRetentionPolicy", e))
            })
            .await?;
        }
        MonitoringAction::PutMetricFilter { live: _, desired } => {
            const OPERATION: &str = "logs:PutMetricFilter";
            let MetricFilter { log_group, pattern, namespace, metric } = desired;
            let transformation = MetricTransformation::builder()
                .metric_namespace(namespace)
                .metric_name(metric)
                .metric_value("1")
                // the default, said because Terraform says it: so each finds what it would make
                .unit(StandardUnit::None)
                .build()
                .map_err(|e| AwsError::answer(OPERATION, e.to_string()))?;
            let call = client
                .put_metric_filter()
                .log_group_name(log_group)
                .filter_name(name.as_str())
                .filter_pattern(outputs.fill_pattern(pattern)?)
                .metric_transformations(transformation);
            // a log group takes one change at a time, and an environment has five filters on it
            until(&outputs.waiting, Wait::Logs, || async {
                call.clone().send().await.map_err(|e| AwsError::new(OPERATION, e))
            })
            .await?;
        }
        MonitoringAction::DeleteMetricFilter { log_group } => {
            let call = client.delete_metric_filter().log_group_name(log_group);
            let call = call.filter_name(name.as_str());
            let answer = until(&outputs.waiting, Wait::Logs, || async {
                call.clone().send().await.map_err(|e| AwsError::new("logs:DeleteMetricFilter", e))
            });
            removed(answer.await)?;
        }
        _ => {}
    }
    Ok(())
}

/// Tags only count for an alarm that is new: of one that exists they stay as they are
async fn put_alarm(
    aws: &Aws,
    name: &ResourceName,
    alarm: &Alarm,
    tags: Option<&Tags>,
) -> Result<(), AwsError> {
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
        actions,
        is_telling,
        // an alarm is put as a whole: what is not sent is no longer set
        beside: _,
    } = alarm;
    let threshold: f64 = threshold
        .parse()
        .map_err(|_| AwsError::answer(PUT_ALARM, "the plan's threshold is no number"))?;
    let tags = tags.map(|tags| {
        tags.iter().map(|(key, value)| AlarmTag::builder().key(key).value(value).build()).collect()
    });
    aws.alarms
        .put_metric_alarm()
        .alarm_name(name.as_str())
        .alarm_description(description)
        .namespace(namespace)
        .metric_name(metric)
        .statistic(Statistic::from(statistic.as_str()))
        .period(*period)
        .evaluation_periods(*evaluation_periods)
        .threshold(threshold)
        .comparison_operator(ComparisonOperator::from(comparison.as_str()))
        .treat_missing_data(missing_data)
        .set_alarm_actions(Some(actions.iter().map(ToString::to_string).collect()))
        .actions_enabled(*is_telling)
        .set_tags(tags)
        .send()
        .await
        .map_err(|e| AwsError::new(PUT_ALARM, e))?;
    Ok(())
}

async fn events(
    aws: &Aws,
    name: &ResourceName,
    action: &MonitoringAction,
    outputs: &Outputs,
) -> Result<(), ExecuteError> {
    let client = &aws.events;
    let rule = name.as_str();
    match action {
        MonitoringAction::CreateRule { rule, tags } => {
            put_rule(aws, name, rule, Some(tags), outputs).await?;
        }
        MonitoringAction::PutRule(drift) => {
            put_rule(aws, name, &drift.desired, None, outputs).await?;
        }
        MonitoringAction::PutTargets { live: _, targets } => {
            put_targets(aws, name, targets).await?;
        }
        MonitoringAction::RemoveTargets { targets } => {
            const OPERATION: &str = "events:RemoveTargets";
            let ids = targets.keys().cloned().collect();
            let call = client.remove_targets().rule(rule).set_ids(Some(ids));
            match call.send().await.map_err(|e| AwsError::new(OPERATION, e)) {
                Ok(answer) if answer.failed_entry_count() > 0 => {
                    let words = "EventBridge kept a target of the rule";
                    return Err(AwsError::refusal(OPERATION, ErrorKind::Other, words).into());
                }
                answer => removed(answer)?,
            }
        }
        MonitoringAction::DeleteRule => {
            let answer = client.delete_rule().name(rule).send().await;
            removed(answer.map_err(|e| AwsError::new("events:DeleteRule", e)))?;
        }
        _ => {}
    }
    Ok(())
}

async fn put_rule(
    aws: &Aws,
    name: &ResourceName,
    rule: &Rule,
    tags: Option<&Tags>,
    outputs: &Outputs,
) -> Result<(), ExecuteError> {
    let Rule { description, pattern, state } = rule;
    let pattern = outputs.fill_pattern(&pattern.to_string())?;
    let tags = tags
        .map(|tags| {
            let tag = |(key, value)| RuleTag::builder().key(key).value(value).build();
            tags.iter().map(tag).collect::<Result<Vec<_>, _>>()
        })
        .transpose()
        .map_err(|e| AwsError::answer(PUT_RULE, e.to_string()))?;
    aws.events
        .put_rule()
        .name(name.as_str())
        .description(description)
        .event_pattern(pattern)
        .state(RuleState::from(state.as_str()))
        .set_tags(tags)
        .send()
        .await
        .map_err(|e| AwsError::new(PUT_RULE, e))?;
    Ok(())
}

async fn put_targets(
    aws: &Aws,
    name: &ResourceName,
    targets: &BTreeMap<String, Arn>,
) -> Result<(), AwsError> {
    const OPERATION: &str = "events:PutTargets";
    let targets = targets
        .iter()
        .map(|(id, arn)| Target::builder().id(id).arn(arn.as_str()).build())
        .collect::<Result<Vec<_>, _>>()
        .map_err(|e| AwsError::answer(OPERATION, e.to_string()))?;
    let answer = aws
        .events
        .put_targets()
        .rule(name.as_str())
        .set_targets(Some(targets))
        .send()
        .await
        .map_err(|e| AwsError::new(OPERATION, e))?;
    // EventBridge answers 200 and says in the answer which targets it did not take
    match answer.failed_entries().first() {
        None => Ok(()),
        Some(entry) => {
            let words = entry.error_message().or(entry.error_code()).unwrap_or("no reason given");
            Err(AwsError::refusal(OPERATION, ErrorKind::Invalid, words))
        }
    }
}

/// Puts tags on a log group, an alarm or a rule
pub(super) async fn tag(
    aws: &Aws,
    resource: &Resource,
    arn: &Arn,
    tags: &Tags,
) -> Result<(), ExecuteError> {
    match resource {
        Resource::LogGroup(_) => {
            let tags = tags.clone().into_iter().collect();
            let call = aws.logs.tag_resource().resource_arn(arn.as_str()).set_tags(Some(tags));
            call.send().await.map_err(|e| AwsError::new("logs:TagResource", e))?;
        }
        Resource::Alarm(_) => {
            let tag = |(key, value)| AlarmTag::builder().key(key).value(value).build();
            let tags = tags.iter().map(tag).collect();
            let call = aws.alarms.tag_resource().resource_arn(arn.as_str()).set_tags(Some(tags));
            call.send().await.map_err(|e| AwsError::new("cloudwatch:TagResource", e))?;
        }
        Resource::Rule(_) => {
            const OPERATION: &str = "events:TagResource";
            let tag = |(key, value)| RuleTag::builder().key(key).value(value).build();
            let tags = tags.iter().map(tag).collect::<Result<Vec<_>, _>>();
            let tags = tags.map_err(|e| AwsError::answer(OPERATION, e.to_string()))?;
            let call = aws.events.tag_resource().resource_arn(arn.as_str()).set_tags(Some(tags));
            call.send().await.map_err(|e| AwsError::new(OPERATION, e))?;
        }
        _ => {
            return Err(ExecuteError::Mismatch {
                action: "tag".to_owned(),
                resource: resource.kind(),
            });
        }
    }
    Ok(())
}
