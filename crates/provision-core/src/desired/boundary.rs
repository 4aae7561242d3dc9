//! The boundary of what the environment's roles may ever do, where a role of the manifest makes them.

use std::collections::BTreeSet;

use super::names::Names;
use super::role::{Policies, policy_text};
use super::scope::{Rotator, Rotators, Scope};
use super::{DesiredPolicy, PolicyFiles, ResolveError};
use crate::manifest::PolicySource;
use crate::name::{Arn, PolicyName, SecretKey, SecretName};
use crate::policy::{self, BoundaryPolicy, Document};

const BOUNDARY: &str = "boundary";

impl Scope<'_> {
    /// Returns the boundary of the environment's roles, where a provisioner makes them
    pub(super) fn boundary_arn(&self) -> Result<Option<Arn>, ResolveError> {
        if !self.declared.access.names_provisioner() {
            return Ok(None);
        }
        Ok(Some(self.policy_arn(&self.callers_path(), &self.boundary_name()?)))
    }

    fn boundary_name(&self) -> Result<PolicyName, ResolveError> {
        self.policy_name(BOUNDARY)
    }

    /// Returns the boundary as a policy of the environment
    ///
    /// It lies where no provisioner changes anything, or it would be no boundary.
    pub(super) fn boundary(
        &self,
        names: &Names,
        rotators: &Rotators,
        files: &PolicyFiles,
    ) -> Result<Policies, ResolveError> {
        if !self.declared.access.names_provisioner() {
            return Ok(Policies::new());
        }
        let rotated: BTreeSet<&SecretKey> = rotators
            .iter()
            .filter(|(_, rotator)| matches!(rotator, Rotator::Function(_)))
            .map(|(secret, _)| secret)
            .collect();
        let rotates = !rotated.is_empty();
        let written = self.declared.functions.values().flat_map(|function| &function.writes);
        let written: BTreeSet<&SecretName> =
            written.chain(rotated).filter_map(|secret| names.secrets.get(secret)).collect();
        let document = policy::boundary_policy(&BoundaryPolicy {
            partition: self.declared.partition.to_string(),
            account: self.account_text().to_owned(),
            places: self.places_with(|region| self.all_patterns(names, region)),
            written: written
                .into_iter()
                .map(|secret| self.arn_pattern(&self.declared.region, secret))
                .collect(),
            rotates,
            supplied: self.supplied(files)?,
        })?;
        let path = self.callers_path();
        let description = format!("The most that a role of {} {} may do", self.project, self.name);
        let boundary = DesiredPolicy { path, description, document };
        Ok([(self.boundary_name()?, boundary)].into())
    }

    /// The policy files of the functions that the boundary holds back
    fn supplied(&self, files: &PolicyFiles) -> Result<Vec<Document>, ResolveError> {
        self.declared
            .functions
            .values()
            .filter(|function| function.boundary.is_none())
            .flat_map(|function| &function.policies)
            .filter_map(|source| match source {
                PolicySource::File(file) => Some(policy_text(file, files)),
                PolicySource::Managed(_) => None,
            })
            .collect()
    }
}
