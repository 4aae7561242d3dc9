//! TagResource, UntagResource, and what a tag can be.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Value, json};

use super::failure::Failure;
use super::vault::Call;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Tag {
    #[serde(default)]
    key: String,
    #[serde(default)]
    value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TagResource {
    secret_id: String,
    tags: Vec<Tag>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UntagResource {
    secret_id: String,
    tag_keys: Vec<String>,
}

pub(super) async fn tag_resource(
    call: &mut Call<'_>,
    request: &TagResource,
) -> Result<Value, Failure> {
    let mut secret = call.secret_to_change(&request.secret_id)?;
    secret.check_live()?;
    secret.tags = merged(secret.tags, &request.tags)?;
    secret.changed = call.now;
    call.store(secret).await;
    Ok(json!({}))
}

pub(super) async fn untag_resource(
    call: &mut Call<'_>,
    request: &UntagResource,
) -> Result<Value, Failure> {
    let mut secret = call.secret_to_change(&request.secret_id)?;
    secret.check_live()?;
    secret.tags.retain(|key, _| !request.tag_keys.contains(key));
    secret.changed = call.now;
    call.store(secret).await;
    Ok(json!({}))
}

/// Returns the tags with new ones among them.
pub(super) fn merged(
    mut there: BTreeMap<String, String>,
    new: &[Tag],
) -> Result<BTreeMap<String, String>, Failure> {
    let mut keys = BTreeSet::new();
    for Tag { key, value } in new {
        if !(1..=128).contains(&key.chars().count()) || value.chars().count() > 256 {
            let message = "a tag has a key of 1 to 128 characters and a value of at most 256";
            return Err(Failure::Validation(message.to_owned()));
        }
        if key.to_ascii_lowercase().starts_with("aws:") {
            let message = "Tag keys that start with \"aws:\" are reserved for system use.";
            return Err(Failure::InvalidParameter(message.to_owned()));
        }
        if !keys.insert(key) {
            return Err(Failure::InvalidParameter(format!("the tag key `{key}` is given twice")));
        }
        there.insert(key.clone(), value.clone());
    }
    match there.len() {
        0..=50 => Ok(there),
        _ => Err(Failure::InvalidParameter("a secret has at most 50 tags".to_owned())),
    }
}
