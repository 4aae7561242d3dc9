//! One secret and what can be seen of it without its value.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::failure::Failure;
use super::replica::Replica;
use super::rotation::Rotation;
use super::version::Versions;

/// A secret. It has no `Debug`, although its values are sealed.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Secret {
    pub(super) arn: String,
    pub(super) name: String,
    pub(super) description: Option<String>,
    /// As it was given: a key id, key ARN, alias or alias ARN. None is the AWS-managed key.
    pub(super) key: Option<String>,
    pub(super) tags: BTreeMap<String, String>,
    pub(super) created: f64,
    pub(super) changed: f64,
    pub(super) deletion: Option<Deletion>,
    pub(super) versions: Versions,
    pub(super) policy: Option<String>,
    pub(super) rotation: Option<Rotation>,
    /// Replicas by region, where this is the primary.
    pub(super) replicas: BTreeMap<String, Replica>,
    /// The region of the primary, where secrets are replicated at all.
    pub(super) primary_region: Option<String>,
}

/// When a deletion was asked for, and when it happens.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(super) struct Deletion {
    pub(super) asked: f64,
    pub(super) due: f64,
}

impl Secret {
    /// Refuses a secret that is pending deletion.
    pub(super) fn check_live(&self) -> Result<(), Failure> {
        match self.deletion {
            None => Ok(()),
            Some(_) => Err(Failure::marked_for_deletion()),
        }
    }

    /// Returns what every answer about this secret begins with.
    pub(super) fn named(&self) -> Value {
        json!({ "ARN": self.arn, "Name": self.name })
    }

    /// Returns what DescribeSecret and an entry of ListSecrets have in common.
    pub(super) fn described(&self) -> Value {
        let mut told = self.named();
        let mut put = |field: &str, value: Value| told[field] = value;
        put("CreatedDate", json!(self.created));
        put("LastChangedDate", json!(self.changed));
        if let Some(description) = &self.description {
            put("Description", json!(description));
        }
        if let Some(key) = &self.key {
            put("KmsKeyId", json!(key));
        }
        if !self.tags.is_empty() {
            put("Tags", self.tag_list());
        }
        if let Some(deletion) = self.deletion {
            put("DeletedDate", json!(deletion.asked));
        }
        if let Some(region) = &self.primary_region {
            put("PrimaryRegion", json!(region));
        }
        if let Some(rotation) = &self.rotation {
            for (field, value) in rotation.described() {
                put(field, value);
            }
        }
        told
    }

    /// Returns the labelled versions, as an object of lists. Without a label a version is
    /// deprecated and not listed.
    pub(super) fn versions_to_stages(&self) -> Map<String, Value> {
        self.versions
            .iter()
            .filter(|version| !version.labels.is_empty())
            .map(|version| (version.id.clone(), json!(version.labels)))
            .collect()
    }

    fn tag_list(&self) -> Value {
        self.tags.iter().map(|(key, value)| json!({ "Key": key, "Value": value })).collect()
    }
}
