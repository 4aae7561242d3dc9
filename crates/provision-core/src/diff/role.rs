//! Roles: trust, boundary, inline and managed policies.

use std::collections::BTreeMap;

use crate::actual::{Actual, ActualRole, Owner, owner};
use crate::desired::{Desired, DesiredRole, Tags};
use crate::name::{Arn, PolicyName, RoleName};
use crate::plan::{Action, Change, Drift, Growth, Reason, Remark, Resource};
use crate::policy::{Document, limits};

use super::key::Keys;
use super::{Draft, Undeclared, grown, limit};

/// Adds what one role needs
pub(super) fn diff(
    name: &RoleName,
    role: &DesiredRole,
    keys: &Keys,
    desired: &Desired,
    actual: &Actual,
    draft: &mut Draft,
) {
    let resource = Resource::Role(name.clone());
    for reason in limit::of_role(role) {
        draft.block(resource.clone(), reason);
    }
    let inline: BTreeMap<PolicyName, Document> =
        role.inline.iter().map(|(name, document)| (name.clone(), keys.fill(document))).collect();
    match actual.roles.get(name) {
        None => create(resource, role, inline, desired, draft),
        Some(live) => match obstacle(live, &role.path, &desired.tags) {
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
        holder: _,
        path,
        description,
        trust,
        inline: _,
        attached,
        boundary,
        reads,
        rotates: _,
    } = role;
    let action = Action::CreateRole {
        path: path.clone(),
        description: description.clone(),
        trust: trust.clone(),
        tags: desired.tags.clone(),
        boundary: boundary.clone(),
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

/// What keeps a role from being planned
pub(super) fn obstacle(live: &ActualRole, path: &str, tags: &Tags) -> Option<Reason> {
    match owner(&live.tags, tags) {
        Owner::Other(whose) => Some(Reason::Foreign(whose)),
        Owner::Environment if live.path != path => {
            Some(Reason::Path { live: live.path.clone(), desired: path.to_owned() })
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
        boundary: live_boundary,
        description: live_description,
        tags: _,
    } = live;
    if let Some(live) = live_description
        && *live != role.description
    {
        let description = Drift { live: live.clone(), desired: role.description.clone() };
        draft.push(Change::new(resource.clone(), Action::DescribeRole { description }));
    }
    bound(&resource, live_boundary.as_ref(), role.boundary.as_ref(), draft);
    if *live_trust != role.trust {
        let growth = grown(live_trust, &role.trust);
        let trust = Drift { live: live_trust.clone(), desired: role.trust.clone() };
        draft.widen(Change::new(resource.clone(), Action::PutTrust { trust }), growth);
    }
    let together = role.attached.union(live_attached).count();
    let makes_room = together > limits::MANAGED_POLICIES_OF_A_ROLE;
    for arn in role.attached.difference(live_attached) {
        attach(&resource, arn, draft);
    }
    for arn in live_attached.difference(&role.attached) {
        let growth =
            if may_refuse(arn) { vec![Growth::WithoutManagedPolicy(arn.clone())] } else { vec![] };
        let action = Action::DetachPolicy { policy: arn.clone(), makes_room };
        draft.widen(Change::new(resource.clone(), action), growth);
    }
    let gone = || live_inline.iter().filter(|(policy, _)| !inline.contains_key(*policy));
    let documents = inline.values().chain(gone().map(|(_, document)| document));
    let together: usize = documents.map(limits::length).sum();
    let makes_room = together > limits::INLINE_POLICIES_OF_A_ROLE;
    for (policy, document) in gone() {
        // what goes may have been a refusal
        let growth = grown(document, &Document::default());
        let (policy, live) = (policy.clone(), Some(document.clone()));
        let action = Action::DeleteRolePolicy { policy, live, makes_room };
        draft.widen(Change::new(resource.clone(), action), growth);
    }
    for (policy, document) in inline {
        let live = live_inline.get(&policy);
        if live != Some(&document) {
            put(&resource, policy, live, document, draft);
        }
    }
}

fn bound(resource: &Resource, live: Option<&Arn>, desired: Option<&Arn>, draft: &mut Draft) {
    let change = |action| Change::new(resource.clone(), action);
    match (live, desired) {
        (live, Some(desired)) if live != Some(desired) => {
            // a boundary where there was none only takes away
            let growth = live.map(|_| Growth::AnotherBoundary(desired.clone()));
            let action = Action::PutBoundary { live: live.cloned(), desired: desired.clone() };
            draft.widen(change(action), growth.into_iter().collect());
        }
        (Some(live), None) => {
            let growth = vec![Growth::WithoutBoundary(live.clone())];
            draft.widen(change(Action::DeleteBoundary { live: live.clone() }), growth);
        }
        _ => {}
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

/// Notes or deletes the roles that are owned and no longer declared
pub(super) fn undeclared(desired: &Desired, actual: &Actual, draft: &mut Draft) {
    for (name, live) in &actual.roles {
        let ours = owner(&live.tags, &desired.tags) == Owner::Environment;
        if !ours || desired.roles.contains_key(name) {
            continue;
        }
        match draft.undeclared {
            Undeclared::Kept => draft.note(Resource::Role(name.clone()), Remark::UndeclaredRole),
            Undeclared::Deleted => delete(name, live, draft),
        }
    }
}

/// Adds what deletes a role: its policies first, which IAM wants gone
pub(super) fn delete(name: &RoleName, live: &ActualRole, draft: &mut Draft) {
    let mut push = |action| draft.push(Change::new(Resource::Role(name.clone()), action));
    for policy in live.attached.iter().cloned() {
        push(Action::DetachPolicy { policy, makes_room: false });
    }
    for policy in live.inline.keys().cloned() {
        push(Action::DeleteRolePolicy { policy, live: None, makes_room: false });
    }
    push(Action::DeleteRole);
}
