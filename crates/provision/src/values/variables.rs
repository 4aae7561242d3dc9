//! The variables that an environment's secrets give, by the loader's own rules.

use std::collections::BTreeSet;

use provision_core::desired::DesiredSecret;
use provision_core::environment;
use provision_core::manifest::ValueShape;
use provision_core::name::SecretName;
use secrecy::{ExposeSecret, SecretString};

use super::naming;
use super::store::Store;
use crate::aws::Content;
use crate::cli::Choice;
use crate::exit::Exit;
use crate::failure::Failure;

/// One variable
#[derive(Debug)]
pub(crate) struct Variable {
    pub(crate) name: String,
    pub(crate) value: SecretString,
    /// the secret that it comes from
    pub(crate) secret: SecretName,
}

/// Returns the chosen variables in the order in which they are set: a later one wins
pub(crate) async fn read(store: Store<'_>, choice: &Choice) -> Result<Vec<Variable>, Failure> {
    let prefix = prefix(choice)?;
    let only: BTreeSet<&str> = choice.only.iter().map(String::as_str).collect();
    let desired = &store.session.desired;
    let is_named = |name: &SecretName, secret: &DesiredSecret| {
        only.contains(secret.key.as_str()) || only.contains(name.as_str())
    };
    let variables: BTreeSet<&str> = only
        .iter()
        .filter(|only| {
            !desired.secrets.iter().any(|(n, s)| s.key.as_str() == **only || n.as_str() == **only)
        })
        .copied()
        .collect();
    let mut known: BTreeSet<String> = BTreeSet::new();
    let mut found = Vec::new();
    for (name, secret) in &desired.secrets {
        let is_whole = only.is_empty() || is_named(name, secret);
        if !is_whole && variables.is_empty() {
            continue;
        }
        known.extend(declared(name, secret));
        let read = of_secret(store, name, secret).await?;
        known.extend(read.iter().map(|variable| variable.name.clone()));
        found.extend(read.into_iter().filter(|v| is_whole || variables.contains(v.name.as_str())));
    }
    if let Some(unknown) = variables.iter().find(|name| !known.contains(**name)) {
        let mut names: Vec<&str> = desired.secrets.values().map(|s| s.key.as_str()).collect();
        names.extend(known.iter().map(String::as_str));
        return Err(Failure::new(
            Exit::Error,
            "unknown_secret",
            "`--only` names neither a secret nor a variable of this environment",
        )
        .hint(naming::declared(unknown, &names)));
    }
    for variable in &mut found {
        variable.name.insert_str(0, prefix);
    }
    Ok(found)
}

fn prefix(choice: &Choice) -> Result<&str, Failure> {
    let prefix = choice.prefix.as_deref().unwrap_or_default();
    let is_name = prefix.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && !prefix.starts_with(|c: char| c.is_ascii_digit());
    if is_name {
        return Ok(prefix);
    }
    Err(Failure::new(Exit::Usage, "usage", "`--prefix` is no beginning of a variable's name")
        .hint("letters, digits and `_`, no digit first"))
}

/// The variables that the manifest declares for a secret
fn declared(name: &SecretName, secret: &DesiredSecret) -> Vec<String> {
    match &secret.value {
        ValueShape::Json(keys) => {
            keys.keys().filter_map(|key| environment::variable_of_key(key.as_str()).ok()).collect()
        }
        ValueShape::String => environment::variable_of_secret(name.as_str()).into_iter().collect(),
        ValueShape::Binary => Vec::new(),
    }
}

async fn of_secret(
    store: Store<'_>,
    name: &SecretName,
    secret: &DesiredSecret,
) -> Result<Vec<Variable>, Failure> {
    let text = match store.current(name).await?.content {
        Some(Content::Text(text)) => text,
        // bytes never enter the environment
        Some(Content::Binary(_)) => return Ok(Vec::new()),
        None => {
            store.printer.stderr(&format!("warning: {name} has no value yet\n"));
            return Ok(Vec::new());
        }
    };
    let mut found = Vec::new();
    environment::variables(name.as_str(), text.expose_secret(), |variable, value| {
        let (variable, secret) = (variable.to_owned(), name.clone());
        found.push(Variable { name: variable, value: value.into(), secret });
    })
    .map_err(|error| {
        Failure::new(Exit::Error, error.kind(), format!("{name}: {error}"))
            .hint(format!("mend it with `provision set {}`", secret.key))
    })?;
    for key in secret.required() {
        // a key that the manifest accepts gives a variable
        let Ok(wanted) = environment::variable_of_key(key.as_str()) else { continue };
        let variable = found.iter().find(|variable| variable.name == wanted);
        let lack = match variable.map(|variable| variable.value.expose_secret()) {
            None => "no value",
            Some("") => "an empty value",
            Some(_) => continue,
        };
        store.printer.stderr(&format!("warning: {name} has {lack} for the required key {key}\n"));
    }
    Ok(found)
}
