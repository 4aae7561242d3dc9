//! `promote FROM TO`: current values of one environment become those of another, by
//! compare-and-swap. Only keys that both declare.

use std::collections::BTreeSet;

use provision_core::desired::DesiredSecret;
use provision_core::manifest::ValueShape;
use provision_core::name::SecretKey;
use secrecy::ExposeSecret;
use zeroize::Zeroizing;

use super::many::{self, Asking, Job};
use crate::aws::Content;
use crate::cli::Global;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::object;
use crate::print::{self, Printer};
use crate::session::{self, Project};
use crate::values::bulk::{self, Batch};
use crate::values::merge::{Edit, Given, Place, bad_value};
use crate::values::naming;
use crate::values::store::Store;

/// What `promote` is asked for
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted<'a> {
    pub(crate) from: &'a str,
    pub(crate) to: &'a str,
    pub(crate) secret: Option<&'a str>,
    pub(crate) only: &'a [String],
    pub(crate) from_profile: Option<&'a String>,
}

pub(crate) async fn run(
    global: &Global,
    printer: Printer,
    wanted: Wanted<'_>,
) -> Result<Exit, Failure> {
    let Wanted { from, to, .. } = wanted;
    let usage = |message: &str| Failure::new(Exit::Usage, "usage", message);
    if from == to {
        return Err(usage("`promote` wants two environments"));
    }
    if global.env.as_deref().is_some_and(|env| env != to) {
        return Err(usage("`--env` names another environment than the one that gets the values")
            .hint("leave it out: `promote FROM TO` names both"));
    }
    let project = session::load(global)?;
    let target = Global { env: Some(to.to_owned()), ..global.clone() };
    print::commands_lead_to(target.flags(to));
    // names are checked before any value is read
    let desired = session::offline(&target, &project)?;
    let held = held(global, printer, &project, wanted).await?;
    let mut batches = Vec::new();
    for Held { key, edits } in held {
        let found = desired.secrets.iter().find(|(_, declared)| declared.key == key);
        let Some((name, declared)) = found else { continue };
        let edits: Vec<Edit> =
            edits.into_iter().filter(|edit| is_declared(declared, &edit.place)).collect();
        if !edits.is_empty() {
            let sources = vec![String::new(); edits.len()];
            batches.push(Batch { secret: name.clone(), edits, sources });
        }
    }
    let session = session::open(&target, &project).await?;
    let store = Store { session: &session, global: &target, printer };
    let job = Job {
        batches: &batches,
        passed: &[],
        asking: Asking::OfEverything,
        removable: Vec::new(),
        afterwards: Vec::new(),
    };
    many::carry_out(store, job).await
}

/// The values of a secret on their way to another environment
struct Held {
    key: SecretKey,
    edits: Vec<Edit>,
}

/// Reads what the first environment has; the connection ends with it, because both may use one
/// state of `--local`
async fn held(
    global: &Global,
    printer: Printer,
    project: &Project,
    wanted: Wanted<'_>,
) -> Result<Vec<Held>, Failure> {
    let profile = wanted.from_profile.or(global.profile.as_ref()).cloned();
    let global = Global { env: Some(wanted.from.to_owned()), profile, ..global.clone() };
    let session = session::open(&global, project).await?;
    let store = Store { session: &session, global: &global, printer };
    let one = match wanted.secret {
        Some(secret) => Some(naming::find(&session.desired, secret)?.0),
        None => None,
    };
    let mut missing: BTreeSet<&str> = wanted.only.iter().map(String::as_str).collect();
    let mut held = Vec::new();
    for (name, declared) in &session.desired.secrets {
        if one.is_some_and(|one| one != name) {
            continue;
        }
        let Some(content) = store.current(name).await?.content else {
            printer.stderr(&format!("warning: {name} has no value yet\n"));
            continue;
        };
        let mut edits = edits(&content, declared)?;
        if !wanted.only.is_empty() {
            edits.retain(|edit| {
                bulk::key(&edit.place).is_some_and(|key| wanted.only.iter().any(|only| only == key))
            });
        }
        for edit in &edits {
            missing.remove(bulk::key(&edit.place).unwrap_or_default());
        }
        held.push(Held { key: declared.key.clone(), edits });
    }
    if let Some(first) = missing.first() {
        let keys: Vec<&str> = session
            .desired
            .secrets
            .values()
            .flat_map(keys)
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        return Err(Failure::new(
            Exit::Error,
            "unknown_key",
            "`--only` names a key that has no value there",
        )
        .hint(naming::declared(first, &keys)));
    }
    Ok(held)
}

fn keys(declared: &DesiredSecret) -> Vec<&str> {
    match &declared.value {
        ValueShape::Json(keys) => keys.keys().map(|key| key.as_str()).collect(),
        ValueShape::String | ValueShape::Binary => Vec::new(),
    }
}

/// The values of a secret, those of declared keys where it is a JSON one
fn edits(content: &Content, declared: &DesiredSecret) -> Result<Vec<Edit>, Failure> {
    let ValueShape::Json(keys) = &declared.value else {
        return Ok(vec![match content {
            Content::Text(text) => Edit { place: Place::Text, given: Given::Text(text.clone()) },
            Content::Binary(bytes) => {
                Edit { place: Place::Binary, given: Given::Binary(bytes.clone()) }
            }
        }]);
    };
    let Content::Text(text) = content else {
        return Err(bad_value(&format!("the value of `{}` is binary", declared.key)));
    };
    let members = object::members(text.expose_secret())
        .map_err(|error| bad_value(&format!("`{}`: {error}", declared.key)))?;
    Ok(members
        .into_iter()
        .filter_map(|(name, raw)| {
            let key = keys.keys().find(|key| key.as_str() == name)?.clone();
            let given = match serde_json::from_str::<String>(raw.get()) {
                Ok(text) => Given::Text(Zeroizing::new(text).as_str().into()),
                Err(_) => Given::Json(raw.get().into()),
            };
            Some(Edit { place: Place::Key(key), given })
        })
        .collect())
}

fn is_declared(declared: &DesiredSecret, place: &Place) -> bool {
    match (&declared.value, place) {
        (ValueShape::Json(keys), Place::Key(key)) => keys.contains_key(key),
        (ValueShape::String, Place::Text) | (ValueShape::Binary, Place::Binary) => true,
        _ => false,
    }
}
