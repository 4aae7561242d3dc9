//! A manifest, what it desires, and the live state that an apply of it leaves behind.
//!
//! [`make`] makes the changes of a plan on plain values, as AWS would: so a test can ask
//! whether a plan leads where it should.

use std::collections::BTreeMap;

use provision_core::actual::{Actual, ActualMonitoring, Identity};
use provision_core::desired::{Desired, PolicyFiles, resolve};
use provision_core::manifest::{Source, parse};
use provision_core::name::{AccountId, Arn, Partition, Region};
use provision_core::plan::{Change, KeyRef, Plan, Resource};
use provision_core::policy::{Document, key_arn_placeholder};

mod identity;
mod key;
mod monitoring;
mod secret;

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
        replica_keys: BTreeMap::new(),
        apart: BTreeMap::new(),
        secrets: BTreeMap::new(),
        policies: BTreeMap::new(),
        roles: BTreeMap::new(),
        monitoring: Some(ActualMonitoring::default()),
    }
}

/// The state after the plan's changes, each made as AWS would make it
pub(crate) fn apply(actual: &Actual, plan: &Plan) -> Actual {
    plan.changes.iter().fold(actual.clone(), |mut state, change| {
        make(&mut state, change);
        state
    })
}

pub(crate) const KEY_ID: &str = "11111111-2222-3333-4444-555555555555";
pub(crate) const KEY: &str =
    "arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555";

/// The ARN of the key that a plan makes in a region of copies
pub(crate) fn key_in(region: &Region) -> Arn {
    arn(&format!("arn:aws:kms:{region}:123456789012:key/{KEY_ID}"))
}

fn key_of(reference: &KeyRef) -> Arn {
    match reference {
        KeyRef::Arn(known) => known.clone(),
        KeyRef::Created => arn(KEY),
        KeyRef::CreatedIn(region) => key_in(region),
        KeyRef::Unresolved(name) => panic!("{name} is desired"),
    }
}

/// The document as it is sent: with the ARNs of the keys that exist by then
fn sent(state: &Actual, document: &Document) -> Document {
    let home = state.key.iter().map(|key| (None, key));
    let copies = state.replica_keys.iter().map(|(region, key)| (Some(region), key));
    let sent = home.chain(copies).fold(document.clone(), |document, (region, key)| {
        document.replace(&key_arn_placeholder(region), key.arn.as_str())
    });
    assert!(!sent.mentions("${KEY_ARN"), "a key that does not exist yet: {sent}");
    sent
}

pub(crate) fn make(state: &mut Actual, change: &Change) {
    let Change { resource, action, growth: _ } = change;
    match resource {
        Resource::Key(place) => key::key(state, place, action),
        Resource::Alias(place) => key::alias(state, place, action),
        Resource::Secret(name) => secret::secret(state, name, action),
        Resource::Policy(name) => identity::policy(state, name, action),
        Resource::Role(name) => identity::role(state, name, action),
        Resource::LogGroup(name)
        | Resource::MetricFilter(name)
        | Resource::Alarm(name)
        | Resource::Rule(name) => monitoring::monitoring(state, resource, name, action),
    }
}
