//! What changes made so far have brought forth, for those that refer to them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use provision_core::desired::KEY_ID_PLACEHOLDER;
use provision_core::name::{Arn, Region, RoleName};
use provision_core::plan::KeyRef;
use provision_core::policy::{Document, key_arn_placeholder};

use super::ExecuteError;
use crate::aws::retry::{Wait, Waiting};

/// What changes made so far have brought forth, and what is waited for meanwhile
pub(crate) struct Outputs {
    made: Mutex<Made>,
    /// resource policies that Secrets Manager has found valid
    pub(super) valid: tokio::sync::Mutex<BTreeSet<String>>,
    /// says what is waited for
    pub(super) waiting: Waiting,
}

#[derive(Debug, Default)]
struct Made {
    /// by region, none for the environment's own
    keys: BTreeMap<Option<Region>, Arn>,
    roles: BTreeSet<RoleName>,
    policies: BTreeSet<Arn>,
}

impl Outputs {
    /// Returns the outputs of no change yet
    pub(crate) fn new(waiting: Waiting) -> Self {
        Self { made: Mutex::default(), valid: tokio::sync::Mutex::default(), waiting }
    }

    fn made(&self) -> MutexGuard<'_, Made> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn made_key(&self, region: Option<&Region>, arn: Arn) {
        self.made().keys.insert(region.cloned(), arn);
    }

    pub(super) fn made_role(&self, name: &RoleName) {
        self.made().roles.insert(name.clone());
    }

    pub(super) fn made_policy(&self, arn: Arn) {
        self.made().policies.insert(arn);
    }

    /// Whether this run has made the policy: IAM may not know it everywhere yet
    pub(super) fn has_made_policy(&self, arn: &Arn) -> bool {
        self.made().policies.contains(arn)
    }

    /// The ARN of a key that exists by now
    pub(super) fn key(&self, reference: &KeyRef) -> Result<Arn, ExecuteError> {
        let region = match reference {
            KeyRef::Arn(arn) => return Ok(arn.clone()),
            KeyRef::Created => None,
            KeyRef::CreatedIn(region) => Some(region.clone()),
            KeyRef::Unresolved(_) => return Err(ExecuteError::NoKey),
        };
        self.made().keys.get(&region).cloned().ok_or(ExecuteError::NoKey)
    }

    /// What a call that refers to the key waits for
    pub(super) fn wait_for_key(reference: &KeyRef) -> Wait {
        match reference {
            KeyRef::Created | KeyRef::CreatedIn(_) => Wait::NewKey,
            KeyRef::Arn(_) | KeyRef::Unresolved(_) => Wait::OldKey,
        }
    }

    /// What a change of the role waits for
    pub(super) fn wait_for_role(&self, name: &RoleName) -> Wait {
        if self.made().roles.contains(name) { Wait::NewRole } else { Wait::OldRole }
    }

    /// The document with the ARNs of the keys that this run has made
    pub(super) fn fill(&self, document: &Document) -> Result<Document, ExecuteError> {
        let filled = self.made().keys.iter().fold(document.clone(), |document, (region, arn)| {
            document.replace(&key_arn_placeholder(region.as_ref()), arn.as_str())
        });
        if filled.mentions("${KEY_ARN") { Err(ExecuteError::NoKey) } else { Ok(filled) }
    }

    /// The pattern of a metric filter with the id of the key that this run has made
    pub(super) fn fill_pattern(&self, pattern: &str) -> Result<String, ExecuteError> {
        if !pattern.contains(KEY_ID_PLACEHOLDER) {
            return Ok(pattern.to_owned());
        }
        Ok(pattern.replace(KEY_ID_PLACEHOLDER, &self.key_id()?))
    }

    /// The id of the environment's key, made by this run
    pub(super) fn key_id(&self) -> Result<String, ExecuteError> {
        Ok(self.key(&KeyRef::Created)?.id().to_owned())
    }
}
