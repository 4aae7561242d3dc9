//! Environments with their policies: as the manifest leads to them, and as AWS has them.

use std::collections::{BTreeMap, BTreeSet};

use super::realm::{ANY_ACCOUNT, Key, Kind, Place, Placed, Realm, Role, Secret};
use crate::actual::{self, Actual, ActualKey, ActualRole};
use crate::desired::{
    CallerRole, Desired, DesiredKey, DesiredPolicy, DesiredReplica, DesiredRole, DesiredSecret,
    Holder, hexadecimal,
};
use crate::manifest::{Environment, Schedule};
use crate::name::{Arn, PolicyName, Region, RoleName, SecretName};
use crate::policy::{ACCOUNT_PLACEHOLDER, Document, key_arn_placeholder};

/// What stands for what is not known: the account, and the ARNs of keys by region
struct Filling {
    account: String,
    keys: BTreeMap<Option<Region>, String>,
}

impl Filling {
    fn document(&self, document: &Document) -> Document {
        let document = document.replace(ACCOUNT_PLACEHOLDER, &self.account);
        self.keys.iter().fold(document, |document, (region, arn)| {
            document.replace(&key_arn_placeholder(region.as_ref()), arn)
        })
    }

    fn text(&self, text: &str) -> String {
        text.replace(ACCOUNT_PLACEHOLDER, &self.account)
    }

    fn placed(&self, place: Place, name: impl Into<String>, document: &Document) -> Placed {
        Placed { place, name: name.into(), document: self.document(document) }
    }
}

impl Realm {
    /// Returns the environment with the policies that the manifest leads to
    pub fn declared(desired: &Desired, declared: &Environment) -> Self {
        let filling = Filling {
            account: desired.account.as_ref().map_or(ANY_ACCOUNT, |a| a.as_str()).to_owned(),
            keys: made_up_keys(desired),
        };
        let mut realm = Self::empty(desired, declared, &filling.account);
        realm.keys = declared_keys(desired, &filling);
        realm.secrets = desired
            .secrets
            .iter()
            .map(|(name, secret)| {
                let policy = secret.resource_policy.as_ref();
                let policy = policy.map(|p| filling.placed(Place::Secret, name.as_str(), p));
                realm.secret(name, desired, declared, policy)
            })
            .collect();
        realm.roles = desired
            .roles
            .iter()
            .map(|(name, role)| {
                let arn = format!(
                    "arn:{}:iam::{}:role{}{name}",
                    realm.partition, realm.account, role.path
                );
                let mut of = wanted(name, arn, role, declared, desired);
                of.trust = filling.placed(Place::Trust, name.as_str(), &role.trust);
                let inline = |(policy, document): (&PolicyName, &Document)| {
                    filling.placed(Place::Inline, policy.as_str(), document)
                };
                of.policies.extend(role.inline.iter().map(inline));
                for attached in &role.attached {
                    match own_policy(desired, attached) {
                        Some(document) => of.policies.push(filling.placed(
                            Place::Attached,
                            filling.text(attached.as_str()),
                            document,
                        )),
                        None if Role::says_nothing_of_secrets(attached.as_str()) => {}
                        None => of.unseen.push(attached.to_string()),
                    }
                }
                match role.boundary.as_ref().map(|arn| (arn, own_policy(desired, arn))) {
                    Some((arn, Some(document))) => {
                        let name = filling.text(arn.as_str());
                        of.boundary = Some(filling.placed(Place::Boundary, name, document));
                    }
                    Some((arn, None)) => of.unseen_boundary = Some(arn.to_string()),
                    None => {}
                }
                of
            })
            .collect();
        realm
    }

