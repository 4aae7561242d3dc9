//! The manifest as people write it: the shape alone, from which the JSON Schema is made.
//!
//! Every field may be absent here; `required` is the schema's business, so that a manifest with
//! one problem can still be read for the others. The doc comments are what editors show.

// No `Debug`: a text that is not yet checked may be a value that somebody pasted.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

/// The secrets of a project: names and rules, never values
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "secrets.yaml")]
pub(super) struct RawManifest {
    /// The project, the first segment of every physical name and path
    #[schemars(required, regex(pattern = r"^[a-z][a-z0-9-]{0,31}$"))]
    pub(super) project: Option<String>,
    /// The AWS region of the environments that do not name one
    #[schemars(regex(pattern = REGION))]
    pub(super) region: Option<String>,
    /// The only account that the environments may be applied to; any other is refused
    #[schemars(regex(pattern = ACCOUNT))]
    pub(super) account: Option<String>,
    /// The AWS partition, by default that of the region
    pub(super) partition: Option<RawPartition>,
    /// The alias of the KMS key, by default `alias/{project}/{env}`
    #[schemars(regex(pattern = "^alias/"))]
    pub(super) key_alias: Option<String>,
    /// The environments: dev, prod, …
    #[schemars(required, extend("minProperties" = 1, "propertyNames" = { "pattern": "^[a-z][a-z0-9]{0,15}$" }))]
    pub(super) environments: Option<BTreeMap<String, Option<RawEnvironment>>>,
    /// The secrets, each becomes `{project}/{env}/{secret}`
    #[allow(dead_code, reason = "read merged with the overrides, for each environment")]
    pub(super) secrets: Option<BTreeMap<String, Option<RawSecret>>>,
    /// The Lambda functions and what each may read
    #[allow(dead_code, reason = "read merged with the overrides, for each environment")]
    pub(super) functions: Option<BTreeMap<String, Option<RawFunction>>>,
    /// The roles of people and pipelines
    pub(super) access: Option<RawAccess>,
    /// The alarms on reads that fail or should not happen
    #[allow(dead_code, reason = "read merged with the overrides, for each environment")]
    pub(super) alarms: Option<RawAlarms>,
    /// Days that the functions' logs are kept, one of the numbers that CloudWatch Logs knows; by
    /// default their log groups are left alone
    #[schemars(range(min = 1, max = 3653))]
    #[allow(dead_code, reason = "read merged with the overrides, for each environment")]
    pub(super) log_retention_days: Option<u16>,
}

const REGION: &str = r"^[a-z]{2,3}(-[a-z]+)+-[0-9]{1,2}$";
const ACCOUNT: &str = r"^[0-9]{12}$";
const ARN: &str = r"^arn:aws[a-z-]*:[a-z0-9-]+:[^:]*:[^:]*:.+$";

/// One environment
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Environment")]
pub(super) struct RawEnvironment {
    /// The AWS region, by default the one at the top
    #[schemars(regex(pattern = REGION))]
    pub(super) region: Option<String>,
    /// The only account that this environment may be applied to
    #[schemars(regex(pattern = ACCOUNT))]
    pub(super) account: Option<String>,
    /// The AWS partition, by default that of the region
    pub(super) partition: Option<RawPartition>,
    /// The alias of the KMS key, by default the one at the top
    #[schemars(regex(pattern = "^alias/"))]
    pub(super) key_alias: Option<String>,
    /// No destroy and no widening of access without `--confirm project/env`, by default false
    pub(super) protected: Option<bool>,
    /// Days in which a deleted secret or key can be taken back, by default 30
    #[schemars(range(min = 7, max = 30))]
    pub(super) recovery_window_days: Option<u16>,
    /// Days between rotations of the KMS key's material, by default 365
    #[schemars(range(min = 90, max = 2560))]
    pub(super) rotate_kms_key_days: Option<u16>,
    /// The regions in which every secret has a copy, under a key of the environment's own there or
    /// under the one that is given
    pub(super) replicas: Option<Vec<RawReplica>>,
    /// What differs in this environment
    #[allow(dead_code, reason = "read merged with the overrides, for each environment")]
    pub(super) overrides: Option<RawOverrides>,
}

/// An AWS partition
#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[schemars(rename = "Partition")]
pub(super) enum RawPartition {
    /// The commercial regions
    #[serde(rename = "aws")]
    Aws,
    /// The regions in China
    #[serde(rename = "aws-cn")]
    AwsCn,
    /// The regions of GovCloud
    #[serde(rename = "aws-us-gov")]
    AwsUsGov,
}

impl RawPartition {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            RawPartition::Aws => "aws",
            RawPartition::AwsCn => "aws-cn",
            RawPartition::AwsUsGov => "aws-us-gov",
        }
    }
}

