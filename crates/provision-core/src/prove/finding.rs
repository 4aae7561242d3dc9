//! What a proof finds, one finding for all decisions that differ for the same reason.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use crate::access::party::Subject;
use crate::access::{Cited, Place, Placed};
use crate::policy::evaluation::Answer;

/// Names that a finding gives as examples
const EXAMPLES: usize = 5;

/// What was judged
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Layer {
    /// everything that is said of a call
    Together,
    /// the policies of the role alone
    Identity,
    /// its boundary alone
    Boundary,
    /// the key's policy alone
    Key,
    /// the policy on the secret alone
    Secret,
    /// who may take on the role
    Trust,
}

impl Layer {
    /// Returns the layer in words
    pub fn words(self) -> &'static str {
        match self {
            Self::Together => "all policies together",
            Self::Identity => "the role's own policies alone",
            Self::Boundary => "the boundary alone",
            Self::Key => "the key's policy alone",
            Self::Secret => "the secret's policy alone",
            Self::Trust => "the role's trust",
        }
    }
}

/// A decision that is not what the manifest says
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "ProofFinding")]
pub struct Finding {
    /// the environment, as `project/env`
    pub environment: String,
    /// the name of the role or other principal
    pub role: String,
    /// its ARN
    pub role_arn: String,
    /// what was judged
    pub layer: Layer,
    /// the call
    pub action: String,
    /// whether the manifest allows it
    pub wanted: bool,
    /// whether the policies do
    pub answer: Answer,
    /// ways to make the call that are meant, none for the usual one
    pub ways: Vec<String>,
    /// what it is done to: some of them
    pub targets: Vec<String>,
    /// the decisions that differ so
    pub decisions: u64,
    /// the statements that it rests on; none where none allows it
    pub statements: Vec<Cited>,
    /// why it cannot be decided
    pub doubts: Vec<String>,
    /// commands that mend it
    pub mend: Vec<String>,
}

/// What findings are gathered by
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Reason {
    subject: Subject,
    wanted: bool,
    layer: Layer,
    action: String,
    answer: Answer,
    /// by policy and number
    statements: BTreeSet<(Place, String, usize)>,
}

#[derive(Debug, Default)]
struct Gathered {
    ways: BTreeSet<String>,
    /// what is a secret of the manifest first: names nearly theirs say less
    targets: BTreeSet<(Nearness, String)>,
    decisions: u64,
    cited: BTreeMap<(Place, String, usize), Cited>,
    doubts: BTreeSet<String>,
}

/// Findings in the making, and the number of decisions
#[derive(Debug, Default)]
pub(super) struct Findings {
    pub(super) decisions: u64,
    by_reason: BTreeMap<Reason, Gathered>,
}

/// What a decision is about
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Nearness {
    /// what the manifest names
    Declared,
    /// a name nearly that of a secret
    NearMiss,
}

/// One decision
pub(super) struct Decision<'a> {
    pub(super) subject: &'a Subject,
    pub(super) layer: Layer,
    pub(super) action: &'a str,
    pub(super) way: &'a str,
    pub(super) target: &'a str,
    pub(super) nearness: Nearness,
    pub(super) wanted: bool,
    pub(super) answer: Answer,
}

impl Findings {
    /// Counts a decision, and keeps it where it is not what is wanted
    ///
    /// `because` gives the statements behind it, and why it cannot be decided.
    pub(super) fn note<'p>(
        &mut self,
        decision: &Decision<'_>,
        because: impl FnOnce() -> (Vec<(&'p Placed, usize)>, Vec<String>),
    ) {
        let Decision { subject, layer, action, way, target, nearness, wanted, answer } = decision;
        self.decisions += 1;
        if answer.is(*wanted) {
            return;
        }
        let (statements, doubts) = because();
        let id = |(policy, number): &(&Placed, usize)| (policy.place, policy.name.clone(), *number);
        let reason = Reason {
            subject: (*subject).clone(),
            wanted: *wanted,
            layer: *layer,
            action: (*action).to_owned(),
            answer: *answer,
            statements: statements.iter().map(id).collect(),
        };
        let gathered = self.by_reason.entry(reason).or_default();
        gathered.decisions += 1;
        gathered.targets.insert((*nearness, (*target).to_owned()));
        if !way.is_empty() {
            gathered.ways.insert((*way).to_owned());
        }
        gathered.doubts.extend(doubts);
        for statement in &statements {
            let cite = || Cited::of(statement.0, statement.1);
            gathered.cited.entry(id(statement)).or_insert_with(cite);
        }
    }

    pub(super) fn finish(self) -> Vec<Finding> {
        self.by_reason
            .into_iter()
            .map(|(reason, gathered)| Finding {
                environment: reason.subject.environment,
                role: reason.subject.role,
                role_arn: reason.subject.role_arn,
                layer: reason.layer,
                action: reason.action,
                wanted: reason.wanted,
                answer: reason.answer,
                ways: gathered.ways.into_iter().collect(),
                targets: gathered
                    .targets
                    .into_iter()
                    .map(|(_, name)| name)
                    .take(EXAMPLES)
                    .collect(),
                decisions: gathered.decisions,
                statements: gathered.cited.into_values().collect(),
                doubts: gathered.doubts.into_iter().collect(),
                mend: Vec::new(),
            })
            .collect()
    }
}
