//! Data keys for Secrets Manager, as AWS makes them: under a customer's key or the managed one.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use winterbaume_kms::views::{AliasView, KeyView};

use super::Kms;
use crate::ACCOUNT;
use crate::request::Request;

/// The alias of the key that AWS keeps for Secrets Manager in every region.
const MANAGED: &str = "alias/aws/secretsmanager";

/// The key cannot be used: it is missing, disabled, pending deletion, or of another kind.
pub(crate) struct KeyUnusable {
    /// What KMS says.
    pub(crate) message: String,
}

/// A data key: in the clear, and sealed under its KMS key.
pub(crate) struct DataKey {
    pub(crate) plaintext: Vec<u8>,
    pub(crate) sealed: String,
    pub(crate) key_arn: String,
}

impl Kms {
    /// Returns a new 256-bit data key. Without a key it is made under the AWS-managed one.
    pub(crate) async fn data_key(
        &self,
        region: &str,
        key: Option<&str>,
        context: &Value,
    ) -> Result<DataKey, KeyUnusable> {
        if key.is_none() {
            self.ensure_managed_key(region).await;
        }
        let body = json!({
            "KeyId": key.unwrap_or(MANAGED), "KeySpec": "AES_256", "EncryptionContext": context,
        });
        let told = self.ask(region, "GenerateDataKey", &body).await?;
        Ok(DataKey {
            plaintext: bytes(&told["Plaintext"])?,
            sealed: text(&told["CiphertextBlob"])?,
            key_arn: text(&told["KeyId"])?,
        })
    }

    /// Returns the data key that was sealed with the same context.
    pub(crate) async fn open_data_key(
        &self,
        region: &str,
        sealed: &str,
        context: &Value,
    ) -> Result<Vec<u8>, KeyUnusable> {
        let body = json!({ "CiphertextBlob": sealed, "EncryptionContext": context });
        bytes(&self.ask(region, "Decrypt", &body).await?["Plaintext"])
    }

    async fn ask(&self, region: &str, operation: &str, body: &Value) -> Result<Value, KeyUnusable> {
        let answer = self.answer(&Request::json("kms", region, operation, body)).await;
        let told: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        if answer.status == 200 {
            return Ok(told);
        }
        Err(KeyUnusable { message: told["message"].as_str().unwrap_or("KMS failed").to_owned() })
    }

    async fn ensure_managed_key(&self, region: &str) {
        let mut view = self.view(region).await;
        if view.aliases.contains_key(MANAGED) {
            return;
        }
        let create = json!({ "Description": "Default key that protects my Secrets Manager data when no other key is defined" });
        self.forward(&Request::json("kms", region, "CreateKey", &create)).await;
        let before = std::mem::take(&mut view.keys);
        let mut view = self.view(region).await;
        let new = view.keys.values_mut().find(|key| !before.contains_key(&key.key_id));
        if let Some(key) = new {
            give_to_aws(key);
            let id = key.key_id.clone();
            let alias_arn = format!("arn:aws:kms:{region}:{ACCOUNT}:{MANAGED}");
            let alias = AliasView { alias_name: MANAGED.to_owned(), alias_arn, target_key_id: id };
            view.aliases.insert(MANAGED.to_owned(), alias);
        }
        self.replace(region, view).await;
    }
}

fn give_to_aws(key: &mut KeyView) {
    key.key_manager = "AWS".to_owned();
    key.key_rotation_enabled = true;
}

fn text(value: &Value) -> Result<String, KeyUnusable> {
    value.as_str().map(str::to_owned).ok_or_else(unexpected)
}

fn bytes(value: &Value) -> Result<Vec<u8>, KeyUnusable> {
    STANDARD.decode(value.as_str().unwrap_or_default()).map_err(|_| unexpected())
}

fn unexpected() -> KeyUnusable {
    KeyUnusable { message: "KMS gave an answer without a key".to_owned() }
}
