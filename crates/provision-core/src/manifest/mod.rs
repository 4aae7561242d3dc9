//! The manifest: what a person writes, parsed into types that cannot be wrong.
//!
//! [`parse`] reports every problem of a file in one run. It refuses values: a manifest that holds
//! something that looks like a secret value is not parsed.
//!
//! The way of a text: [`reader`] reads YAML and keeps the places, [`suspicion`] looks for values,
//! [`shape`] holds the tree against the schema of the [`raw`] types, [`overrides`] merges what an
//! environment changes, [`check`] makes the model of it.

mod check;
mod model;
mod overrides;
mod problem;
mod raw;
mod reader;
mod schema;
mod shape;
mod sorting;
mod source;
mod starter;
mod suggestion;
mod suspicion;
mod syntax;
mod template;
mod tree;

use sha2::{Digest, Sha256};

pub use model::*;
pub use problem::{Problem, Problems};
pub use schema::schema;
pub use sorting::{Kind as NameKind, Sorted, sort};
pub use source::{Source, Span};
pub use starter::{draft, project_name, starter};
pub use suspicion::looks_like_value;
pub(crate) use suspicion::suspects_of;
pub use template::{Placeholders, TemplateError};

/// What is said of a policy file by the name that the manifest gives it: nothing, or what is wrong
/// with it, as the end of a sentence
pub type PolicyFile<'a> = &'a dyn Fn(&str) -> Result<(), String>;

/// Returns the manifest, or everything that is wrong with it; no file that it names is looked at
pub fn parse(source: &Source) -> Result<Manifest, Problems> {
    parse_with(source, &|_| Ok(()))
}

/// Returns the manifest, or everything that is wrong with it and with the policy files that it names
pub fn parse_with(source: &Source, file: PolicyFile<'_>) -> Result<Manifest, Problems> {
    let text = source.body();
    let mut findings = Vec::new();
    let tree = reader::read(text, &mut findings);
    let suspects = suspicion::suspects(text, tree.as_ref());
    findings.extend(suspicion::findings(&suspects, tree.as_ref()));
    let manifest = tree
        .and_then(|tree| shape::fit(tree, &mut findings))
        .and_then(|fitted| check::manifest(fitted, digest(text), file, &mut findings));
    match manifest {
        Some(manifest) if findings.is_empty() => Ok(manifest),
        _ => Err(Problems::of(&source.name, text, findings, &suspects)),
    }
}

/// Returns what shows at `place` only once an environment of the manifest is resolved
pub fn problem_at(source: &Source, place: Span, message: &str, hint: &str) -> Problems {
    let text = source.body();
    let suspects = suspicion::suspects(text, reader::read(text, &mut Vec::new()).as_ref());
    let finding = problem::Finding::new(problem::Kind::BadReference, place, message, hint);
    Problems::of(&source.name, text, vec![finding], &suspects)
}

fn digest(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
