//! Secrets: everything about them but their values.

use std::collections::BTreeSet;

use crate::actual::{Actual, ActualSecret, Owner, SecretState, ValueState, owner};
use crate::desired::{DEFAULTS_TAG, Desired, DesiredSecret, Tags};
use crate::name::{SecretName, ValueKey};
use crate::plan::{Action, Change, Drift, Growth, KeyRef, Reason, Remark, Resource};

use super::Draft;

/// Adds what one secret needs
pub(super) fn diff(
    name: &SecretName,
    secret: &DesiredSecret,
    key: &KeyRef,
    desired: &Desired,
    actual: &Actual,
    draft: &mut Draft,
) {
    let resource = Resource::Secret(name.clone());
    let DesiredSecret { key: _, description, value: _ } = secret;
    let Some(live) = actual.secrets.get(name) else {
        let defaults = secret.defaults();
        let required =
            secret.required().into_iter().filter(|k| !defaults.contains_key(k)).collect();
        let tags = with_defaults_tag(&desired.tags, defaults.keys());
        let action = Action::CreateSecret {
            description: description.clone(),
            key: key.clone(),
            tags,
            defaults,
            required,
        };
        draft.push(Change::new(resource, action));
        return;
    };

    let ActualSecret {
        arn: _,
        description: live_description,
        kms_key,
        tags,
        state,
        value,
        owning_service,
    } = live;
    let reason = match (owning_service, owner(tags, &desired.tags), state) {
        (Some(service), _, _) => Some(Reason::OwnedByService(service.clone())),
        (None, Owner::Other(whose), _) => Some(Reason::Foreign(whose)),
        (None, Owner::Environment, SecretState::PendingDeletion(date)) => {
            Some(Reason::Deleted(date.clone()))
        }
        (None, Owner::Environment, SecretState::Live) => None,
    };
    if let Some(reason) = reason {
        draft.block(resource, reason);
        return;
    }

    let description = (live_description != description)
        .then(|| Drift { live: live_description.clone(), desired: description.clone() });
    let key = key_drift(kms_key.as_deref(), key);
    if description.is_some() || key.is_some() {
        let growth = key.as_ref().map(|_| Growth::AnotherKey).into_iter().collect();
        let action = Action::UpdateSecret { description, key };
        draft.widen(Change::new(resource.clone(), action), growth);
    }
    let unapplied = unapplied_defaults(secret, tags, *value);
    if !unapplied.is_empty() {
        draft.note(resource.clone(), Remark::DefaultNotApplied(unapplied));
    }
    if *value == ValueState::Empty {
        draft.note(resource, Remark::Empty);
    }
}

/// Notes the secrets that are owned and no longer declared
pub(super) fn undeclared(desired: &Desired, actual: &Actual, draft: &mut Draft) {
    for (name, live) in &actual.secrets {
        let ours = owner(&live.tags, &desired.tags) == Owner::Environment;
        if ours && live.state == SecretState::Live && !desired.secrets.contains_key(name) {
            draft.note(Resource::Secret(name.clone()), Remark::Undeclared);
        }
    }
}

fn key_drift(live: Option<&str>, desired: &KeyRef) -> Option<Drift<Option<KeyRef>>> {
    if let (Some(live), KeyRef::Arn(arn)) = (live, desired)
        && live == arn.as_str()
    {
        return None;
    }
    let live = live.map(|named| match crate::name::Arn::parse(named) {
        Ok(arn) => KeyRef::Arn(arn),
        Err(_) => KeyRef::Unresolved(named.to_owned()),
    });
    Some(Drift { live, desired: Some(desired.clone()) })
}

fn unapplied_defaults(secret: &DesiredSecret, tags: &Tags, value: ValueState) -> Vec<ValueKey> {
    let applied: BTreeSet<&str> = match (tags.get(DEFAULTS_TAG), value) {
        (Some(list), _) => list.split(' ').collect(),
        (None, ValueState::Empty) => BTreeSet::new(),
        // a value that this tool did not create: nobody but its reader knows its keys
        (None, ValueState::Current) => return Vec::new(),
    };
    secret.defaults().into_keys().filter(|k| !applied.contains(k.as_str())).collect()
}

fn with_defaults_tag<'a>(tags: &Tags, defaults: impl Iterator<Item = &'a ValueKey>) -> Tags {
    let mut tags = tags.clone();
    let list = defaults.map(ValueKey::as_str).collect::<Vec<_>>().join(" ");
    // what AWS takes as a tag's value; without the tag no default is ever called unapplied
    let fits = (1..=256).contains(&list.len())
        && list.chars().all(|c| c.is_alphanumeric() || " _.:/=+-@".contains(c));
    if fits {
        tags.insert(DEFAULTS_TAG.to_owned(), list);
    }
    tags
}
