//! Reading what exists, with as few calls as AWS allows and no right to read a value.
//!
//! | what | calls |
//! |---|---|
//! | who asks | `sts:GetCallerIdentity` |
//! | key and alias | `kms:DescribeKey` by alias, then policy, rotation and tags at once |
//! | secrets | `ListSecrets` by prefix and by tags, 100 a page |
//! | roles | `GetAccountAuthorizationDetails`, else `ListRoles` and one by one |

mod key;
mod role;
mod secret;

use provision_core::actual::{Actual, Identity};
use provision_core::desired::Desired;
use provision_core::name::{AccountId, Arn, Partition};

use super::connect::Aws;
use super::error::AwsError;

pub(crate) use secret::confirm;

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
/// Listings of secrets may lag by minutes: what a plan depends on is confirmed by [`confirm`].
pub(crate) async fn actual(
    aws: &Aws,
    identity: &Identity,
    desired: &Desired,
) -> Result<Actual, AwsError> {
    let (key, listed, roles) = tokio::try_join!(
        key::read(aws, desired),
        secret::list(aws, desired),
        role::read(aws, desired)
    )?;
    let secrets = listed
        .into_iter()
        .map(|(name, secret)| (name, secret::with_key(secret, key.as_ref(), desired)))
        .collect();
    Ok(Actual { identity: identity.clone(), region: desired.region.clone(), key, secrets, roles })
}
