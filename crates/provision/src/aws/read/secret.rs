//! Secrets: listings for a first look, `DescribeSecret` for what a plan depends on.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_secretsmanager::operation::describe_secret::DescribeSecretOutput;
use aws_sdk_secretsmanager::types::{Filter, FilterNameStringType, SecretListEntry, Tag};
use aws_smithy_types::DateTime;
use provision_core::actual::{
    Actual, ActualKey, ActualSecret, Alias, Owner, SecretState, ValueState, owner,
};
use provision_core::desired::{Desired, MANAGED_BY};
use provision_core::name::{Arn, SecretName};

use crate::aws::connect::Aws;
use crate::aws::error::{AwsError, ErrorKind};

/// Values that one filter of `ListSecrets` takes
const FILTER_VALUES: usize = 10;
/// Secrets on one page of `ListSecrets`
const PAGE: i32 = 100;
/// Secrets that are described at once
const AT_ONCE: usize = 16;

/// Returns the environment's secrets: those under its prefix, those of the wanted names, and those
/// that carry its tags under whatever name
pub(super) async fn list(
    aws: &Aws,
    desired: &Desired,
) -> Result<BTreeMap<SecretName, ActualSecret>, AwsError> {
    let (mut secrets, tagged) =
        tokio::try_join!(by_name(aws, desired), listing(aws, desired, tag_filters(desired)))?;
    secrets.extend(tagged);
    Ok(secrets)
}

async fn by_name(
    aws: &Aws,
    desired: &Desired,
) -> Result<BTreeMap<SecretName, ActualSecret>, AwsError> {
    let prefix = prefix(desired);
    let elsewhere =
        desired.secrets.keys().map(SecretName::as_str).filter(|name| !name.starts_with(&prefix));
    let values: Vec<&str> = std::iter::once(prefix.as_str()).chain(elsewhere).collect();
    let mut secrets = BTreeMap::new();
    for values in values.chunks(FILTER_VALUES) {
        let names = filter(FilterNameStringType::Name, values);
        secrets.extend(listing(aws, desired, vec![names]).await?);
    }
    Ok(secrets)
}

/// A secret passes where it passes every filter: fewer of other people's secrets to look through
fn tag_filters(desired: &Desired) -> Vec<Filter> {
    let key = filter(FilterNameStringType::TagKey, &[MANAGED_BY.0]);
    let values =
        desired.tags.values().map(|value| filter(FilterNameStringType::TagValue, &[value]));
    std::iter::once(key).chain(values).collect()
}

fn filter(key: FilterNameStringType, values: &[&str]) -> Filter {
    let values = values.iter().map(|&value| value.to_owned()).collect();
    Filter::builder().key(key).set_values(Some(values)).build()
}

fn prefix(desired: &Desired) -> String {
    format!("{}/{}/", desired.project, desired.environment)
}

/// The environment's secrets among those that pass `filters`, which match by prefix
async fn listing(
    aws: &Aws,
    desired: &Desired,
    filters: Vec<Filter>,
) -> Result<BTreeMap<SecretName, ActualSecret>, AwsError> {
    let prefix = prefix(desired);
    let mut secrets = BTreeMap::new();
    let mut pages = aws
        .secrets
        .list_secrets()
        .set_filters(Some(filters))
        .include_planned_deletion(true)
        .max_results(PAGE)
        .into_paginator()
        .send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|e| AwsError::new(Entry::LISTING, e))?;
        for entry in page.secret_list() {
            let Ok(name) = SecretName::parse(entry.name().unwrap_or_default()) else {
                continue; // a name that no manifest can hold
            };
            let secret = Entry::listed(entry).secret()?;
            if desired.secrets.contains_key(&name)
                || name.as_str().starts_with(&prefix)
                || owner(&secret.tags, &desired.tags) == Owner::Environment
            {
                secrets.insert(name, secret);
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
                    let secret =
                        with_key(Entry::described(&answer).secret()?, actual.key.as_ref(), desired);
                    actual.secrets.insert(name, secret);
                }
                Err(error) => match AwsError::new(Entry::DESCRIPTION, error) {
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

/// What a listing and a description say of one secret in the same words
struct Entry<'a> {
    operation: &'static str,
    arn: Option<&'a str>,
    description: Option<&'a str>,
    kms_key: Option<&'a str>,
    tags: &'a [Tag],
    deleted: Option<&'a DateTime>,
    stages: Option<&'a HashMap<String, Vec<String>>>,
    owning_service: Option<&'a str>,
}

impl<'a> Entry<'a> {
    const LISTING: &'static str = "secretsmanager:ListSecrets";
    const DESCRIPTION: &'static str = "secretsmanager:DescribeSecret";

    fn listed(entry: &'a SecretListEntry) -> Self {
        Self {
            operation: Self::LISTING,
            arn: entry.arn(),
            description: entry.description(),
            kms_key: entry.kms_key_id(),
            tags: entry.tags(),
            deleted: entry.deleted_date(),
            stages: entry.secret_versions_to_stages(),
            owning_service: entry.owning_service(),
        }
    }

    fn described(answer: &'a DescribeSecretOutput) -> Self {
        Self {
            operation: Self::DESCRIPTION,
            arn: answer.arn(),
            description: answer.description(),
            kms_key: answer.kms_key_id(),
            tags: answer.tags(),
            deleted: answer.deleted_date(),
            stages: answer.version_ids_to_stages(),
            owning_service: answer.owning_service(),
        }
    }

    fn secret(self) -> Result<ActualSecret, AwsError> {
        let Self { operation, arn, description, kms_key, tags, deleted, stages, owning_service } =
            self;
        let is_current = |labels: &Vec<String>| labels.iter().any(|label| label == "AWSCURRENT");
        let state = match deleted {
            None => SecretState::Live,
            Some(date) => {
                SecretState::PendingDeletion(DateTime::from_secs(date.secs()).to_string())
            }
        };
        let value = if stages.is_some_and(|all| all.values().any(is_current)) {
            ValueState::Current
        } else {
            ValueState::Empty
        };
        Ok(ActualSecret {
            arn: Arn::parse(arn.unwrap_or_default())
                .map_err(|_| AwsError::answer(operation, "the answer has no valid ARN"))?,
            description: description.unwrap_or_default().to_owned(),
            kms_key: kms_key.map(str::to_owned),
            tags: tags
                .iter()
                .map(|tag| (tag.key().unwrap_or_default(), tag.value().unwrap_or_default()))
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .collect(),
            state,
            value,
            owning_service: owning_service.filter(|name| !name.is_empty()).map(str::to_owned),
        })
    }
}
