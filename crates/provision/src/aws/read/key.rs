//! The environment's keys: by their alias, or by their tags where a run ended before the alias was
//! made.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_kms::Client;
use aws_sdk_kms::types::{KeyManagerType, KeyMetadata, KeyState as State};
use aws_smithy_types::DateTime;
use provision_core::actual::{
    ActualKey, Alias, DEFAULT_ROTATION_DAYS, KeyState, Owner, Rotation, owner,
};
use provision_core::desired::{Desired, DesiredReplica, Tags, tagged_replicas};
use provision_core::name::{Arn, KeyAlias, Region};
use provision_core::plan::Intent;
use provision_core::policy::Document;

use crate::aws::connect::{Aws, Regional};
use crate::aws::error::{AwsError, ErrorKind};

const TAGS: &str = "kms:ListResourceTags";
/// Keys whose tags are asked for at once while a key without an alias is looked for
const AT_ONCE: usize = 8;

/// The environment's keys
pub(super) struct Keys {
    /// that of its own region
    pub(super) home: Option<ActualKey>,
    /// those of regions that hold copies, or may
    pub(super) replicas: BTreeMap<Region, ActualKey>,
}

/// Where a key is looked for
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Search {
    /// by its alias alone
    Alias,
    /// by its alias, or else by its tags
    AliasOrTags,
}

/// Returns the environment's keys
///
/// The tags of the first name the regions of copies, so that a key is found there whatever the
/// manifest says of the region by now.
pub(super) async fn read(aws: &Aws, desired: &Desired, intent: Intent) -> Result<Keys, AwsError> {
    let home = one(&aws.kms, desired, Search::AliasOrTags, intent).await?;
    let mut regions: BTreeMap<Region, Search> = BTreeMap::new();
    for region in home.iter().flat_map(|key| tagged_replicas(&key.tags)) {
        regions.insert(region, Search::AliasOrTags);
    }
    for (region, replica) in &desired.replicas {
        match replica {
            DesiredReplica::Own(_) => regions.insert(region.clone(), Search::AliasOrTags),
            // somebody else's key: one of ours may be left from before, under the alias
            DesiredReplica::Given(_) => {
                regions.get_mut(region).map(|search| std::mem::replace(search, Search::Alias))
            }
        };
    }
    let found = regions.into_iter().map(|(region, search)| async move {
        let Regional { kms, .. } = aws.regional(Some(&region));
        Ok::<_, AwsError>((region, one(&kms, desired, search, intent).await?))
    });
    let found = futures_util::future::try_join_all(found).await?;
    let replicas = found.into_iter().filter_map(|(region, key)| Some((region, key?))).collect();
    Ok(Keys { home, replicas })
}

/// Returns the environment's key in one region
async fn one(
    kms: &Client,
    desired: &Desired,
    search: Search,
    intent: Intent,
) -> Result<Option<ActualKey>, AwsError> {
    let alias = &desired.key.alias;
    if let Some(metadata) = describe(kms, alias.as_str()).await? {
        let arn = arn_of(&metadata)?;
        let tags = tags(kms, arn.as_str()).await?;
        let ours = owner(&tags, &desired.tags) == Owner::Environment;
        // what is to go is ours, wherever the alias was turned meanwhile; all else starts at the alias
        if ours || !matches!(intent, Intent::Destroy | Intent::ForceDestroy) {
            return details(kms, &metadata, arn, tags, (alias, Alias::PointsHere)).await.map(Some);
        }
    }
    if search == Search::Alias {
        return Ok(None);
    }
    match by_tags(kms, desired).await? {
        Some((metadata, tags)) => {
            let arn = arn_of(&metadata)?;
            details(kms, &metadata, arn, tags, (alias, Alias::Absent)).await.map(Some)
        }
        None => Ok(None),
    }
}

