//! An environment as its policies are judged: every name and ARN concrete, every policy with its place.
//!
//! [`Realm::declared`] takes the policies that `apply` would put, [`Realm::live`] those that AWS
//! has. What they *ought* to allow is the manifest's word in both.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::desired::CallerRole;
use crate::policy::Document;

/// Stands for the account where the manifest names none
pub const ANY_ACCOUNT: &str = "000000000000";
/// Six characters as Secrets Manager adds them to a name
const SUFFIX: &str = "AbCdEf";

/// One environment
#[derive(Debug, Clone)]
pub struct Realm {
    /// the project
    pub project: String,
    /// the environment
    pub environment: String,
    /// the partition
    pub partition: String,
    /// the account, or [`ANY_ACCOUNT`]
    pub account: String,
    /// the region
    pub region: String,
    /// its keys: its own region's first, then those of copies
    pub keys: Vec<Key>,
    /// its secrets
    pub secrets: Vec<Secret>,
    /// its roles: of functions, people and pipelines
    pub roles: Vec<Role>,
    /// who may take on the role of those who provision, as the manifest says: its key serves them
    /// under their own names too
    pub provisioners: BTreeSet<String>,
    /// what rings, by name
    pub alarms: Vec<String>,
    /// whether the manifest protects it
    pub protected: bool,
    /// days until what is deleted is gone
    pub recovery_window_days: u16,
    /// whether no secret has a name of its own: then the key serves whatever begins so
    pub whole: bool,
    /// whether the manifest names who provisions: then the key opens for nobody else
    pub named: bool,
}

/// A KMS key
#[derive(Debug, Clone)]
pub struct Key {
    /// its ARN; made up where it is not known
    pub arn: String,
    /// whether that is its ARN in truth
    pub is_known: bool,
    /// the alias that finds it
    pub alias: String,
    /// where it is
    pub region: String,
    /// days between rotations
    pub rotation_days: Option<u16>,
    /// its policy, none where it is somebody else's
    pub policy: Option<Placed>,
}

/// A secret
#[derive(Debug, Clone)]
pub struct Secret {
    /// its name in AWS
    pub name: String,
    /// its name in the manifest
    pub key: String,
    /// its ARN in the environment's own region; the last six characters are made up where not known
    pub arn: String,
    /// the regions that hold copies
    pub copies: Vec<String>,
    /// the policy on it
    pub policy: Option<Placed>,
    /// who reads it by that policy, as the manifest says
    pub readers: BTreeSet<String>,
    /// whether nobody reads it who is not named
    pub closed: bool,
    /// whether nobody calls for it without TLS
    pub tls_only: bool,
    /// when its value is rotated
    pub rotation: Option<String>,
    /// who rotates it, where the manifest names a role
    pub rotator: Option<String>,
}

/// A role
#[derive(Debug, Clone)]
pub struct Role {
    /// its name
    pub name: String,
    /// its ARN
    pub arn: String,
    /// whose it is
    pub kind: Kind,
    /// the name of its function, or of the kind of caller
    pub title: String,
    /// its policies
    pub policies: Vec<Placed>,
    /// its managed policies whose text is not known
    pub unseen: Vec<String>,
    /// the most that it may do
    pub boundary: Option<Placed>,
    /// a boundary whose text is not known
    pub unseen_boundary: Option<String>,
    /// who may take it on
    pub trust: Placed,
    /// who takes it on, as the manifest says
    pub people: Vec<String>,
    /// names of the secrets that it reads, as the manifest says
    pub reads: BTreeSet<String>,
    /// names of the secrets that it writes or rotates, as the manifest says
    pub writes: BTreeSet<String>,
}

/// Whose a role is
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// a Lambda function's
    Function,
    /// of those who change everything and read no value
    Provisioner,
    /// of those who read everything but values
    Planner,
    /// of those who read and write values
    Writer,
    /// of those who delete without a window
    BreakGlass,
    /// of pipelines on GitHub
    GithubDeploy,
    /// somebody's whom the manifest names as a reader
    Reader,
    /// somebody's that rotates a secret, as the manifest says
    Rotator,
    /// who may take on the role of those who provision, by what they may themselves
    Principal,
    /// another of the account, which the manifest does not name
    Other,
}

