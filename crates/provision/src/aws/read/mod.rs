//! Reading what exists, with as few calls as AWS allows and no right to read a value.
//!
//! | what | calls |
//! |---|---|
//! | who asks | `sts:GetCallerIdentity` |
//! | keys and aliases | `kms:DescribeKey` by alias, then policy, rotation, tags and aliases, in each region |
//! | secrets | `ListSecrets` by prefix and by tags, 100 a page, and once more in each region of copies |
//! | copies elsewhere | `DescribeSecret` of each secret that has copies and none in a declared region |
//! | policies on secrets | `GetResourcePolicy` of each secret whose manifest declares one |
//! | roles and policies | `GetAccountAuthorizationDetails`, and `ListRoles` for what it leaves out, else one by one |
//! | alarms and logs | `DescribeAlarms`, `ListRules`, and what the manifest names of logs |
//!
//! What a plan depends on and these do not show for certain is asked for by [`confirm`].

mod account;
mod function;
mod key;
mod monitoring;
mod policy;
mod principals;
mod role;
mod secret;
mod trail;

pub(crate) use function::function;
pub(crate) use trail::trails;

use std::collections::{BTreeMap, BTreeSet};

use provision_core::actual::{Actual, ActualKey, Identity};
use provision_core::desired::Desired;
use provision_core::name::{AccountId, Arn, Partition, Region, SecretName};
use provision_core::plan::{Intent, Resource};

pub(crate) use principals::{Principals, principals};

use super::connect::Aws;
use super::error::{AwsError, ErrorKind};

/// Returns the account and who asks
pub(crate) async fn identity(aws: &Aws) -> Result<Identity, AwsError> {
    const OPERATION: &str = "sts:GetCallerIdentity";
    let answer =
        aws.sts.get_caller_identity().send().await.map_err(|e| AwsError::new(OPERATION, e))?;
    let bad = |what: &str| AwsError::answer(OPERATION, format!("the answer has no valid {what}"));
    let caller = Arn::parse(answer.arn().unwrap_or_default()).map_err(|_| bad("ARN"))?;
    let partition = caller.as_str().split(':').nth(1).unwrap_or_default();
    Ok(Identity {
        partition: Partition::parse(partition).map_err(|_| bad("partition"))?,
        account: AccountId::parse(answer.account().unwrap_or_default())
            .map_err(|_| bad("account"))?,
        caller,
    })
}

/// Returns what exists of the environment, as far as listings show it
///
/// What is read depends on the intent only where reading costs a call for every secret. Listings of
/// secrets may lag by minutes: what a plan depends on is confirmed by [`confirm`].
pub(crate) async fn actual(
    aws: &Aws,
    identity: &Identity,
    desired: &Desired,
    intent: Intent,
) -> Result<Actual, AwsError> {
    let (keys, listed, account, monitoring) = tokio::try_join!(
        key::read(aws, desired, intent),
        secret::list(aws, desired),
        account::read(aws, desired),
        monitoring::read(aws, desired)
    )?;
    let secret::Listed { secrets, copied } = listed;
    let secrets = secrets
        .into_iter()
        .map(|(name, secret)| (name, secret::with_key(secret, keys.home.as_ref(), desired)))
        .collect();
    let mut actual = Actual {
        identity: identity.clone(),
        region: desired.region.clone(),
        key: keys.home,
        replica_keys: keys.replicas,
        apart: BTreeMap::new(),
        secrets,
        policies: account.policies,
        roles: account.roles,
        monitoring,
    };
    secret::add_copies(aws, desired, &mut actual).await?;
    secret::add_policies(aws, desired, &mut actual, intent).await?;
    // copies in regions that the manifest has never named: only the secret itself says where
    let is_unseen = |name: &SecretName| {
        actual.secrets.get(name).is_some_and(|secret| secret.replicas.is_empty())
    };
    let elsewhere = copied.into_iter().filter(is_unseen).collect();
    secret::confirm(aws, desired, &mut actual, elsewhere).await?;
    Ok(actual)
}

/// Returns the environment's key, and its keys in the regions of copies
pub(crate) async fn keys(
    aws: &Aws,
    desired: &Desired,
) -> Result<(Option<ActualKey>, BTreeMap<Region, ActualKey>), AwsError> {
    let key::Keys { home, replicas } = key::read(aws, desired, Intent::Apply).await?;
    Ok((home, replicas))
}

/// What of a plan a first look may show wrongly, or not in full
#[derive(Debug, Default)]
pub(crate) struct Doubts {
    /// secrets, whose listing lags
    pub(crate) secrets: BTreeSet<SecretName>,
    /// resources whose tags no listing shows
    pub(crate) tags: BTreeSet<Resource>,
}

/// Asks one by one for what is in doubt
pub(crate) async fn confirm(
    aws: &Aws,
    desired: &Desired,
    actual: &mut Actual,
    doubts: Doubts,
) -> Result<(), AwsError> {
    let Doubts { secrets, tags } = doubts;
    secret::confirm(aws, desired, actual, secrets).await?;
    for resource in tags {
        // tags are asked for once
        let Some((arn, None)) = actual.tags_by_arn(&resource) else { continue };
        let arn = arn.clone();
        let tags = match &resource {
            Resource::Policy(_) => policy::policy_tags(aws, &arn).await,
            _ => monitoring::tags(aws, &resource, &arn).await,
        };
        match tags {
            Ok(tags) => actual.set_tags(&resource, tags),
            // gone since it was listed: the change that follows says so
            Err(error) if error.kind == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