/// A region that holds copies: its name, or its name and a key of its own
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "Replica")]
pub(super) enum RawReplica {
    /// The region; a key is made there
    Region(#[schemars(regex(pattern = REGION))] String),
    /// The region and the key to use there
    Keyed(RawKeyedReplica),
}

/// A region that holds copies, encrypted with a key that exists
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "KeyedReplica")]
pub(super) struct RawKeyedReplica {
    /// The region
    #[schemars(required, regex(pattern = REGION))]
    pub(super) region: Option<String>,
    /// The ARN of the KMS key in that region
    #[schemars(regex(pattern = ARN))]
    pub(super) kms_key_arn: Option<String>,
}

/// What differs in one environment: mappings merge by key, lists replace
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Overrides")]
pub(super) struct RawOverrides {
    /// Secrets, merged over those at the top
    pub(super) secrets: Option<BTreeMap<String, Option<RawSecret>>>,
    /// Functions, merged over those at the top
    pub(super) functions: Option<BTreeMap<String, Option<RawFunction>>>,
    /// Alarms, merged over those at the top
    pub(super) alarms: Option<RawAlarms>,
    /// Days that the functions' logs are kept, one of the numbers that CloudWatch Logs knows; by
    /// default their log groups are left alone
    #[schemars(range(min = 1, max = 3653))]
    pub(super) log_retention_days: Option<u16>,
}

/// One secret
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Secret")]
pub(super) struct RawSecret {
    /// The physical name, by default `{project}/{env}/{secret}`; once it is overridden, policies list
    /// exact secrets and never the environment as a whole
    pub(super) name: Option<String>,
    /// Text shown beside the secret in AWS, which does not encrypt it
    #[schemars(length(max = 2048))]
    pub(super) description: Option<String>,
    /// The shape of the value, by default json
    #[serde(rename = "type")]
    pub(super) kind: Option<RawSecretType>,
    /// The keys of the JSON object, for the type json only: a list of names, or a mapping from names
    /// to rules
    #[schemars(with = "Option<RawKeys>")]
    pub(super) keys: Option<BTreeMap<String, Option<RawKeyRule>>>,
    /// Rotation by a Lambda function
    pub(super) rotation: Option<RawRotation>,
    /// Who may read the secret besides this project's functions
    pub(super) resource_policy: Option<RawResourcePolicy>,
}

/// The shape of a secret's value
#[derive(Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "SecretType")]
pub(super) enum RawSecretType {
    /// A JSON object whose keys become variables
    #[default]
    Json,
    /// One plain text
    String,
    /// Bytes, which never enter the environment
    Binary,
}

// Only the schema sees the list: it is read as a mapping without rules.
/// The keys of a JSON secret
#[derive(JsonSchema)]
#[serde(untagged)]
#[allow(dead_code, reason = "the shape alone is wanted")]
#[schemars(rename = "Keys")]
pub(super) enum RawKeys {
    /// Names
    List(Vec<String>),
    /// Names and rules
    Map(BTreeMap<String, Option<RawKeyRule>>),
}

/// What a key of a JSON secret is
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "KeyRule")]
pub(super) struct RawKeyRule {
    /// A function cannot do without it: the plan says that it is to be set, `run` warns, and the
    /// loader refuses where `LAMBDA_SECRETS_REQUIRED` tells it so; by default false
    pub(super) required: Option<bool>,
    /// Public text that the secret is created with, never a secret value; one that is added later is
    /// reported as not applied
    pub(super) default: Option<String>,
    /// Public text for the reader
    pub(super) description: Option<String>,
}

/// Rotation of a secret's value
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Rotation")]
pub(super) struct RawRotation {
    /// The Lambda function that rotates; it must let `secretsmanager.amazonaws.com` invoke it
    #[schemars(required, regex(pattern = ARN))]
    pub(super) lambda_arn: Option<String>,
    /// Days between rotations; or `schedule`
    #[schemars(range(min = 1, max = 1000))]
    pub(super) every_days: Option<u16>,
    /// When it rotates, instead of `every_days`: `rate(10 days)` or `cron(0 16 1,15 * ? *)`
    #[schemars(regex(pattern = r"^(rate|cron)\(.+\)$"))]
    pub(super) schedule: Option<String>,
    /// How long a rotation may take, in hours: `3h`
    #[schemars(regex(pattern = r"^([1-9]|1[0-9]|2[0-4])h$"))]
    pub(super) window: Option<String>,
    /// The role of the rotating function, where it is not one of `functions`
    #[schemars(regex(pattern = ARN))]
    pub(super) role_arn: Option<String>,
    /// Rotate once when rotation is set up, by default false: by the schedule alone
    pub(super) rotate_immediately: Option<bool>,
}

/// The policy on a secret itself
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ResourcePolicy")]
pub(super) struct RawResourcePolicy {
    /// Nobody reads but the functions, the writer, the rotator and `readers`, by default false
    pub(super) deny_others: Option<bool>,
    /// Roles and users that may read too, of other accounts as well: the key lets them decrypt
    #[schemars(inner(regex(pattern = ARN)))]
    pub(super) readers: Option<Vec<String>>,
    /// Nobody calls without TLS, by default false
    pub(super) deny_insecure: Option<bool>,
}