impl Kind {
    /// Returns the kind in words
    pub fn words(self) -> &'static str {
        match self {
            Self::Function => "function",
            Self::Provisioner => "provisioner",
            Self::Planner => "planner",
            Self::Writer => "writer",
            Self::BreakGlass => "break-glass",
            Self::GithubDeploy => "pipelines on GitHub",
            Self::Reader => "reader",
            Self::Rotator => "rotator",
            Self::Principal => "in access.provisioner",
            Self::Other => "not in the manifest",
        }
    }

    /// Returns whether nothing is known of what such a one may by its own policies
    pub(crate) fn is_unseen(self) -> bool {
        match self {
            Self::Reader | Self::Rotator | Self::Principal => true,
            Self::Function
            | Self::Provisioner
            | Self::Planner
            | Self::Writer
            | Self::BreakGlass
            | Self::GithubDeploy
            | Self::Other => false,
        }
    }

    pub(super) fn of(caller: CallerRole) -> Self {
        match caller {
            CallerRole::Provisioner => Self::Provisioner,
            CallerRole::Planner => Self::Planner,
            CallerRole::Writer => Self::Writer,
            CallerRole::BreakGlass => Self::BreakGlass,
            CallerRole::GithubDeploy => Self::GithubDeploy,
        }
    }
}

/// A policy and where it stands
#[derive(Debug, Clone)]
pub struct Placed {
    /// where
    pub place: Place,
    /// its name, or the ARN or name of what it stands on
    pub name: String,
    /// the policy
    pub document: Document,
}

/// Where a policy stands
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// in a role itself
    Inline,
    /// attached to a role
    Attached,
    /// the boundary of a role
    Boundary,
    /// on a key
    Key,
    /// on a secret
    Secret,
    /// who may take on a role
    Trust,
}

impl Place {
    /// Returns the place in words
    pub fn words(self) -> &'static str {
        match self {
            Self::Inline => "inline policy",
            Self::Attached => "attached policy",
            Self::Boundary => "boundary",
            Self::Key => "key policy",
            Self::Secret => "policy on the secret",
            Self::Trust => "trust",
        }
    }
}

/// Managed policies of AWS that say nothing on secrets and keys
const WITHOUT_A_WORD: [&str; 4] = [
    "service-role/AWSLambdaBasicExecutionRole",
    "service-role/AWSLambdaVPCAccessExecutionRole",
    "AWSXRayDaemonWriteAccess",
    "CloudWatchLambdaInsightsExecutionRolePolicy",
];

impl Realm {
    /// Returns the ARN of a secret of that name
    pub fn secret_arn(&self, name: &str, region: &str) -> String {
        let Self { partition, account, .. } = self;
        format!("arn:{partition}:secretsmanager:{region}:{account}:secret:{name}-{SUFFIX}")
    }

    /// Returns who else uses the key, where the manifest does not name who may
    pub fn open_word(&self) -> Option<&'static str> {
        (!self.named).then_some(
            "Beside these, the key opens for whoever in the account IAM allows it: `access.provisioner` in the manifest names who may",
        )
    }

    /// Returns whom the key lets in by their own names though they are none of its roles: who
    /// rotates by a role of somebody else's, and who may take on the role of those who provision
    pub(crate) fn let_in(&self) -> BTreeMap<&str, Kind> {
        let provisioners = self.provisioners.iter().map(|arn| (arn.as_str(), Kind::Principal));
        let rotators = self.secrets.iter().filter_map(|secret| secret.rotator.as_deref());
        let mut all: BTreeMap<&str, Kind> =
            provisioners.chain(rotators.map(|arn| (arn, Kind::Rotator))).collect();
        all.retain(|arn, _| !self.roles.iter().any(|role| role.arn == *arn));
        all
    }

    /// Returns the environment's name with its project's
    pub fn title(&self) -> String {
        format!("{}/{}", self.project, self.environment)
    }
}

impl Key {
    /// Returns what it is known by: its alias, or the ARN of one that is somebody else's
    pub fn shown(&self) -> &str {
        if self.alias.is_empty() { &self.arn } else { &self.alias }
    }
}

impl Role {
    /// Returns a role that the manifest does not name, without a policy yet
    pub fn stranger(name: &str, arn: &str) -> Self {
        Self {
            name: name.to_owned(),
            arn: arn.to_owned(),
            kind: Kind::Other,
            title: name.to_owned(),
            policies: Vec::new(),
            unseen: Vec::new(),
            boundary: None,
            unseen_boundary: None,
            trust: Placed {
                place: Place::Trust,
                name: name.to_owned(),
                document: Document::default(),
            },
            people: Vec::new(),
            reads: BTreeSet::new(),
            writes: BTreeSet::new(),
        }
    }

    /// Returns whether a managed policy of AWS, by its ARN, says nothing on secrets and keys
    pub fn says_nothing_of_secrets(arn: &str) -> bool {
        let name = arn.split_once(":iam::aws:policy/").map(|(_, name)| name);
        name.is_some_and(|name| WITHOUT_A_WORD.contains(&name))
    }

    /// Returns all policies that say what the role may do
    pub fn all_policies(&self) -> impl Iterator<Item = &Placed> {
        self.policies.iter().chain(&self.boundary)
    }
}