    /// Returns the environment with the policies that AWS has
    ///
    /// `policies` are managed policies of the account and of AWS by ARN, those of the environment
    /// among them or not.
    pub fn live(
        desired: &Desired,
        declared: &Environment,
        actual: &Actual,
        policies: &BTreeMap<String, Document>,
    ) -> Self {
        let account = actual.identity.account.to_string();
        let mut realm = Self::empty(desired, declared, &account);
        let filling = Filling { account, keys: made_up_keys(desired) };
        realm.keys = declared_keys(desired, &filling);
        realm.keys.retain_mut(|key| {
            let live = match &actual.key {
                Some(home) if key.region == desired.region.as_str() => Some(home),
                _ => {
                    actual.replica_keys.iter().find(|(r, _)| r.as_str() == key.region).map(|r| r.1)
                }
            };
            if let Some(live) = live {
                set_live(key, live);
            }
            // a key of somebody else's stays; one that does not exist opens nothing
            live.is_some() || key.policy.is_none()
        });
        realm.secrets = desired
            .secrets
            .keys()
            .filter_map(|name| {
                let live = actual.secrets.get(name)?;
                let policy = match &live.resource_policy {
                    actual::ResourcePolicy::Document(document) => Some(Placed {
                        place: Place::Secret,
                        name: name.to_string(),
                        document: document.clone(),
                    }),
                    actual::ResourcePolicy::Absent | actual::ResourcePolicy::Unread => None,
                };
                let mut secret = realm.secret(name, desired, declared, policy);
                secret.arn = live.arn.to_string();
                secret.copies = live.replicas.keys().map(ToString::to_string).collect();
                Some(secret)
            })
            .collect();
        realm.roles = actual
            .roles
            .iter()
            .map(|(name, live)| {
                let mut of = match desired.roles.get(name) {
                    Some(role) => {
                        let arn = live.arn.to_string();
                        wanted(name, arn, role, declared, desired)
                    }
                    None => Role::stranger(name.as_str(), live.arn.as_str()),
                };
                fill_live(&mut of, live, actual, policies);
                of
            })
            .collect();
        realm
    }

    fn empty(desired: &Desired, declared: &Environment, account: &str) -> Self {
        Self {
            project: desired.project.to_string(),
            environment: desired.environment.to_string(),
            partition: desired.partition.to_string(),
            account: account.to_owned(),
            region: desired.region.to_string(),
            keys: Vec::new(),
            secrets: Vec::new(),
            roles: Vec::new(),
            provisioners: declared.access.provisioner.iter().map(ToString::to_string).collect(),
            alarms: desired.monitoring.alarms.keys().map(ToString::to_string).collect(),
            protected: desired.protected,
            recovery_window_days: desired.recovery_window_days,
            whole: desired.secrets.iter().all(|(name, secret)| {
                let Desired { project, environment, .. } = desired;
                *name.as_str() == format!("{project}/{environment}/{}", secret.key)
            }),
            named: desired.roles.values().any(|role| {
                let maker = [CallerRole::Provisioner, CallerRole::GithubDeploy];
                matches!(role.holder, Holder::Caller(caller) if maker.contains(&caller))
            }),
        }
    }

    fn secret(
        &self,
        name: &SecretName,
        desired: &Desired,
        declared: &Environment,
        policy: Option<Placed>,
    ) -> Secret {
        let of = &desired.secrets[name];
        let written = declared.secrets.get(&of.key);
        let said = written.and_then(|secret| secret.resource_policy.as_ref());
        let rotation = written.and_then(|secret| secret.rotation.as_ref());
        Secret {
            name: name.to_string(),
            key: of.key.to_string(),
            arn: self.secret_arn(name.as_str(), &self.region),
            copies: desired.replicas.keys().map(ToString::to_string).collect(),
            policy,
            readers: said
                .map(|said| said.readers.iter().map(ToString::to_string).collect())
                .unwrap_or_default(),
            closed: said.is_some_and(|said| said.deny_others),
            tls_only: said.is_some_and(|said| said.deny_insecure),
            rotation: of.rotation.as_ref().map(|rotation| match &rotation.rules.schedule {
                Schedule::EveryDays(days) => format!("every {days} days"),
                Schedule::Expression(text) => text.clone(),
            }),
            rotator: rotation.and_then(|rotation| rotation.role.as_ref()).map(ToString::to_string),
        }
    }
}

/// What the manifest says of a role, with nothing of its policies
fn wanted(
    name: &RoleName,
    arn: String,
    role: &DesiredRole,
    declared: &Environment,
    desired: &Desired,
) -> Role {
    let mut of = Role::stranger(name.as_str(), &arn);
    match &role.holder {
        Holder::Function { key, name } => {
            of.kind = Kind::Function;
            of.title = name.clone();
            of.people = vec!["lambda.amazonaws.com".into()];
            let reads = declared.functions.get(key).map(|f| f.reads.as_slice()).unwrap_or_default();
            let is_read = |(_, secret): &(&SecretName, &DesiredSecret)| reads.contains(&secret.key);
            of.reads = desired.secrets.iter().filter(is_read).map(|(n, _)| n.to_string()).collect();
        }
        Holder::Caller(caller) => {
            of.kind = Kind::of(*caller);
            of.title = of.kind.words().to_owned();
            let access = &declared.access;
            let named = match caller {
                CallerRole::Provisioner => &access.provisioner,
                CallerRole::Planner => &access.planner,
                CallerRole::Writer => &access.writer,
                CallerRole::BreakGlass => &access.break_glass,
                CallerRole::GithubDeploy => &BTreeSet::new(),
            };
            of.people = named.iter().map(ToString::to_string).collect();
            if *caller == CallerRole::GithubDeploy {
                let repository = access.github.as_deref().unwrap_or_default();
                of.people = vec![format!("repo:{repository}:environment:{}", desired.environment)];
            }
            if *caller == CallerRole::Writer {
                of.reads = desired.secrets.keys().map(ToString::to_string).collect();
            }
        }
    }
    of.writes = role.writes.iter().chain(&role.rotates).map(ToString::to_string).collect();
    of
}

