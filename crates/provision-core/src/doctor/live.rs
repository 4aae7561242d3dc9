//! What was read of an environment, for the ailments to look at.

use std::collections::BTreeMap;

use crate::actual::Actual;
use crate::desired::{Desired, Holder};
use crate::name::SecretName;
use crate::plan::{Action, Blocker, Change, Plan, Reason, Resource};

/// Variables of a function whose values are settings and may be shown
pub const SETTINGS: [&str; 13] = [
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_SECRETS_MANAGER",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_LAMBDA_EXEC_WRAPPER",
    "LAMBDA_SECRETS_ENVIRONMENT",
    "LAMBDA_SECRETS_NAMES",
    "LAMBDA_SECRETS_NEXT_WRAPPER",
    "LAMBDA_SECRETS_ON_ERROR",
    "LAMBDA_SECRETS_PROJECT",
    "LAMBDA_SECRETS_REQUIRED",
    "LAMBDA_SECRETS_SNAPSTART",
    "SECRETS_MANAGER_REGION",
    "USE_SECRETS_MANAGER",
];

/// Everything that was read
#[derive(Debug, Clone, Copy)]
pub struct Situation<'a> {
    /// what the manifest says
    pub desired: &'a Desired,
    /// what exists, policies on secrets included
    pub actual: &'a Actual,
    /// what `apply` would do
    pub plan: &'a Plan,
    /// the functions by their name in Lambda
    pub functions: &'a BTreeMap<String, FunctionState>,
    /// the trails that write in the region, none where they could not be read
    pub trails: Option<&'a [Trail]>,
    /// what is wrong with values, none where nobody asked for them to be read
    pub values: Option<&'a Values>,
    /// how the commands begin that mend something
    pub tools: &'a Tools,
}

/// What is wrong with the values of secrets, by secret: never a value
pub type Values = BTreeMap<SecretName, ValueFault>;

/// What is wrong with the value of a secret
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ValueFault {
    /// it is no JSON object, and the manifest says that it is one
    NotAnObject,
    /// it lacks keys that the manifest requires
    Lacks(Vec<String>),
}

/// How commands begin that lead to the same place
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tools {
    /// flags of this tool
    pub provision: String,
    /// flags of AWS's own command line
    pub aws: String,
}

/// What is known of a function
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FunctionState {
    /// there is none of that name
    Absent,
    /// there is one
    Live(Box<LiveFunction>),
}

/// A function as Lambda tells it, without the values of its variables
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LiveFunction {
    /// the ARN of its role
    pub role: String,
    /// such as `python3.12`; none for an image
    pub runtime: Option<String>,
    /// seconds that it may take
    pub timeout: u32,
    /// such as `x86_64`
    pub architectures: Vec<String>,
    /// the ARNs of its layers
    pub layers: Vec<String>,
    /// those of its variables that are settings: [`SETTINGS`]
    pub settings: BTreeMap<String, String>,
    /// the names of variables whose values look like secrets, and what they look like
    pub suspicious: BTreeMap<String, &'static str>,
    /// the network that it is put into
    pub vpc: Option<Vpc>,
    /// whether snapshots are taken of it
    pub snap_start: bool,
}

/// A network of a function
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vpc {
    /// its id
    pub id: String,
    /// the subnets
    pub subnets: Vec<String>,
}

/// A trail of CloudTrail
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trail {
    /// its name
    pub name: String,
    /// whether it writes
    pub is_logging: bool,
    /// the log group that it writes to as well
    pub log_group: Option<String>,
    /// whether readings are written: those of secrets are management events
    pub reads: bool,
    /// whether changes are written
    pub writes: bool,
    /// whether the events of KMS are left out
    pub without_kms: bool,
}

impl Situation<'_> {
    /// Returns the changes of the plan, each with what it is about
    pub(super) fn changes(&self) -> impl Iterator<Item = (&Resource, &Action, &Change)> {
        self.plan.changes.iter().map(|change| (&change.resource, &change.action, change))
    }

    /// Returns the command that makes the environment what the manifest says
    ///
    /// It permits access to grow where the plan has any grow: what was taken away by hand is given back.
    pub(super) fn apply(&self) -> Vec<String> {
        let widens = self.plan.widening().next().is_some();
        let confirm = self.confirm().filter(|_| widens).unwrap_or_default();
        let widening = if widens { " --allow-widening" } else { "" };
        let apply = format!("provision {} --yes{widening}{confirm}", self.tools.provision);
        // nothing is applied while something waits to be deleted
        let waits = |blocker: &Blocker| {
            matches!(blocker.reason, Reason::Deleted(_) | Reason::PendingDeletion(_))
        };
        if self.plan.blockers.iter().any(waits) {
            return vec![self.provision("restore") + " --yes", apply];
        }
        vec![apply]
    }

    /// Returns the command that also takes away what the manifest does not know
    pub(super) fn prune(&self) -> Vec<String> {
        // what goes may have been a refusal, and its plan is not the one at hand
        let confirm = self.confirm().unwrap_or_default();
        let flags = &self.tools.provision;
        vec![format!("provision apply --prune {flags} --yes --allow-widening{confirm}")]
    }

    fn confirm(&self) -> Option<String> {
        let Desired { project, environment, protected, .. } = self.desired;
        protected.then(|| format!(" --confirm {project}/{environment}"))
    }

    /// Returns another command of this tool
    pub(super) fn provision(&self, command: &str) -> String {
        format!("provision {command} {}", self.tools.provision)
    }

    /// Returns a command of AWS's own command line
    pub(super) fn aws(&self, command: &str) -> String {
        format!("aws {command} {}", self.tools.aws).trim_end().to_owned()
    }

    /// Returns the live functions with their desired roles' names
    pub(super) fn live_functions(
        &self,
    ) -> impl Iterator<Item = (&str, &LiveFunction, &crate::desired::DesiredRole, String)> {
        self.desired.roles.iter().filter_map(|(role_name, role)| {
            let Holder::Function { name, .. } = &role.holder else { return None };
            match self.functions.get(name)? {
                FunctionState::Live(live) => {
                    Some((name.as_str(), live.as_ref(), role, role_name.to_string()))
                }
                FunctionState::Absent => None,
            }
        })
    }
}

impl LiveFunction {
    /// Returns whether the loader's wrapper is set before its runtime
    pub(super) fn is_wrapped(&self) -> bool {
        ["AWS_LAMBDA_EXEC_WRAPPER", "LAMBDA_SECRETS_NEXT_WRAPPER"]
            .iter()
            .filter_map(|name| self.settings.get(*name))
            .any(|path| path == "/opt/lambda-secrets")
    }

    /// Returns the layer of this project, by its name
    pub(super) fn layer(&self) -> Option<&str> {
        self.layers
            .iter()
            .map(String::as_str)
            .find(|arn| arn.split(':').nth(6).is_some_and(|name| name.contains("lambda-secrets")))
    }
}
