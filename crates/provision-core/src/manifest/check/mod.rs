//! The meaning of a manifest: from the raw types, whose shape is right, to the model.
//!
//! Each check adds what it finds and goes on. The model is only handed out when nothing was found
//! at all, so a check may stand in for what it cannot know.

mod access;
mod environment;
mod function;
mod monitoring;
mod naming;
mod physical;
mod replica;
mod rotation;
mod secret;

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;

use super::PolicyFile;
use super::model::{Environment, Manifest};
use super::overrides;
use super::problem::{Finding, Kind};
use super::raw::{RawEnvironment, RawManifest};
use super::shape::Fitted;
use super::source::Span;
use super::tree::Node;
use crate::name::{EnvironmentName, ProjectName};
use environment::Scope;
use naming::Names;
use physical::Register;

/// the seeds have three; every environment repeats every check
const MOST_ENVIRONMENTS: usize = 50;
/// past this many findings the environments that are left are not looked at
const ENOUGH: usize = 1000;

/// Returns the manifest, complete only if nothing was added to `findings`
pub(super) fn manifest(
    fitted: Fitted,
    digest: String,
    file: PolicyFile<'_>,
    findings: &mut Vec<Finding>,
) -> Option<Manifest> {
    let Fitted { mut tree, told } = fitted;
    overrides::expand_keys(&mut tree, findings);
    let raw: RawManifest = read(&tree, findings)?;
    let mut names = Names { tree: &tree, told: &told, file, findings };

    let project =
        raw.project.as_ref().and_then(|text| names.parse(&["project"], text, ProjectName::parse));
    environment::check_top(&raw, &mut names);
    let declared = raw.access.as_ref().map(|access| access::check(access, &raw, &mut names));
    let declared = declared.unwrap_or_default();
    // What is no name is a problem once, not again in every name made of it.
    let project_text = project.as_ref().map_or("project", ProjectName::as_str);
    let environments = environments(&raw, &declared, project_text, &mut names);
    Some(Manifest { project: project?, environments, digest })
}

fn environments(
    raw: &RawManifest,
    access: &access::Declared,
    project: &str,
    names: &mut Names<'_>,
) -> BTreeMap<EnvironmentName, Environment> {
    let declared = raw.environments.as_ref().filter(|all| !all.is_empty());
    // With no environment to check against, the rest is checked against one that might be.
    let stand_in = BTreeMap::from([("dev".to_owned(), None)]);
    let checked = declared.unwrap_or(&stand_in);
    if checked.len() > MOST_ENVIRONMENTS {
        let place = names.tree.key_place(&["environments"]);
        names.add(Finding::new(
            Kind::TooLarge,
            place,
            format!("there are more than {MOST_ENVIRONMENTS} environments"),
            "split the manifest: an environment is a stage, not a customer",
        ));
    }
    let mut environments = BTreeMap::new();
    let mut physical = Register::default();
    for (key, environment) in checked.iter().take(MOST_ENVIRONMENTS) {
        if names.findings.len() > ENOUGH {
            break;
        }
        let name = match declared {
            Some(_) => names.key(&["environments", key], key, EnvironmentName::parse),
            None => None,
        };
        let nothing = RawEnvironment::default();
        let scope = Scope {
            project,
            env: name.as_ref().map_or("dev", EnvironmentName::as_str),
            key,
            top: raw,
            own: environment.as_ref().unwrap_or(&nothing),
            declared: declared.is_some(),
            access: access.of(key),
        };
        // An environment without a name has no names to keep apart.
        let mut nowhere = Register::default();
        let register = if name.is_some() { &mut physical } else { &mut nowhere };
        let environment = environment::check(&scope, names, register);
        environments.extend(name.zip(environment));
    }
    physical.collisions(names.findings);
    environments
}

/// Reads the raw types from a tree that fits their schema
fn read<T: DeserializeOwned>(tree: &Node, findings: &mut Vec<Finding>) -> Option<T> {
    match serde_yaml::to_value(tree).and_then(serde_yaml::from_value) {
        Ok(raw) => Some(raw),
        Err(error) => {
            findings.push(Finding::new(
                Kind::WrongType,
                Span::default(),
                format!("the manifest does not fit: {error}"),
                "compare it with `provision schema`",
            ));
            None
        }
    }
}
