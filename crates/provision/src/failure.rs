//! What a person is told when a command fails: kind, message, hints. Facts come from below; advice
//! is given here, and one function prints it.

mod local;

use std::fmt::Write as _;

use provision_core::desired::ResolveError;
use provision_core::manifest::{Problems, Source, problem_at};
use provision_core::name::SecretName;
use schemars::JsonSchema;
use serde::Serialize;

use crate::aws::{AwsError, ConnectError, ErrorKind, ExecuteError, ProfileError, ValueError};
use crate::exit::Exit;
use crate::print;

/// A failed command
#[derive(Debug)]
pub(crate) struct Failure {
    /// the exit code that it leads to
    pub(crate) exit: Exit,
    /// the kind, in snake case
    pub(crate) kind: &'static str,
    /// what went wrong
    pub(crate) message: String,
    /// what to do next
    pub(crate) hints: Vec<String>,
    /// the problems of a manifest, shown with their places
    pub(crate) problems: Option<Box<Problems>>,
}

/// A failed command as JSON
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct FailureDocument<'a> {
    /// the kind, in snake case
    kind: &'a str,
    /// what went wrong
    message: &'a str,
    /// what to do next
    hints: &'a [String],
    /// the process's exit code
    exit_code: u8,
    /// the problems of the manifest
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Vec<serde_json::Value>>")]
    problems: Option<&'a Problems>,
}

impl Failure {
    /// Returns a failure of `kind`
    pub(crate) fn new(exit: Exit, kind: &'static str, message: impl Into<String>) -> Self {
        Self { exit, kind, message: message.into(), hints: Vec::new(), problems: None }
    }

    /// Adds what to do next
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(print::led(&hint.into()).into_owned());
        self
    }

    /// Gives this advice and no other
    pub(crate) fn only_hint(self, hint: impl Into<String>) -> Self {
        Self { hints: Vec::new(), ..self }.hint(hint)
    }

    /// Returns the failure with another exit code
    pub(crate) fn with_exit(mut self, exit: Exit) -> Self {
        self.exit = exit;
        self
    }

    /// Returns the failure of an environment that the manifest of `source` does not come to, shown
    /// with its place where it has one
    pub(crate) fn of_resolve(error: ResolveError, source: &Source) -> Self {
        let place = error.place();
        let failure = Self::from(error);
        match place {
            Some(place) => {
                problem_at(source, place, &failure.message, &failure.hints.join("; ")).into()
            }
            None => failure,
        }
    }

    /// Returns the failure of a command that reads or writes the value of a secret; `flags` lead a
    /// next command to the same place
    pub(crate) fn of_secret(error: ValueError, name: &SecretName, flags: &str) -> Self {
        let error = match error {
            ValueError::Aws(error) => error,
            ValueError::Foreign(whose) => {
                return Self::new(
                    Exit::Refused,
                    "foreign",
                    format!("{name} is not of this environment: {whose}"),
                )
                .hint(format!("`provision adopt {flags}` shows what taking it over would change"));
            }
            ValueError::OfService(service) => {
                return Self::new(
                    Exit::Refused,
                    "foreign",
                    format!("{name} belongs to the AWS service `{service}`"),
                )
                .hint("the service alone changes its value: give the manifest's secret another `name`");
            }
        };
        match error.kind {
            ErrorKind::NotFound => {
                Self::new(Exit::Error, "not_found", format!("{name} does not exist"))
                    .hint(format!("`provision {flags}` creates it"))
            }
            ErrorKind::InvalidState => {
                Self::new(Exit::Error, error.kind.name(), error.to_string()).hint(format!(
                    "where {name} is scheduled for deletion, `provision restore {flags}` takes it back"
                ))
            }
            // by the secret's own quotas: its error does not say which
            ErrorKind::Limit => Self::new(Exit::Error, error.kind.name(), error.to_string())
                .hint(format!(
                    "AWS keeps 20 labels and about 100 versions of {name}, and removes no version \
                     that is younger than a day: `provision versions {name}` shows both"
                ))
                .hint(format!(
                    "`provision pin {name} VERSION --remove` frees a label; for versions only time makes room"
                )),
            _ => error.into(),
        }
    }

    /// Returns the failure as JSON
    pub(crate) fn document(&self) -> FailureDocument<'_> {
        let Self { exit, kind, message, hints, problems } = self;
        FailureDocument {
            kind,
            message,
            hints,
            exit_code: exit.code(),
            problems: problems.as_deref(),
        }
    }

    /// Returns the failure as text for people
    pub(crate) fn text(&self) -> String {
        if let Some(problems) = &self.problems {
            return hinted(&format!("{:?}", miette::Report::new(problems.as_ref().clone())));
        }
        let mut text = format!("error: {}\n", self.message);
        for hint in &self.hints {
            let _ = writeln!(text, "hint: {hint}");
        }
        text
    }
}

