//! The rotation of a secret's value.

use super::environment::Scope;
use super::naming::Names;
use crate::manifest::model::{FirstRotation, Rotation, Schedule};
use crate::manifest::problem::{Finding, Kind};
use crate::manifest::raw::RawRotation;
use crate::manifest::shape::dotted;
use crate::name::Arn;

/// Returns the rotation of the secret `key`, none where a part of it could not be made out
pub(super) fn check(
    scope: &Scope<'_>,
    key: &str,
    raw: &RawRotation,
    names: &mut Names<'_>,
) -> Option<Rotation> {
    let RawRotation { lambda_arn, every_days, schedule, window, role_arn, rotate_immediately } =
        raw;
    let path = ["secrets", key, "rotation"];
    let field = |name| [path[0], path[1], path[2], name];
    let lambda_arn =
        lambda_arn.as_ref().and_then(|arn| lambda(scope, &field("lambda_arn"), arn, names));
    let schedule = match (every_days, schedule) {
        (Some(_), Some(text)) => {
            expression(&field("schedule"), text, names);
            names.add(Finding::new(
                Kind::Contradiction,
                names.tree.key_place(&field("schedule")),
                format!("`{}` has both `every_days` and `schedule`", dotted(&path)),
                "keep one of the two",
            ));
            None
        }
        (None, None) => {
            names.add(Finding::new(
                Kind::MissingField,
                names.tree.key_place(&path),
                format!("`{}` does not say when", dotted(&path)),
                "add `every_days: 30` or `schedule: rate(30 days)`",
            ));
            None
        }
        (Some(days), None) => Some(Schedule::EveryDays(*days)),
        (None, Some(text)) => expression(&field("schedule"), text, names),
    };
    let window_hours = window.as_ref().and_then(|window| hours(&field("window"), window, names));
    let role = role_arn.as_ref().and_then(|arn| names.role(&field("role_arn"), arn));
    let first = match rotate_immediately {
        Some(true) => FirstRotation::AtOnce,
        Some(false) | None => FirstRotation::OnSchedule,
    };
    Some(Rotation { lambda_arn: lambda_arn?, schedule: schedule?, window_hours, role, first })
}

fn lambda(scope: &Scope<'_>, path: &[&str], text: &str, names: &mut Names<'_>) -> Option<Arn> {
    let arn = names.arn(path, text, Some("lambda"))?;
    let home = scope.own.region.as_ref().or(scope.top.region.as_ref());
    if let Some(home) = home
        && arn.region() != home
    {
        let place = names.tree.place(path);
        names.add(Finding::new(
            Kind::Contradiction,
            place,
            format!(
                "`{}` lies in `{}` and `{}` in `{home}`",
                dotted(path),
                arn.region(),
                scope.key
            ),
            "a secret is rotated by a function of its own region",
        ));
        return None;
    }
    Some(arn)
}

fn expression(path: &[&str], text: &str, names: &mut Names<'_>) -> Option<Schedule> {
    let called = ["rate(", "cron("].iter().any(|name| text.starts_with(name));
    if called && text.ends_with(')') && text.len() > "rate()".len() {
        return Some(Schedule::Expression(text.to_owned()));
    }
    names.misfit(path, "must be `rate(…)` or `cron(…)`", "`rate(30 days)`");
    None
}

fn hours(path: &[&str], text: &str, names: &mut Names<'_>) -> Option<u8> {
    let hours = text.strip_suffix('h').and_then(|hours| hours.parse::<u8>().ok());
    let hours = hours.filter(|hours| (1..=24).contains(hours));
    if hours.is_none() {
        names.misfit(path, "must be 1 to 24 hours", "`3h`");
    }
    hours
}