fn fill_live(
    of: &mut Role,
    live: &ActualRole,
    actual: &Actual,
    policies: &BTreeMap<String, Document>,
) {
    let text = |arn: &Arn| {
        let own = actual.policies.values().find(|policy| policy.arn == *arn);
        own.map(|policy| &policy.document).or_else(|| policies.get(arn.as_str()))
    };
    let placed = |place, name: &str, document: &Document| Placed {
        place,
        name: name.to_owned(),
        document: document.clone(),
    };
    of.trust = placed(Place::Trust, &of.name, &live.trust);
    let inline = live.inline.iter();
    of.policies.extend(inline.map(|(name, d)| placed(Place::Inline, name.as_str(), d)));
    for arn in &live.attached {
        match text(arn) {
            Some(document) => of.policies.push(placed(Place::Attached, arn.as_str(), document)),
            None if Role::says_nothing_of_secrets(arn.as_str()) => {}
            None => of.unseen.push(arn.to_string()),
        }
    }
    match live.boundary.as_ref().map(|arn| (arn, text(arn))) {
        Some((arn, Some(document))) => {
            of.boundary = Some(placed(Place::Boundary, arn.as_str(), document));
        }
        Some((arn, None)) => of.unseen_boundary = Some(arn.to_string()),
        None => {}
    }
}

fn set_live(key: &mut Key, live: &ActualKey) {
    key.arn = live.arn.to_string();
    key.is_known = true;
    key.rotation_days = match live.rotation {
        actual::Rotation::Off => None,
        actual::Rotation::Every(days) => Some(days),
    };
    key.policy =
        Some(Placed { place: Place::Key, name: key.arn.clone(), document: live.policy.clone() });
}

fn own_policy<'a>(desired: &'a Desired, arn: &Arn) -> Option<&'a Document> {
    let is_it = |(name, policy): &(&PolicyName, &DesiredPolicy)| {
        arn.as_str().ends_with(&format!(":policy{}{name}", policy.path))
    };
    desired.policies.iter().find(is_it).map(|(_, policy)| &policy.document)
}

/// ARNs that stand for those of the environment's own keys, which no other environment shares
fn made_up_keys(desired: &Desired) -> BTreeMap<Option<Region>, String> {
    let account = desired.account.as_ref().map_or(ANY_ACCOUNT, |a| a.as_str());
    let arn = |region: &Region| {
        let of = format!("{}/{}/{region}", desired.project, desired.environment);
        let digits = hexadecimal(of.as_bytes());
        let id = [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..32]];
        format!("arn:{}:kms:{region}:{account}:key/{}", desired.partition, id.join("-"))
    };
    let own = desired.replicas.iter().filter(|(_, key)| matches!(key, DesiredReplica::Own(_)));
    let home = [(None, arn(&desired.region))];
    home.into_iter().chain(own.map(|(region, _)| (Some(region.clone()), arn(region)))).collect()
}

fn declared_keys(desired: &Desired, filling: &Filling) -> Vec<Key> {
    let own = |region: &Region, arn: &String, key: &DesiredKey| Key {
        arn: arn.clone(),
        is_known: false,
        alias: key.alias.to_string(),
        region: region.to_string(),
        rotation_days: Some(key.rotation_days),
        policy: Some(filling.placed(Place::Key, arn.clone(), &key.policy)),
    };
    let mut keys = vec![own(&desired.region, &filling.keys[&None], &desired.key)];
    for (region, key) in &desired.replicas {
        keys.push(match key {
            DesiredReplica::Own(key) => own(region, &filling.keys[&Some(region.clone())], key),
            DesiredReplica::Given(arn) => Key {
                arn: arn.to_string(),
                is_known: true,
                alias: String::new(),
                region: region.to_string(),
                rotation_days: None,
                policy: None,
            },
        });
    }
    keys
}
