//! A manifest, what it desires, and the live state that an apply of it leaves behind.
//!
//! [`World::make`] makes the changes of a plan on plain values, as AWS would: so a test can ask
//! whether a plan leads where it should.

use std::collections::{BTreeMap, BTreeSet};

use provision_core::actual::{
    Actual, ActualKey, ActualRole, ActualSecret, Alias, Identity, KeyState, Rotation, SecretState,
    ValueState,
};
use provision_core::desired::{Desired, PolicyFiles, UNFINISHED_TAG, resolve};
use provision_core::manifest::{Source, parse};
use provision_core::name::{AccountId, Arn, Partition};
use provision_core::plan::{Action, Change, KeyRef, Plan, Resource};
use provision_core::policy::KEY_ARN_PLACEHOLDER;

pub(crate) const MANIFEST: &str = "\
project: shop
region: eu-west-1
environments:
  dev: {}
  prod: { protected: true, recovery_window_days: 7 }
secrets:
  api-keys:
    description: API keys
    keys:
      TOKEN: { required: true }
      CLIENT_ID: { default: shop-client }
  config:
    keys: [BASE_URL]
functions:
  web:
    reads: [api-keys, config]
  worker:
    reads: [config]
    logs: own
";

pub(crate) fn desired(manifest: &str, environment: &str) -> Desired {
    let source = Source { name: "secrets.yaml".into(), text: manifest.into() };
    let manifest = parse(&source).unwrap_or_else(|e| panic!("{e:?}"));
    resolve(&manifest, environment, &PolicyFiles::new(), Some(&account())).unwrap()
}

pub(crate) fn account() -> AccountId {
    AccountId::parse("123456789012").unwrap()
}

pub(crate) fn arn(text: &str) -> Arn {
    Arn::parse(text).unwrap()
}

pub(crate) fn nothing() -> Actual {
    Actual {
        identity: Identity {
            partition: Partition::parse("aws").unwrap(),
            account: account(),
            caller: arn("arn:aws:iam::123456789012:user/ada"),
        },
        region: provision_core::name::Region::parse("eu-west-1").unwrap(),
        key: None,
        secrets: BTreeMap::new(),
        roles: BTreeMap::new(),
    }
}

/// The state after the plan's changes, each made as AWS would make it
pub(crate) fn apply(actual: &Actual, plan: &Plan) -> Actual {
    plan.changes.iter().fold(actual.clone(), |mut state, change| {
        make(&mut state, change);
        state
    })
}

pub(crate) const KEY: &str =
    "arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555";

fn key_of(reference: &KeyRef) -> Arn {
    match reference {
        KeyRef::Arn(known) => known.clone(),
        KeyRef::Created => arn(KEY),
        KeyRef::Unresolved(name) => panic!("{name} is desired"),
    }
}

pub(crate) fn make(state: &mut Actual, change: &Change) {
    let Change { resource, action, growth: _ } = change;
    match resource {
        Resource::Key(_) => make_key(state, action),
        Resource::Alias(_) => {
            let key = state.key.as_mut().expect("a key before its alias");
            key.alias = match action {
                Action::CreateAlias { .. } => Alias::PointsHere,
                Action::DeleteAlias => Alias::Absent,
                other => panic!("{other:?} of an alias"),
            };
        }
        Resource::Secret(name) => match action {
            Action::CreateSecret { description, key, tags, defaults, required: _ } => {
                let value =
                    if defaults.is_empty() { ValueState::Empty } else { ValueState::Current };
                let secret = ActualSecret {
                    arn: arn(&format!(
                        "arn:aws:secretsmanager:eu-west-1:123456789012:secret:{name}-AbCdEf"
                    )),
                    description: description.clone(),
                    kms_key: Some(key_of(key).to_string()),
                    tags: tags.clone(),
                    state: SecretState::Live,
                    value,
                    owning_service: None,
                };
                assert!(state.secrets.insert(name.clone(), secret).is_none(), "{name} twice");
            }
            action => {
                let secret = state.secrets.get_mut(name).expect("a secret that exists");
                match action {
                    Action::UpdateSecret { description, key } => {
                        if let Some(drift) = description {
                            secret.description.clone_from(&drift.desired);
                        }
                        if let Some(drift) = key {
                            secret.kms_key = drift.desired.as_ref().map(|k| key_of(k).to_string());
                        }
                    }
                    Action::RestoreSecret => secret.state = SecretState::Live,
                    Action::DeleteSecret { .. } => {
                        secret.state = SecretState::PendingDeletion("2030-01-01".into());
                    }
                    other => panic!("{other:?} of a secret"),
                }
            }
        },
        Resource::Role(name) => match action {
            Action::CreateRole { path, description: _, trust, tags, reads: _ } => {
                let role = ActualRole {
                    arn: arn(&format!("arn:aws:iam::123456789012:role{path}{name}")),
                    path: path.clone(),
                    trust: trust.clone(),
                    inline: BTreeMap::new(),
                    attached: BTreeSet::new(),
                    tags: tags.clone(),
                };
                assert!(state.roles.insert(name.clone(), role).is_none(), "{name} twice");
            }
            Action::DeleteRole => {
                let role = state.roles.remove(name).expect("a role that exists");
                // AWS refuses to delete a role that still has policies
                assert!(role.inline.is_empty() && role.attached.is_empty(), "{name} has policies");
            }
            action => make_role(state.roles.get_mut(name).expect("a role that exists"), action),
        },
    }
}

fn make_key(state: &mut Actual, action: &Action) {
    if let Action::CreateKey { description, policy, tags } = action {
        assert!(state.key.is_none(), "a second key");
        state.key = Some(ActualKey {
            arn: arn(KEY),
            alias: Alias::Absent,
            state: KeyState::Enabled,
            description: description.clone(),
            rotation: Rotation::Off,
            policy: policy.clone(),
            tags: tags.clone(),
        });
        return;
    }
    let key = state.key.as_mut().expect("a key that exists");
    match action {
        Action::CancelKeyDeletion { .. } => key.state = KeyState::Disabled,
        Action::EnableKey { .. } => key.state = KeyState::Enabled,
        Action::DescribeKey { description, .. } => key.description.clone_from(&description.desired),
        Action::RotateKey { days, .. } => key.rotation = Rotation::Every(*days),
        Action::FinishKey { .. } => {
            assert!(key.tags.remove(UNFINISHED_TAG.0).is_some(), "finished twice");
        }
        Action::ReopenKey { .. } => {
            key.tags.insert(UNFINISHED_TAG.0.into(), UNFINISHED_TAG.1.into());
        }
        Action::PutKeyPolicy { policy, .. } => key.policy = policy.desired.clone(),
        Action::ScheduleKeyDeletion { .. } => {
            key.state = KeyState::PendingDeletion(Some("2030-01-01".into()));
        }
        other => panic!("{other:?} of a key"),
    }
}

fn make_role(role: &mut ActualRole, action: &Action) {
    match action {
        Action::PutTrust { trust } => role.trust = trust.desired.clone(),
        Action::PutRolePolicy { policy, live: _, desired } => {
            role.inline.insert(policy.clone(), desired.replace(KEY_ARN_PLACEHOLDER, KEY));
        }
        Action::DeleteRolePolicy { policy } => {
            assert!(role.inline.remove(policy).is_some(), "no {policy}");
        }
        Action::AttachPolicy { policy } => {
            role.attached.insert(policy.clone());
        }
        Action::DetachPolicy { policy } => {
            assert!(role.attached.remove(policy), "no {policy}");
        }
        other => panic!("{other:?} of a role"),
    }
}
