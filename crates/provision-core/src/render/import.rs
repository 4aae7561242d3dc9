//! Import blocks for what exists, by the addresses that it has in the rendered root.

use std::collections::BTreeSet;

use super::access;
use super::hcl::{Block, Value};
use super::terraform::{Root, word};
use crate::actual::{Actual, ActualKey, Alias, ResourcePolicy, SecretState};
use crate::desired::{AlarmSource, Desired, REPLICAS_TAG, SECRETS_ACCESS, Tags, alarm_name};
use crate::name::ResourceName;

/// Returns the import block of everything that exists under the names of the environment
pub(super) fn blocks(root: &Root<'_>, live: &Actual) -> Vec<Block> {
    let mut imports = Imports(Vec::new());
    keys(root, live, &mut imports);
    secrets(root, live, &mut imports);
    functions(root, live, &mut imports);
    monitoring(root, live, &mut imports);
    for (to, id) in access::imports(root, live) {
        imports.add(&to, &id);
    }
    imports.0
}

/// Returns the keys of tags that exist on what is imported and that Terraform does not set
pub(super) fn foreign_tags(root: &Root<'_>, live: &Actual) -> BTreeSet<String> {
    let desired = root.desired();
    let owned = |key: &&String| !desired.tags.contains_key(*key) && *key != REPLICAS_TAG;
    let secrets = live.secrets.iter().filter(|(name, _)| desired.secrets.contains_key(*name));
    let roles = live.roles.iter().filter(|(name, _)| desired.roles.contains_key(*name));
    let policies = live.policies.iter().filter(|(name, _)| desired.policies.contains_key(*name));
    let monitoring = live.monitoring.iter().flat_map(|monitoring| {
        let groups = monitoring.log_groups.values().filter_map(|group| group.tags.as_ref());
        let alarms = monitoring.alarms.values().filter_map(|alarm| alarm.tags.as_ref());
        let rules = monitoring.rules.values().filter_map(|rule| rule.tags.as_ref());
        groups.chain(alarms).chain(rules)
    });
    let all: Vec<&Tags> = live
        .key
        .iter()
        .chain(live.replica_keys.values())
        .map(|key| &key.tags)
        .chain(secrets.map(|(_, secret)| &secret.tags))
        .chain(roles.map(|(_, role)| &role.tags))
        .chain(policies.filter_map(|(_, policy)| policy.tags.as_ref()))
        .chain(monitoring)
        .collect();
    all.into_iter().flat_map(|tags| tags.keys()).filter(owned).cloned().collect()
}

struct Imports(Vec<Block>);

impl Imports {
    fn add(&mut self, to: &str, id: &str) {
        let block = Block::new("import", &[]).set("to", Value::expression(to));
        self.0.push(block.set("id", Value::text(id)));
    }

    fn key(&mut self, module: &str, alias: &str, key: &ActualKey) {
        let resource = key.arn.resource();
        let id = resource.strip_prefix("key/").unwrap_or(resource);
        self.add(&format!("{module}.aws_kms_key.this"), id);
        if key.alias == Alias::PointsHere {
            self.add(&format!("{module}.aws_kms_alias.this"), alias);
        }
    }
}

fn keys(root: &Root<'_>, live: &Actual, imports: &mut Imports) {
    let alias = root.desired().key.alias.as_str();
    if let Some(key) = &live.key {
        imports.key("module.secrets.module.key", alias, key);
    }
    for (region, _) in root.own_replicas() {
        if let Some(key) = live.replica_keys.get(region) {
            imports.key(&format!("module.key_{}", word(region)), alias, key);
        }
    }
}

fn secrets(root: &Root<'_>, live: &Actual, imports: &mut Imports) {
    for (name, secret) in &root.desired().secrets {
        let Some(found) = live.secrets.get(name) else { continue };
        if found.state != SecretState::Live {
            continue;
        }
        let mut add = |resource: &str| {
            let to =
                format!("module.secrets.aws_secretsmanager_{resource}.this[\"{}\"]", secret.key);
            imports.add(&to, found.arn.as_str());
        };
        add("secret");
        if secret.rotation.is_some() && found.rotation.is_some() {
            add("secret_rotation");
        }
        let has_policy = matches!(found.resource_policy, ResourcePolicy::Document(_));
        if secret.resource_policy.is_some() && has_policy {
            add("secret_policy");
        }
    }
}

fn functions(root: &Root<'_>, live: &Actual, imports: &mut Imports) {
    const MODULE: &str = "module.functions";
    for (name, _) in root.managed_policies() {
        if let Some(policy) = live.policies.get(name) {
            imports.add(&format!("{MODULE}.aws_iam_policy.this[\"{name}\"]"), policy.arn.as_str());
        }
    }
    for (key, (function, name, role)) in root.functions_by_key() {
        let group = format!("/aws/lambda/{function}");
        let groups = live.monitoring.as_ref().map(|monitoring| &monitoring.log_groups);
        let kept = ResourceName::parse(group.as_str()).is_ok_and(|group| {
            root.desired().monitoring.retention.contains_key(&group)
                && groups.is_some_and(|groups| groups.contains_key(&group))
        });
        if kept {
            imports.add(&format!("{MODULE}.aws_cloudwatch_log_group.this[\"{key}\"]"), &group);
        }
        let Some(found) = live.roles.get(name) else { continue };
        imports.add(&format!("{MODULE}.aws_iam_role.this[\"{key}\"]"), name.as_str());
        for policy in role.inline.keys().filter(|policy| found.inline.contains_key(*policy)) {
            let to = match policy.as_str() {
                SECRETS_ACCESS => format!("{MODULE}.aws_iam_role_policy.access[\"{key}\"]"),
                _ => format!("{MODULE}.aws_iam_role_policy.supplied[\"{key}/{policy}\"]"),
            };
            imports.add(&to, &format!("{name}:{policy}"));
        }
        for arn in role.attached.intersection(&found.attached) {
            let to = format!("{MODULE}.aws_iam_role_policy_attachment.this[\"{key}/{arn}\"]");
            imports.add(&to, &format!("{name}/{arn}"));
        }
    }
}

fn monitoring(root: &Root<'_>, live: &Actual, imports: &mut Imports) {
    let Desired { project, environment, monitoring, .. } = root.desired();
    let (Some(alarms), Some(found)) = (&root.subject.declared.alarms, &live.monitoring) else {
        return;
    };
    for kind in &alarms.which {
        let name = alarm_name(project, environment, *kind);
        let of = |(known, _): &(&ResourceName, _)| known.as_str() == name;
        let Some((name, source)) = monitoring.alarms.iter().find(of) else { continue };
        let word = kind.slug().replace('-', "_");
        let to =
            |resource: &str| format!("module.alarms.aws_cloudwatch_{resource}.this[\"{word}\"]");
        match source {
            AlarmSource::Metric { filter, .. } => {
                let on = &filter.log_group;
                if found.filters.get(name).is_some_and(|places| places.contains_key(on)) {
                    imports.add(&to("log_metric_filter"), &format!("{}:{name}", filter.log_group));
                }
                if found.alarms.contains_key(name) {
                    imports.add(&to("metric_alarm"), name.as_str());
                }
            }
            AlarmSource::Event { .. } => {
                let Some(rule) = found.rules.get(name) else { continue };
                imports.add(&to("event_rule"), &format!("default/{name}"));
                if rule.targets.contains_key("topic") {
                    imports.add(&to("event_target"), &format!("default/{name}/topic"));
                }
            }
        }
    }
}
