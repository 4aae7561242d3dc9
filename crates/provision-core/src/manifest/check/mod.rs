//! The meaning of a manifest: from the raw types, whose shape is right, to the model.
//!
//! Each check adds what it finds and goes on. The model is only handed out when nothing was found
//! at all, so a check may stand in for what it cannot know.

mod environment;
mod function;
mod later;
mod naming;
mod physical;
mod secret;
mod variable;

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;

use super::model::Manifest;
use super::overrides;
use super::problem::{Finding, Kind};
use super::raw::{RawEnvironment, RawManifest, RawOverrides};
use super::source::Span;
use super::tree::Node;
use crate::name::{EnvironmentName, ProjectName};
use environment::Scope;
use naming::Names;

/// Returns the manifest, complete only if nothing was added to `findings`
pub(super) fn manifest(
    mut tree: Node,
    digest: String,
    findings: &mut Vec<Finding>,
) -> Option<Manifest> {
    overrides::expand_keys(&mut tree, findings);
    let raw: RawManifest = read(&tree, findings)?;
    let mut names = Names { tree: &tree, findings };

    let project =
        raw.project.as_ref().and_then(|text| names.parse(&["project"], text, ProjectName::parse));
    environment::check_top(&raw, &mut names);
    if let Some(access) = &raw.access {
        later::access(access, &raw, &mut names);
    }

    let declared = raw.environments.as_ref();
    let mut environments = BTreeMap::new();
    let mut physical = physical::Register::default();
    // With no environment to check against, the rest is checked against one that might be.
    let stand_in = BTreeMap::from([("dev".to_owned(), None)]);
    let checked = declared.filter(|all| !all.is_empty()).unwrap_or(&stand_in);
    for (name, environment) in checked {
        let parsed = match declared {
            Some(_) => names.key(&["environments", name], name, EnvironmentName::parse),
            None => None,
        };
        let nothing = RawEnvironment::default();
        let scope = Scope {
            // What is no name is a problem once, not again in every name made of it.
            project: project.as_ref().map_or("project", ProjectName::as_str),
            env: parsed.as_ref().map_or("dev", EnvironmentName::as_str),
            name,
            top: &raw,
            own: environment.as_ref().unwrap_or(&nothing),
            declared: declared.is_some(),
        };
        let sections = overrides::effective(&tree, name);
        let effective: RawOverrides = read(&sections, names.findings).unwrap_or_default();
        let environment =
            environment::check(&scope, &effective, &sections, &mut names, &mut physical);
        environments.extend(parsed.zip(environment));
    }
    physical.collisions(names.findings);
    Some(Manifest { project: project?, environments, digest })
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
