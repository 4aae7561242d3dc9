//! Texts of a manifest as names, and what to do about those that are none.

use crate::manifest::PolicyFile;
use crate::manifest::problem::{Finding, Kind};
use crate::manifest::shape::{Told, dotted};
use crate::manifest::source::Span;
use crate::manifest::suggestion;
use crate::manifest::template::{Placeholders, TemplateError};
use crate::manifest::tree::Node;
use crate::name::{AccountId, Arn, NameError, Region};

/// The tree to find places in, and the problems found so far
pub(super) struct Names<'n> {
    pub(super) tree: &'n Node,
    /// the fields that have their problem already
    pub(super) told: &'n Told,
    /// what is said of a policy file
    pub(super) file: PolicyFile<'n>,
    pub(super) findings: &'n mut Vec<Finding>,
}

impl Names<'_> {
    /// Returns the same problems for places in another tree
    pub(super) fn within<'n>(&'n mut self, tree: &'n Node) -> Names<'n> {
        Names { tree, told: self.told, file: self.file, findings: self.findings }
    }

    pub(super) fn add(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// Returns the value at `path` as a name
    pub(super) fn parse<T>(
        &mut self,
        path: &[&str],
        text: &str,
        parse: fn(String) -> Result<T, NameError>,
    ) -> Option<T> {
        let place = self.tree.place(path);
        self.name(place, path, text, parse)
    }

    /// Returns the value at `path` as a region, where it is none that somebody misspelt
    pub(super) fn region(&mut self, path: &[&str], text: &str) -> Option<Region> {
        let region = self.parse(path, text, Region::parse)?;
        let Some(meant) = region.misspelt() else { return Some(region) };
        self.findings.push(Finding::new(
            Kind::UnknownValue,
            self.tree.place(path),
            format!("`{}` is no region of AWS", dotted(path)),
            format!("did you mean `{meant}`?"),
        ));
        None
    }

    /// Returns the key at `path` as a name
    pub(super) fn key<T>(
        &mut self,
        path: &[&str],
        text: &str,
        parse: fn(String) -> Result<T, NameError>,
    ) -> Option<T> {
        let place = self.tree.key_place(path);
        self.name(place, path, text, parse)
    }

    fn name<T>(
        &mut self,
        place: Span,
        path: &[&str],
        text: &str,
        parse: fn(String) -> Result<T, NameError>,
    ) -> Option<T> {
        match parse(text.to_owned()) {
            Ok(name) => Some(name),
            Err(error) => {
                let NameError { kind, rule } = error;
                let hint = repaired(text, parse).map_or_else(
                    || remedy(kind).to_owned(),
                    |repaired| format!("for example `{repaired}`"),
                );
                self.findings.push(Finding::new(
                    Kind::BadName,
                    place,
                    format!("`{}` is not a valid {kind}: it {rule}", dotted(path)),
                    hint,
                ));
                None
            }
        }
    }

    /// Returns the template filled in and parsed, to know that it can be
    pub(super) fn template<T>(
        &mut self,
        path: &[&str],
        template: &str,
        values: &Placeholders<'_>,
        parse: fn(String) -> Result<T, NameError>,
    ) -> Option<T> {
        let place = self.tree.place(path);
        match values.fill(template) {
            Ok(filled) => {
                let NameError { kind, rule } = match parse(filled.clone()) {
                    Ok(name) => return Some(name),
                    Err(error) => error,
                };
                self.findings.push(Finding::new(
                    Kind::BadName,
                    place,
                    format!("`{}` is not a valid {kind}: it {rule}", dotted(path)),
                    repaired(&filled, parse).map_or_else(
                        || remedy(kind).to_owned(),
                        |repaired| format!("filled in, it could be `{repaired}`"),
                    ),
                ));
            }
            Err(TemplateError::Unbalanced) => self.findings.push(Finding::new(
                Kind::BadTemplate,
                place,
                format!("`{}` has a brace without its counterpart", dotted(path)),
                "placeholders are written as `{project}` and `{env}`",
            )),
            Err(TemplateError::UnknownPlaceholder { name, allowed }) => {
                let hint = match suggestion::nearest(&name, allowed.iter().copied()) {
                    Some(near) => format!("did you mean `{{{near}}}`?"),
                    None => {
                        let braced: Vec<String> =
                            allowed.iter().map(|name| format!("{{{name}}}")).collect();
                        let braced: Vec<&str> = braced.iter().map(String::as_str).collect();
                        format!("allowed here: {}", suggestion::list(&braced))
                    }
                };
                self.findings.push(Finding::new(
                    Kind::BadTemplate,
                    place,
                    format!("`{}` has the unknown placeholder `{{{name}}}`", dotted(path)),
                    hint,
                ));
            }
        }
        None
    }

    /// Returns the ARN of a role or user at `path`: somebody, and not everybody
    pub(super) fn principal(&mut self, path: &[&str], text: &str) -> Option<Arn> {
        self.identity(path, text, &["role/", "user/"], "a role or a user")
    }

    /// Returns the ARN of a role at `path`
    pub(super) fn role(&mut self, path: &[&str], text: &str) -> Option<Arn> {
        self.identity(path, text, &["role/"], "a role")
    }

    fn identity(&mut self, path: &[&str], text: &str, kinds: &[&str], words: &str) -> Option<Arn> {
        let arn = self.arn(path, text, Some("iam"))?;
        let named = kinds.iter().any(|kind| arn.resource().starts_with(kind));
        let exact = !text.contains(['*', '?', '$']);
        if named && exact && AccountId::parse(arn.account()).is_ok() {
            return Some(arn);
        }
        let place = self.tree.place(path);
        self.add(Finding::new(
            Kind::BadName,
            place,
            format!("`{}` is not the ARN of {words}", dotted(path)),
            "it looks like `arn:aws:iam::123456789012:role/name`, without a wildcard",
        ));
        None
    }

    /// Adds that the text at `path` breaks `rule`
    pub(super) fn misfit(&mut self, path: &[&str], rule: &str, example: &str) {
        let place = self.tree.place(path);
        self.add(Finding::new(
            Kind::BadName,
            place,
            format!("`{}` {rule}", dotted(path)),
            format!("for example {example}"),
        ));
    }

    /// Returns the ARN at `path`, which must be one of `service` where that is given
    pub(super) fn arn(&mut self, path: &[&str], text: &str, service: Option<&str>) -> Option<Arn> {
        let arn = self.parse(path, text, Arn::parse)?;
        match (service, arn.as_str().split(':').nth(2)) {
            (Some(wanted), Some(found)) if wanted != found => {
                self.findings.push(Finding::new(
                    Kind::BadName,
                    self.tree.place(path),
                    format!("`{}` must be an ARN of `{wanted}`, not of `{found}`", dotted(path)),
                    format!("it starts with `arn:aws:{wanted}:`"),
                ));
                None
            }
            _ => Some(arn),
        }
    }
}

/// Returns the nearest text that would have been a name
fn repaired<T>(text: &str, parse: fn(String) -> Result<T, NameError>) -> Option<String> {
    let plain = |separator: &str| {
        let words: Vec<&str> = text
            .split(|c: char| !c.is_ascii_alphanumeric())
            .filter(|word| !word.is_empty())
            .collect();
        words.join(separator)
    };
    if !text.contains(|c: char| c.is_ascii_alphanumeric()) {
        return None;
    }
    [
        // a line of an .env file
        text.split('=').next().unwrap_or(text).to_owned(),
        text.to_lowercase(),
        plain("-"),
        plain("-").to_lowercase(),
        format!("{text}s"),
        plain("").to_lowercase(),
        format!("alias/{}", text.trim_start_matches('/').trim_start_matches("alias/aws/")),
    ]
    .into_iter()
    .find(|candidate| parse(candidate.clone()).is_ok())
}

/// Returns what to do about a name that cannot be mended from its own letters
fn remedy(kind: &str) -> &'static str {
    match kind {
        "account" => "`aws sts get-caller-identity` shows the 12 digits",
        "region" => "the list is at the top right of the AWS console",
        "ARN" => "copy the whole ARN, from `arn:` on",
        _ => "choose a name within that rule",
    }
}
