//! Roles of functions: trust, inline and managed policies.

use std::collections::BTreeMap;

use crate::actual::{Actual, ActualRole, Owner, owner};
use crate::desired::{Desired, DesiredRole};
use crate::name::{Arn, PolicyName, RoleName};
use crate::plan::{Action, Change, Drift, Growth, KeyRef, Reason, Remark, Resource};
use crate::policy::{Document, KEY_ARN_PLACEHOLDER};

use super::{Draft, grown, limit};

/// Adds what one role needs
pub(super) fn diff(
    name: &RoleName,
    role: &DesiredRole,
    key: &KeyRef,
    desired: &Desired,
    actual: &Actual,
    draft: &mut Draft,
) {
    let resource = Resource::Role(name.clone());
    for reason in limit::of_role(role) {
        draft.block(resource.clone(), reason);
    }
    let inline = with_key(&role.inline, key);
    match actual.roles.get(name) {
        None => create(resource, role, inline, desired, draft),
        Some(live) => match obstacle(role, live, desired) {
            Some(reason) => draft.block(resource, reason),
            None => update(resource, role, inline, live, draft),
        },
    }
}

fn create(
    resource: Resource,
    role: &DesiredRole,
    inline: BTreeMap<PolicyName, Document>,
    desired: &Desired,
    draft: &mut Draft,
) {
    let DesiredRole {
        function: _,
        function_name: _,
        path,
        description,
        trust,
        inline: _,
        attached,
        reads,
    } = role;
    let action = Action::CreateRole {
        path: path.clone(),
        description: description.clone(),
        trust: trust.clone(),
        tags: desired.tags.clone(),
        reads: reads.clone(),
    };
    draft.push(Change::new(resource.clone(), action));
    for arn in attached {
        attach(&resource, arn, draft);
    }
    for (policy, document) in inline {
        put(&resource, policy, None, document, draft);
    }
}

fn obstacle(role: &DesiredRole, live: &ActualRole, desired: &Desired) -> Option<Reason> {
    match owner(&live.tags, &desired.tags) {
        Owner::Other(whose) => Some(Reason::Foreign(whose)),
        Owner::Environment if live.path != role.path => {
            Some(Reason::RolePath { live: live.path.clone(), desired: role.path.clone() })
        }
        Owner::Environment => None,
    }
}

fn update(
    resource: Resource,
    role: &DesiredRole,
    inline: BTreeMap<PolicyName, Document>,
    live: &ActualRole,
    draft: &mut Draft,
) {
    let ActualRole {
        arn: _,
        path: _,
        trust: live_trust,
        inline: live_inline,
        attached: live_attached,
        tags: _,
    } = live;
    if *live_trust != role.trust {
        let growth = grown(live_trust, &role.trust);
        let trust = Drift { live: live_trust.clone(), desired: role.trust.clone() };
        draft.widen(Change::new(resource.clone(), Action::PutTrust { trust }), growth);
    }
    for arn in role.attached.difference(live_attached) {
        attach(&resource, arn, draft);
    }
    for arn in live_attached.difference(&role.attached) {
        let growth =
            if may_refuse(arn) { vec![Growth::WithoutManagedPolicy(arn.clone())] } else { vec![] };
        let action = Action::DetachPolicy { policy: arn.clone() };
        draft.widen(Change::new(resource.clone(), action), growth);
    }
    for (policy, document) in live_inline.iter().filter(|(p, _)| !inline.contains_key(*p)) {
        // what goes may have been a refusal
        let growth = grown(document, &Document::default());
        let action = Action::DeleteRolePolicy { policy: policy.clone() };
        draft.widen(Change::new(resource.clone(), action), growth);
    }
    for (policy, document) in inline {
        let live = live_inline.get(&policy);
        if live != Some(&document) {
            put(&resource, policy, live, document, draft);
        }
    }
}

/// Whether a managed policy, whose text is not known here, may refuse something
///
/// Those of AWS only allow, but for a few that are made to refuse and say so in their names.
fn may_refuse(policy: &Arn) -> bool {
    match policy.as_str().split_once(":iam::aws:policy/") {
        Some((_, name)) => ["Deny", "Quarantine"].iter().any(|word| name.contains(word)),
        None => true,
    }
}

fn attach(resource: &Resource, arn: &Arn, draft: &mut Draft) {
    let action = Action::AttachPolicy { policy: arn.clone() };
    let growth = vec![Growth::ManagedPolicy(arn.clone())];
    draft.widen(Change::new(resource.clone(), action), growth);
}

fn put(
    resource: &Resource,
    policy: PolicyName,
    live: Option<&Document>,
    desired: Document,
    draft: &mut Draft,
) {
    let growth = grown(live.unwrap_or(&Document::default()), &desired);
    let action = Action::PutRolePolicy { policy, live: live.cloned(), desired };
    draft.widen(Change::new(resource.clone(), action), growth);
}

/// Notes the roles that are owned and no longer declared
pub(super) fn undeclared(desired: &Desired, actual: &Actual, draft: &mut Draft) {
    for (name, live) in &actual.roles {
        let ours = owner(&live.tags, &desired.tags) == Owner::Environment;
        if ours && !desired.roles.contains_key(name) {
            draft.note(Resource::Role(name.clone()), Remark::Undeclared);
        }
    }
}

/// The policies with the key's ARN where it is known
fn with_key(
    inline: &BTreeMap<PolicyName, Document>,
    key: &KeyRef,
) -> BTreeMap<PolicyName, Document> {
    match key {
        KeyRef::Created | KeyRef::Unresolved(_) => inline.clone(),
        KeyRef::Arn(arn) => inline
            .iter()
            .map(|(name, document)| {
                (name.clone(), document.replace(KEY_ARN_PLACEHOLDER, arn.as_str()))
            })
            .collect(),
    }
}
