//! Secrets as Secrets Manager keeps them.

use std::collections::BTreeMap;

use provision_core::actual::{
    Actual, ActualReplica, ActualSecret, ResourcePolicy, SecretState, ValueState,
};
use provision_core::name::{Region, SecretName};
use provision_core::plan::{Action, KeyRef};

use super::{arn, key_of};

fn copies(regions: &BTreeMap<Region, KeyRef>) -> BTreeMap<Region, ActualReplica> {
    let copy = |(region, key): (&Region, &KeyRef)| {
        let kms_key = Some(key_of(key).to_string());
        (region.clone(), ActualReplica { kms_key, failure: None })
    };
    regions.iter().map(copy).collect()
}

pub(super) fn secret(state: &mut Actual, name: &SecretName, action: &Action) {
    if let Action::CreateSecret { description, key, tags, defaults, required: _, replicas } = action
    {
        let value = if defaults.is_empty() { ValueState::Empty } else { ValueState::Current };
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
            replicas: copies(replicas),
            rotation: None,
            resource_policy: ResourcePolicy::Absent,
        };
        for region in replicas.keys() {
            assert!(state.key.is_some(), "a copy in {region} without a key");
        }
        assert!(state.secrets.insert(name.clone(), secret).is_none(), "{name} twice");
        return;
    }
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
        Action::ReplicateSecret { regions } => secret.replicas.extend(copies(regions)),
        Action::RemoveReplicas { regions, keys: _ } => {
            for region in regions {
                assert!(secret.replicas.remove(region).is_some(), "no copy in {region}");
            }
        }
        Action::SetRotation { live, desired, first: _ } => {
            assert_eq!(secret.rotation, *live);
            assert_eq!(secret.value, ValueState::Current, "AWS rotates no empty secret");
            secret.rotation = Some(desired.clone());
        }
        Action::CancelRotation { .. } => secret.rotation = None,
        Action::PutResourcePolicy { live: _, desired } => {
            secret.resource_policy = ResourcePolicy::Document(desired.clone());
        }
        Action::DeleteResourcePolicy { .. } => secret.resource_policy = ResourcePolicy::Absent,
        Action::RestoreSecret => secret.state = SecretState::Live,
        Action::DeleteSecret { .. } => {
            assert!(secret.replicas.is_empty(), "AWS deletes no secret that has copies");
            secret.state = SecretState::PendingDeletion("2030-01-01".into());
        }
        Action::Tag { tags, .. } => secret.tags.extend(tags.clone()),
        other => panic!("{other:?} of a secret"),
    }
}
