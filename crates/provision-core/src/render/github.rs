//! A workflow for GitHub Actions: a plan on every pull request, an apply of each environment.

use handlebars::Handlebars;
use serde::Serialize;

use super::{Files, Format, Subject, head};
use crate::desired::{CallerRole, Desired, Holder};
use crate::policy::RenderError;

const TEMPLATE: &str = "github-workflow.yml.hbs";

#[derive(Serialize)]
struct Filled<'a> {
    head: String,
    project: &'a str,
    environment: &'a str,
    region: &'a str,
    /// the manifest as a text of YAML
    manifest: String,
    /// the same as a word of a shell
    argument: String,
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
        manifest: serde_json::Value::from(subject.manifest).to_string(),
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