/// The report with this program's word for advice, whatever colour it stands in
fn hinted(report: &str) -> String {
    let line = |line: &str| {
        let label =
            line.trim_start_matches(|c: char| "\u{1b}[;m".contains(c) || c.is_ascii_digit());
        match label.strip_prefix("  help: ") {
            Some(rest) => format!("{}  hint: {rest}", &line[..line.len() - label.len()]),
            None => line.to_owned(),
        }
    };
    report.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

impl From<Problems> for Failure {
    fn from(problems: Problems) -> Self {
        let mut failure = Self::new(Exit::Error, "manifest", problems.to_string());
        failure.problems = Some(Box::new(problems));
        failure
    }
}

impl From<ResolveError> for Failure {
    fn from(error: ResolveError) -> Self {
        let failure = Self::new(Exit::Error, "manifest", error.to_string());
        match error {
            ResolveError::UnknownEnvironment { declared, .. } => {
                let names: Vec<String> = declared.iter().map(|e| format!("`{e}`")).collect();
                failure.hint(format!("declared are {}", names.join(", ")))
            }
            ResolveError::Name { source, .. } => {
                failure.hint(format!("a {} {}", source.kind, source.rule))
            }
            ResolveError::Template { .. } => failure,
            ResolveError::Collision { .. } => failure.hint("give one of them another name"),
            ResolveError::PolicyFile { .. } => {
                failure.hint("a policy file holds one IAM policy document as JSON")
            }
            ResolveError::UnknownRotator { .. } => failure.hint(
                "add `role_arn` with the role of that function, or declare it under `functions`",
            ),
            ResolveError::PolicyFileMissing(_) | ResolveError::Render(_) => failure,
        }
    }
}

impl From<ConnectError> for Failure {
    fn from(error: ConnectError) -> Self {
        let message = error.to_string();
        match error {
            #[cfg(feature = "local")]
            ConnectError::Local(error) => local::state(&error, message),
            #[cfg(not(feature = "local"))]
            ConnectError::WithoutLocal => Self::new(Exit::Error, "local_state", message)
                .hint("build with the feature `local`"),
            ConnectError::Profile(error) => error.into(),
        }
    }
}

impl From<ProfileError> for Failure {
    fn from(error: ProfileError) -> Self {
        let failure = Self::new(Exit::Error, "profile", error.to_string());
        match error {
            ProfileError::Unknown { known, .. } if known.is_empty() => {
                failure.hint("there is none: `aws configure --profile NAME` makes one")
            }
            ProfileError::Unknown { name, known } => {
                let near = |other: &&String| strsim::osa_distance(other, &name) <= 2;
                let failure = match known.iter().find(near) {
                    Some(near) => failure.hint(format!("did you mean `{near}`?")),
                    None => failure,
                };
                let names: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
                failure.hint(format!("known are {}", names.join(", ")))
            }
            // the file holds keys: where it is wrong is said, and not what stands there
            ProfileError::Unreadable(_) => {
                failure.hint("look at `~/.aws/config` and `~/.aws/credentials`")
            }
        }
    }
}

impl From<AwsError> for Failure {
    fn from(error: AwsError) -> Self {
        let failure = Self::new(Exit::Error, error.kind.name(), error.to_string());
        match aws_hint(&error) {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}

impl From<ExecuteError> for Failure {
    fn from(error: ExecuteError) -> Self {
        match error {
            ExecuteError::Aws(error) => error.into(),
            ExecuteError::NoKey | ExecuteError::Mismatch { .. } => {
                Self::new(Exit::Error, "plan", error.to_string())
                    .hint("the plan file was changed by hand; make it again with `provision plan`")
            }
        }
    }
}

/// What one code of one call means, where its kind says less
fn of_code(error: &AwsError) -> Option<&'static str> {
    Some(match (error.operation, error.code.as_deref()?) {
        (_, "DeleteConflict" | "DeleteConflictException") => {
            "something that this environment did not make still hangs on it, such as a policy attached by hand or an instance profile: take that off and run it again"
        }
        ("secretsmanager:PutSecretValue", "ResourceExistsException") => {
            "a version of that id holds another value: run it again, under an id of its own"
        }
        ("kms:RotateKeyOnDemand", "LimitExceededException") => {
            "KMS rotates a key on demand 25 times and no more: a new key starts anew"
        }
        ("kms:PutKeyPolicy" | "kms:CreateKey", "MalformedPolicyDocumentException") => {
            "every role and user that the policy names must exist, and who asks must be able to change it afterwards: KMS refuses what would lock the account out"
        }
        _ => return None,
    })
}

/// What the manifest names and somebody else makes
fn missing(operation: &str) -> Option<&'static str> {
    Some(match operation {
        "secretsmanager:RotateSecret" => {
            "the function that `rotation.lambda_arn` names must exist before the rotation"
        }
        "logs:PutMetricFilter" => {
            "the log group that `alarms.log_group` names must exist: a trail of CloudTrail writes to it"
        }
        "events:PutTargets" => "the topic that `alarms.sns_topic_arn` names must exist",
        "iam:AttachRolePolicy" => {
            "the managed policy that the function's `policies` name must exist"
        }
        _ => return None,
    })
}

fn aws_hint(error: &AwsError) -> Option<String> {
    if error.kind == ErrorKind::NotFound
        && let Some(hint) = missing(error.operation)
    {
        return Some(hint.into());
    }
    if let Some(hint) = of_code(error) {
        return Some(hint.into());
    }
    Some(match error.kind {
        ErrorKind::NoCredentials => {
            "set `AWS_PROFILE`, log in with `aws sso login`, or add `--local` to run without an account"
                .into()
        }
        ErrorKind::BadCredentials => "log in again, or check `AWS_PROFILE` and the clock".into(),
        ErrorKind::AccessDenied => access_hint(error.operation),
        ErrorKind::Timeout | ErrorKind::Unreachable => {
            "check the network, `--region` and `--endpoint-url`".into()
        }
        ErrorKind::Throttled => "AWS limits the calls of this account: run it again".into(),
        ErrorKind::KeyUnusable => {
            "the KMS key must be enabled, and its policy must let the caller use it through Secrets Manager"
                .into()
        }
        ErrorKind::AlreadyExists => {
            "it was made by somebody else since the plan: run `provision plan` again".into()
        }
        ErrorKind::Conflict => "another change is under way: run it again".into(),
        ErrorKind::Limit => "a quota of the account is reached: ask AWS to raise it".into(),
        ErrorKind::Server => "AWS failed by itself: run it again".into(),
        ErrorKind::ReplicaFailed => {
            "mend what AWS names in that region, such as a secret of the same name there; then run it again"
                .into()
        }
        ErrorKind::Pending => "AWS goes on with it: `provision replicate` shows how far it is".into(),
        ErrorKind::PublicPolicy => {
            "the policy would let everybody read: name accounts or roles in `readers`".into()
        }
        ErrorKind::NotSimulated => {
            "`--local` does not have this service: leave it out, or use an endpoint or an account".into()
        }
        ErrorKind::NotSaved(kind) => local::advice(kind).into(),
        ErrorKind::NotFound | ErrorKind::InvalidState => {
            "what exists is not what it was when it was read: `provision plan` shows what it is now"
                .into()
        }
        ErrorKind::MalformedPolicy => {
            "every role and user that a policy names must exist: look at `readers`, `access` and policy files"
                .into()
        }
        ErrorKind::Unsupported | ErrorKind::Invalid | ErrorKind::Other => return None,
    })
}

/// Names the right that is missing, and the role of the manifest's `access` that has it
fn access_hint(operation: &str) -> String {
    let (_, call) = operation.split_once(':').unwrap_or(("", operation));
    let is_read = ["Describe", "Get", "List"].iter().any(|verb| call.starts_with(verb));
    let roles = match call {
        "GetSecretValue" | "PutSecretValue" | "UpdateSecretVersionStage" => "the role `writer` has",
        "DescribeSecret" | "ListSecretVersionIds" => "the roles `planner` and `writer` have",
        "CreateKey" => "an administrator has",
        _ if is_read => "the role `planner` has",
        _ => "the role `provisioner` has",
    };
    let more = match call {
        "RotateSecret" => {
            ", and `lambda:InvokeFunction` on a function that lets `secretsmanager.amazonaws.com` invoke it"
        }
        "ReplicateSecretToRegions" => {
            ", `kms:Decrypt` on the secret's key, and `kms:GenerateDataKey` and `kms:Encrypt` on the key over there"
        }
        _ => "",
    };
    format!("the caller needs `{operation}`{more}, which {roles}: `docs/security.md`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_has_one_name_with_and_without_colour() {
        let report = "x\n  help: a\n\u{1b}[36m  help: \u{1b}[0mb\n 7 │   help: yaml\n";
        let hinted = hinted(report);
        assert_eq!(hinted, "x\n  hint: a\n\u{1b}[36m  hint: \u{1b}[0mb\n 7 │   help: yaml\n");
    }
}
