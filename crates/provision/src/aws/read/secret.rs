//! Secrets: listings for a first look, `DescribeSecret` for what a plan depends on.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::operation::describe_secret::DescribeSecretOutput;
use aws_sdk_secretsmanager::types::{
    Filter, FilterNameStringType, ReplicationStatusType, RotationRulesType, SecretListEntry,
    StatusType, Tag,
};
use aws_smithy_types::DateTime;
use futures_util::{StreamExt as _, TryStreamExt as _};
use provision_core::actual::{
    Actual, ActualKey, ActualReplica, ActualSecret, Alias, Owner, ResourcePolicy, SecretState,
    ValueState, owner,
};
use provision_core::desired::{
    Desired, DesiredReplica, MANAGED_BY, RotationRules, tagged_replicas,
};
use provision_core::manifest::Schedule;
use provision_core::name::{Arn, Region, SecretName};
use provision_core::plan::Intent;
use provision_core::policy::Document;

use crate::aws::connect::{Aws, Regional};
use crate::aws::error::{AwsError, ErrorKind};

/// Values that one filter of `ListSecrets` takes
const FILTER_VALUES: usize = 10;
/// Secrets on one page of `ListSecrets`
const PAGE: i32 = 100;
/// Secrets that are described at once
const AT_ONCE: usize = 16;

/// Returns the environment's secrets: those under its prefix, those of the wanted names, and those
/// that carry its tags under whatever name
pub(super) async fn list(aws: &Aws, desired: &Desired) -> Result<Listed, AwsError> {
    let (mut listed, tagged) =
        tokio::try_join!(by_name(aws, desired), listing(aws, desired, tag_filters(desired)))?;
    listed.extend(tagged);
    Ok(listed)
}

/// What listings show of the environment's secrets
#[derive(Default)]
pub(super) struct Listed {
    pub(super) secrets: BTreeMap<SecretName, ActualSecret>,
    /// those that have copies; a listing does not say where
    pub(super) copied: BTreeSet<SecretName>,
}

impl Listed {
    fn extend(&mut self, Self { secrets, copied }: Self) {
        self.secrets.extend(secrets);
        self.copied.extend(copied);
    }
}

async fn by_name(aws: &Aws, desired: &Desired) -> Result<Listed, AwsError> {
    let prefix = prefix(desired);
    let mut listed = Listed::default();
    for values in name_values(desired, &prefix).chunks(FILTER_VALUES) {
        let names = filter(FilterNameStringType::Name, values);
        listed.extend(listing(aws, desired, vec![names]).await?);
    }
    Ok(listed)
}

/// The beginnings of names to look for: one for all that have it, and every other name
fn name_values<'a>(desired: &'a Desired, prefix: &'a str) -> Vec<&'a str> {
    let elsewhere =
        desired.secrets.keys().map(SecretName::as_str).filter(|name| !name.starts_with(prefix));
    std::iter::once(prefix).chain(elsewhere).collect()
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
async fn listing(aws: &Aws, desired: &Desired, filters: Vec<Filter>) -> Result<Listed, AwsError> {
    let prefix = prefix(desired);
    let mut listed = Listed::default();
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
                if entry.primary_region().is_some() {
                    listed.copied.insert(name.clone());
                }
                listed.secrets.insert(name, secret);
            }
        }
    }
    Ok(listed)
}

/// Adds what each secret has in other regions, as the listings over there show it
///
/// A copy that AWS failed to make is in no listing: it shows as missing and is asked for.
pub(super) async fn add_copies(
    aws: &Aws,
    desired: &Desired,
    actual: &mut Actual,
) -> Result<(), AwsError> {
    let noted = actual.key.iter().flat_map(|key| tagged_replicas(&key.tags));
    let regions: BTreeSet<Region> = desired.replicas.keys().cloned().chain(noted).collect();
    if actual.secrets.is_empty() && actual.replica_keys.is_empty() {
        return Ok(());
    }
    let found = regions.into_iter().map(|region| async move {
        let Regional { secrets, .. } = aws.regional(Some(&region));
        Ok::<_, AwsError>((elsewhere(&secrets, desired).await?, region))
    });
    for (found, region) in futures_util::future::try_join_all(found).await? {
        for Elsewhere { name, key, standing } in found {
            let kms_key = key.map(|named| copy_key(named, &region, desired, &actual.replica_keys));
            let ours = actual.replica_keys.get(&region).map(|key| key.arn.as_str());
            match (standing, actual.secrets.get_mut(&name)) {
                (Standing::Copy, Some(secret)) => {
                    let replica = ActualReplica { kms_key, failure: None };
                    secret.replicas.insert(region.clone(), replica);
                }
                (Standing::Copy, None) => {}
                (Standing::Apart, _) => {
                    if kms_key.is_some() && kms_key.as_deref() == ours {
                        actual.apart.entry(region.clone()).or_insert(name);
                    }
                }
            }
        }
    }
    Ok(())
}

