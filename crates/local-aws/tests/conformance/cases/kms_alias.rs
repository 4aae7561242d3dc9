//! Aliases of keys.

use super::kms_key::key;
use crate::aws::Aws;
use crate::check::{Outcome, accepted, holds, present, refused, same};

async fn aliased(aws: &Aws, alias: &str) -> Result<String, String> {
    let id = key(aws).await?;
    let made = aws.kms.create_alias().alias_name(alias).target_key_id(&id).send().await;
    accepted("CreateAlias", made).map(|_| id)
}

async fn target(aws: &Aws, alias: &str) -> Result<String, String> {
    let told = aws.kms.describe_key().key_id(alias).send().await;
    Ok(present("the key", accepted("DescribeKey by alias", told)?.key_metadata)?.key_id)
}

pub(super) async fn key_is_found_by_alias(aws: &Aws) -> Outcome {
    let id = aliased(aws, "alias/kms-alias/found").await?;
    holds(target(aws, "alias/kms-alias/found").await? == id, "it is another key")
}

pub(super) async fn existing_alias_is_refused(aws: &Aws) -> Outcome {
    let id = aliased(aws, "alias/kms-alias/twice").await?;
    let again = aws.kms.create_alias().alias_name("alias/kms-alias/twice").target_key_id(id);
    refused("the alias again", "AlreadyExistsException", again.send().await)
}

pub(super) async fn reserved_alias_is_refused(aws: &Aws) -> Outcome {
    let id = key(aws).await?;
    let made = aws.kms.create_alias().alias_name("alias/aws/mine").target_key_id(id).send().await;
    refused("an alias of AWS", "NotAuthorizedException", made)
}

pub(super) async fn name_without_prefix_is_refused(aws: &Aws) -> Outcome {
    let id = key(aws).await?;
    let made = aws.kms.create_alias().alias_name("mine").target_key_id(id).send().await;
    refused("an alias without alias/", "ValidationException", made)
}

pub(super) async fn alias_moves(aws: &Aws) -> Outcome {
    aliased(aws, "alias/kms-alias/moves").await?;
    let other = key(aws).await?;
    let update = aws.kms.update_alias().alias_name("alias/kms-alias/moves").target_key_id(&other);
    accepted("UpdateAlias", update.send().await)?;
    holds(target(aws, "alias/kms-alias/moves").await? == other, "it is still the first key")
}

pub(super) async fn deleted_alias_is_gone(aws: &Aws) -> Outcome {
    aliased(aws, "alias/kms-alias/gone").await?;
    let delete = aws.kms.delete_alias().alias_name("alias/kms-alias/gone").send().await;
    accepted("DeleteAlias", delete)?;
    let told = aws.kms.describe_key().key_id("alias/kms-alias/gone").send().await;
    refused("the key by its alias", "NotFoundException", told)
}

pub(super) async fn missing_alias_is_not_found(aws: &Aws) -> Outcome {
    let delete = aws.kms.delete_alias().alias_name("alias/kms-alias/nowhere").send().await;
    refused("deleting an alias that is not there", "NotFoundException", delete)
}

pub(super) async fn alias_outlives_a_pending_key(aws: &Aws) -> Outcome {
    let id = aliased(aws, "alias/kms-alias/pending").await?;
    accepted("ScheduleKeyDeletion", aws.kms.schedule_key_deletion().key_id(&id).send().await)?;
    holds(target(aws, "alias/kms-alias/pending").await? == id, "it is another key")
}

pub(super) async fn alias_to_a_pending_key_is_refused(aws: &Aws) -> Outcome {
    let id = key(aws).await?;
    accepted("ScheduleKeyDeletion", aws.kms.schedule_key_deletion().key_id(&id).send().await)?;
    let made = aws.kms.create_alias().alias_name("alias/kms-alias/to-pending").target_key_id(id);
    refused("an alias to a pending key", "KMSInvalidStateException", made.send().await)
}

pub(super) async fn aliases_of_one_key_are_listed(aws: &Aws) -> Outcome {
    aliased(aws, "alias/kms-alias/other").await?;
    let id = aliased(aws, "alias/kms-alias/listed").await?;
    let told = accepted("ListAliases", aws.kms.list_aliases().key_id(id).send().await)?;
    let names: Vec<_> =
        told.aliases.unwrap_or_default().into_iter().filter_map(|a| a.alias_name).collect();
    same("the aliases", names, vec!["alias/kms-alias/listed".to_owned()])
}
