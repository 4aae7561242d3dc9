//! Roles: trust, boundary, inline and managed policies.

use std::collections::{BTreeMap, BTreeSet};

use crate::actual::{Actual, ActualRole, Owner, owner};
use crate::desired::{Desired, DesiredRole, Tags};
use crate::name::{Arn, PolicyName, RoleName};
use crate::plan::{Action, Change, Drift, Growth, Reason, Remark, Resource};
use crate::policy::{Document, limits};

use super::key::Keys;
use super::rights::{Place, Rights, RoleRights};
use super::{Draft, Undeclared, grown, limit};

/// Adds what one role needs
pub(super) fn diff(
    name: &RoleName,
    role: &DesiredRole,
    (keys, rights): (&Keys, &Rights),
    desired: &Desired,
    actual: &Actual,
    draft: &mut Draft,
) {
    let resource = Resource::Role(name.clone());
    let rights = rights.of_role(name);
    for reason in limit::of_role(role) {
        draft.block(resource.clone(), reason);
    }
    let inline: BTreeMap<PolicyName, Document> =
        role.inline.iter().map(|(name, document)| (name.clone(), keys.fill(document))).collect();
    match actual.roles.get(name) {
        None => create(resource, role, inline, desired, rights, draft),
        Some(live) => match obstacle(live, &role.path, &desired.tags) {
            Some(reason) => draft.block(resource, reason),
            None => update(resource, role, inline, live, rights, draft),
        },
    }
}

fn create(
    resource: Resource,
    role: &DesiredRole,
    inline: BTreeMap<PolicyName, Document>,
    desired: &Desired,
    rights: &RoleRights,
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
        writes,
        rotates: _,
    } = role;
    let action = Action::CreateRole {
        path: path.clone(),
        description: description.clone(),
        trust: trust.clone(),
        tags: desired.tags.clone(),
        boundary: boundary.clone(),
        reads: reads.clone(),
        writes: writes.clone(),
    };
    draft.push(Change::new(resource.clone(), action));
    for arn in attached {
        attach(&resource, arn, rights, draft);
    }
    for (policy, document) in inline {
        put(&resource, policy, (None, document), 0, rights, draft);
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
    rights: &RoleRights,
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
    attachments(&resource, &role.attached, live_attached, rights, draft);
    inline_policies(&resource, inline, live_inline, rights, draft);
}

fn attachments(
    resource: &Resource,
    desired: &BTreeSet<Arn>,
    live: &BTreeSet<Arn>,
    rights: &RoleRights,
    draft: &mut Draft,
) {
    for arn in desired.difference(live) {
        attach(resource, arn, rights, draft);
    }
    let surplus = desired.union(live).count().saturating_sub(limits::MANAGED_POLICIES_OF_A_ROLE);
    let place = |arn: &Arn| Place::Attached(arn.clone());
    let mut leaving: Vec<&Arn> = live.difference(desired).collect();
    // room is made by those that nothing takes over from, where there are any
    leaving.sort_by_key(|arn| rights.hands_over(&place(arn)));
    for (number, arn) in leaving.into_iter().enumerate() {
        let growth = match rights.live(&place(arn)) {
            Some(document) => rights.grown(document, &Document::default()),
            None if may_refuse(arn) => vec![Growth::WithoutManagedPolicy(arn.clone())],
            None => vec![],
        };
        let makes_room = number < surplus;
        let turn = if makes_room { 0 } else { rights.turn(&place(arn)) };
        let action = Action::DetachPolicy { policy: arn.clone(), makes_room, turn };
        draft.widen(Change::new(resource.clone(), action), growth);
    }
}

fn inline_policies(
    resource: &Resource,
    desired: BTreeMap<PolicyName, Document>,
    live: &BTreeMap<PolicyName, Document>,
    rights: &RoleRights,
    draft: &mut Draft,
) {
    let gone = || live.iter().filter(|(policy, _)| !desired.contains_key(*policy));
    let left = gone().map(|(_, document)| limits::length(document)).sum::<usize>();
    let together = left + desired.values().map(limits::length).sum::<usize>();
    let makes_room = together > limits::INLINE_POLICIES_OF_A_ROLE;
    // what grows before another shrinks needs the room of both
    let grown = desired.iter().map(|(policy, document)| {
        let live = live.get(policy).map_or(0, limits::length);
        limits::length(document).max(live)
    });
    let has_room = left + grown.sum::<usize>() <= limits::INLINE_POLICIES_OF_A_ROLE;
    let turn = |policy: &PolicyName| match has_room {
        true => rights.turn(&Place::Inline(policy.clone())),
        false => 0,
    };
    for (policy, document) in gone() {
        // what goes may have been a refusal
        let growth = rights.grown(document, &Document::default());
        let turn = if makes_room { 0 } else { turn(policy) };
        let (policy, live) = (policy.clone(), Some(document.clone()));
        let action = Action::DeleteRolePolicy { policy, live, makes_room, turn };
        draft.widen(Change::new(resource.clone(), action), growth);
    }
    for (policy, document) in desired {
        let live = live.get(&policy);
        if live != Some(&document) {
            let turn = turn(&policy);
            put(resource, policy, (live, document), turn, rights, draft);
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

fn attach(resource: &Resource, arn: &Arn, rights: &RoleRights, draft: &mut Draft) {
    let action = Action::AttachPolicy { policy: arn.clone() };
    let growth = match rights.desired(&Place::Attached(arn.clone())) {
        Some(document) => rights.grown(&Document::default(), document),
        None => vec![Growth::ManagedPolicy(arn.clone())],
    };
    draft.widen(Change::new(resource.clone(), action), growth);
}

fn put(
    resource: &Resource,
    policy: PolicyName,
    (live, desired): (Option<&Document>, Document),
    turn: u8,
    rights: &RoleRights,
    draft: &mut Draft,
) {
    let growth = rights.grown(live.unwrap_or(&Document::default()), &desired);
    let action = Action::PutRolePolicy { policy, live: live.cloned(), desired, turn };
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
        push(Action::DetachPolicy { policy, makes_room: false, turn: 0 });
    }
    for policy in live.inline.keys().cloned() {
        push(Action::DeleteRolePolicy { policy, live: None, makes_room: false, turn: 0 });
    }
    push(Action::DeleteRole);
}
