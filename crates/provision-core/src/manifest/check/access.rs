//! Who may take on the roles of people and pipelines.

use std::collections::BTreeSet;

use super::naming::Names;
use crate::manifest::model::{Access, ResourcePolicy};
use crate::manifest::problem::{Finding, Kind};
use crate::manifest::raw::{RawAccess, RawGithub, RawManifest, RawResourcePolicy};
use crate::manifest::shape::dotted;
use crate::manifest::suggestion;
use crate::name::Arn;

/// The roles as the manifest declares them, and the environments that pipelines deploy
#[derive(Default)]
pub(super) struct Declared {
    access: Access,
    /// none for all of them
    deployed: Option<BTreeSet<String>>,
}

impl Declared {
    /// Returns the roles of one environment
    pub(super) fn of(&self, environment: &str) -> Access {
        let deploys = self.deployed.as_ref().is_none_or(|all| all.contains(environment));
        Access { github: self.access.github.clone().filter(|_| deploys), ..self.access.clone() }
    }
}

/// Returns the roles of people and pipelines
pub(super) fn check(raw: &RawAccess, manifest: &RawManifest, names: &mut Names<'_>) -> Declared {
    let RawAccess { provisioner, planner, writer, github, break_glass } = raw;
    let mut role = |name, arns: &Option<Vec<String>>| {
        let path = ["access", name];
        if arns.as_ref().is_some_and(Vec::is_empty) {
            let place = names.tree.key_place(&path);
            names.add(Finding::new(
                Kind::MissingField,
                place,
                format!("`{}` names nobody", dotted(&path)),
                "list the ARNs of those who may take the role on, or remove it",
            ));
        }
        principals(&path, arns.as_deref(), names)
    };
    let access = Access {
        provisioner: role("provisioner", provisioner),
        planner: role("planner", planner),
        writer: role("writer", writer),
        break_glass: role("break_glass", break_glass),
        github: None,
    };
    with_mfa(&access, break_glass.as_deref(), names);
    let Some(github) = github else { return Declared { access, deployed: None } };
    if provisioner.is_none() && !names.told.about(&["access", "provisioner"]) {
        let place = names.tree.key_place(&["access", "github"]);
        names.add(Finding::new(
            Kind::MissingField,
            place,
            "`access.github` stands without `access.provisioner`",
            "list there who makes the first apply: the key is closed to everybody else",
        ));
    }
    let RawGithub { repo, environments } = github;
    let repo = repo.as_ref().and_then(|repo| repository(repo, names));
    let declared: Vec<&str> =
        manifest.environments.iter().flatten().map(|(name, _)| name.as_str()).collect();
    for (number, environment) in environments.iter().flatten().enumerate() {
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
    let deployed = environments.as_ref().map(|all| all.iter().cloned().collect());
    Declared { access: Access { github: repo, ..access }, deployed }
}

/// The sessions of a role carry no second factor: only users can break the glass
fn with_mfa(access: &Access, written: Option<&[String]>, names: &mut Names<'_>) {
    for (number, arn) in written.into_iter().flatten().enumerate() {
        let is_role = |known: &Arn| known.as_str() == arn && known.resource().starts_with("role/");
        if access.break_glass.iter().any(is_role) {
            let number = number.to_string();
            let path = ["access", "break_glass", &number];
            let place = names.tree.place(&path);
            names.add(Finding::new(
                Kind::BadName,
                place,
                format!("`{}` is a role, whose sessions never carry MFA", dotted(&path)),
                "name users: `arn:aws:iam::123456789012:user/name`",
            ));
        }
    }
}

fn repository(text: &str, names: &mut Names<'_>) -> Option<String> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
    let parts: Vec<&str> = text.split('/').collect();
    if parts.len() == 2 && parts.iter().all(|p| !p.is_empty() && p.bytes().all(plain)) {
        return Some(text.to_owned());
    }
    names.misfit(&["access", "github", "repo"], "must be `owner/name`", "`octo/app`");
    None
}

/// Returns what the policy on the secret `key` itself says
pub(super) fn resource_policy(
    key: &str,
    raw: &RawResourcePolicy,
    names: &mut Names<'_>,
) -> Option<ResourcePolicy> {
    let RawResourcePolicy { deny_others, readers, deny_insecure } = raw;
    let path = ["secrets", key, "resource_policy"];
    let readers = principals(&[path[0], path[1], path[2], "readers"], readers.as_deref(), names);
    let policy = ResourcePolicy {
        deny_others: deny_others.unwrap_or_default(),
        deny_insecure: deny_insecure.unwrap_or_default(),
        readers,
    };
    // a reader that is none is told already
    let names_readers = raw.readers.as_ref().is_some_and(|readers| !readers.is_empty());
    if policy == ResourcePolicy::default() && !names_readers {
        let place = names.tree.key_place(&path);
        names.add(Finding::new(
            Kind::MissingField,
            place,
            format!("`{}` says nothing", dotted(&path)),
            "add `deny_others: true`, `deny_insecure: true` or `readers`, or remove it",
        ));
        return None;
    }
    Some(policy)
}

fn principals(path: &[&str], arns: Option<&[String]>, names: &mut Names<'_>) -> BTreeSet<Arn> {
    let mut principals = BTreeSet::new();
    for (number, arn) in arns.into_iter().flatten().enumerate() {
        let number = number.to_string();
        let mut path = path.to_vec();
        path.push(&number);
        principals.extend(names.principal(&path, arn));
    }
    principals
}
