//! What is wrong with a manifest's policies, and with policies and templates that somebody else wrote.
//!
//! A rule is one file in [`rules`]: its data, and a function that looks. It is handed texts with
//! places, never a connection. What looks like a secret value is blotted out of every message.

mod policy;
mod rendered;
mod report;
mod rules;
mod tree;

use serde::Serialize;

pub use policy::PolicyKind;
pub use rendered::rendered;
pub use report::{sarif, summary};
pub use rules::RULES;

use crate::desired::{Desired, DesiredSecret};
use crate::manifest::{Problem, Span, suspects_of};
use crate::name::SecretName;
use policy::Policy;
use tree::{Node, Text};

/// A rule: one kind of mistake
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// such as `LS001`; never given to another rule
    pub id: &'static str,
    /// the same in words, in kebab case
    pub name: &'static str,
    /// how bad it is
    pub severity: Severity,
    /// the mistake as a sentence without a full stop
    pub title: &'static str,
    /// what follows from it
    pub why: &'static str,
    /// what to do
    pub hint: &'static str,
    look: Look,
}

/// How bad a finding is
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// access that nobody meant, a leaked value, or something that AWS refuses
    Error,
    /// wider than it has to be
    Warning,
    /// worth knowing; no reason to fail
    Note,
}

/// What a rule looks at
#[derive(Debug, Clone, Copy)]
enum Look {
    /// each policy of a text
    Policy(fn(&Policy, &Context<'_>, &mut Spots)),
    /// the whole text
    Tree(fn(&Node, &Context<'_>, &mut Spots)),
    /// nothing: who finds it is said by the rule's file
    Elsewhere,
}

/// A text to look at
#[derive(Debug, Clone)]
pub struct Subject {
    /// the path of a file, or what was rendered
    pub name: String,
    /// the text
    pub text: String,
    /// where it comes from
    pub origin: Origin,
    /// what the policy in it stands on, where that is known
    pub kind: Option<PolicyKind>,
}

/// Where a text comes from
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// a file of somebody
    File,
    /// a file that holds what is rendered for an environment of the manifest
    Made,
    /// the manifest itself, which has been parsed
    Manifest,
    /// rendered for an environment of the manifest
    Rendered {
        /// its name
        environment: String,
    },
}

/// What is known of an environment beside the texts
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Estate {
    /// what the names of its secrets begin with, `project/environment/`
    pub prefix: String,
    /// whether a name is overridden, so that the prefix is not all of them
    pub overridden: bool,
}

impl Estate {
    /// Returns what is known of an environment
    pub fn of(desired: &Desired) -> Self {
        let prefix = format!("{}/{}/", desired.project, desired.environment);
        let is_default = |(name, secret): (&SecretName, &DesiredSecret)| {
            *name.as_str() == format!("{prefix}{}", secret.key)
        };
        Self { overridden: !desired.secrets.iter().all(is_default), prefix }
    }
}

/// What a rule knows beside what it looks at
struct Context<'a> {
    subject: &'a Subject,
    estates: &'a [Estate],
}

/// Where a rule found something, and what
#[derive(Default)]
struct Spots(Vec<Spot>);

/// A place, what is wrong there, and what to do about it where that is not what the rule says
type Spot = (Span, String, Option<&'static str>);

impl Spots {
    fn at(&mut self, place: Span, message: impl Into<String>) {
        self.0.push((place, message.into(), None));
    }

    fn hinted(&mut self, place: Span, message: impl Into<String>, hint: &'static str) {
        self.0.push((place, message.into(), Some(hint)));
    }
}

/// One mistake at one place
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// the rule's id
    pub rule: &'static str,
    /// the rule's name
    pub name: &'static str,
    /// how bad it is
    pub severity: Severity,
    /// the file, or what was rendered
    pub file: String,
    /// the environment that it is of; none where it is of no one alone
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// from 1; none where there is no text
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// from 1, in characters
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<usize>,
    /// what is wrong
    pub message: String,
    /// what to do about it
    pub hint: String,
}

/// Returns what the rules find in `subjects`, in the order of the subjects and their places
pub fn check(subjects: &[Subject], estates: &[Estate]) -> Vec<Finding> {
    subjects.iter().flat_map(|subject| of_subject(subject, estates)).collect()
}

/// Returns the problems of a manifest as findings
pub fn of_manifest<'p>(problems: impl IntoIterator<Item = &'p Problem>) -> Vec<Finding> {
    let one = |problem: &Problem| Finding {
        file: problem.file.clone(),
        environment: None,
        line: Some(problem.line),
        column: Some(problem.column),
        message: problem.message.clone(),
        hint: problem.hint.clone().unwrap_or_default(),
        ..rules::manifest_problem::RULE.blank()
    };
    problems.into_iter().map(one).collect()
}

/// Returns a finding about a whole environment that no text has a place for
pub fn of_environment(
    rule: EnvironmentRule,
    environment: &str,
    message: String,
    hint: Option<String>,
) -> Finding {
    let rule = match rule {
        EnvironmentRule::Unresolvable => rules::unresolvable::RULE,
        EnvironmentRule::Refused => rules::refused::RULE,
        EnvironmentRule::UnknownRegion => rules::unknown_region::RULE,
    };
    let blank = rule.blank();
    Finding {
        environment: Some(environment.to_owned()),
        message,
        hint: hint.unwrap_or_else(|| blank.hint.clone()),
        ..blank
    }
}

/// Returns what is wrong at places of the manifest where an environment is made of it
pub fn of_unresolved<'p>(
    environment: &str,
    problems: impl IntoIterator<Item = &'p Problem>,
) -> Vec<Finding> {
    let unresolvable = rules::unresolvable::RULE;
    let of_this = |found: Finding| Finding {
        rule: unresolvable.id,
        name: unresolvable.name,
        severity: unresolvable.severity,
        environment: Some(environment.to_owned()),
        ..found
    };
    of_manifest(problems).into_iter().map(of_this).collect()
}

