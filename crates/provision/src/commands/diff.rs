//! `diff`: two versions of a secret, two secrets, or two environments. Key names and equality only.

use std::collections::BTreeSet;

use provision_core::desired::Desired;
use provision_core::name::SecretName;
use provision_core::show::{Line, Mark};

use crate::aws::{self, Content};
use crate::cli::Global;
use crate::exit::{Codes, Exit};
use crate::failure::Failure;
use crate::print::{Printer, document};
use crate::session::{self, Project, Session};
use crate::values::naming;
use crate::values::store::Store;
use crate::values::versions::{self, Difference, difference};

/// What is compared
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sides<'a> {
    pub(crate) left: Option<&'a str>,
    pub(crate) right: Option<&'a str>,
    pub(crate) against: Option<&'a str>,
}

pub(crate) async fn run(
    global: &Global,
    printer: Printer,
    sides: Sides<'_>,
    codes: Codes,
) -> Result<Exit, Failure> {
    let project = session::load(global)?;
    if let (Some(left), Some(right), None) = (sides.left, sides.right, sides.against) {
        between_environments(&project, left, right)?;
    }
    let found = match (sides.left, sides.against) {
        (left, Some(against)) if sides.right.is_none() => {
            environments(global, printer, &project, left, against).await?
        }
        (Some(left), None) => vec![one(global, printer, &project, left, sides.right).await?],
        _ => {
            return Err(Failure::new(Exit::Usage, "usage", "what is to be compared is not said")
                .hint("`provision diff SECRET`, or `--against ENV` with one secret or none"));
        }
    };
    let mut lines = Vec::new();
    for Compared { left, right, difference } in &found {
        let text = format!("{left} and {right}");
        lines.push(Line { mark: Mark::Title, depth: 0, text });
        lines.extend(difference.lines(1));
    }
    printer.lines(&lines)?;
    printer.json(&document::Compared {
        comparisons: found
            .iter()
            .map(|Compared { left, right, difference }| document::Comparison {
                left,
                right,
                equal: difference.is_empty(),
                difference,
            })
            .collect(),
    })?;
    Ok(codes.exit(found.iter().any(|compared| !compared.difference.is_empty())))
}

/// Refuses the names of two environments, as `promote` takes them, in place of secrets
fn between_environments(project: &Project, left: &str, right: &str) -> Result<(), Failure> {
    let names = project.manifest.environments.keys();
    let [Some(left), Some(right)] =
        [left, right].map(|side| names.clone().find(|name| name.as_str() == side))
    else {
        return Ok(());
    };
    let mut all = project.manifest.environments.values().flat_map(|one| one.secrets.keys());
    if all.any(|key| [left.as_str(), right.as_str()].contains(&key.as_str())) {
        return Ok(());
    }
    let message = format!("`{left}` and `{right}` are environments, and secrets are compared");
    Err(Failure::new(Exit::Usage, "usage", message)
        .hint(format!("`provision diff --env {left} --against {right}` compares all of theirs")))
}

/// Two things and what differs between them
struct Compared {
    left: String,
    right: String,
    difference: Difference,
}

/// Compares a version with another: the current one with the one before, where none is named
async fn one(
    global: &Global,
    printer: Printer,
    project: &Project,
    left: &str,
    right: Option<&str>,
) -> Result<Compared, Failure> {
    let session = session::open(global, project).await?;
    let store = Store { session: &session, global, printer };
    let (left_name, left_version) = split(&session.desired, left)?;
    let (right_name, right_version) = match (right, left_version) {
        (Some(right), _) => split(&session.desired, right)?,
        (None, Some(_)) => (left_name, None),
        // the older one stands on the left
        (None, None) => (left_name, Some("AWSCURRENT")),
    };
    let left_version = match (right, left_version) {
        (None, None) => None,
        (_, version) => Some(version.unwrap_or("AWSCURRENT")),
    };
    let left = version(store, left_name, left_version).await?;
    let right = version(store, right_name, right_version.or(Some("AWSCURRENT"))).await?;
    let difference = difference(Some(&left.1), Some(&right.1));
    Ok(Compared { left: left.0, right: right.0, difference })
}

/// The secret and the version that `SECRET@VERSION` names; a secret's name may hold an `@` too
fn split<'a, 'd>(
    desired: &'d Desired,
    text: &'a str,
) -> Result<(&'d SecretName, Option<&'a str>), Failure> {
    let whole = naming::find(desired, text);
    match (whole, text.rsplit_once('@')) {
        (Ok((name, _)), _) => Ok((name, None)),
        (Err(_), Some((secret, version))) => Ok((naming::find(desired, secret)?.0, Some(version))),
        (Err(failure), None) => Err(failure),
    }
}

/// The version of that name, or the one before the current one
async fn version(
    store: Store<'_>,
    name: &SecretName,
    wanted: Option<&str>,
) -> Result<(String, Content), Failure> {
    let Session { aws, desired, .. } = store.session;
    let explain = |error| Failure::of_secret(error, name, &store.flags());
    let all = aws::versions(aws, name.as_str(), &desired.tags).await.map_err(explain)?;
    let version = match wanted {
        Some(wanted) => versions::find(&all, wanted)?,
        None => versions::before(&all, name)?,
    };
    let content = aws::content_of(aws, name.as_str(), &version.id)
        .await
        .map_err(|error| explain(error.into()))?;
    Ok((format!("{name} {}", versions::named(version)), content))
}

async fn environments(
    global: &Global,
    printer: Printer,
    project: &Project,
    secret: Option<&str>,
    against: &str,
) -> Result<Vec<Compared>, Failure> {
    let left = contents(global, printer, project, secret).await?;
    let other = Global { env: Some(against.to_owned()), ..global.clone() };
    let right = contents(&other, printer, project, secret).await?;
    let keys: BTreeSet<&String> = left.iter().chain(&right).map(|held| &held.key).collect();
    let find = |side: &[Held], key: &String| side.iter().position(|held| held.key == *key);
    let compared = keys.into_iter().map(|key| {
        let left = find(&left, key).map(|at| &left[at]);
        let right = find(&right, key).map(|at| &right[at]);
        let named = |side: Option<&Held>, environment: Option<&str>| match side {
            Some(held) => held.name.to_string(),
            None => format!("nothing, as {} declares no `{key}`", environment.unwrap_or_default()),
        };
        let content = |side: Option<&'_ Held>| side.and_then(|held| held.content.clone());
        Compared {
            left: named(left, global.env.as_deref()),
            right: named(right, Some(against)),
            difference: difference(content(left).as_ref(), content(right).as_ref()),
        }
    });
    Ok(compared.collect())
}

/// A secret with its current value
struct Held {
    key: String,
    name: SecretName,
    content: Option<Content>,
}

/// The current values of an environment; the connection ends with it, because two of them may use
/// one state of `--local`
async fn contents(
    global: &Global,
    printer: Printer,
    project: &Project,
    secret: Option<&str>,
) -> Result<Vec<Held>, Failure> {
    let session = session::open(global, project).await?;
    let store = Store { session: &session, global, printer };
    let only = match secret {
        Some(wanted) => Some(naming::find(&session.desired, wanted)?.0),
        None => None,
    };
    let mut held = Vec::new();
    for (name, declared) in &session.desired.secrets {
        if only.is_none_or(|only| only == name) {
            let content = store.current(name).await?.content;
            held.push(Held { key: declared.key.to_string(), name: name.clone(), content });
        }
    }
    Ok(held)
}
