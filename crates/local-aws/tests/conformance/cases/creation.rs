//! CreateSecret, UpdateSecret's description, tags, names.

use std::collections::BTreeSet;

use aws_sdk_secretsmanager::primitives::Blob;
use aws_sdk_secretsmanager::types::Tag;

use crate::aws::Aws;
use crate::check::{Outcome, accepted, holds, present, refused, same};

fn tag(key: &str, value: &str) -> Tag {
    Tag::builder().key(key).value(value).build()
}

pub(super) async fn arn_is_name_and_six_characters(aws: &Aws) -> Outcome {
    let made = aws.secrets.create_secret().name("creation/arn").secret_string("v").send().await;
    let arn = present("the ARN", accepted("CreateSecret", made)?.arn)?;
    let start = format!("arn:aws:secretsmanager:{}:", aws.region);
    let end = arn.rsplit_once(":secret:creation/arn-").map(|(_, end)| end.len());
    holds(arn.starts_with(&start), "the ARN is of another form")?;
    same("the length of the ARN's end", end, Some(6))
}

pub(super) async fn without_a_value_there_is_no_version(aws: &Aws) -> Outcome {
    let made = aws.secrets.create_secret().name("creation/empty").send().await;
    same("a VersionId", accepted("CreateSecret", made)?.version_id.is_some(), false)?;
    let told = aws.secrets.describe_secret().secret_id("creation/empty").send().await;
    let told = accepted("DescribeSecret", told)?;
    same("versions", told.version_ids_to_stages.unwrap_or_default().len(), 0)?;
    let read = aws.secrets.get_secret_value().secret_id("creation/empty").send().await;
    refused("reading it", "ResourceNotFoundException", read)
}

pub(super) async fn repeated_with_its_token_it_is_the_same(aws: &Aws) -> Outcome {
    let create = || {
        aws.secrets
            .create_secret()
            .name("creation/repeated")
            .client_request_token("creation-repeated-0000000000000001")
            .secret_string("v")
            .send()
    };
    let first = accepted("CreateSecret", create().await)?;
    let second = accepted("the same CreateSecret", create().await)?;
    holds(first.arn == second.arn, "the second ARN is another")
}

pub(super) async fn token_with_another_value_is_refused(aws: &Aws) -> Outcome {
    let create = |value: &'static str| {
        aws.secrets
            .create_secret()
            .name("creation/conflict")
            .client_request_token("creation-conflict-0000000000000001")
            .secret_string(value)
            .send()
    };
    accepted("CreateSecret", create("one").await)?;
    refused("the token with another value", "ResourceExistsException", create("two").await)
}

pub(super) async fn existing_name_is_refused(aws: &Aws) -> Outcome {
    let create = || aws.secrets.create_secret().name("creation/twice").secret_string("v").send();
    accepted("CreateSecret", create().await)?;
    refused("the name again", "ResourceExistsException", create().await)
}

pub(super) async fn name_with_a_space_is_refused(aws: &Aws) -> Outcome {
    let made = aws.secrets.create_secret().name("creation/a b").secret_string("v").send().await;
    refused("a name with a space", "ValidationException", made)
}

pub(super) async fn largest_value_is_accepted(aws: &Aws) -> Outcome {
    let value = "v".repeat(65_536);
    let made = aws.secrets.create_secret().name("creation/largest").secret_string(value).send();
    accepted("CreateSecret", made.await)?;
    let read = aws.secrets.get_secret_value().secret_id("creation/largest").send().await;
    let read = accepted("GetSecretValue", read)?.secret_string.map(|value| value.len());
    same("the length of the value", read, Some(65_536))
}

pub(super) async fn larger_value_is_refused(aws: &Aws) -> Outcome {
    let value = "v".repeat(65_537);
    let made = aws.secrets.create_secret().name("creation/larger").secret_string(value).send();
    refused("a value of 65537 bytes", "ValidationException", made.await)
}

pub(super) async fn string_and_binary_together_are_refused(aws: &Aws) -> Outcome {
    let made = aws.secrets.create_secret().name("creation/both").secret_string("v");
    let made = made.secret_binary(Blob::new("v")).send().await;
    refused("a string and a binary value", "InvalidParameterException", made)
}

pub(super) async fn binary_value_comes_back(aws: &Aws) -> Outcome {
    let value = Blob::new([0_u8, 255, 10, 128]);
    let made = aws.secrets.create_secret().name("creation/binary").secret_binary(value.clone());
    accepted("CreateSecret", made.send().await)?;
    let read = aws.secrets.get_secret_value().secret_id("creation/binary").send().await;
    let read = accepted("GetSecretValue", read)?;
    same("SecretString", read.secret_string.is_some(), false)?;
    holds(read.secret_binary == Some(value), "the bytes are others")
}

