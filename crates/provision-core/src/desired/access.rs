//! The roles of people and pipelines.
//!
//! They lie on a path of their own, on which no role that is made here may change anything: who
//! decides over the environment is an administrator's to say.

use std::collections::{BTreeMap, BTreeSet};

use super::monitoring::log_group;
use super::names::{Names, parsed};
use super::role::Policies;
use super::scope::{Rotators, Scope};
use super::{CallerRole, DesiredPolicy, DesiredRole, Holder, ResolveError};
use crate::manifest::{AlarmKind, Environment, Secret, ValueShape, Via};
use crate::name::{Arn, PolicyName, Region, RoleName, SecretKey};
use crate::policy::{
    self, BreakGlassPolicy, CallerTrust, Document, Estate, GithubTrust, PlannerPolicy,
    ProvisionerPolicy, Watch, WriterPolicy, key_arn_placeholder, limits,
};

/// Policies of one role, each under its name
type Named = Vec<(&'static str, Document)>;

impl Scope<'_> {
    /// Returns the roles of people and pipelines, and adds the managed policies that they need
    pub(super) fn caller_roles(
        &self,
        names: &Names,
        rotators: &Rotators,
        policies: &mut Policies,
    ) -> Result<BTreeMap<RoleName, DesiredRole>, ResolveError> {
        let role = |(caller, name): (&CallerRole, &RoleName)| {
            let documents = self.caller_policies(*caller, names, rotators)?;
            let (inline, attached) = self.placed(*caller, documents, policies)?;
            let role = DesiredRole {
                holder: Holder::Caller(*caller),
                path: self.callers_path(),
                description: format!("{} of {} {}", title(*caller), self.project, self.name),
                trust: self.caller_trust(*caller)?,
                inline,
                attached,
                boundary: None,
                reads: Vec::new(),
                writes: Vec::new(),
                rotates: Vec::new(),
            };
            Ok((name.clone(), role))
        };
        names.callers.iter().map(role).collect()
    }

    fn caller_trust(&self, caller: CallerRole) -> Result<Document, ResolveError> {
        let access = &self.declared.access;
        let principals = match caller {
            CallerRole::Provisioner => &access.provisioner,
            CallerRole::Planner => &access.planner,
            CallerRole::Writer => &access.writer,
            CallerRole::BreakGlass => &access.break_glass,
            CallerRole::GithubDeploy => {
                return Ok(policy::github_trust(&GithubTrust {
                    partition: self.declared.partition.to_string(),
                    account: self.account_text().to_owned(),
                    repository: access.github.clone().unwrap_or_default(),
                    environment: self.name.to_string(),
                })?);
            }
        };
        Ok(policy::caller_trust(&CallerTrust {
            principals: principals.iter().map(ToString::to_string).collect(),
            mfa: caller == CallerRole::BreakGlass,
        })?)
    }

    fn caller_policies(
        &self,
        caller: CallerRole,
        names: &Names,
        rotators: &Rotators,
    ) -> Result<Named, ResolveError> {
        let reads = || Ok::<_, ResolveError>(("planner", self.planner(names)?));
        Ok(match caller {
            CallerRole::Planner => vec![reads()?],
            CallerRole::Provisioner | CallerRole::GithubDeploy => {
                vec![reads()?, ("provisioner", self.provisioner(names, rotators)?)]
            }
            CallerRole::BreakGlass => vec![reads()?, ("break-glass", self.break_glass(names)?)],
            // without secrets there is nothing to name
            CallerRole::Writer if names.secrets.is_empty() => Vec::new(),
            CallerRole::Writer => vec![("writer", self.writer(names)?)],
        })
    }

    /// Inline while a role holds them, else in managed policies, which lie beside the role
    fn placed(
        &self,
        caller: CallerRole,
        documents: Named,
        policies: &mut Policies,
    ) -> Result<(BTreeMap<PolicyName, Document>, BTreeSet<Arn>), ResolveError> {
        let length: usize = documents.iter().map(|(_, document)| limits::length(document)).sum();
        if length <= limits::INLINE_POLICIES_OF_A_ROLE {
            let inline = documents.into_iter().map(|(name, document)| {
                let parsed = parsed(PolicyName::parse(name), "access", name)?;
                Ok((parsed, document))
            });
            return Ok((inline.collect::<Result<_, ResolveError>>()?, BTreeSet::new()));
        }
        // names of statements differ between the policies of one role
        let statements = documents.into_iter().flat_map(|(_, document)| document.statements);
        let whole = Document { statements: statements.collect(), ..Document::default() };
        let mut attached = BTreeSet::new();
        for (part, document) in policy::split(&whole) {
            let name = self.policy_name(&format!("{}-{part}", caller.slug()))?;
            let path = self.callers_path();
            attached.insert(self.policy_arn(&path, &name));
            let place = format!("{} {}", self.project, self.name);
            let description = format!("{} of {place}, part {part}", title(caller));
            policies.insert(name, DesiredPolicy { path, description, document });
        }
        Ok((BTreeMap::new(), attached))
    }

    fn planner(&self, names: &Names) -> Result<Document, ResolveError> {
        let places = self.places_with(|region| self.all_patterns(names, region));
        Ok(policy::planner_policy(&PlannerPolicy {
            partition: self.declared.partition.to_string(),
            account: self.account_text().to_owned(),
            region: self.declared.region.to_string(),
            project: self.project.to_string(),
            environment: self.name.to_string(),
            secrets: places.into_iter().flat_map(|place| place.secrets).collect(),
        })?)
    }

    fn writer(&self, names: &Names) -> Result<Document, ResolveError> {
        let region = &self.declared.region;
        let secrets = names.secrets.values().map(|secret| self.arn_pattern(region, secret));
        Ok(policy::writer_policy(&WriterPolicy {
            account: self.account_text().to_owned(),
            region: region.to_string(),
            secrets: secrets.collect(),
            key: key_arn_placeholder(None),
        })?)
    }

    fn provisioner(&self, names: &Names, rotators: &Rotators) -> Result<Document, ResolveError> {
        let Environment { secrets, functions, recovery_window_days, .. } = self.declared;
        let has_defaults = |secret: &Secret| match &secret.value {
            ValueShape::Json(keys) => keys.values().any(|rule| rule.default.is_some()),
            ValueShape::String | ValueShape::Binary => false,
        };
        let with_defaults = secrets.iter().filter(|(_, secret)| has_defaults(secret));
        let rotations = secrets.values().filter_map(|secret| secret.rotation.as_ref());
        let lambdas: BTreeSet<&Arn> = rotations.map(|rotation| &rotation.lambda_arn).collect();
        let given = functions.values().filter_map(|function| function.boundary.clone());
        let boundaries: BTreeSet<Arn> = self.boundary_arn()?.into_iter().chain(given).collect();
        Ok(policy::provisioner_policy(&ProvisionerPolicy {
            estate: self.estate(names),
            places: self.places_with(|region| self.all_patterns(names, region)),
            defaults: self.own_patterns(with_defaults.map(|(key, _)| key), names),
            rotated: self.own_patterns(rotators.keys(), names),
            rotation_functions: lambdas.into_iter().map(ToString::to_string).collect(),
            recovery_window_days: *recovery_window_days,
            boundaries: boundaries.into_iter().map(String::from).collect(),
            watch: self.watch(names)?,
        })?)
    }

    fn break_glass(&self, names: &Names) -> Result<Document, ResolveError> {
        Ok(policy::break_glass_policy(&BreakGlassPolicy {
            estate: self.estate(names),
            secrets: self.all_patterns(names, &self.declared.region),
            watch: self.watch(names)?,
        })?)
    }

    fn own_patterns<'k>(
        &self,
        keys: impl Iterator<Item = &'k SecretKey>,
        names: &Names,
    ) -> Vec<String> {
        keys.filter_map(|key| names.secrets.get(key))
            .map(|secret| self.arn_pattern(&self.declared.region, secret))
            .collect()
    }

    fn estate(&self, names: &Names) -> Estate {
        let home = std::iter::once(&self.declared.region);
        Estate {
            partition: self.declared.partition.to_string(),
            account: self.account_text().to_owned(),
            project: self.project.to_string(),
            environment: self.name.to_string(),
            regions: home.chain(self.declared.replicas.keys()).map(Region::to_string).collect(),
            alias: names.alias.to_string(),
        }
    }

    /// Every alarm by its exact name, declared or not, so that one that is not can be taken away
    fn watch(&self, names: &Names) -> Result<Watch, ResolveError> {
        let Environment { partition, region, alarms, log_retention_days, .. } = self.declared;
        let arn = |service: &str, rest: &str| {
            format!("arn:{partition}:{service}:{region}:{}:{rest}", self.account_text())
        };
        // some calls name the group, some what is in it
        let group = |name: &str| {
            [arn("logs", &format!("log-group:{name}")), arn("logs", &format!("log-group:{name}:*"))]
        };
        let kinds = AlarmKind::ALL.map(|kind| self.alarm_name(kind));
        let kinds = kinds.into_iter().collect::<Result<Vec<_>, _>>()?;
        let trail = match alarms.as_ref().map(|alarms| &alarms.via) {
            Some(Via::MetricFilter { log_group }) => group(log_group).to_vec(),
            Some(Via::EventBridge) | None => Vec::new(),
        };
        let functions = names.functions.values().filter(|_| log_retention_days.is_some());
        Ok(Watch {
            alarms: kinds.iter().map(|name| arn("cloudwatch", &format!("alarm:{name}"))).collect(),
            rules: kinds.iter().map(|name| arn("events", &format!("rule/{name}"))).collect(),
            trail,
            log_groups: functions.flat_map(|f| group(&log_group(&f.function))).collect(),
        })
    }
}

fn title(caller: CallerRole) -> &'static str {
    match caller {
        CallerRole::Provisioner => "Provisioner",
        CallerRole::Planner => "Planner",
        CallerRole::Writer => "Writer of values",
        CallerRole::BreakGlass => "Break-glass role",
        CallerRole::GithubDeploy => "Provisioner for pipelines on GitHub",
    }
}
