//! One environment: its region and account, its key, and its sections.

use std::collections::BTreeMap;

use super::naming::Names;
use super::physical::{Noun, Register};
use super::{function, monitoring, read, replica, secret};
use crate::manifest::model::{Access, Environment};
use crate::manifest::overrides;
use crate::manifest::problem::{Finding, Kind};
use crate::manifest::raw::{RawEnvironment, RawManifest, RawOverrides, RawPartition};
use crate::manifest::shape::dotted;
use crate::manifest::template::Placeholders;
use crate::name::{AccountId, FunctionKey, KeyAlias, Partition, Region, SecretKey};

/// AWS's longest window, and its default
const RECOVERY_WINDOW_DAYS: u16 = 30;
/// AWS's default
const ROTATE_KMS_KEY_DAYS: u16 = 365;
const KEY_ALIAS: &str = "alias/{project}/{env}";

/// An environment and what stands above it
pub(super) struct Scope<'s> {
    /// what `{project}` stands for
    pub(super) project: &'s str,
    /// what `{env}` stands for
    pub(super) env: &'s str,
    /// the environment's key in the manifest, a name or not
    pub(super) key: &'s str,
    pub(super) top: &'s RawManifest,
    pub(super) own: &'s RawEnvironment,
    /// false for the one that stands in where no environment is declared
    pub(super) declared: bool,
    /// the roles of people and pipelines
    pub(super) access: Access,
}

impl<'s> Scope<'s> {
    pub(super) fn placeholders(&self) -> Placeholders<'s> {
        Placeholders { project: self.project, env: self.env, secret: None, function: None }
    }

    /// Returns the environment's own value with its path, else the one at the top with its path
    fn nearest<T>(
        &self,
        field: &'static str,
        own: Option<T>,
        top: Option<T>,
    ) -> Option<(T, Vec<&'s str>)> {
        own.map(|value| (value, vec!["environments", self.key, field]))
            .or_else(|| top.map(|value| (value, vec![field])))
    }
}

/// Checks what stands at the top for all environments, used or not
pub(super) fn check_top(raw: &RawManifest, names: &mut Names<'_>) {
    if let Some(region) = &raw.region {
        names.region(&["region"], region);
    }
    if let Some(account) = &raw.account {
        names.parse(&["account"], account, AccountId::parse);
    }
}

/// Returns the environment, or nothing if a part of it could not be made out
pub(super) fn check(
    scope: &Scope<'_>,
    names: &mut Names<'_>,
    physical: &mut Register,
) -> Option<Environment> {
    let Scope { top, own, .. } = scope;
    let region = region(scope, names);
    let partition = partition(scope, region.as_ref(), names);
    let account = scope
        .nearest("account", own.account.as_ref(), top.account.as_ref())
        .map(|(text, path)| names.parse(&path, text, AccountId::parse));
    physical.enter(
        scope.key,
        region.as_ref().map(Region::as_str),
        account.as_ref().and_then(Option::as_ref).map(AccountId::as_str),
    );
    let key_alias = key_alias(scope, names, physical);
    let replicas = replica::check(scope, region.as_ref(), names);

    let tree = overrides::effective(names.tree, scope.key);
    let sections: RawOverrides = read(&tree, names.findings)?;
    let mut names = names.within(&tree);
    let declared = sections.secrets.unwrap_or_default();
    let mut secrets = BTreeMap::new();
    for (key, raw) in &declared {
        let name = names.key(&["secrets", key], key, SecretKey::parse);
        let secret = secret::check(scope, key, raw.as_ref(), &mut names, physical);
        secrets.extend(name.zip(Some(secret)));
    }
    let mut functions = BTreeMap::new();
    for (key, raw) in sections.functions.iter().flatten() {
        let name = names.key(&["functions", key], key, FunctionKey::parse);
        let function = function::check(scope, key, raw.as_ref(), &declared, &mut names, physical);
        functions.extend(name.zip(Some(function)));
    }
    let alarms =
        sections.alarms.as_ref().and_then(|raw| monitoring::alarms(scope, raw, &mut names));
    let log_retention_days =
        sections.log_retention_days.and_then(|days| monitoring::retention(days, &mut names));
    Some(Environment {
        region: region?,
        partition: partition?,
        account: account.flatten(),
        protected: own.protected.unwrap_or_default(),
        recovery_window_days: own.recovery_window_days.unwrap_or(RECOVERY_WINDOW_DAYS),
        rotate_kms_key_days: own.rotate_kms_key_days.unwrap_or(ROTATE_KMS_KEY_DAYS),
        key_alias,
        secrets,
        functions,
        replicas,
        access: scope.access.clone(),
        alarms,
        log_retention_days,
    })
}

/// Returns the template of the key's alias
fn key_alias(scope: &Scope<'_>, names: &mut Names<'_>, physical: &mut Register) -> String {
    let Scope { top, own, .. } = scope;
    let given = scope.nearest("key_alias", own.key_alias.as_deref(), top.key_alias.as_deref());
    let (alias, path) = given.unwrap_or((KEY_ALIAS, vec!["environments", scope.key]));
    if let Some(filled) = names.template(&path, alias, &scope.placeholders(), KeyAlias::parse) {
        let at = names.tree.place(&path);
        physical.add(Noun::Alias, filled.as_str(), dotted(&path), at);
    }
    alias.to_owned()
}

fn region(scope: &Scope<'_>, names: &mut Names<'_>) -> Option<Region> {
    let Scope { top, own, .. } = scope;
    match scope.nearest("region", own.region.as_ref(), top.region.as_ref()) {
        Some((text, path)) => names.region(&path, text),
        None if !scope.declared
            || names.told.about(&["region"])
            || names.told.about(&["environments", scope.key, "region"]) =>
        {
            None
        }
        None => {
            let place = names.tree.key_place(&["environments", scope.key]);
            names.add(Finding::new(
                Kind::MissingField,
                place,
                format!("`environments.{}` has no region", scope.key),
                "add `region: us-west-2`, here or at the top of the manifest",
            ));
            None
        }
    }
}

fn partition(
    scope: &Scope<'_>,
    region: Option<&Region>,
    names: &mut Names<'_>,
) -> Option<Partition> {
    let Scope { top, own, .. } = scope;
    let implied = region.map(Region::partition);
    let Some((given, path)) = scope.nearest("partition", own.partition, top.partition) else {
        return implied;
    };
    let given = RawPartition::as_str(given);
    if let (Some(region), Some(implied)) = (region, &implied)
        && implied.as_str() != given
    {
        let place = names.tree.place(&path);
        names.add(Finding::new(
            Kind::Contradiction,
            place,
            format!("`{}` is `{given}`, and `{region}` lies in `{implied}`", dotted(&path)),
            "remove it: the region says it already",
        ));
        return None;
    }
    Partition::parse(given).ok()
}
