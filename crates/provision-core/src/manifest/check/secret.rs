//! One secret: its physical name, its keys, and the variables that they arrive in.

use std::collections::BTreeMap;

use super::environment::Scope;
use super::naming::Names;
use super::physical::{Noun, Register};
use super::{access, rotation};
use crate::environment::{self, EnvironmentError};
use crate::manifest::model::{KeyRule, PublicText, Secret, ValueShape};
use crate::manifest::problem::{Finding, Kind};
use crate::manifest::raw::{RawKeyRule, RawSecret, RawSecretType};
use crate::manifest::shape::dotted;
use crate::manifest::template::Placeholders;
use crate::name::{SecretKey, SecretName, ValueKey};

const NAME: &str = "{project}/{env}/{secret}";

pub(super) fn check(
    scope: &Scope<'_>,
    key: &str,
    raw: Option<&RawSecret>,
    names: &mut Names<'_>,
    physical: &mut Register,
) -> Secret {
    let nothing = RawSecret::default();
    let raw = raw.unwrap_or(&nothing);
    let name = physical_name(scope, key, raw, names);
    if let Some(name) = &name {
        let at = ["secrets", key];
        let path = if raw.name.is_some() { vec!["secrets", key, "name"] } else { at.to_vec() };
        let span =
            if raw.name.is_some() { names.tree.place(&path) } else { names.tree.key_place(&at) };
        physical.add(Noun::Secret, name.as_str(), dotted(&at), span);
    }
    let value = match raw.kind.unwrap_or_default() {
        RawSecretType::Json => ValueShape::Json(keys(key, raw, names)),
        RawSecretType::String => {
            refuse_keys(key, "string", raw, names);
            if let Some(name) = &name {
                let variable = environment::variable_of_secret(name.as_str());
                accepted(&["secrets", key], variable, names);
            }
            ValueShape::String
        }
        RawSecretType::Binary => {
            refuse_keys(key, "binary", raw, names);
            ValueShape::Binary
        }
    };
    let rotation =
        raw.rotation.as_ref().and_then(|rotation| rotation::check(scope, key, rotation, names));
    let resource_policy =
        raw.resource_policy.as_ref().and_then(|policy| access::resource_policy(key, policy, names));
    Secret {
        name: raw.name.clone(),
        description: raw.description.clone(),
        value,
        rotation,
        resource_policy,
    }
}

fn physical_name(
    scope: &Scope<'_>,
    key: &str,
    raw: &RawSecret,
    names: &mut Names<'_>,
) -> Option<SecretName> {
    let values = Placeholders { secret: Some(key), ..scope.placeholders() };
    match &raw.name {
        Some(template) => {
            names.template(&["secrets", key, "name"], template, &values, SecretName::parse)
        }
        // A key that is no name is a problem already, and so is a project or environment.
        None => {
            SecretKey::parse(key).ok()?;
            names.template(&["secrets", key], NAME, &values, SecretName::parse)
        }
    }
}

fn keys(secret: &str, raw: &RawSecret, names: &mut Names<'_>) -> BTreeMap<ValueKey, KeyRule> {
    let mut rules = BTreeMap::new();
    let mut variables: BTreeMap<String, &str> = BTreeMap::new();
    for (key, rule) in raw.keys.iter().flatten() {
        let path = ["secrets", secret, "keys", key];
        let name = names.key(&path, key, ValueKey::parse);
        if name.is_some()
            && let Some(variable) = accepted(&path, environment::variable_of_key(key), names)
            && let Some(other) = variables.insert(variable.clone(), key)
        {
            let first = names.tree.key_place(&["secrets", secret, "keys", other]);
            let place = names.tree.key_place(&path);
            let (place, first) = if place < first { (first, place) } else { (place, first) };
            names.add(
                Finding::new(
                    Kind::NameCollision,
                    place,
                    format!("`{other}` and `{key}` would both arrive in `{variable}`"),
                    "rename one of the two",
                )
                .also(first, "the other one"),
            );
        }
        rules.extend(name.map(|name| (name, rule.as_ref().map(key_rule).unwrap_or_default())));
    }
    rules
}

fn key_rule(raw: &RawKeyRule) -> KeyRule {
    let RawKeyRule { required, default, description } = raw;
    KeyRule {
        required: required.unwrap_or_default(),
        default: default.clone().map(PublicText),
        description: description.clone(),
    }
}

fn refuse_keys(secret: &str, kind: &str, raw: &RawSecret, names: &mut Names<'_>) {
    if raw.keys.is_none() {
        return;
    }
    let path = ["secrets", secret, "keys"];
    let place = names.tree.key_place(&path);
    names.add(Finding::new(
        Kind::Contradiction,
        place,
        format!("`{}` is given, and a secret of type `{kind}` has no keys", dotted(&path)),
        "remove `keys`, or make the type `json`",
    ));
}

/// The variable, where the loader would write it
fn accepted(
    path: &[&str],
    variable: Result<String, EnvironmentError>,
    names: &mut Names<'_>,
) -> Option<String> {
    let (kind, message) = match variable {
        Ok(variable) => return Some(variable),
        Err(EnvironmentError::ReservedName { key: _, variable }) => (
            Kind::ReservedName,
            format!("`{}` would arrive in `{variable}`, which no secret may set", dotted(path)),
        ),
        Err(_) => (
            Kind::BadName,
            format!(
                "`{}` gives no name of a variable: letters, digits and `_`, no digit first",
                dotted(path)
            ),
        ),
    };
    let hint = "rename it, for example with the project's name in front";
    names.add(Finding::new(kind, names.tree.key_place(path), message, hint));
    None
}
