//! Staging labels and the compare-and-swap of AWSCURRENT.

use super::versions::{labels, put, secret};
use crate::aws::Aws;
use crate::check::{Outcome, accepted, holds, refused, same};

pub(super) async fn first_version_is_current_under_any_label(aws: &Aws) -> Outcome {
    let name = "staging/first";
    accepted("CreateSecret", aws.secrets.create_secret().name(name).send().await)?;
    let id = put(aws, name, 1, "1", Some("MINE")).await?;
    same("its labels", labels(aws, name, &id).await?, "AWSCURRENT MINE".into())
}

pub(super) async fn put_under_a_label_leaves_current(aws: &Aws) -> Outcome {
    let name = "staging/label";
    let first = secret(aws, name, "1").await?;
    let second = put(aws, name, 2, "2", Some("MINE")).await?;
    same("the labels of the first", labels(aws, name, &first).await?, "AWSCURRENT".into())?;
    same("the labels of the second", labels(aws, name, &second).await?, "MINE".into())
}

pub(super) async fn swap_moves_current_and_previous(aws: &Aws) -> Outcome {
    let name = "staging/swap";
    let first = secret(aws, name, "1").await?;
    let second = put(aws, name, 2, "2", Some("MINE")).await?;
    let swap = aws.secrets.update_secret_version_stage().secret_id(name);
    let swap = swap.version_stage("AWSCURRENT").move_to_version_id(&second);
    accepted("the swap", swap.remove_from_version_id(&first).send().await)?;
    same("the labels of the first", labels(aws, name, &first).await?, "AWSPREVIOUS".into())?;
    same("the labels of the second", labels(aws, name, &second).await?, "AWSCURRENT MINE".into())
}

pub(super) async fn swap_is_what_is_read_next(aws: &Aws) -> Outcome {
    let name = "staging/rollback";
    let first = secret(aws, name, "1").await?;
    let second = put(aws, name, 2, "2", None).await?;
    let swap = aws.secrets.update_secret_version_stage().secret_id(name);
    let swap = swap.version_stage("AWSCURRENT").move_to_version_id(&first);
    accepted("the swap", swap.remove_from_version_id(&second).send().await)?;
    let read = aws.secrets.get_secret_value().secret_id(name).send().await;
    let read = accepted("GetSecretValue", read)?;
    holds(read.secret_string.as_deref() == Some("1"), "the value read is the one before the swap")
}

pub(super) async fn lost_swap_is_refused(aws: &Aws) -> Outcome {
    let name = "staging/lost";
    let first = secret(aws, name, "1").await?;
    let mine = put(aws, name, 2, "2", Some("MINE")).await?;
    let theirs = put(aws, name, 3, "3", None).await?;
    let swap = aws.secrets.update_secret_version_stage().secret_id(name);
    let swap = swap.version_stage("AWSCURRENT").move_to_version_id(&mine);
    let swap = swap.remove_from_version_id(&first).send().await;
    refused("a swap that another writer has won", "InvalidParameterException", swap)?;
    same("the labels of the winner", labels(aws, name, &theirs).await?, "AWSCURRENT".into())
}

pub(super) async fn swap_without_the_old_version_is_refused(aws: &Aws) -> Outcome {
    let name = "staging/blind";
    secret(aws, name, "1").await?;
    let second = put(aws, name, 2, "2", Some("MINE")).await?;
    let swap = aws.secrets.update_secret_version_stage().secret_id(name);
    let swap = swap.version_stage("AWSCURRENT").move_to_version_id(&second).send().await;
    refused("a move without RemoveFromVersionId", "InvalidParameterException", swap)
}

pub(super) async fn current_cannot_be_taken_off(aws: &Aws) -> Outcome {
    let name = "staging/current";
    let first = secret(aws, name, "1").await?;
    let take = aws.secrets.update_secret_version_stage().secret_id(name);
    let take = take.version_stage("AWSCURRENT").remove_from_version_id(&first).send().await;
    refused("taking AWSCURRENT off", "InvalidParameterException", take)
}

pub(super) async fn other_label_can_be_taken_off(aws: &Aws) -> Outcome {
    let name = "staging/off";
    secret(aws, name, "1").await?;
    let second = put(aws, name, 2, "2", Some("MINE")).await?;
    let take = aws.secrets.update_secret_version_stage().secret_id(name);
    let take = take.version_stage("MINE").remove_from_version_id(&second).send().await;
    accepted("taking a label off", take)?;
    same("its labels", labels(aws, name, &second).await?, String::new())
}

pub(super) async fn more_than_twenty_labels_are_refused(aws: &Aws) -> Outcome {
    let name = "staging/twenty";
    secret(aws, name, "1").await?;
    for n in 2..=20 {
        put(aws, name, n, "v", Some(&format!("L{n}"))).await?;
    }
    let more = aws.secrets.put_secret_value().secret_id(name).secret_string("v");
    let more = more.version_stages("L21").send().await;
    refused("a label past 20", "LimitExceededException", more)
}
