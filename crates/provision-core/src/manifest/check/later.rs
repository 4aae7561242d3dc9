//! Fields whose effect is still to come: their content is checked, and then they are refused.

use super::environment::Scope;
use super::naming::Names;
use crate::manifest::problem::{Finding, Kind};
use crate::manifest::raw::{
    RawAccess, RawAlarms, RawFunction, RawManifest, RawOverrides, RawReplica, RawRotation,
    RawSecret,
};
use crate::manifest::shape::dotted;
use crate::manifest::suggestion;
use crate::name::Region;

/// the periods that CloudWatch Logs takes
const RETENTION_DAYS: &[u16] = &[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
    3288, 3653,
];

/// Checks the replicas of an environment
pub(super) fn environment(scope: &Scope<'_>, region: Option<&Region>, names: &mut Names<'_>) {
    let Some(replicas) = &scope.own.replicas else { return };
    let mut seen = Vec::new();
    for (number, replica) in replicas.iter().enumerate() {
        let number = number.to_string();
        let path = ["environments", scope.key, "replicas", &number];
        let mut named = path.to_vec();
        let text = match replica {
            RawReplica::Region(region) => region,
            RawReplica::Keyed(keyed) => {
                if let Some(arn) = &keyed.kms_key_arn {
                    let path = [path[0], path[1], path[2], path[3], "kms_key_arn"];
                    names.arn(&path, arn, Some("kms"));
                }
                let Some(region) = &keyed.region else { continue };
                named.push("region");
                region
            }
        };
        let Some(replica) = names.parse(&named, text, Region::parse) else { continue };
        let place = names.tree.place(&named);
        if seen.contains(&replica) {
            names.add(Finding::new(
                Kind::DuplicateKey,
                place,
                format!("the replica `{replica}` is listed twice"),
                "keep one of the two",
            ));
        } else if region == Some(&replica) {
            names.add(Finding::new(
                Kind::Contradiction,
                place,
                format!("`{replica}` is the region of `{}` itself", scope.key),
                "a replica lies in another region",
            ));
        }
        seen.push(replica);
    }
    refuse(&["environments", scope.key, "replicas"], names);
}

/// Checks what an environment's sections hold of the fields to come
pub(super) fn sections(sections: &RawOverrides, names: &mut Names<'_>) {
    let RawOverrides { secrets, functions, alarms, log_retention_days } = sections;
    for (key, secret) in secrets.iter().flatten() {
        if let Some(secret) = secret {
            self::secret(key, secret, names);
        }
    }
    for (key, function) in functions.iter().flatten() {
        if let Some(RawFunction { boundary: Some(arn), .. }) = function {
            let path = ["functions", key, "boundary"];
            names.arn(&path, arn, Some("iam"));
            refuse(&path, names);
        }
    }
    if let Some(alarms) = alarms {
        self::alarms(alarms, names);
    }
    if let Some(days) = log_retention_days {
        retention(*days, names);
    }
}

fn secret(key: &str, secret: &RawSecret, names: &mut Names<'_>) {
    if let Some(rotation) = &secret.rotation {
        self::rotation(&["secrets", key, "rotation"], rotation, names);
    }
    if let Some(policy) = &secret.resource_policy {
        let path = ["secrets", key, "resource_policy"];
        principals(&[path[0], path[1], path[2], "readers"], policy.readers.as_deref(), names);
        refuse(&path, names);
    }
}

fn rotation(path: &[&str; 3], rotation: &RawRotation, names: &mut Names<'_>) {
    let field = |name| [path[0], path[1], path[2], name];
    if let Some(arn) = &rotation.lambda_arn {
        names.arn(&field("lambda_arn"), arn, Some("lambda"));
    }
    let place = names.tree.key_place(path);
    match (&rotation.every_days, &rotation.schedule) {
        (Some(_), Some(_)) => names.add(Finding::new(
            Kind::Contradiction,
            names.tree.key_place(&field("schedule")),
            format!("`{}` has both `every_days` and `schedule`", dotted(path)),
            "keep one of the two",
        )),
        (None, None) => names.add(Finding::new(
            Kind::MissingField,
            place,
            format!("`{}` does not say when", dotted(path)),
            "add `every_days: 30` or `schedule: rate(30 days)`",
        )),
        _ => {}
    }
    if let Some(schedule) = &rotation.schedule {
        let called = ["rate(", "cron("].iter().any(|name| schedule.starts_with(name));
        if !(called && schedule.ends_with(')') && schedule.len() > "rate()".len()) {
            misfit(&field("schedule"), "must be `rate(…)` or `cron(…)`", "`rate(30 days)`", names);
        }
    }
    if let Some(window) = &rotation.window {
        let hours = window.strip_suffix('h').and_then(|hours| hours.parse::<u8>().ok());
        if !hours.is_some_and(|hours| (1..=24).contains(&hours)) {
            misfit(&field("window"), "must be 1 to 24 hours", "`3h`", names);
        }
    }
    refuse(path, names);
}

