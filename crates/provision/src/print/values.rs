//! The documents of the commands that read and write values. None but `get --reveal`'s holds one.

use provision_core::name::SecretName;
use schemars::JsonSchema;
use serde::Serialize;

use crate::aws;
use crate::failure::{Failure, FailureDocument};
use crate::values::bulk::{self, Batch, Done};
use crate::values::merge::Change;
use crate::values::target::{Passed, Why};
use crate::values::versions::Difference;

/// Values that were set
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Set<'a> {
    /// the secret's physical name
    pub(crate) secret: &'a str,
    /// the key of a JSON secret, where it is one key
    pub(crate) key: Option<&'a str>,
    /// whether a value differed from what was there
    pub(crate) changed: bool,
    /// the version that is current now, where one was written
    pub(crate) version: Option<&'a str>,
    /// what became of each value
    pub(crate) values: Vec<ValueChange<'a>>,
}

/// Keys that were taken out of a secret
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Unset<'a> {
    /// the secret's physical name
    pub(crate) secret: &'a str,
    /// whether nothing was written
    pub(crate) dry_run: bool,
    /// the keys that the value is without
    pub(crate) removed: &'a [String],
    /// the version that was written and read back
    pub(crate) version: Option<&'a str>,
}

/// What became of one value
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ValueChange<'a> {
    /// the key of a JSON secret, none for the whole of another
    pub(crate) key: Option<&'a str>,
    /// added, changed or unchanged
    pub(crate) change: Change,
    /// whether the value is a text without a letter
    pub(crate) empty: bool,
}

/// What became of one secret
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct SecretChanges<'a> {
    /// the secret's physical name
    pub(crate) secret: &'a str,
    /// the version that was written and read back
    pub(crate) version: Option<&'a str>,
    /// what became of each value
    pub(crate) values: Vec<ValueChange<'a>>,
}

/// Many values that were set
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Imported<'a> {
    /// whether nothing was written
    pub(crate) dry_run: bool,
    /// by secret
    pub(crate) secrets: Vec<SecretChanges<'a>>,
    /// names of the source that go nowhere
    pub(crate) passed_over: Vec<PassedName<'a>>,
    /// `migrate`: names that can be removed from where they came from
    pub(crate) removable: Vec<&'a str>,
    /// the secret that could not be written, where others were
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) failed: Option<FailedSecret<'a>>,
    /// secrets that were not tried after that, or because somebody asked to stop
    pub(crate) not_tried: Vec<&'a str>,
}

/// A secret that could not be written
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct FailedSecret<'a> {
    /// the secret's physical name
    pub(crate) secret: &'a str,
    /// why
    pub(crate) error: FailureDocument<'a>,
}

/// A name of a source that goes nowhere
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct PassedName<'a> {
    /// the name
    pub(crate) name: &'a str,
    /// its line
    pub(crate) line: Option<usize>,
    /// `undeclared`, `reserved` or `null`
    pub(crate) reason: &'static str,
}

impl<'a> Imported<'a> {
    /// Returns what became, or would become, of the batches
    pub(crate) fn of(
        batches: &'a [Batch],
        done: &'a [Done],
        passed: &'a [Passed],
        dry_run: bool,
    ) -> Self {
        let passed_over = passed
            .iter()
            .map(|passed| PassedName {
                name: passed.source.trim_matches('`'),
                line: passed.line,
                reason: match passed.why {
                    Why::Undeclared => "undeclared",
                    Why::Reserved => "reserved",
                    Why::Null => "null",
                },
            })
            .collect();
        let secrets = bulk::documents(batches, done);
        let (removable, not_tried) = (Vec::new(), Vec::new());
        Self { dry_run, secrets, passed_over, removable, failed: None, not_tried }
    }

    /// Says where it stopped
    pub(crate) fn stopped(
        &mut self,
        failed: Option<&'a (SecretName, Failure)>,
        not_tried: &'a [SecretName],
    ) {
        self.failed = failed.map(|(secret, failure)| FailedSecret {
            secret: secret.as_str(),
            error: failure.document(),
        });
        self.not_tried = not_tried.iter().map(SecretName::as_str).collect();
    }
}

/// A manifest that was written
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Initialised {
    /// the files
    pub(crate) written: Vec<String>,
    /// where each name of the source went, and why
    pub(crate) sorted: Vec<SortedName>,
}

/// Where a name went, and why
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct SortedName {
    /// the name
    pub(crate) name: String,
    /// `secret`, `plain` or `left_out`
    pub(crate) kind: &'static str,
    /// why
    pub(crate) reason: String,
}

/// What AWS says of a secret
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Secret<'a> {
    secret: &'a str,
    arn: &'a str,
    description: &'a str,
    /// none for the key that AWS manages
    kms_key: Option<&'a str>,
    created: Option<&'a str>,
    changed: Option<&'a str>,
    /// the day of the last read
    last_read: Option<&'a str>,
    /// when it was deleted, where it waits for that
    deleted: Option<&'a str>,
    rotated_by: Option<&'a str>,
    last_rotated: Option<&'a str>,
    next_rotation: Option<&'a str>,
    replicas: Vec<ReplicaDocument<'a>>,
    /// the version that was read
    version: Option<&'a str>,
    /// the names of its keys, none where it is no JSON object or could not be read
    keys: Option<Vec<String>>,
    /// whether the key that was asked for has a value, none where that could not be read
    is_set: Option<bool>,
}