async fn describe(kms: &Client, id: &str) -> Result<Option<KeyMetadata>, AwsError> {
    match kms.describe_key().key_id(id).send().await {
        Ok(answer) => Ok(answer.key_metadata),
        Err(error) => match AwsError::new("kms:DescribeKey", error) {
            error if error.kind == ErrorKind::NotFound => Ok(None),
            error => Err(error),
        },
    }
}

fn arn_of(metadata: &KeyMetadata) -> Result<Arn, AwsError> {
    Arn::parse(metadata.arn().unwrap_or_default())
        .map_err(|_| AwsError::answer("kms:DescribeKey", "the answer has no valid ARN"))
}

async fn details(
    kms: &Client,
    metadata: &KeyMetadata,
    arn: Arn,
    tags: Tags,
    (name, alias): (&KeyAlias, Alias),
) -> Result<ActualKey, AwsError> {
    let (policy, rotation, mut other_aliases) =
        tokio::try_join!(policy(kms, &arn), rotation(kms, &arn), aliases(kms, &arn))?;
    other_aliases.remove(name);
    let state = match metadata.key_state() {
        Some(State::Enabled) => KeyState::Enabled,
        Some(State::Disabled) => KeyState::Disabled,
        Some(State::PendingDeletion) => KeyState::PendingDeletion(
            metadata.deletion_date().map(|date| DateTime::from_secs(date.secs()).to_string()),
        ),
        other => KeyState::Other(other.map_or("unknown", State::as_str).to_owned()),
    };
    Ok(ActualKey {
        arn,
        alias,
        other_aliases,
        state,
        description: metadata.description().unwrap_or_default().to_owned(),
        rotation,
        policy,
        tags,
    })
}

async fn policy(kms: &Client, arn: &Arn) -> Result<Document, AwsError> {
    const OPERATION: &str = "kms:GetKeyPolicy";
    let answer = kms
        .get_key_policy()
        .key_id(arn.as_str())
        .policy_name("default")
        .send()
        .await
        .map_err(|e| AwsError::new(OPERATION, e))?;
    Document::parse(answer.policy().unwrap_or_default())
        .map_err(|e| AwsError::answer(OPERATION, e.to_string()))
}

async fn rotation(kms: &Client, arn: &Arn) -> Result<Rotation, AwsError> {
    match kms.get_key_rotation_status().key_id(arn.as_str()).send().await {
        Ok(answer) if answer.key_rotation_enabled() => Ok(Rotation::Every(
            answer
                .rotation_period_in_days()
                .and_then(|days| u16::try_from(days).ok())
                .unwrap_or(DEFAULT_ROTATION_DAYS),
        )),
        Ok(_) => Ok(Rotation::Off),
        Err(error) => match AwsError::new("kms:GetKeyRotationStatus", error) {
            // a key that waits to be deleted rotates no more
            error if error.kind == ErrorKind::InvalidState => Ok(Rotation::Off),
            error => Err(error),
        },
    }
}

/// Every alias that points to the key
async fn aliases(kms: &Client, arn: &Arn) -> Result<BTreeSet<KeyAlias>, AwsError> {
    let mut aliases = BTreeSet::new();
    let mut pages = kms.list_aliases().key_id(arn.as_str()).into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|e| AwsError::new("kms:ListAliases", e))?;
        let names = page.aliases().iter().filter_map(|alias| alias.alias_name());
        // a name that no manifest can hold is nobody's of ours
        aliases.extend(names.filter_map(|name| KeyAlias::parse(name).ok()));
    }
    Ok(aliases)
}

async fn tags(kms: &Client, key: &str) -> Result<Tags, AwsError> {
    let mut tags = BTreeMap::new();
    let mut marker = None;
    loop {
        let answer = kms
            .list_resource_tags()
            .key_id(key)
            .set_marker(marker)
            .send()
            .await
            .map_err(|e| AwsError::new(TAGS, e))?;
        for tag in answer.tags() {
            tags.insert(tag.tag_key().to_owned(), tag.tag_value().to_owned());
        }
        marker = answer.next_marker().map(str::to_owned);
        if marker.is_none() {
            return Ok(tags);
        }
    }
}

