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
    let place = names.tree.place(&field("lambda_arn"));
    let (lambda_arn, schedule) = (lambda_arn?, schedule?);
    Some(Rotation { lambda_arn, schedule, window_hours, role, first, place })
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
    let called = |name| text.strip_prefix(name).and_then(|rest| rest.strip_suffix(')'));
    let broken = match (called("rate("), called("cron(")) {
        (Some(rate), _) => broken_rate(rate).map(|rule| (rule, "`rate(30 days)`")),
        (None, Some(cron)) => broken_cron(cron).map(|rule| (rule, "`cron(0 16 1,15 * ? *)`")),
        (None, None) => Some(("must be `rate(…)` or `cron(…)`", "`rate(30 days)`")),
    };
    match broken {
        None => Some(Schedule::Expression(text.to_owned())),
        Some((rule, example)) => {
            names.misfit(path, rule, example);
            None
        }
    }
}

/// The rule of Secrets Manager that a rate breaks, if any: four hours to 999 days
fn broken_rate(rate: &str) -> Option<&'static str> {
    let number = |text: &str| {
        let digits = text.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| text.parse::<u32>().unwrap_or(u32::MAX)).filter(|number| *number > 0)
    };
    let hours = rate.split_once(' ').and_then(|(count, unit)| {
        let of_one = match unit {
            "hour" | "hours" => 1,
            "day" | "days" => 24,
            _ => return None,
        };
        Some(number(count)?.saturating_mul(of_one))
    });
    match hours {
        None => Some("must be a number and its unit, `rate(N hours)` or `rate(N days)`"),
        Some(0..4) => Some("is shorter than 4 hours, which AWS refuses"),
        Some(hours) if hours > 999 * 24 => Some("is longer than 999 days, which AWS refuses"),
        Some(_) => None,
    }
}

/// The rule of Secrets Manager that the fields of a cron expression break, if any
fn broken_cron(cron: &str) -> Option<&'static str> {
    let fields: Vec<&str> = cron.split(' ').collect();
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b",-*?/#".contains(&b);
    match fields[..] {
        [minutes, hours, day, month, weekday, year] => {
            let shaped = [hours, day, month, weekday]
                .iter()
                .all(|field| !field.is_empty() && field.bytes().all(is_plain));
            match (minutes, year) {
                _ if !shaped => Some("has a field that is no field of `cron`"),
                ("0", "*") => None,
                ("0", _) => Some("must have `*` as its year, the last field"),
                _ => Some("must open on the hour, with `0` as its minutes"),
            }
        }
        _ => Some("must have six fields: minutes, hours, day, month, day of the week, year"),
    }
}

fn hours(path: &[&str], text: &str, names: &mut Names<'_>) -> Option<u8> {
    let hours = text.strip_suffix('h').and_then(|hours| hours.parse::<u8>().ok());
    let hours = hours.filter(|hours| (1..=24).contains(hours));
    if hours.is_none() {
        names.misfit(path, "must be 1 to 24 hours", "`3h`");
    }
    hours
}
