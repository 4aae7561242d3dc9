//! DeleteSecret and RestoreSecret.

use std::time::{SystemTime, UNIX_EPOCH};

use super::versions::{put, secret};
use crate::aws::Aws;
use crate::check::{Outcome, accepted, holds, present, refused, same};

const WINDOW: &str = "InvalidParameterException";
const PENDING: &str = "InvalidRequestException";

async fn delete(aws: &Aws, name: &str) -> Outcome {
    let delete = aws.secrets.delete_secret().secret_id(name).send().await;
    accepted("DeleteSecret", delete).map(|_| ())
}

pub(super) async fn default_window_is_thirty_days(aws: &Aws) -> Outcome {
    secret(aws, "deletion/default", "v").await?;
    let delete = aws.secrets.delete_secret().secret_id("deletion/default").send().await;
    let date = present("DeletionDate", accepted("DeleteSecret", delete)?.deletion_date)?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |age| age.as_secs());
    let days = (date.as_secs_f64() - now as f64) / 86_400.0;
    same("days until the deletion", days.round(), 30.0)
}

pub(super) async fn window_below_seven_is_refused(aws: &Aws) -> Outcome {
    secret(aws, "deletion/six", "v").await?;
    let delete = aws.secrets.delete_secret().secret_id("deletion/six").recovery_window_in_days(6);
    refused("a window of 6 days", WINDOW, delete.send().await)
}

pub(super) async fn window_above_thirty_is_refused(aws: &Aws) -> Outcome {
    secret(aws, "deletion/thirty-one", "v").await?;
    let delete = aws.secrets.delete_secret().secret_id("deletion/thirty-one");
    refused("a window of 31 days", WINDOW, delete.recovery_window_in_days(31).send().await)
}

pub(super) async fn force_with_a_window_is_refused(aws: &Aws) -> Outcome {
    secret(aws, "deletion/both", "v").await?;
    let delete = aws.secrets.delete_secret().secret_id("deletion/both").recovery_window_in_days(7);
    let delete = delete.force_delete_without_recovery(true).send().await;
    refused("force with a window", WINDOW, delete)
}

pub(super) async fn pending_cannot_be_read(aws: &Aws) -> Outcome {
    secret(aws, "deletion/read", "v").await?;
    delete(aws, "deletion/read").await?;
    let read = aws.secrets.get_secret_value().secret_id("deletion/read").send().await;
    refused("reading it", PENDING, read)
}

pub(super) async fn pending_cannot_be_written(aws: &Aws) -> Outcome {
    secret(aws, "deletion/write", "v").await?;
    delete(aws, "deletion/write").await?;
    let put = aws.secrets.put_secret_value().secret_id("deletion/write").secret_string("w");
    refused("PutSecretValue", PENDING, put.send().await)?;
    let update = aws.secrets.update_secret().secret_id("deletion/write").description("new");
    refused("UpdateSecret", PENDING, update.send().await)?;
    let tag = aws_sdk_secretsmanager::types::Tag::builder().key("a").value("b").build();
    let tag = aws.secrets.tag_resource().secret_id("deletion/write").tags(tag).send().await;
    refused("TagResource", PENDING, tag)
}

pub(super) async fn pending_is_described(aws: &Aws) -> Outcome {
    secret(aws, "deletion/described", "v").await?;
    delete(aws, "deletion/described").await?;
    let told = aws.secrets.describe_secret().secret_id("deletion/described").send().await;
    same("DeletedDate", accepted("DescribeSecret", told)?.deleted_date.is_some(), true)
}

pub(super) async fn pending_cannot_be_deleted_again(aws: &Aws) -> Outcome {
    secret(aws, "deletion/again", "v").await?;
    delete(aws, "deletion/again").await?;
    let again = aws.secrets.delete_secret().secret_id("deletion/again").send().await;
    refused("a second DeleteSecret", PENDING, again)
}

pub(super) async fn name_cannot_be_created_while_pending(aws: &Aws) -> Outcome {
    secret(aws, "deletion/create", "v").await?;
    delete(aws, "deletion/create").await?;
    let create =
        aws.secrets.create_secret().name("deletion/create").secret_string("v").send().await;
    refused("CreateSecret of its name", PENDING, create)
}

pub(super) async fn restored_is_as_before(aws: &Aws) -> Outcome {
    let name = "deletion/restored";
    secret(aws, name, "1").await?;
    put(aws, name, 2, "2", None).await?;
    delete(aws, name).await?;
    accepted("RestoreSecret", aws.secrets.restore_secret().secret_id(name).send().await)?;
    let read =
        accepted("GetSecretValue", aws.secrets.get_secret_value().secret_id(name).send().await)?;
    holds(read.secret_string.as_deref() == Some("2"), "the value is another")?;
    let told =
        accepted("DescribeSecret", aws.secrets.describe_secret().secret_id(name).send().await)?;
    same("DeletedDate", told.deleted_date.is_some(), false)?;
    same("versions", told.version_ids_to_stages.unwrap_or_default().len(), 2)
}

pub(super) async fn forced_is_gone(aws: &Aws) -> Outcome {
    let name = "deletion/forced";
    secret(aws, name, "v").await?;
    let force = aws.secrets.delete_secret().secret_id(name).force_delete_without_recovery(true);
    accepted("DeleteSecret", force.send().await)?;
    let told = aws.secrets.describe_secret().secret_id(name).send().await;
    refused("describing it", "ResourceNotFoundException", told)?;
    let create = aws.secrets.create_secret().name(name).secret_string("v").send().await;
    accepted("CreateSecret of its name", create).map(|_| ())
}

pub(super) async fn forcing_what_is_not_there_succeeds(aws: &Aws) -> Outcome {
    let force = aws.secrets.delete_secret().secret_id("deletion/nowhere");
    let force = force.force_delete_without_recovery(true).send().await;
    accepted("forced DeleteSecret of a missing secret", force).map(|_| ())
}
