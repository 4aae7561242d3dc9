//! The same design as files: Terraform, CloudFormation, SAM, policies, a workflow for GitHub.
//!
//! Pure: the same environment gives the same bytes. What is decided stands in
//! [`Desired`](crate::desired::Desired) and the manifest; a renderer only says it in another language.

mod access;
mod cloudformation;
mod function;
mod github;
mod hcl;
mod import;
mod loader;
mod logical;
mod module;
mod policies;
mod terraform;

use std::collections::BTreeMap;

use crate::actual::Actual;
use crate::desired::Desired;
use crate::manifest::Environment;
use crate::policy::RenderError;

/// The texts of files by their paths, which use `/` and stay below the folder that they go to
pub type Files = BTreeMap<String, String>;

/// What an environment is rendered as
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// a root module for Terraform, with the modules that it uses beside it
    Terraform,
    /// a template for SAM: everything that CloudFormation makes, and the functions
    Sam,
    /// a template for CloudFormation
    Cloudformation,
    /// every policy as a file
    Policies,
    /// a workflow for GitHub Actions
    Github,
}

impl Format {
    /// Every format
    pub const ALL: [Self; 5] =
        [Self::Terraform, Self::Sam, Self::Cloudformation, Self::Policies, Self::Github];

    /// Returns the format as it stands on the command line
    pub fn name(self) -> &'static str {
        match self {
            Self::Terraform => "terraform",
            Self::Sam => "sam",
            Self::Cloudformation => "cloudformation",
            Self::Policies => "policies",
            Self::Github => "github",
        }
    }

    /// Returns whether its files may be changed by hand
    pub fn upkeep(self) -> Upkeep {
        match self {
            Self::Terraform | Self::Cloudformation | Self::Policies => Upkeep::Rewritten,
            // a function's code, and when a pipeline runs, are not the manifest's affair
            Self::Sam | Self::Github => Upkeep::Start,
        }
    }
}

/// One environment to render
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// the environment as the manifest declares it
    pub declared: &'a Environment,
    /// the same with every name and policy filled in
    pub desired: &'a Desired,
    /// the file name of the manifest, as it is to stand in workflows
    pub manifest: &'a str,
    /// what exists and is to be imported, for Terraform
    pub live: Option<&'a Actual>,
}

/// Returns the files of `subject` in `format`
///
/// # Errors
/// A template that cannot be filled in.
pub fn render(format: Format, subject: Subject<'_>) -> Result<Files, RenderError> {
    Ok(match format {
        Format::Terraform => terraform::files(subject),
        Format::Sam => cloudformation::files(subject, cloudformation::Functions::Included),
        Format::Cloudformation => cloudformation::files(subject, cloudformation::Functions::Left),
        Format::Policies => policies::files(subject),
        Format::Github => github::files(subject)?,
    })
}

/// Whether a rendered file may be changed by hand
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Upkeep {
    /// it is written anew, and what was changed is lost
    Rewritten,
    /// it is a start, and belongs to whoever has it
    Start,
}

/// What stands in the first line of every rendered file, behind what it is of
pub const MADE_BY: &str = ", made by `provision render ";

/// Returns how the first line of every file begins that is rendered of one environment in one format
pub fn mark(format: Format, desired: &Desired) -> String {
    let Desired { project, environment, .. } = desired;
    format!("# {project} {environment}{MADE_BY}{}", format.name())
}

/// The first lines of a rendered file, as comments
fn head(subject: Subject<'_>, format: Format) -> String {
    let import = if subject.live.is_some() { " --import" } else { "" };
    let made = mark(format, subject.desired);
    let environment = &subject.desired.environment;
    let rule = match format.upkeep() {
        Upkeep::Rewritten => {
            "# Do not change this file: it is written anew. Change the manifest and render again."
        }
        Upkeep::Start => "# This is a start: change it as you like. It is not written over.",
    };
    format!("{made} --env {environment}{import}`.\n{rule}\n")
}
