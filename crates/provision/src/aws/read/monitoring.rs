//! Alarms, the filters and rules behind them, and the log groups of functions.
//!
//! What the manifest does not ask for and the caller may not read is left out with a warning; an
//! endpoint without these services has none of them.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_cloudwatch::types::{AlarmType, Dimension, MetricAlarm};
use aws_sdk_cloudwatchlogs::operation::describe_metric_filters::builders::DescribeMetricFiltersFluentBuilder as DescribeMetricFilters;
use aws_sdk_cloudwatchlogs::types::{MetricFilter as LogsFilter, StandardUnit};
use aws_sdk_eventbridge::types::{Rule as EventRule, Target};
use provision_core::actual::{ActualAlarm, ActualLogGroup, ActualMonitoring, ActualRule};
use provision_core::desired::{
    Alarm, AlarmSource, Desired, MetricFilter, Rule, Tags, alarm_prefix, namespace,
};
use provision_core::manifest::AlarmKind;
use provision_core::name::{Arn, ResourceName};
use provision_core::plan::Resource;
use serde_json::{Value, json};

use super::account::{is_refused, left_out};
use crate::aws::connect::Aws;
use crate::aws::error::{AwsError, ErrorKind};

const ALARMS: &str = "cloudwatch:DescribeAlarms";
const FILTERS: &str = "logs:DescribeMetricFilters";
const GROUPS: &str = "logs:DescribeLogGroups";
const RULES: &str = "events:ListRules";
const TARGETS: &str = "events:ListTargetsByRule";
/// Names that one call of `DescribeAlarms` takes
const ALARM_NAMES: usize = 100;

/// Metric filters by name, then by the log group that each is on
type Filters = BTreeMap<ResourceName, BTreeMap<String, MetricFilter>>;

/// Returns alarms and logs, none where the endpoint does not know those services
pub(super) async fn read(
    aws: &Aws,
    desired: &Desired,
) -> Result<Option<ActualMonitoring>, AwsError> {
    let is_asked = |is_asked: bool, answer: Result<(), AwsError>| match answer {
        Err(error) if is_refused(&error) && !is_asked => {
            left_out("alarms that are no longer declared are not seen", &error);
            Ok(())
        }
        answer => answer,
    };
    let mut live = ActualMonitoring::default();
    let (mut found_alarms, mut found_rules) = (BTreeMap::new(), BTreeMap::new());
    let (has_metrics, has_events) = kinds(desired);
    let answers = tokio::try_join!(
        async {
            // an endpoint that does not know the one does not know the other
            is_asked(has_metrics, alarms(aws, desired, &mut found_alarms).await)?;
            is_asked(has_metrics, filters(aws, desired, &mut live.filters).await)
        },
        async { is_asked(has_events, rules(aws, desired, &mut found_rules).await) },
        log_groups(aws, desired, &mut live.log_groups)
    );
    match answers {
        // nothing of the kind can be there
        Err(error) if error.kind == ErrorKind::NotSimulated => return Ok(None),
        answers => answers?,
    };
    live.alarms = found_alarms;
    live.rules = found_rules;
    Ok(Some(live))
}

fn kinds(desired: &Desired) -> (bool, bool) {
    let alarms = &desired.monitoring.alarms;
    (
        alarms.values().any(|source| matches!(source, AlarmSource::Metric { .. })),
        alarms.values().any(|source| matches!(source, AlarmSource::Event { .. })),
    )
}

/// Whether an alarm or a rule is one to read: of a wanted name, or named like the environment's
fn wanted(desired: &Desired, name: &str) -> Option<ResourceName> {
    let name = ResourceName::parse(name).ok()?;
    let is_ours = name.as_str().starts_with(&alarm_prefix(&desired.project, &desired.environment));
    (is_ours || desired.monitoring.alarms.contains_key(&name)).then_some(name)
}