fn alarms(alarms: &RawAlarms, names: &mut Names<'_>) {
    if let Some(arn) = &alarms.sns_topic_arn {
        names.arn(&["alarms", "sns_topic_arn"], arn, Some("sns"));
    }
    if let Some(group) = &alarms.log_group {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"._/#-".contains(&b);
        if group.is_empty() || group.len() > 512 || !group.bytes().all(plain) {
            let rule = "must be 1 to 512 letters, digits and `._/#-`";
            misfit(&["alarms", "log_group"], rule, "`aws-cloudtrail-logs`", names);
        }
    }
    refuse(&["alarms"], names);
}

fn retention(days: u16, names: &mut Names<'_>) {
    if !RETENTION_DAYS.contains(&days) {
        let near = RETENTION_DAYS.iter().min_by_key(|allowed| allowed.abs_diff(days));
        let hint = near.map_or_else(String::new, |near| format!("the nearest is {near}"));
        let place = names.tree.place(&["log_retention_days"]);
        names.add(Finding::new(
            Kind::OutOfRange,
            place,
            format!("CloudWatch Logs cannot keep logs for {days} days"),
            hint,
        ));
    }
    refuse(&["log_retention_days"], names);
}

/// Checks the roles of people and pipelines
pub(super) fn access(access: &RawAccess, manifest: &RawManifest, names: &mut Names<'_>) {
    let RawAccess { provisioner, planner, writer, github, break_glass } = access;
    for (role, arns) in [
        ("provisioner", provisioner),
        ("planner", planner),
        ("writer", writer),
        ("break_glass", break_glass),
    ] {
        principals(&["access", role], arns.as_deref(), names);
    }
    if let Some(github) = github {
        if let Some(repo) = &github.repo {
            let plain = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
            let parts: Vec<&str> = repo.split('/').collect();
            if parts.len() != 2 || parts.iter().any(|p| p.is_empty() || !p.bytes().all(plain)) {
                misfit(&["access", "github", "repo"], "must be `owner/name`", "`octo/app`", names);
            }
        }
        let declared: Vec<&str> =
            manifest.environments.iter().flatten().map(|(name, _)| name.as_str()).collect();
        for (number, environment) in github.environments.iter().flatten().enumerate() {
            if !declared.contains(&environment.as_str()) {
                let number = number.to_string();
                let place = names.tree.place(&["access", "github", "environments", &number]);
                names.add(Finding::new(
                    Kind::BadReference,
                    place,
                    format!("`access.github` names `{environment}`, which is no environment"),
                    suggestion::hint(environment, &declared),
                ));
            }
        }
    }
    refuse(&["access"], names);
}

fn principals(path: &[&str], arns: Option<&[String]>, names: &mut Names<'_>) {
    for (number, arn) in arns.into_iter().flatten().enumerate() {
        let number = number.to_string();
        let mut path = path.to_vec();
        path.push(&number);
        names.arn(&path, arn, Some("iam"));
    }
}

fn misfit(path: &[&str], rule: &str, example: &str, names: &mut Names<'_>) {
    let place = names.tree.place(path);
    names.add(Finding::new(
        Kind::BadName,
        place,
        format!("`{}` {rule}", dotted(path)),
        format!("for example {example}"),
    ));
}

fn refuse(path: &[&str], names: &mut Names<'_>) {
    let place = names.tree.key_place(path);
    let field = path.last().copied().unwrap_or_default();
    names.add(Finding::new(
        Kind::NotSupportedYet,
        place,
        format!("`{field}` is not supported yet"),
        format!("remove `{}`: nothing would come of it", dotted(path)),
    ));
}