impl<'a> Secret<'a> {
    /// Returns what is said of the secret
    pub(crate) fn of(
        secret: &'a str,
        details: &'a aws::Details,
        version: Option<&'a str>,
        keys: Option<Vec<String>>,
        is_set: Option<bool>,
    ) -> Self {
        let aws::Details {
            arn,
            description,
            kms_key,
            created,
            changed,
            accessed,
            deleted,
            current: _,
            rotated_by,
            rotated,
            next_rotation,
            replicas,
        } = details;
        Self {
            secret,
            arn,
            description,
            kms_key: kms_key.as_deref(),
            created: created.as_deref(),
            changed: changed.as_deref(),
            last_read: accessed.as_deref(),
            deleted: deleted.as_deref(),
            rotated_by: rotated_by.as_deref(),
            last_rotated: rotated.as_deref(),
            next_rotation: next_rotation.as_deref(),
            replicas: replicas.iter().map(ReplicaDocument::of).collect(),
            version,
            keys,
            is_set,
        }
    }
}

/// A value, asked for by name
#[derive(Serialize, JsonSchema)]
pub(crate) struct Revealed<'a> {
    /// the secret's physical name
    pub(crate) secret: &'a str,
    /// the key of a JSON secret
    pub(crate) key: Option<&'a str>,
    /// whether the value is binary, and in base64
    pub(crate) binary: bool,
    /// the value
    pub(crate) value: &'a str,
}

impl std::fmt::Debug for Revealed<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { secret, key, binary, value: _ } = self;
        f.debug_struct("Revealed")
            .field("secret", secret)
            .field("key", key)
            .field("binary", binary)
            .finish_non_exhaustive()
    }
}

/// The variables of an environment
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Exported<'a> {
    /// sorted by name
    pub(crate) variables: Vec<ExportedVariable<'a>>,
}

/// The variables of an environment with their values, by name
#[derive(Debug, Serialize, JsonSchema)]
#[allow(dead_code, reason = "describes the schema; values are written without a copy of them")]
pub(crate) struct Variables(std::collections::BTreeMap<String, String>);

/// A variable without its value
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ExportedVariable<'a> {
    /// its name
    pub(crate) name: &'a str,
    /// the secret that it comes from
    pub(crate) secret: &'a str,
}

/// The versions of a secret, the newest first
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Versions<'a> {
    /// the secret's physical name
    pub(crate) secret: &'a str,
    /// the versions
    pub(crate) versions: Vec<VersionDocument<'a>>,
}

/// One version
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct VersionDocument<'a> {
    /// its whole id
    pub(crate) id: &'a str,
    /// its labels
    pub(crate) labels: Vec<&'a str>,
    /// when it was written, as RFC 3339 has it
    pub(crate) created: Option<String>,
    /// who wrote it, where CloudTrail tells
    pub(crate) author: Option<&'a str>,
    /// what differs from the version before it, none where one of the two is gone
    pub(crate) difference: Option<&'a Difference>,
}

/// What was compared
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Compared<'a> {
    /// pair by pair
    pub(crate) comparisons: Vec<Comparison<'a>>,
}

/// A pair and what differs
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Comparison<'a> {
    /// the one
    pub(crate) left: &'a str,
    /// the other
    pub(crate) right: &'a str,
    /// whether they are the same
    pub(crate) equal: bool,
    /// what differs from left to right
    pub(crate) difference: &'a Difference,
}

/// A secret whose versions moved
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Moved<'a> {
    /// the secret's physical name
    pub(crate) secret: &'a str,
    /// whether anything changed
    pub(crate) changed: bool,
    /// the version that it is about: the new one, the pinned one
    pub(crate) version: Option<&'a str>,
    /// `rollback`: the version whose value is current again
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) from: Option<&'a str>,
    /// `pin`: the label
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) label: Option<&'a str>,
    /// `rollback`: what differs from what was current
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) difference: Option<&'a Difference>,
}

/// The replicas of secrets
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Replicated<'a> {
    /// by secret
    pub(crate) secrets: Vec<ReplicatedSecret<'a>>,
    /// `--retry`: the secrets whose failed copies were set off anew
    pub(crate) set_off: Vec<&'a str>,
    /// `--retry`: why those of the next secret were not
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) failed: Option<FailureDocument<'a>>,
    /// `--retry`: those that were not tried after a failure, or because somebody asked to stop
    pub(crate) not_tried: Vec<&'a str>,
}

/// The replicas of one secret
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ReplicatedSecret<'a> {
    /// the secret's physical name
    pub(crate) secret: &'a str,
    /// its replicas
    pub(crate) replicas: Vec<ReplicaDocument<'a>>,
}

/// One replica
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ReplicaDocument<'a> {
    /// the region
    region: &'a str,
    /// its key there, none for the one that AWS manages
    kms_key: Option<&'a str>,
    /// `in sync`, `in progress`, `failed` or `unknown`
    state: &'static str,
    /// why it failed
    message: Option<&'a str>,
}

impl<'a> ReplicaDocument<'a> {
    /// Returns what is said of a replica
    pub(crate) fn of(replica: &'a aws::Replica) -> Self {
        let aws::Replica { region, kms_key, state, message } = replica;
        Self {
            region,
            kms_key: kms_key.as_deref(),
            state: state.words(),
            message: message.as_deref(),
        }
    }
}