async fn alarms(
    aws: &Aws,
    desired: &Desired,
    found: &mut BTreeMap<ResourceName, ActualAlarm>,
) -> Result<(), AwsError> {
    let prefix = alarm_prefix(&desired.project, &desired.environment);
    let call = aws.alarms.describe_alarms().alarm_types(AlarmType::MetricAlarm);
    // names that were shortened do not begin like the others
    let elsewhere: Vec<String> = desired
        .monitoring
        .alarms
        .iter()
        .filter(|(name, source)| {
            matches!(source, AlarmSource::Metric { .. }) && !name.as_str().starts_with(&prefix)
        })
        .map(|(name, _)| name.to_string())
        .collect();
    let by_prefix = call.clone().alarm_name_prefix(prefix);
    let by_name = elsewhere
        .chunks(ALARM_NAMES)
        .map(|names| call.clone().set_alarm_names(Some(names.to_vec())));
    for call in std::iter::once(by_prefix).chain(by_name) {
        let mut pages = call.into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|e| AwsError::new(ALARMS, e))?;
            for alarm in page.metric_alarms() {
                if let Some(name) = wanted(desired, alarm.alarm_name().unwrap_or_default()) {
                    found.insert(name, alarm_of(alarm)?);
                }
            }
        }
    }
    Ok(())
}

fn alarm_of(alarm: &MetricAlarm) -> Result<ActualAlarm, AwsError> {
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let actions = alarm.alarm_actions().iter();
    Ok(ActualAlarm {
        arn: arn(ALARMS, alarm.alarm_arn())?,
        alarm: Alarm {
            description: text(alarm.alarm_description()),
            namespace: text(alarm.namespace()),
            metric: text(alarm.metric_name()),
            statistic: text(alarm.statistic().map(|statistic| statistic.as_str())),
            period: alarm.period().unwrap_or_default(),
            evaluation_periods: alarm.evaluation_periods().unwrap_or_default(),
            threshold: alarm.threshold().unwrap_or_default().to_string(),
            comparison: text(alarm.comparison_operator().map(|operator| operator.as_str())),
            missing_data: alarm.treat_missing_data().unwrap_or("missing").to_owned(),
            actions: actions.filter_map(|action| Arn::parse(action.as_str()).ok()).collect(),
            is_telling: alarm.actions_enabled().unwrap_or(true),
            beside: beside(alarm),
        },
        tags: None,
    })
}

/// What is set on an alarm that this tool never sets: some of it keeps an alarm from ever ringing
fn beside(alarm: &MetricAlarm) -> BTreeSet<String> {
    let dimension = |one: &Dimension| {
        let (name, value) = (one.name().unwrap_or_default(), one.value().unwrap_or_default());
        format!("dimension {name}={value}")
    };
    let mut all: BTreeSet<String> = alarm.dimensions().iter().map(dimension).collect();
    let unit = alarm.unit().map(|unit| unit.as_str()).filter(|unit| !unit.is_empty());
    all.extend(unit.map(|unit| format!("unit {unit}")));
    all.extend(alarm.ok_actions().iter().map(|arn| format!("tells {arn} when it ends")));
    let unknown = alarm.insufficient_data_actions().iter();
    all.extend(unknown.map(|arn| format!("tells {arn} without data")));
    let points = alarm.datapoints_to_alarm().filter(|n| alarm.evaluation_periods() != Some(*n));
    all.extend(points.map(|count| format!("{count} datapoints")));
    let statistic = alarm.extended_statistic().filter(|name| !name.is_empty());
    all.extend(statistic.map(|name| format!("statistic {name}")));
    if !alarm.metrics().is_empty() {
        all.insert("an expression over metrics".to_owned());
    }
    all
}

/// The filters that count for the environment, on whatever log group, and what else has the name of
/// one that is declared
///
/// A filter is found by its metric, because the manifest may have named another log group before.
async fn filters(aws: &Aws, desired: &Desired, found: &mut Filters) -> Result<(), AwsError> {
    let ours = namespace(&desired.project, &desired.environment);
    let call = || aws.logs.describe_metric_filters();
    for kind in AlarmKind::ALL {
        let by_metric = call().metric_namespace(ours.as_str()).metric_name(kind.slug());
        described(by_metric, desired, found).await?;
    }
    let mut unseen = BTreeSet::new();
    for (name, source) in &desired.monitoring.alarms {
        if let AlarmSource::Metric { filter, .. } = source
            && !found.get(name).is_some_and(|places| places.contains_key(&filter.log_group))
        {
            unseen.insert(filter.log_group.as_str());
        }
    }
    for group in unseen {
        match described(call().log_group_name(group), desired, found).await {
            // a trail that is not there yet has no filters; making one says so
            Err(error) if error.kind == ErrorKind::NotFound => {}
            answer => answer?,
        }
    }
    Ok(())
}

