//! Secrets: listings for a first look, `DescribeSecret` for what a plan depends on.

use std::collections::BTreeMap;

use aws_sdk_secretsmanager::operation::describe_secret::DescribeSecretOutput;
use aws_sdk_secretsmanager::types::{Filter, FilterNameStringType, SecretListEntry, Tag};
use aws_smithy_types::DateTime;
use provision_core::actual::{Actual, ActualKey, ActualSecret, Alias, SecretState, ValueState};
use provision_core::desired::{Desired, Tags};
use provision_core::name::{Arn, SecretName};

use crate::aws::connect::Aws;
use crate::aws::error::{AwsError, ErrorKind};

/// Values that one filter of `ListSecrets` takes
const FILTER_VALUES: usize = 10;
/// Secrets on one page of `ListSecrets`
const PAGE: i32 = 100;
/// Secrets that are described at once
const AT_ONCE: usize = 16;

/// Returns the secrets under the environment's prefix and those of the wanted names
pub(super) async fn list(
    aws: &Aws,
    desired: &Desired,
) -> Result<BTreeMap<SecretName, ActualSecret>, AwsError> {
    const OPERATION: &str = "secretsmanager:ListSecrets";
    let prefix = format!("{}/{}/", desired.project, desired.environment);
    let elsewhere =
        desired.secrets.keys().map(SecretName::as_str).filter(|name| !name.starts_with(&prefix));
    let values: Vec<&str> = std::iter::once(prefix.as_str()).chain(elsewhere).collect();
    let mut secrets = BTreeMap::new();
    for values in values.chunks(FILTER_VALUES) {
        let filter = Filter::builder()
            .key(FilterNameStringType::Name)
            .set_values(Some(values.iter().map(|v| (*v).to_owned()).collect()))
            .build();
        let mut pages = aws
            .secrets
            .list_secrets()
            .filters(filter)
            .include_planned_deletion(true)
            .max_results(PAGE)
            .into_paginator()
            .send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|e| AwsError::new(OPERATION, e))?;
            for entry in page.secret_list() {
                let Ok(name) = SecretName::parse(entry.name().unwrap_or_default()) else {
                    continue; // a name that no manifest can hold
                };
                if desired.secrets.contains_key(&name) || name.as_str().starts_with(&prefix) {
                    secrets.insert(name, listed(entry)?);
                }
            }
        }
    }
    Ok(secrets)
}

/// Asks again, one by one, for the secrets of `names`: what is absent or differs in a listing may
/// only be late
pub(crate) async fn confirm(
    aws: &Aws,
    desired: &Desired,
    actual: &mut Actual,
    names: Vec<SecretName>,
) -> Result<(), AwsError> {
    for chunk in names.chunks(AT_ONCE) {
        let mut asked = tokio::task::JoinSet::new();
        for name in chunk.iter().cloned() {
            let client = aws.secrets.clone();
            asked.spawn(async move {
                (client.describe_secret().secret_id(name.as_str()).send().await, name)
            });
        }
        for (answer, name) in asked.join_all().await {
            match answer {
                Ok(answer) => {
                    let secret = with_key(described(&answer)?, actual.key.as_ref(), desired);
                    actual.secrets.insert(name, secret);
                }
                Err(error) => match AwsError::new("secretsmanager:DescribeSecret", error) {
                    error if error.kind == ErrorKind::NotFound => {
                        actual.secrets.remove(&name);
                    }
                    error => return Err(error),
                },
            }
        }
    }
    Ok(())
}

/// The secret with its key by ARN: AWS may give an id or an alias for the same key
pub(super) fn with_key(
    mut secret: ActualSecret,
    key: Option<&ActualKey>,
    desired: &Desired,
) -> ActualSecret {
    if let (Some(named), Some(key)) = (&secret.kms_key, key) {
        let id = key.arn.as_str().rsplit('/').next();
        let by_alias = key.alias == Alias::PointsHere
            && named.rsplit_once(":alias/").map_or(named.as_str(), |(_, rest)| rest)
                == desired.key.alias.as_str().trim_start_matches("alias/");
        if Some(named.as_str()) == id || by_alias {
            secret.kms_key = Some(key.arn.to_string());
        }
    }
    secret
}

fn listed(entry: &SecretListEntry) -> Result<ActualSecret, AwsError> {
    let stages = entry.secret_versions_to_stages();
    let arn = parse_arn("secretsmanager:ListSecrets", entry.arn())?;
    Ok(ActualSecret {
        arn,
        description: entry.description().unwrap_or_default().to_owned(),
        kms_key: entry.kms_key_id().map(str::to_owned),
        tags: tags(entry.tags()),
        state: state(entry.deleted_date()),
        value: value(stages.is_some_and(|all| all.values().any(|s| is_current(s)))),
        owning_service: owning_service(entry.owning_service()),
    })
}

fn described(answer: &DescribeSecretOutput) -> Result<ActualSecret, AwsError> {
    let stages = answer.version_ids_to_stages();
    let arn = parse_arn("secretsmanager:DescribeSecret", answer.arn())?;
    Ok(ActualSecret {
        arn,
        description: answer.description().unwrap_or_default().to_owned(),
        kms_key: answer.kms_key_id().map(str::to_owned),
        tags: tags(answer.tags()),
        state: state(answer.deleted_date()),
        value: value(stages.is_some_and(|all| all.values().any(|s| is_current(s)))),
        owning_service: owning_service(answer.owning_service()),
    })
}

fn parse_arn(operation: &'static str, arn: Option<&str>) -> Result<Arn, AwsError> {
    Arn::parse(arn.unwrap_or_default())
        .map_err(|_| AwsError::answer(operation, "the answer has no valid ARN"))
}

fn tags(tags: &[Tag]) -> Tags {
    tags.iter()
        .map(|t| (t.key().unwrap_or_default().to_owned(), t.value().unwrap_or_default().to_owned()))
        .collect()
}

fn state(deleted: Option<&DateTime>) -> SecretState {
    deleted.map_or(SecretState::Live, |date| {
        SecretState::PendingDeletion(DateTime::from_secs(date.secs()).to_string())
    })
}

fn value(current: bool) -> ValueState {
    if current { ValueState::Current } else { ValueState::Empty }
}

fn owning_service(name: Option<&str>) -> Option<String> {
    name.filter(|name| !name.is_empty()).map(str::to_owned)
}

fn is_current(stages: &[String]) -> bool {
    stages.iter().any(|stage| stage == "AWSCURRENT")
}
