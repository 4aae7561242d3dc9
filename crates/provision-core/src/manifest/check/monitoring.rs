//! The alarms, and how long logs are kept.

use std::collections::BTreeSet;

use super::environment::Scope;
use super::naming::Names;
use crate::manifest::model::{AlarmKind, Alarms, Via};
use crate::manifest::problem::{Finding, Kind};
use crate::manifest::raw::{RawAlarm, RawAlarms, RawVia};
use crate::name::Arn;

/// the periods that CloudWatch Logs takes
const RETENTION_DAYS: &[u16] = &[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
    3288, 3653,
];

/// Returns the alarms, none where a part of them could not be made out
pub(super) fn alarms(scope: &Scope<'_>, raw: &RawAlarms, names: &mut Names<'_>) -> Option<Alarms> {
    let RawAlarms { sns_topic_arn, log_group, via, which } = raw;
    let topic = sns_topic_arn.as_ref().map(|arn| topic(scope, arn, names));
    let log_group = log_group.as_ref().map(|group| group_name(group, names));
    let via = match (via, log_group, &topic) {
        (Some(RawVia::MetricFilter) | None, Some(group), _) => {
            group.map(|log_group| Via::MetricFilter { log_group })
        }
        (Some(RawVia::Eventbridge), Some(_), _) => {
            contradiction(
                &["alarms", "log_group"],
                "`alarms.log_group` is for metric filters and `via` is `eventbridge`",
                "remove one of the two",
                names,
            );
            None
        }
        (Some(RawVia::Eventbridge) | None, None, Some(_)) => Some(Via::EventBridge),
        (Some(RawVia::MetricFilter), None, _) => {
            missing("`alarms` does not say which log group CloudTrail writes to", names);
            None
        }
        (Some(RawVia::Eventbridge) | None, None, None) => {
            missing("`alarms` has neither a `log_group` to filter nor a topic to tell", names);
            None
        }
    };
    let which = match which {
        None => AlarmKind::ALL.into(),
        Some(listed) => listed.iter().map(|alarm| kind(*alarm)).collect::<BTreeSet<_>>(),
    };
    if which.is_empty() {
        contradiction(
            &["alarms", "which"],
            "`alarms.which` lists no alarm",
            "leave it out for all five, or remove `alarms`",
            names,
        );
    }
    Some(Alarms { topic: topic.flatten(), via: via?, which })
}

fn kind(raw: RawAlarm) -> AlarmKind {
    match raw {
        RawAlarm::FailedRetrievals => AlarmKind::FailedRetrievals,
        RawAlarm::KmsErrors => AlarmKind::KmsErrors,
        RawAlarm::AccessDenied => AlarmKind::AccessDenied,
        RawAlarm::PendingDeletion => AlarmKind::PendingDeletion,
        RawAlarm::Tampering => AlarmKind::Tampering,
    }
}

fn topic(scope: &Scope<'_>, text: &str, names: &mut Names<'_>) -> Option<Arn> {
    let path = ["alarms", "sns_topic_arn"];
    let arn = names.arn(&path, text, Some("sns"))?;
    let home = scope.own.region.as_ref().or(scope.top.region.as_ref());
    if let Some(home) = home
        && arn.region() != home
    {
        contradiction(
            &path,
            &format!(
                "`alarms.sns_topic_arn` lies in `{}` and `{}` in `{home}`",
                arn.region(),
                scope.key
            ),
            "an alarm tells a topic of its own region; `overrides` may name another one",
            names,
        );
        return None;
    }
    Some(arn)
}

fn group_name(text: &str, names: &mut Names<'_>) -> Option<String> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"._/#-".contains(&b);
    if text.is_empty() || text.len() > 512 || !text.bytes().all(plain) {
        let rule = "must be 1 to 512 letters, digits and `._/#-`";
        names.misfit(&["alarms", "log_group"], rule, "`aws-cloudtrail-logs`");
        return None;
    }
    Some(text.to_owned())
}

fn missing(message: &str, names: &mut Names<'_>) {
    let place = names.tree.key_place(&["alarms"]);
    let hint = "add `log_group`, the log group of the trail, or `sns_topic_arn` for EventBridge";
    names.add(Finding::new(Kind::MissingField, place, message.to_owned(), hint));
}

fn contradiction(path: &[&str], message: &str, hint: &str, names: &mut Names<'_>) {
    let place = names.tree.key_place(path);
    names.add(Finding::new(Kind::Contradiction, place, message.to_owned(), hint));
}

/// Returns the days where CloudWatch Logs takes them
pub(super) fn retention(days: u16, names: &mut Names<'_>) -> Option<u16> {
    if RETENTION_DAYS.contains(&days) {
        return Some(days);
    }
    let near = RETENTION_DAYS.iter().min_by_key(|allowed| allowed.abs_diff(days));
    let hint = near.map_or_else(String::new, |near| format!("the nearest is {near}"));
    let place = names.tree.place(&["log_retention_days"]);
    names.add(Finding::new(
        Kind::OutOfRange,
        place,
        format!("CloudWatch Logs cannot keep logs for {days} days"),
        hint,
    ));
    None
}