async fn described(
    call: DescribeMetricFilters,
    desired: &Desired,
    found: &mut Filters,
) -> Result<(), AwsError> {
    let mut pages = call.into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|e| AwsError::new(FILTERS, e))?;
        for filter in page.metric_filters() {
            if let Some(name) = wanted(desired, filter.filter_name().unwrap_or_default()) {
                let filter = filter_of(filter);
                found.entry(name).or_default().insert(filter.log_group.clone(), filter);
            }
        }
    }
    Ok(())
}

fn filter_of(filter: &LogsFilter) -> MetricFilter {
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let transformations = filter.metric_transformations();
    let first = transformations.first();
    let metric = first.map(|first| first.metric_name().to_owned()).unwrap_or_default();
    let beside = beside_filter(filter);
    MetricFilter {
        log_group: text(filter.log_group_name()),
        pattern: text(filter.filter_pattern()),
        namespace: first.map(|first| first.metric_namespace().to_owned()).unwrap_or_default(),
        // what counts otherwise is no filter of ours any more, and shows as such
        metric: match beside.is_empty() {
            true => metric,
            false => format!("{metric} ({})", beside.join(", ")),
        },
    }
}

/// How a filter counts otherwise than one for each event
fn beside_filter(filter: &LogsFilter) -> Vec<String> {
    let mut all = Vec::new();
    for one in filter.metric_transformations() {
        if one.metric_value() != "1" {
            all.push(format!("by {}", one.metric_value()));
        }
        all.extend(one.default_value().map(|value| format!("{value} by default")));
        let dimensions: BTreeMap<_, _> = one.dimensions().into_iter().flatten().collect();
        all.extend(dimensions.iter().map(|(name, field)| format!("dimension {name}={field}")));
        let unit = one.unit().filter(|unit| **unit != StandardUnit::None);
        all.extend(unit.map(|unit| format!("unit {unit}")));
    }
    let others = filter.metric_transformations().iter().skip(1);
    all.extend(others.map(|other| format!("and {}", other.metric_name())));
    let fields = filter.emit_system_field_dimensions().iter();
    all.extend(fields.map(|field| format!("dimension {field}")));
    let criteria = filter.field_selection_criteria().filter(|text| !text.is_empty());
    all.extend(criteria.map(|text| format!("where {text}")));
    if filter.apply_on_transformed_logs() {
        all.push("of transformed logs".to_owned());
    }
    all
}

async fn log_groups(
    aws: &Aws,
    desired: &Desired,
    found: &mut BTreeMap<ResourceName, ActualLogGroup>,
) -> Result<(), AwsError> {
    let wanted = &desired.monitoring.retention;
    // one prefix for all names that have it, and every other name
    let prefix = format!("/aws/lambda/{}", alarm_prefix(&desired.project, &desired.environment));
    let prefixes: BTreeSet<&str> = wanted
        .keys()
        .map(|name| match name.as_str().starts_with(&prefix) {
            true => prefix.as_str(),
            false => name.as_str(),
        })
        .collect();
    for prefix in prefixes {
        let call = aws.logs.describe_log_groups().log_group_name_prefix(prefix);
        let mut pages = call.into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|e| AwsError::new(GROUPS, e))?;
            for group in page.log_groups() {
                let name = ResourceName::parse(group.log_group_name().unwrap_or_default());
                let Some(name) = name.ok().filter(|name| wanted.contains_key(name)) else {
                    continue;
                };
                // the form that tags are asked by has no `:*` at its end
                let text = group.log_group_arn().or(group.arn()).unwrap_or_default();
                let group = ActualLogGroup {
                    arn: arn(GROUPS, Some(text.trim_end_matches(":*")))?,
                    retention_days: group
                        .retention_in_days()
                        .and_then(|days| u16::try_from(days).ok()),
                    tags: None,
                };
                found.insert(name, group);
            }
        }
    }
    Ok(())
}

async fn rules(
    aws: &Aws,
    desired: &Desired,
    found: &mut BTreeMap<ResourceName, ActualRule>,
) -> Result<(), AwsError> {
    let prefix = alarm_prefix(&desired.project, &desired.environment);
    let elsewhere = desired
        .monitoring
        .alarms
        .iter()
        .filter(|(name, source)| {
            matches!(source, AlarmSource::Event { .. }) && !name.as_str().starts_with(&prefix)
        })
        .map(|(name, _)| name.as_str());
    for prefix in std::iter::once(prefix.as_str()).chain(elsewhere) {
        let mut next = None;
        loop {
            let call = aws.events.list_rules().name_prefix(prefix).set_next_token(next.take());
            let page = call.send().await.map_err(|e| AwsError::new(RULES, e))?;
            for rule in page.rules() {
                let Some(name) = wanted(desired, rule.name().unwrap_or_default()) else {
                    continue;
                };
                let live = ActualRule {
                    arn: arn(RULES, rule.arn())?,
                    rule: rule_of(rule),
                    targets: targets(aws, &name).await?,
                    tags: None,
                };
                found.insert(name, live);
            }
            next = page.next_token().map(str::to_owned);
            if next.is_none() {
                break;
            }
        }
    }
    Ok(())
}

