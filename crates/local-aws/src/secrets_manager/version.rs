//! One version of a secret: its id, its labels, its sealed value.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::failure::Failure;
use super::seal::Sealed;

pub(super) const CURRENT: &str = "AWSCURRENT";
pub(super) const PREVIOUS: &str = "AWSPREVIOUS";
pub(super) const PENDING: &str = "AWSPENDING";

/// How many versions are kept.
const KEPT: usize = 100;
/// No version is removed before it is this old, in seconds.
const KEPT_FOR: f64 = 86_400.0;
/// How many labels one secret can have.
const LABELS: usize = 20;

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Version {
    pub(super) id: String,
    pub(super) created: f64,
    pub(super) labels: BTreeSet<String>,
    pub(super) sealed: Sealed,
}

/// The versions of one secret, oldest first. A label is on one version at most.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Versions(Vec<Version>);

impl From<Vec<Version>> for Versions {
    fn from(versions: Vec<Version>) -> Self {
        Self(versions)
    }
}

impl Versions {
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &Version> {
        self.0.iter()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Version> {
        self.0.iter_mut()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn by_id(&self, id: &str) -> Option<&Version> {
        self.0.iter().find(|version| version.id == id)
    }

    pub(super) fn by_label(&self, label: &str) -> Option<&Version> {
        self.0.iter().find(|version| version.labels.contains(label))
    }

    /// Adds a version under the given labels, taking them off where they were.
    pub(super) fn add(
        &mut self,
        version: Version,
        labels: &[String],
        now: f64,
    ) -> Result<(), Failure> {
        let id = version.id.clone();
        let first = self.is_empty();
        self.0.push(version);
        for label in labels {
            self.put_label(label, &id);
        }
        // whatever the first version is put under, it is the current one
        if first && !labels.iter().any(|label| label == CURRENT) {
            self.put_label(CURRENT, &id);
        }
        self.check_labels()?;
        self.prune(now);
        Ok(())
    }

    /// Puts a label on a version. AWSPREVIOUS follows AWSCURRENT by itself.
    pub(super) fn put_label(&mut self, label: &str, id: &str) {
        let was = self.by_label(label).map(|version| version.id.clone());
        if was.as_deref() == Some(id) {
            return;
        }
        self.take_label(label);
        if let Some(version) = self.0.iter_mut().find(|version| version.id == id) {
            version.labels.insert(label.to_owned());
        }
        if label == CURRENT
            && let Some(was) = was
        {
            self.put_label(PREVIOUS, &was);
        }
    }

    pub(super) fn take_label(&mut self, label: &str) {
        for version in &mut self.0 {
            version.labels.remove(label);
        }
    }

    pub(super) fn check_labels(&self) -> Result<(), Failure> {
        let count: usize = self.0.iter().map(|version| version.labels.len()).sum();
        match count {
            0..=LABELS => Ok(()),
            _ => Err(Failure::Limit(format!("a secret has at most {LABELS} staging labels"))),
        }
    }

    fn prune(&mut self, now: f64) {
        let mut surplus = self.0.len().saturating_sub(KEPT);
        self.0.retain(|version| {
            let old = version.labels.is_empty() && now - version.created > KEPT_FOR;
            let remove = surplus > 0 && old;
            surplus -= usize::from(remove);
            !remove
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn version(id: &str, created: f64) -> Version {
        let sealed = json!({"kind": "Text", "data_key": "", "ciphertext": "", "key_arn": ""});
        Version {
            id: id.to_owned(),
            created,
            labels: BTreeSet::new(),
            sealed: serde_json::from_value(sealed).unwrap(),
        }
    }

    fn labels(versions: &Versions, id: &str) -> Vec<String> {
        versions.by_id(id).unwrap().labels.iter().cloned().collect()
    }

    #[test]
    fn the_first_version_is_current_under_any_label() {
        let mut versions = Versions::default();
        versions.add(version("a", 0.0), &["mine".to_owned()], 0.0).unwrap();
        assert_eq!(labels(&versions, "a"), ["AWSCURRENT", "mine"]);
    }

    #[test]
    fn previous_follows_current_there_and_back() {
        let mut versions = Versions::default();
        let current = [CURRENT.to_owned()];
        versions.add(version("a", 0.0), &current, 0.0).unwrap();
        versions.add(version("b", 0.0), &current, 0.0).unwrap();
        assert_eq!(labels(&versions, "a"), [PREVIOUS]);
        versions.put_label(CURRENT, "a");
        assert_eq!(labels(&versions, "a"), [CURRENT]);
        assert_eq!(labels(&versions, "b"), [PREVIOUS]);
    }

    #[test]
    fn only_old_versions_without_a_label_are_removed_past_a_hundred() {
        let mut versions = Versions::default();
        let current = [CURRENT.to_owned()];
        for n in 0..150 {
            versions.add(version(&n.to_string(), 0.0), &current, 0.0).unwrap();
        }
        assert_eq!(versions.iter().count(), 150, "none is a day old");
        versions.add(version("last", 90_000.0), &current, 90_000.0).unwrap();
        assert_eq!(versions.iter().count(), 100);
        assert!(versions.by_label(PREVIOUS).is_some());
    }
}