pub(super) async fn description_key_and_tags_are_told(aws: &Aws) -> Outcome {
    let key = accepted("CreateKey", aws.kms.create_key().send().await)?;
    let key = present("the key", key.key_metadata)?.arn.unwrap_or_default();
    let made = aws
        .secrets
        .create_secret()
        .name("creation/told")
        .description("what it is for")
        .kms_key_id(&key)
        .tags(tag("project", "p"))
        .tags(tag("environment", "dev"))
        .send();
    accepted("CreateSecret", made.await)?;
    let told = aws.secrets.describe_secret().secret_id("creation/told").send().await;
    let told = accepted("DescribeSecret", told)?;
    same("Description", told.description.as_deref(), Some("what it is for"))?;
    holds(told.kms_key_id == Some(key), "KmsKeyId is not the key")?;
    let tags: BTreeSet<_> =
        told.tags.unwrap_or_default().into_iter().map(|t| (t.key, t.value)).collect();
    let some = |text: &str| Some(text.to_owned());
    let right = [(some("project"), some("p")), (some("environment"), some("dev"))].into();
    same("Tags", tags, right)
}

pub(super) async fn managed_key_is_not_told(aws: &Aws) -> Outcome {
    let made = aws.secrets.create_secret().name("creation/managed").secret_string("v").send().await;
    accepted("CreateSecret", made)?;
    let told = aws.secrets.describe_secret().secret_id("creation/managed").send().await;
    same("a KmsKeyId", accepted("DescribeSecret", told)?.kms_key_id.is_some(), false)
}

pub(super) async fn partial_arn_finds_it(aws: &Aws) -> Outcome {
    let made = aws.secrets.create_secret().name("creation/partial").secret_string("v").send().await;
    let arn = present("the ARN", accepted("CreateSecret", made)?.arn)?;
    let partial = &arn[..arn.len() - 7];
    let read = aws.secrets.get_secret_value().secret_id(partial).send().await;
    holds(accepted("reading by partial ARN", read)?.arn == Some(arn), "it finds another secret")
}

pub(super) async fn partial_arn_like_a_whole_one_finds_nothing(aws: &Aws) -> Outcome {
    let made = aws.secrets.create_secret().name("creation/six-abcdef").secret_string("v");
    let arn = present("the ARN", accepted("CreateSecret", made.send().await)?.arn)?;
    let partial = &arn[..arn.len() - 7];
    let read = aws.secrets.get_secret_value().secret_id(partial).send().await;
    refused("a partial ARN that ends like a whole one", "ResourceNotFoundException", read)
}

pub(super) async fn update_changes_the_description_alone(aws: &Aws) -> Outcome {
    let made = aws.secrets.create_secret().name("creation/update").description("old");
    accepted("CreateSecret", made.secret_string("v").send().await)?;
    let update = aws.secrets.update_secret().secret_id("creation/update").description("new").send();
    same("a VersionId", accepted("UpdateSecret", update.await)?.version_id.is_some(), false)?;
    let told = aws.secrets.describe_secret().secret_id("creation/update").send().await;
    let told = accepted("DescribeSecret", told)?;
    same("Description", told.description.as_deref(), Some("new"))?;
    same("versions", told.version_ids_to_stages.unwrap_or_default().len(), 1)
}

pub(super) async fn tags_come_and_go(aws: &Aws) -> Outcome {
    let made = aws.secrets.create_secret().name("creation/tags").tags(tag("a", "1")).send().await;
    accepted("CreateSecret", made)?;
    let id = "creation/tags";
    let tags = aws.secrets.tag_resource().secret_id(id).tags(tag("a", "2")).tags(tag("b", "3"));
    accepted("TagResource", tags.send().await)?;
    accepted(
        "UntagResource",
        aws.secrets.untag_resource().secret_id(id).tag_keys("b").send().await,
    )?;
    let told =
        accepted("DescribeSecret", aws.secrets.describe_secret().secret_id(id).send().await)?;
    same("Tags", told.tags.unwrap_or_default(), vec![tag("a", "2")])
}

pub(super) async fn reserved_tag_is_refused(aws: &Aws) -> Outcome {
    let made = aws.secrets.create_secret().name("creation/reserved").tags(tag("aws:mine", "1"));
    refused("a tag that begins with aws:", "InvalidParameterException", made.send().await)
}

pub(super) async fn more_than_fifty_tags_are_refused(aws: &Aws) -> Outcome {
    let tags = (0..51).map(|n| tag(&format!("key-{n}"), "v")).collect();
    let made = aws.secrets.create_secret().name("creation/fifty-one").set_tags(Some(tags));
    refused("51 tags", "InvalidParameterException", made.send().await)
}

pub(super) async fn random_password_holds_each_type(aws: &Aws) -> Outcome {
    let made = aws.secrets.get_random_password().password_length(4).send().await;
    let password = accepted("GetRandomPassword", made)?.random_password.unwrap_or_default();
    same("the length", password.len(), 4)?;
    let types: [fn(&char) -> bool; 4] = [
        char::is_ascii_lowercase,
        char::is_ascii_uppercase,
        char::is_ascii_digit,
        char::is_ascii_punctuation,
    ];
    holds(types.iter().all(|is| password.chars().any(|c| is(&c))), "a type is not in it")
}