/// One Lambda function
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Function")]
pub(super) struct RawFunction {
    /// The function's name in Lambda, by default `{project}-{env}-{function}`
    pub(super) function_name: Option<String>,
    /// The name of its role, by default `{project}-{env}-{function}`; past 64 characters, or where
    /// two would collide, a prefix and 8 digits of a digest
    pub(super) role_name: Option<String>,
    /// The Lambda runtime, such as `python3.12` or `provided.al2023`
    pub(super) runtime: Option<String>,
    /// The secrets that its role reads, each declared in `secrets`, and nothing else
    pub(super) reads: Option<Vec<String>>,
    /// The secrets whose values its role may replace, each declared in `secrets`: such as a token that
    /// it renews. To replace a value by compare-and-swap it reads it too
    pub(super) writes: Option<Vec<String>>,
    /// Further policies of its role: ARNs of managed policies, or JSON files beside the manifest, which
    /// become inline policies named after the file
    pub(super) policies: Option<Vec<String>>,
    /// Where its right to write logs comes from, by default managed
    pub(super) logs: Option<RawLogs>,
    /// The ARN of the permissions boundary of its role
    #[schemars(regex(pattern = ARN))]
    pub(super) boundary: Option<String>,
    /// Adds `aws:SourceAccount` to the role's trust
    #[schemars(regex(pattern = ACCOUNT))]
    pub(super) trust_source_account: Option<String>,
    /// Adds `aws:SourceArn` to the role's trust
    #[schemars(regex(pattern = ARN))]
    pub(super) trust_source_arn: Option<String>,
}

/// Where a function's right to write its logs comes from
#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "Logs")]
pub(super) enum RawLogs {
    /// The AWS managed policy `AWSLambdaBasicExecutionRole`
    Managed,
    /// A statement for just its own log group
    Own,
}

/// The roles of people and pipelines: for each, the principals that may take it on
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Access")]
pub(super) struct RawAccess {
    /// The role that changes everything, and reads and writes no value but the manifest's public defaults
    #[schemars(inner(regex(pattern = ARN)))]
    pub(super) provisioner: Option<Vec<String>>,
    /// The role that reads everything but values
    #[schemars(inner(regex(pattern = ARN)))]
    pub(super) planner: Option<Vec<String>>,
    /// The role that reads and writes the values of the declared secrets
    #[schemars(inner(regex(pattern = ARN)))]
    pub(super) writer: Option<Vec<String>>,
    /// Pipelines of one GitHub repository take on a provisioner's role, each in the GitHub environment
    /// of the same name; needs `provisioner`
    pub(super) github: Option<RawGithub>,
    /// The role that deletes without windows, for users with MFA, which sessions of a role never carry
    #[schemars(inner(regex(pattern = ARN)))]
    pub(super) break_glass: Option<Vec<String>>,
}

/// The pipelines of one GitHub repository
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Github")]
pub(super) struct RawGithub {
    /// `owner/name`, without a wildcard
    #[schemars(required, regex(pattern = r"^[A-Za-z0-9._-]+/[A-Za-z0-9._-]+$"))]
    pub(super) repo: Option<String>,
    /// The environments of this manifest that the pipelines deploy, by default all
    pub(super) environments: Option<Vec<String>>,
}

/// The alarms
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Alarms")]
pub(super) struct RawAlarms {
    /// The SNS topic to tell, none by default
    #[schemars(regex(pattern = ARN))]
    pub(super) sns_topic_arn: Option<String>,
    /// The log group that CloudTrail writes to: alarms are metric filters on it
    #[schemars(regex(pattern = LOG_GROUP))]
    pub(super) log_group: Option<String>,
    /// How CloudTrail's events reach the alarms, by default `metric_filter` where `log_group` is given,
    /// else `eventbridge`, which needs a topic and no log group
    pub(super) via: Option<RawVia>,
    /// Which alarms, by default all
    pub(super) which: Option<Vec<RawAlarm>>,
}

const LOG_GROUP: &str = r"^[A-Za-z0-9._/#-]{1,512}$";

/// How CloudTrail's events reach the alarms
#[derive(Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "Via")]
pub(super) enum RawVia {
    /// Metric filters on the trail's log group
    MetricFilter,
    /// EventBridge rules
    Eventbridge,
}

/// One alarm
#[derive(Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "Alarm")]
pub(super) enum RawAlarm {
    /// A secret could not be read
    FailedRetrievals,
    /// The key could not be used
    KmsErrors,
    /// A read was denied
    AccessDenied,
    /// Somebody reads a secret that is about to be deleted
    PendingDeletion,
    /// A secret, its policy or the key was tampered with
    Tampering,
}
