//! A workflow for GitHub Actions: a plan on every pull request, an apply of each environment.

use std::collections::BTreeSet;

use handlebars::Handlebars;
use serde::Serialize;

use super::{Files, Format, Subject, head};
use crate::desired::{CallerRole, Desired, Holder};
use crate::manifest::PolicySource;
use crate::policy::RenderError;

const TEMPLATE: &str = "github-workflow.yml.hbs";
/// The actions by commit, because a tag can be moved to other code. A test holds them against those
/// of the project's own workflows.
const CHECKOUT: &str = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1";
const CREDENTIALS: &str =
    "aws-actions/configure-aws-credentials@e6de054238d6b7531b4efff3b6587d9aade6a06c # v6.2.3";
const UPLOAD: &str = "actions/upload-artifact@bbbca2ddaa5d8feaa63e36b76fdaad77386f024f # v7.0.0";
const DOWNLOAD: &str =
    "actions/download-artifact@3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c # v8.0.1";

#[derive(Serialize)]
struct Filled<'a> {
    head: String,
    project: &'a str,
    environment: &'a str,
    region: &'a str,
    /// what a plan depends on, as texts of YAML: the manifest, and the policies that it names
    paths: Vec<String>,
    /// the manifest as a word of a shell
    argument: String,
    checkout: &'static str,
    credentials: &'static str,
    upload: &'static str,
    download: &'static str,
    /// the role that applies, where its ARN is known
    role: Option<String>,
    /// `--confirm project/environment`, where the environment asks for it
    protected: bool,
}

/// Returns the workflow of the environment
///
/// # Errors
/// A template that cannot be filled in.
pub(super) fn files(subject: Subject<'_>) -> Result<Files, RenderError> {
    let Desired { project, environment, region, partition, account, roles, protected, .. } =
        subject.desired;
    let deploy = roles
        .iter()
        .find(|(_, role)| matches!(role.holder, Holder::Caller(CallerRole::GithubDeploy)));
    let role = deploy.zip(account.as_ref()).map(|((name, role), account)| {
        format!("arn:{partition}:iam::{account}:role{}{name}", role.path)
    });
    let filled = Filled {
        head: head(subject, Format::Github),
        project: project.as_str(),
        environment: environment.as_str(),
        region: region.as_str(),
        paths: paths(subject),
        checkout: CHECKOUT,
        credentials: CREDENTIALS,
        upload: UPLOAD,
        download: DOWNLOAD,
        argument: format!("'{}'", subject.manifest.replace('\'', r"'\''")),
        role,
        protected: *protected,
    };
    let mut engine = Handlebars::new();
    engine.set_strict_mode(true);
    engine.register_escape_fn(handlebars::no_escape);
    let text = engine
        .render_template(include_str!("github-workflow.yml.hbs"), &filled)
        .map_err(|e| RenderError::Template { template: TEMPLATE, reason: e.to_string() })?;
    Ok([(format!(".github/workflows/secrets-{environment}.yml"), text)].into())
}

/// The files whose change asks for a plan, as GitHub names them: from the top of the repository
fn paths(subject: Subject<'_>) -> Vec<String> {
    let Subject { declared, manifest, .. } = subject;
    let folder = manifest.rsplit_once('/').map_or("", |(folder, _)| folder);
    let supplied = declared.functions.values().flat_map(|function| &function.policies);
    let files: BTreeSet<String> = supplied
        .filter_map(|source| match source {
            PolicySource::File(file) => Some(format!("{folder}/{file}")),
            PolicySource::Managed(_) => None,
        })
        .collect();
    let paths = std::iter::once(manifest.to_owned()).chain(files);
    paths.map(|path| plain(&path)).map(|path| serde_json::Value::from(path).to_string()).collect()
}

/// A path without the parts that say nothing
fn plain(path: &str) -> String {
    let parts = path.split('/').filter(|part| !part.is_empty() && *part != ".");
    parts.collect::<Vec<_>>().join("/")
}
