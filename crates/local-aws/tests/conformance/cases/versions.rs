//! PutSecretValue and what versions are.

use crate::aws::Aws;
use crate::check::{Outcome, accepted, holds, present, refused, same};

/// A token, which becomes a version's id.
pub(super) fn token(name: &str) -> String {
    format!("{name:-<40}")
}

/// Creates a secret with the token `<name>-1` and returns the id of its first version.
pub(super) async fn secret(aws: &Aws, name: &str, value: &str) -> Result<String, String> {
    let id = token(&format!("{}-1", name.replace('/', "-")));
    let made = aws.secrets.create_secret().name(name).secret_string(value);
    let made = made.client_request_token(id).send().await;
    present("VersionId", accepted("CreateSecret", made)?.version_id)
}

/// Puts a version under a label, or under AWSCURRENT where none is given, and returns its id.
pub(super) async fn put(
    aws: &Aws,
    name: &str,
    number: u32,
    value: &str,
    label: Option<&str>,
) -> Result<String, String> {
    let id = token(&format!("{}-{number}", name.replace('/', "-")));
    let mut put = aws.secrets.put_secret_value().secret_id(name).secret_string(value);
    if let Some(label) = label {
        put = put.version_stages(label);
    }
    let put = accepted("PutSecretValue", put.client_request_token(id).send().await)?;
    present("VersionId", put.version_id)
}

/// Returns the labels of a version, sorted and joined.
pub(super) async fn labels(aws: &Aws, name: &str, id: &str) -> Result<String, String> {
    let told = aws.secrets.describe_secret().secret_id(name).send().await;
    let versions = accepted("DescribeSecret", told)?.version_ids_to_stages.unwrap_or_default();
    let mut labels = versions.get(id).cloned().unwrap_or_default();
    labels.sort();
    Ok(labels.join(" "))
}

pub(super) async fn token_is_the_version_id(aws: &Aws) -> Outcome {
    let id = secret(aws, "versions/token", "v").await?;
    holds(id == token("versions-token-1"), "the first version's id is not its token")?;
    let id = put(aws, "versions/token", 2, "w", None).await?;
    holds(id == token("versions-token-2"), "the second version's id is not its token")?;
    let read = aws.secrets.get_secret_value().secret_id("versions/token").send().await;
    same("VersionId", accepted("GetSecretValue", read)?.version_id, Some(id))
}

pub(super) async fn same_token_and_value_is_no_new_version(aws: &Aws) -> Outcome {
    let name = "versions/repeated";
    secret(aws, name, "v").await?;
    let id = put(aws, name, 2, "w", None).await?;
    put(aws, name, 3, "x", None).await?;
    put(aws, name, 2, "w", None).await?;
    // ignored: the label stays where the third put took it
    same("the labels of the repeated version", labels(aws, name, &id).await?, "AWSPREVIOUS".into())
}

pub(super) async fn same_token_and_other_value_is_refused(aws: &Aws) -> Outcome {
    let name = "versions/conflict";
    let id = secret(aws, name, "v").await?;
    let put = aws.secrets.put_secret_value().secret_id(name).client_request_token(id);
    let put = put.secret_string("w").send().await;
    refused("a used token with another value", "ResourceExistsException", put)
}

pub(super) async fn short_token_is_refused(aws: &Aws) -> Outcome {
    let name = "versions/short";
    secret(aws, name, "v").await?;
    let put = aws.secrets.put_secret_value().secret_id(name).client_request_token("short");
    refused(
        "a token of 5 characters",
        "InvalidParameterException",
        put.secret_string("w").send().await,
    )
}

pub(super) async fn update_with_a_used_token_is_refused(aws: &Aws) -> Outcome {
    let name = "versions/update";
    let id = secret(aws, name, "v").await?;
    let update = aws.secrets.update_secret().secret_id(name).client_request_token(id);
    let update = update.secret_string("w").send().await;
    refused("a used token", "ResourceExistsException", update)
}

pub(super) async fn put_without_a_value_is_refused(aws: &Aws) -> Outcome {
    secret(aws, "versions/nothing", "v").await?;
    let put = aws.secrets.put_secret_value().secret_id("versions/nothing").send().await;
    refused("a put without a value", "InvalidRequestException", put)
}

pub(super) async fn previous_follows_current(aws: &Aws) -> Outcome {
    let name = "versions/previous";
    let first = secret(aws, name, "1").await?;
    let second = put(aws, name, 2, "2", None).await?;
    same("the labels of the first", labels(aws, name, &first).await?, "AWSPREVIOUS".into())?;
    put(aws, name, 3, "3", None).await?;
    same("the labels of the second", labels(aws, name, &second).await?, "AWSPREVIOUS".into())?;
    same("the labels of the first", labels(aws, name, &first).await?, String::new())
}

pub(super) async fn old_version_is_read_by_id(aws: &Aws) -> Outcome {
    let name = "versions/old";
    let first = secret(aws, name, "1").await?;
    put(aws, name, 2, "2", None).await?;
    put(aws, name, 3, "3", None).await?;
    let read = aws.secrets.get_secret_value().secret_id(name).version_id(first).send().await;
    let read = accepted("reading a version without a label", read)?;
    holds(read.secret_string.as_deref() == Some("1"), "the value is another")?;
    same("VersionStages", read.version_stages.unwrap_or_default().len(), 0)
}

pub(super) async fn missing_version_is_not_found(aws: &Aws) -> Outcome {
    secret(aws, "versions/missing", "v").await?;
    let read = aws.secrets.get_secret_value().secret_id("versions/missing");
    let by_id = read.clone().version_id(token("nowhere")).send().await;
    refused("a version that is not there", "ResourceNotFoundException", by_id)?;
    let by_label = read.version_stage("NOWHERE").send().await;
    refused("a label that is not there", "ResourceNotFoundException", by_label)
}

pub(super) async fn id_and_label_must_agree(aws: &Aws) -> Outcome {
    let name = "versions/agree";
    let first = secret(aws, name, "1").await?;
    put(aws, name, 2, "2", None).await?;
    let read = aws.secrets.get_secret_value().secret_id(name).version_id(first);
    let read = read.version_stage("AWSCURRENT").send().await;
    refused("an id and the label of another version", "InvalidRequestException", read)
}

pub(super) async fn deprecated_versions_are_listed_on_request(aws: &Aws) -> Outcome {
    let name = "versions/listed";
    secret(aws, name, "1").await?;
    put(aws, name, 2, "2", None).await?;
    put(aws, name, 3, "3", None).await?;
    let list = aws.secrets.list_secret_version_ids().secret_id(name);
    let labelled = accepted("ListSecretVersionIds", list.clone().send().await)?;
    same("labelled versions", labelled.versions.unwrap_or_default().len(), 2)?;
    let all = accepted("ListSecretVersionIds", list.include_deprecated(true).send().await)?;
    present("a list", all.versions).and_then(|all| same("all versions", all.len(), 3))
}
