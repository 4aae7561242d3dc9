//! Logical ids of a template: letters and digits, and so less than a name. What two names have in
//! common gets 8 digits of a digest besides, or one resource would take the place of another.

use std::collections::{BTreeMap, BTreeSet};

use crate::desired::{Desired, Holder, hexadecimal};
use crate::name::{PolicyName, ResourceName, RoleName};

const DIGEST_DIGITS: usize = 8;

/// All names of an environment, by what is left of them in an id
pub(super) struct Ids<'a>(BTreeMap<String, BTreeSet<&'a str>>);

impl<'a> Ids<'a> {
    pub(super) fn of(desired: &'a Desired) -> Self {
        let Desired { secrets, policies, roles, monitoring, .. } = desired;
        let functions = roles.values().filter_map(|role| match &role.holder {
            Holder::Function { key, .. } => Some(key.as_str()),
            Holder::Caller(_) => None,
        });
        let names = secrets
            .values()
            .map(|secret| secret.key.as_str())
            .chain(policies.keys().map(PolicyName::as_str))
            .chain(roles.keys().map(RoleName::as_str))
            .chain(functions)
            .chain(monitoring.retention.keys().map(ResourceName::as_str))
            .chain(monitoring.alarms.keys().map(ResourceName::as_str));
        let mut ids: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
        for name in names {
            ids.entry(words(name)).or_default().insert(name);
        }
        Self(ids)
    }

    /// Returns the id of what is called `name`: one for each kind
    pub(super) fn id(&self, name: &str, kind: &str) -> String {
        let words = words(name);
        let digest = match self.0.get(&words) {
            Some(names) if names.len() > 1 => {
                hexadecimal(name.as_bytes())[..DIGEST_DIGITS].to_owned()
            }
            _ => String::new(),
        };
        format!("{words}{digest}{kind}")
    }
}

/// A name without what no id may hold, each word of it with a capital
pub(super) fn words(name: &str) -> String {
    name.split(|c: char| !c.is_ascii_alphanumeric())
        .map(|part| {
            let (first, rest) = part.split_at(part.len().min(1));
            first.to_uppercase() + rest
        })
        .collect()
}