/// A secret in a region of copies
struct Elsewhere {
    name: SecretName,
    key: Option<String>,
    standing: Standing,
}

/// Whether a secret follows one of the environment's own region
#[derive(Clone, Copy)]
enum Standing {
    Copy,
    Apart,
}

/// The secrets of the environment's names in one region of copies
async fn elsewhere(client: &Client, desired: &Desired) -> Result<Vec<Elsewhere>, AwsError> {
    let prefix = prefix(desired);
    let mut found = Vec::new();
    for values in name_values(desired, &prefix).chunks(FILTER_VALUES) {
        let names = filter(FilterNameStringType::Name, values);
        let call = client.list_secrets().filters(names).max_results(PAGE);
        let mut pages = call.into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|e| AwsError::new(Entry::LISTING, e))?;
            for entry in page.secret_list() {
                let Ok(name) = SecretName::parse(entry.name().unwrap_or_default()) else {
                    continue; // a name that no manifest can hold
                };
                let standing = match entry.primary_region() == Some(desired.region.as_str()) {
                    true => Standing::Copy,
                    false => Standing::Apart,
                };
                let key = entry.kms_key_id().map(str::to_owned);
                found.push(Elsewhere { name, key, standing });
            }
        }
    }
    Ok(found)
}

/// The key of a copy by ARN, where it is the environment's or the given one
fn copy_key(
    named: String,
    region: &Region,
    desired: &Desired,
    keys: &BTreeMap<Region, ActualKey>,
) -> String {
    match desired.replicas.get(region) {
        Some(DesiredReplica::Given(arn)) if named == arn.id() => arn.to_string(),
        _ => with_arn(named, keys.get(region), desired),
    }
}

/// Adds the policies on the secrets themselves
///
/// Each costs a call: where nothing undeclared is to go, only those are read that the manifest
/// declares.
pub(super) async fn add_policies(
    aws: &Aws,
    desired: &Desired,
    actual: &mut Actual,
    intent: Intent,
) -> Result<(), AwsError> {
    let is_asked = |(name, live): &(&SecretName, &ActualSecret)| {
        live.state == SecretState::Live
            && desired
                .secrets
                .get(*name)
                .is_some_and(|secret| secret.resource_policy.is_some() || intent == Intent::Prune)
    };
    let names: Vec<SecretName> =
        actual.secrets.iter().filter(is_asked).map(|(name, _)| name.clone()).collect();
    let answers = futures_util::stream::iter(names)
        .map(|name| async move { Ok::<_, AwsError>((resource_policy(aws, &name).await?, name)) })
        .buffer_unordered(AT_ONCE);
    let policies: Vec<_> = answers.try_collect().await?;
    for (policy, name) in policies {
        if let Some(secret) = actual.secrets.get_mut(&name) {
            secret.resource_policy = policy;
        }
    }
    Ok(())
}

async fn resource_policy(aws: &Aws, name: &SecretName) -> Result<ResourcePolicy, AwsError> {
    const OPERATION: &str = "secretsmanager:GetResourcePolicy";
    let answer = aws.secrets.get_resource_policy().secret_id(name.as_str()).send().await;
    let answer = match answer.map_err(|e| AwsError::new(OPERATION, e)) {
        Ok(answer) => answer,
        // gone since it was listed, or listed late
        Err(error) if error.kind == ErrorKind::NotFound => return Ok(ResourcePolicy::Absent),
        Err(error) => return Err(error),
    };
    match answer.resource_policy().filter(|text| !text.is_empty()) {
        None => Ok(ResourcePolicy::Absent),
        Some(text) => Document::parse(text)
            .map(ResourcePolicy::Document)
            .map_err(|e| AwsError::answer(OPERATION, e.to_string())),
    }
}