fn rule_of(rule: &EventRule) -> Rule {
    let pattern = rule.event_pattern().unwrap_or_default();
    let pattern = serde_json::from_str(pattern).unwrap_or(Value::Null);
    Rule {
        description: rule.description().unwrap_or_default().to_owned(),
        // a rule that runs by a schedule, too, is not what it should be
        pattern: match rule.schedule_expression().filter(|text| !text.is_empty()) {
            Some(schedule) => json!({ "schedule": schedule, "pattern": pattern }),
            None => pattern,
        },
        state: rule.state().map_or("", |state| state.as_str()).to_owned(),
    }
}

async fn targets(aws: &Aws, rule: &ResourceName) -> Result<BTreeMap<String, String>, AwsError> {
    let mut targets = BTreeMap::new();
    let mut next = None;
    loop {
        let call =
            aws.events.list_targets_by_rule().rule(rule.as_str()).set_next_token(next.take());
        let page = call.send().await.map_err(|e| AwsError::new(TARGETS, e))?;
        for target in page.targets() {
            targets.insert(target.id().to_owned(), told(target));
        }
        next = page.next_token().map(str::to_owned);
        if next.is_none() {
            return Ok(targets);
        }
    }
}

/// Whom a target tells, and what is set on it that this tool never sets
fn told(target: &Target) -> String {
    let mut beside = Vec::new();
    beside.extend(target.input().map(|text| format!("always {text}")));
    beside.extend(target.input_path().map(|path| format!("only {path}")));
    let transformed = target.input_transformer();
    beside.extend(transformed.map(|made| format!("as {}", made.input_template())));
    beside.extend(target.role_arn().map(|role| format!("as {role}")));
    if let Some(retry) = target.retry_policy() {
        let tries = retry.maximum_retry_attempts().map(|count| format!("{count} retries"));
        let age = retry.maximum_event_age_in_seconds().map(|age| format!("for {age} s"));
        beside.extend(tries.into_iter().chain(age));
    }
    let lost = target.dead_letter_config().and_then(|config| config.arn());
    beside.extend(lost.map(|arn| format!("else {arn}")));
    match beside.is_empty() {
        true => target.arn().to_owned(),
        false => format!("{} ({})", target.arn(), beside.join(", ")),
    }
}

/// Returns the tags of a log group, an alarm or a rule
pub(super) async fn tags(aws: &Aws, resource: &Resource, arn: &Arn) -> Result<Tags, AwsError> {
    let arn = arn.as_str();
    match resource {
        Resource::LogGroup(_) => {
            let answer = aws.logs.list_tags_for_resource().resource_arn(arn).send().await;
            let answer = answer.map_err(|e| AwsError::new("logs:ListTagsForResource", e))?;
            Ok(answer.tags.unwrap_or_default().into_iter().collect())
        }
        Resource::Alarm(_) => {
            let answer = aws.alarms.list_tags_for_resource().resource_arn(arn).send().await;
            let answer = answer.map_err(|e| AwsError::new("cloudwatch:ListTagsForResource", e))?;
            let tag = |tag: &aws_sdk_cloudwatch::types::Tag| {
                Some((tag.key()?.to_owned(), tag.value()?.to_owned()))
            };
            Ok(answer.tags().iter().filter_map(tag).collect())
        }
        Resource::Rule(_) => {
            let answer = aws.events.list_tags_for_resource().resource_arn(arn).send().await;
            let answer = answer.map_err(|e| AwsError::new("events:ListTagsForResource", e))?;
            let tags = answer.tags().iter();
            Ok(tags.map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect())
        }
        _ => Ok(Tags::new()),
    }
}

fn arn(operation: &'static str, arn: Option<&str>) -> Result<Arn, AwsError> {
    Arn::parse(arn.unwrap_or_default())
        .map_err(|_| AwsError::answer(operation, "the answer has no valid ARN"))
}