/// What may be wrong with an environment as a whole
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EnvironmentRule {
    /// its names or policies cannot be made
    Unresolvable,
    /// AWS would refuse something of it
    Refused,
    /// it names a region that may be misspelt
    UnknownRegion,
}

impl Rule {
    fn blank(&self) -> Finding {
        Finding {
            rule: self.id,
            name: self.name,
            severity: self.severity,
            file: String::new(),
            environment: None,
            line: None,
            column: None,
            message: String::new(),
            hint: self.hint.to_owned(),
        }
    }
}

fn of_subject(subject: &Subject, estates: &[Estate]) -> Vec<Finding> {
    let context = Context { subject, estates };
    let mut found: Vec<(&Rule, Spot)> = Vec::new();
    let mut add = |rule: &'static Rule, spots: Spots| {
        found.extend(spots.0.into_iter().map(|spot| (rule, spot)));
    };
    match tree::read(&subject.text) {
        Err(error) => {
            let mut spots = Spots::default();
            spots.at(error.span, error.why);
            add(&rules::unreadable::RULE, spots);
        }
        Ok(tree) => {
            let policies = policy::policies(&tree, subject.kind);
            for rule in RULES {
                let mut spots = Spots::default();
                match rule.look {
                    Look::Policy(look) => {
                        policies.iter().for_each(|policy| look(policy, &context, &mut spots));
                    }
                    Look::Tree(look) => look(&tree, &context, &mut spots),
                    Look::Elsewhere => {}
                }
                add(rule, spots);
            }
            if policies.is_empty() && subject.origin == Origin::File && !is_template(&tree) {
                let mut spots = Spots::default();
                spots.at(tree.head(), "it holds no policy, and is no template");
                add(&rules::no_policy::RULE, spots);
            }
        }
    }
    found.sort_by(|a, b| (a.1.0, a.0.id).cmp(&(b.1.0, b.0.id)));
    found.dedup_by(|a, b| a.1.0 == b.1.0 && a.0.id == b.0.id);
    let suspects = suspects_of(&subject.text);
    let environment = match &subject.origin {
        Origin::Rendered { environment } => Some(environment.clone()),
        Origin::File | Origin::Made | Origin::Manifest => None,
    };
    let finding = |(rule, (span, message, hint)): (&Rule, Spot)| {
        let (line, column) = span.place(&subject.text);
        let blank = rule.blank();
        Finding {
            file: subject.name.clone(),
            environment: environment.clone(),
            line: Some(line),
            column: Some(column),
            message: masked(message, &suspects),
            hint: hint.map_or_else(|| blank.hint.clone(), str::to_owned),
            ..blank
        }
    };
    found.into_iter().map(finding).collect()
}

fn is_template(tree: &Node) -> bool {
    tree.get("Resources").is_some() || tree.get("AWSTemplateFormatVersion").is_some()
}

/// The message without what looks like a value, and without what a terminal would obey
fn masked(message: String, suspects: &[String]) -> String {
    let message = suspects.iter().fold(message, |message, suspect| {
        message.replace(suspect.as_str(), &"*".repeat(suspect.chars().count()))
    });
    message.chars().map(|c| if c.is_control() { '?' } else { c }).collect()
}

/// Returns the text in backticks, as messages quote what they found
fn quoted(text: &Text) -> String {
    format!("`{}`", text.value)
}
