//! The functions' roles in a root module for Terraform.

use std::collections::BTreeMap;

use super::access;
use super::hcl::{Block, Value};
use super::terraform::{Root, module_block, owned};
use crate::desired::{
    BASIC_EXECUTION, Desired, DesiredPolicy, DesiredRole, Holder, SECRETS_ACCESS,
};
use crate::manifest::Logs;
use crate::name::{Arn, FunctionKey, PolicyName, RoleName, SecretName};

impl<'a> Root<'a> {
    /// The functions' roles by the functions' names in the manifest
    pub(super) fn functions_by_key(
        &self,
    ) -> BTreeMap<&'a FunctionKey, (&'a str, &'a RoleName, &'a DesiredRole)> {
        let of = |(name, role): (&'a RoleName, &'a DesiredRole)| match &role.holder {
            Holder::Function { key, name: function } => {
                Some((key, (function.as_str(), name, role)))
            }
            Holder::Caller(_) => None,
        };
        self.desired().roles.iter().filter_map(of).collect()
    }

    /// The call of the module that makes the roles
    pub(super) fn functions(&self) -> Block {
        let functions = self
            .functions_by_key()
            .into_iter()
            .map(|(key, (name, role_name, role))| {
                (key.to_string(), self.function(key, name, role_name, role))
            })
            .collect();
        let policies = self.managed_policies();
        let policies = policies.map(|(name, policy)| {
            let DesiredPolicy { path: _, description, document } = policy;
            let fields = vec![
                ("description".to_owned(), Value::text(description)),
                ("document".to_owned(), self.document(document)),
            ];
            (name.to_string(), Value::Map(fields))
        });
        let policies: Vec<(String, Value)> = policies.collect();
        let days = self.declared().log_retention_days;
        let boundary = self.boundary();
        let boundary = boundary.map(|(name, _)| Value::Expression(access::policy_arn(name)));
        owned(module_block("functions", "function-access"))
            .set("secrets", Value::expression("module.secrets.names"))
            .set("key_arn", Value::expression("module.secrets.key_arn"))
            .maybe("replicas", self.replicas())
            .maybe("log_retention_days", days.map(|days| Value::Number(days.into())))
            .maybe("boundary", boundary)
            .gap()
            .set("functions", Value::Map(functions))
            .maybe("managed_policies", (!policies.is_empty()).then_some(Value::Map(policies)))
    }

    /// The boundary that the root makes for the functions' roles: its policy and its ARN
    fn boundary(&self) -> Option<(&'a PolicyName, &'a Arn)> {
        let boundaries = self.functions_by_key().into_values();
        let boundaries = boundaries.filter_map(|(_, _, role)| role.boundary.as_ref());
        let of = |arn: &'a Arn| {
            let is = |policy: &DesiredPolicy, name: &PolicyName| {
                arn.as_str().ends_with(&format!(":policy{}{name}", policy.path))
            };
            let made = access::policies(self).find(|(name, policy)| is(policy, name));
            made.map(|(name, _)| (name, arn))
        };
        boundaries.filter_map(of).next()
    }

    /// The policies that belong to functions
    pub(super) fn managed_policies(
        &self,
    ) -> impl Iterator<Item = (&'a PolicyName, &'a DesiredPolicy)> {
        let Desired { project, environment, policies, .. } = self.desired();
        let path = format!("/{project}/{environment}/");
        policies.iter().filter(move |(_, policy)| policy.path == path)
    }

    fn function(
        &self,
        key: &FunctionKey,
        name: &str,
        role_name: &RoleName,
        role: &DesiredRole,
    ) -> Value {
        let Desired { project, environment, partition, .. } = self.desired();
        let plain = format!("{project}-{environment}-{key}");
        let keys = |names: &[SecretName]| {
            let key = |name| self.desired().secrets.get(name).map(|secret| &secret.key);
            Value::texts(names.iter().filter_map(key))
        };
        let declared = self.declared().functions.get(key);
        let mut fields = Vec::new();
        let mut add = |name: &str, value: Value| fields.push((name.to_owned(), value));
        if name != plain {
            add("function_name", Value::text(name));
        }
        if role_name.as_str() != plain {
            add("role_name", Value::text(role_name));
        }
        if !role.reads.is_empty() {
            add("reads", keys(&role.reads));
        }
        if !role.writes.is_empty() {
            add("writes", keys(&role.writes));
        }
        if !role.rotates.is_empty() {
            add("rotates", keys(&role.rotates));
        }
        let own_logs = declared.is_some_and(|declared| declared.logs == Logs::Own);
        if own_logs {
            add("logs", Value::text("own"));
        }
        let needs = [&role.reads, &role.writes, &role.rotates].iter().any(|of| !of.is_empty());
        let needs = needs || own_logs;
        let inline = role.inline.keys().any(|name| name.as_str() == SECRETS_ACCESS);
        if needs && !inline {
            add("access", Value::text("given"));
        }
        let supplied = role.inline.iter().filter(|(name, _)| name.as_str() != SECRETS_ACCESS);
        let supplied: Vec<(String, Value)> =
            supplied.map(|(name, document)| (name.to_string(), self.document(document))).collect();
        if !supplied.is_empty() {
            add("policies", Value::Map(supplied));
        }
        let basic = format!("arn:{partition}{BASIC_EXECUTION}");
        let attached = role.attached.iter().filter(|arn| own_logs || arn.as_str() != basic);
        let attached: Vec<Value> = attached.map(|arn| self.filled(arn.as_str())).collect();
        if !attached.is_empty() {
            add("managed_policy_arns", Value::List(attached));
        }
        // that of the environment is told to the module, for which it is made first
        let own = self.boundary().map(|(_, arn)| arn);
        if let Some(boundary) = role.boundary.as_ref().filter(|boundary| Some(*boundary) != own) {
            add("boundary", self.filled(boundary.as_str()));
        }
        if let Some(account) = declared.and_then(|d| d.trust_source_account.as_ref()) {
            add("trust_source_account", Value::text(account));
        }
        if let Some(arn) = declared.and_then(|d| d.trust_source_arn.as_ref()) {
            add("trust_source_arn", Value::text(arn));
        }
        Value::Map(fields)
    }
}