/// The key with the environment's tags
///
/// A key whose own policy keeps its tags from this caller is not ours: ours lets the account read them.
/// Where no key at all shows its tags the caller lacks the right, and ours could be among them.
async fn by_tags(kms: &Client, desired: &Desired) -> Result<Option<(KeyMetadata, Tags)>, AwsError> {
    let Searched { owned, answered, denied } = search(kms, desired).await?;
    let mut described = Vec::new();
    for (id, tags) in owned {
        if let Some(metadata) = describe(kms, &id).await? {
            described.push((metadata, tags));
        }
    }
    if answered == 0 {
        for (id, error) in denied {
            // the keys of AWS's own services may keep their tags to themselves
            let theirs = describe(kms, &id)
                .await?
                .is_none_or(|key| key.key_manager() == Some(&KeyManagerType::Aws));
            if !theirs {
                return Err(error);
            }
        }
    }
    the_one(described)
}

/// What was found by asking every key of the region for its tags
#[derive(Default)]
struct Searched {
    owned: BTreeMap<String, Tags>,
    /// how many keys have shown their tags
    answered: usize,
    denied: BTreeMap<String, AwsError>,
}

async fn search(kms: &Client, desired: &Desired) -> Result<Searched, AwsError> {
    let mut searched = Searched::default();
    for chunk in all_keys(kms).await?.chunks(AT_ONCE) {
        let mut asked = tokio::task::JoinSet::new();
        for id in chunk.iter().cloned() {
            let kms = kms.clone();
            asked.spawn(async move { (tags(&kms, &id).await, id) });
        }
        for (answer, id) in asked.join_all().await {
            match answer {
                Ok(tags) => {
                    searched.answered += 1;
                    if owner(&tags, &desired.tags) == Owner::Environment {
                        searched.owned.insert(id, tags);
                    }
                }
                Err(error) if error.kind == ErrorKind::AccessDenied => {
                    searched.denied.insert(id, error);
                }
                // gone since it was listed
                Err(error) if error.kind == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(searched)
}

/// The key that is not going to be deleted; where all are, the one that goes last
fn the_one(owned: Vec<(KeyMetadata, Tags)>) -> Result<Option<(KeyMetadata, Tags)>, AwsError> {
    let (mut going, mut staying): (Vec<_>, Vec<_>) =
        owned.into_iter().partition(|(metadata, _)| {
            matches!(
                metadata.key_state(),
                Some(State::PendingDeletion | State::PendingReplicaDeletion)
            )
        });
    if staying.len() > 1 {
        let mut arns: Vec<&str> =
            staying.iter().map(|(m, _)| m.arn().unwrap_or(m.key_id())).collect();
        arns.sort_unstable();
        return Err(AwsError::answer(
            TAGS,
            format!(
                "several keys carry the environment's tags and its alias is on none of them: {}; \
                 schedule the deletion of all but the one that its secrets are encrypted with",
                arns.join(", ")
            ),
        ));
    }
    going.sort_by_key(|(metadata, _)| {
        (metadata.deletion_date().map(DateTime::secs), metadata.key_id().to_owned())
    });
    Ok(staying.pop().or_else(|| going.pop()))
}

async fn all_keys(kms: &Client) -> Result<Vec<String>, AwsError> {
    let mut ids = Vec::new();
    let mut pages = kms.list_keys().into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|e| AwsError::new("kms:ListKeys", e))?;
        ids.extend(page.keys().iter().filter_map(|key| key.key_id().map(str::to_owned)));
    }
    Ok(ids)
}

#[cfg(all(test, feature = "local"))]
#[allow(clippy::unwrap_used, reason = "a test that panics has failed")]
mod tests {
    use provision_core::desired::{PolicyFiles, resolve};
    use provision_core::manifest::{Source, parse};

    use super::*;
    use crate::aws::Target;

    const MANIFEST: &str = "\
project: shop
region: eu-west-1
environments: { dev: { account: \"123456789012\" } }
secrets: { config: { keys: [HOST] } }
";

    struct Place {
        aws: Aws,
        desired: Desired,
        _state: tempfile::TempDir,
    }

    async fn place() -> Place {
        let state = tempfile::tempdir().unwrap();
        let target = Target::Local(state.path().to_owned());
        let aws = crate::aws::connect(&target, "eu-west-1").await.unwrap();
        let manifest = parse(&Source { name: "m".into(), text: MANIFEST.into() }).unwrap();
        let account = manifest.environments.values().next().unwrap().account.clone();
        let desired = resolve(&manifest, "dev", &PolicyFiles::new(), account.as_ref()).unwrap();
        Place { aws, desired, _state: state }
    }

    impl Place {
        /// Makes a key with the environment's tags, and returns its id
        async fn key(&self) -> String {
            let tag = |(key, value): (&String, &String)| {
                aws_sdk_kms::types::Tag::builder().tag_key(key).tag_value(value).build().unwrap()
            };
            let tags = self.desired.tags.iter().map(tag).collect();
            let made = self.aws.kms.create_key().set_tags(Some(tags)).send().await.unwrap();
            made.key_metadata().unwrap().key_id().to_owned()
        }

        async fn schedule_deletion(&self, id: &str, days: i32) {
            let call = self.aws.kms.schedule_key_deletion().key_id(id);
            call.pending_window_in_days(days).send().await.unwrap();
        }

        async fn found(&self) -> Option<String> {
            let key = read(&self.aws, &self.desired, Intent::Apply).await.unwrap().home?;
            assert_eq!(key.alias, Alias::Absent);
            Some(key.arn.as_str().rsplit('/').next().unwrap().to_owned())
        }
    }

    #[tokio::test]
    async fn a_key_without_an_alias_is_found_by_its_tags() {
        let place = place().await;
        place.aws.kms.create_key().send().await.unwrap();
        assert_eq!(place.found().await, None);
        let ours = place.key().await;
        assert_eq!(place.found().await, Some(ours));
    }

    #[tokio::test]
    async fn a_key_that_stays_comes_before_those_that_go() {
        let place = place().await;
        let (first, second, third) = (place.key().await, place.key().await, place.key().await);
        place.schedule_deletion(&first, 7).await;
        place.schedule_deletion(&third, 30).await;
        assert_eq!(place.found().await.as_ref(), Some(&second));
        place.schedule_deletion(&second, 14).await;
        assert_eq!(place.found().await, Some(third));
    }

    #[tokio::test]
    async fn what_is_to_go_is_found_though_its_alias_points_to_another_key() {
        let place = place().await;
        let ours = place.key().await;
        let other = place.aws.kms.create_key().send().await.unwrap();
        let other = other.key_metadata().unwrap().key_id().to_owned();
        let alias = place.desired.key.alias.as_str();
        let call = place.aws.kms.create_alias().alias_name(alias).target_key_id(&other);
        call.send().await.unwrap();
        for (intent, found) in [(Intent::Apply, &other), (Intent::Destroy, &ours)] {
            let key = read(&place.aws, &place.desired, intent).await.unwrap().home.unwrap();
            assert!(key.arn.as_str().ends_with(found), "{intent:?}");
        }
    }

    #[tokio::test]
    async fn no_choice_is_made_between_two_keys_that_stay() {
        let place = place().await;
        let keys = [place.key().await, place.key().await];
        // a key that was turned off may still be what the secrets are encrypted with
        place.aws.kms.disable_key().key_id(&keys[0]).send().await.unwrap();
        let read = read(&place.aws, &place.desired, Intent::Apply).await;
        let error = read.err().unwrap().to_string();
        assert!(keys.iter().all(|key| error.contains(&format!(":key/{key}"))), "{error}");
        assert!(error.contains("schedule the deletion"), "{error}");
    }
}
