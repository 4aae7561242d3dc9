//! Secrets under keys of KMS, and what becomes of them with their key.

use aws_sdk_kms::primitives::Blob;

use crate::aws::Aws;
use crate::check::{Outcome, accepted, holds, present, refused};

async fn key(aws: &Aws) -> Result<String, String> {
    let made = accepted("CreateKey", aws.kms.create_key().send().await)?;
    Ok(present("the key", made.key_metadata)?.key_id)
}

/// Creates a secret under a new key and returns the key.
async fn sealed(aws: &Aws, name: &str) -> Result<String, String> {
    let key = key(aws).await?;
    let made = aws.secrets.create_secret().name(name).kms_key_id(&key).secret_string("v");
    accepted("CreateSecret", made.send().await).map(|_| key)
}

async fn read(aws: &Aws, name: &str) -> Outcome {
    let read = aws.secrets.get_secret_value().secret_id(name).send().await;
    let value = accepted("GetSecretValue", read)?.secret_string;
    holds(value.as_deref() == Some("v"), "the value is another")
}

pub(super) async fn missing_key_is_refused(aws: &Aws) -> Outcome {
    let made = aws.secrets.create_secret().name("sealing/missing").secret_string("v");
    let made = made.kms_key_id("00000000-0000-4000-8000-000000000000").send().await;
    refused("a key that is not there", "EncryptionFailure", made)
}

pub(super) async fn disabled_key_is_refused_at_creation(aws: &Aws) -> Outcome {
    let key = key(aws).await?;
    accepted("DisableKey", aws.kms.disable_key().key_id(&key).send().await)?;
    let made = aws.secrets.create_secret().name("sealing/creation").secret_string("v");
    refused("a disabled key", "EncryptionFailure", made.kms_key_id(&key).send().await)
}

pub(super) async fn disabled_key_fails_the_read(aws: &Aws) -> Outcome {
    let key = sealed(aws, "sealing/disabled").await?;
    accepted("DisableKey", aws.kms.disable_key().key_id(&key).send().await)?;
    let read = aws.secrets.get_secret_value().secret_id("sealing/disabled").send().await;
    refused("reading under a disabled key", "DecryptionFailure", read)
}

pub(super) async fn enabled_again_it_reads(aws: &Aws) -> Outcome {
    let key = sealed(aws, "sealing/enabled").await?;
    accepted("DisableKey", aws.kms.disable_key().key_id(&key).send().await)?;
    accepted("EnableKey", aws.kms.enable_key().key_id(&key).send().await)?;
    read(aws, "sealing/enabled").await
}

pub(super) async fn pending_key_fails_the_read(aws: &Aws) -> Outcome {
    let key = sealed(aws, "sealing/pending").await?;
    let schedule = aws.kms.schedule_key_deletion().key_id(&key).pending_window_in_days(7);
    accepted("ScheduleKeyDeletion", schedule.send().await)?;
    let read = aws.secrets.get_secret_value().secret_id("sealing/pending").send().await;
    refused("reading under a key that is pending deletion", "DecryptionFailure", read)
}

pub(super) async fn changed_key_seals_what_is_there(aws: &Aws) -> Outcome {
    let old = sealed(aws, "sealing/changed").await?;
    let new = key(aws).await?;
    let update = aws.secrets.update_secret().secret_id("sealing/changed").kms_key_id(&new);
    accepted("UpdateSecret", update.send().await)?;
    accepted("DisableKey", aws.kms.disable_key().key_id(&old).send().await)?;
    read(aws, "sealing/changed").await
}

pub(super) async fn decrypt_needs_the_same_context(aws: &Aws) -> Outcome {
    let key = key(aws).await?;
    let sealed = aws.kms.encrypt().key_id(&key).plaintext(Blob::new("v"));
    let sealed = accepted("Encrypt", sealed.encryption_context("SecretARN", "a").send().await)?;
    let blob = present("the ciphertext", sealed.ciphertext_blob)?;
    let open = aws.kms.decrypt().ciphertext_blob(blob.clone());
    refused(
        "another context",
        "InvalidCiphertextException",
        open.encryption_context("SecretARN", "b").send().await,
    )?;
    let open = aws.kms.decrypt().ciphertext_blob(blob).encryption_context("SecretARN", "a");
    let plain = present("the plaintext", accepted("Decrypt", open.send().await)?.plaintext)?;
    holds(plain == Blob::new("v"), "the plaintext is another")
}

pub(super) async fn rotated_key_reads_what_it_sealed(aws: &Aws) -> Outcome {
    let key = sealed(aws, "sealing/rotated").await?;
    accepted("RotateKeyOnDemand", aws.kms.rotate_key_on_demand().key_id(&key).send().await)?;
    read(aws, "sealing/rotated").await
}
