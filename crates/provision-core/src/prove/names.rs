//! Names that are nearly those of secrets: what a pattern that is a little too wide would match.

use std::collections::BTreeSet;

use crate::access::Realm;
use crate::access::ways::OTHER_ACCOUNT;

/// Returns names that lie beside those of the environment's secrets and are none of any environment
///
/// `taken` are the names of all secrets that there are.
pub(super) fn near_misses(realm: &Realm, taken: &BTreeSet<&str>) -> BTreeSet<String> {
    let Realm { project, environment, .. } = realm;
    let mut names = BTreeSet::new();
    for secret in &realm.secrets {
        let name = secret.name.as_str();
        let (folder, base) = name.rsplit_once('/').map_or(("", name), |(f, b)| (f, b));
        let in_folder = |base: &str| match folder {
            "" => base.to_owned(),
            folder => format!("{folder}/{base}"),
        };
        names.extend([
            // goes on, with and without what looks like the six characters of an ARN
            format!("{name}2"),
            format!("{name}-"),
            format!("{name}-admin"),
            format!("{name}-abc123"),
            format!("{name}/nested"),
            // ends sooner
            name[..name.len() - name.chars().next_back().map_or(0, char::len_utf8)].to_owned(),
            in_folder(base.split('-').next().unwrap_or(base)),
            // begins otherwise
            in_folder(&format!("x{base}")),
            in_folder(&format!("my-{base}")),
            format!("x{name}"),
            // another case
            name.to_uppercase(),
            in_folder(&base.to_uppercase()),
            // what would be a wildcard in a policy is a plain character in a name
            in_folder("*"),
            in_folder(&"?".repeat(base.chars().count())),
        ]);
        let elsewhere =
            |project: &str, environment: &str| format!("{project}/{environment}/{}", secret.key);
        let other = |name: &str| format!("{name}2");
        let shorter = |name: &str| name[..name.len() - 1].to_owned();
        names.extend([
            elsewhere(&other(project), environment),
            elsewhere(&format!("x{project}"), environment),
            elsewhere(project, &other(environment)),
            elsewhere(project, &format!("{environment}uction")),
            elsewhere(project, "_access"),
            format!("{project}/{}", secret.key),
            secret.key.clone(),
        ]);
        if project.len() > 1 {
            names.insert(elsewhere(&shorter(project), environment));
        }
        if environment.len() > 1 {
            names.insert(elsewhere(project, &shorter(environment)));
        }
    }
    names.retain(|name| !name.is_empty() && !name.ends_with('/') && !taken.contains(name.as_str()));
    names
}

/// Returns a role of an account that nobody has heard of
pub(super) fn stranger(partition: &str, account: &str) -> String {
    format!("arn:{partition}:iam::{account}:role/stranger")
}

/// Returns the principals that the policies on keys and secrets name, as principals or by a condition
///
/// Each stands for itself; an account for a role in it, a pattern for one that it matches.
pub(super) fn named(realm: &Realm) -> BTreeSet<String> {
    let keys = realm.keys.iter().filter_map(|key| key.policy.as_ref());
    let secrets = realm.secrets.iter().filter_map(|secret| secret.policy.as_ref());
    let mut found = BTreeSet::new();
    for statement in keys.chain(secrets).flat_map(|placed| &placed.document.statements) {
        if let Some(principals) = &statement.principals {
            found.extend(principals.named().get("AWS").into_iter().flatten());
        }
        for (key, values) in statement.conditions.values().flatten() {
            if key.eq_ignore_ascii_case("aws:PrincipalArn") {
                found.extend(values);
            }
        }
    }
    found.into_iter().filter_map(|name| principal(&realm.partition, name)).collect()
}

fn principal(partition: &str, name: &str) -> Option<String> {
    if name.len() == 12 && name.bytes().all(|b| b.is_ascii_digit()) {
        return Some(stranger(partition, name));
    }
    let fields: Vec<&str> = name.splitn(6, ':').collect();
    let [_, _, service, _, account, resource] = fields[..] else { return None };
    let account = if account.contains(['*', '?']) { OTHER_ACCOUNT } else { account };
    let resource = resource.replace(['*', '?'], "x");
    match (service, resource.as_str()) {
        ("iam", "root") => Some(stranger(partition, account)),
        ("iam", resource) if !resource.contains("${") => {
            Some(format!("arn:{partition}:iam::{account}:{resource}"))
        }
        ("sts", resource) => {
            let role = resource.strip_prefix("assumed-role/")?.split('/').next()?;
            Some(format!("arn:{partition}:iam::{account}:role/{role}"))
        }
        _ => None,
    }
}