/// Asks again, one by one, for the secrets of `names`: what is absent or differs in a listing may
/// only be late
pub(super) async fn confirm(
    aws: &Aws,
    desired: &Desired,
    actual: &mut Actual,
    names: BTreeSet<SecretName>,
) -> Result<(), AwsError> {
    let answers = futures_util::stream::iter(names)
        .map(|name| async move {
            (aws.secrets.describe_secret().secret_id(name.as_str()).send().await, name)
        })
        .buffer_unordered(AT_ONCE);
    let answers: Vec<_> = answers.collect().await;
    for (answer, name) in answers {
        match answer {
            Ok(answer) => {
                let mut secret =
                    with_key(Entry::described(&answer).secret()?, actual.key.as_ref(), desired);
                secret.replicas =
                    replicas(answer.replication_status(), desired, &actual.replica_keys);
                let before = actual.secrets.remove(&name);
                secret.resource_policy = match before {
                    Some(before) => before.resource_policy,
                    // in no listing yet, and so not asked for its policy
                    None if is_with_policy(desired, &name) => resource_policy(aws, &name).await?,
                    None => ResourcePolicy::Unread,
                };
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
    Ok(())
}

fn is_with_policy(desired: &Desired, name: &SecretName) -> bool {
    desired.secrets.get(name).is_some_and(|secret| secret.resource_policy.is_some())
}

fn replicas(
    status: &[ReplicationStatusType],
    desired: &Desired,
    keys: &BTreeMap<Region, ActualKey>,
) -> BTreeMap<Region, ActualReplica> {
    let replica = |status: &ReplicationStatusType| {
        let region = Region::parse(status.region().unwrap_or_default()).ok()?;
        let failed = status.status() == Some(&StatusType::Failed);
        let words = || status.status_message().unwrap_or("AWS does not say why").to_owned();
        let key = status.kms_key_id().map(str::to_owned);
        let kms_key = key.map(|named| copy_key(named, &region, desired, keys));
        Some((region, ActualReplica { kms_key, failure: failed.then(words) }))
    };
    status.iter().filter_map(replica).collect()
}

/// The secret with its key by ARN
pub(super) fn with_key(
    secret: ActualSecret,
    key: Option<&ActualKey>,
    desired: &Desired,
) -> ActualSecret {
    ActualSecret { kms_key: secret.kms_key.map(|named| with_arn(named, key, desired)), ..secret }
}

/// A key by ARN where it is the environment's: AWS may give an id or an alias for the same key
fn with_arn(named: String, key: Option<&ActualKey>, desired: &Desired) -> String {
    let Some(key) = key else { return named };
    let alias = named.rfind("alias/").map(|start| &named[start..]);
    let by_alias = alias.is_some_and(|alias| {
        key.other_aliases.iter().any(|other| other.as_str() == alias)
            || key.alias == Alias::PointsHere && desired.key.alias.as_str() == alias
    });
    let is_ours = named == key.arn.id() || by_alias;
    if is_ours { key.arn.to_string() } else { named }
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
    rotation: Option<RotationRules>,
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
            rotation: rotation(
                entry.rotation_enabled(),
                entry.rotation_lambda_arn(),
                entry.rotation_rules(),
            ),
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
            rotation: rotation(
                answer.rotation_enabled(),
                answer.rotation_lambda_arn(),
                answer.rotation_rules(),
            ),
        }
    }

    fn secret(self) -> Result<ActualSecret, AwsError> {
        let Self {
            operation,
            arn,
            description,
            kms_key,
            tags,
            deleted,
            stages,
            owning_service,
            rotation,
        } = self;
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
            replicas: BTreeMap::new(),
            rotation,
            resource_policy: ResourcePolicy::Unread,
        })
    }
}

/// Rotation by a function; what an AWS service rotates by itself has none and is not ours
fn rotation(
    is_on: Option<bool>,
    lambda: Option<&str>,
    rules: Option<&RotationRulesType>,
) -> Option<RotationRules> {
    let lambda_arn = Arn::parse(lambda?).ok().filter(|_| is_on == Some(true))?;
    let schedule = match rules {
        Some(rules) => match (rules.schedule_expression(), rules.automatically_after_days()) {
            (Some(text), _) => Schedule::Expression(text.to_owned()),
            (None, Some(days)) => Schedule::EveryDays(u16::try_from(days).unwrap_or(u16::MAX)),
            (None, None) => Schedule::Expression(String::new()),
        },
        None => Schedule::Expression(String::new()),
    };
    let hours = rules.and_then(|rules| rules.duration()).and_then(|text| text.strip_suffix('h'));
    Some(RotationRules {
        lambda_arn,
        schedule,
        window_hours: hours.and_then(|hours| hours.parse().ok()),
    })
}
