//! Roles of functions: trust, inline and managed policies.

use std::collections::BTreeMap;

use crate::actual::{Actual, ActualRole, Owner, owner};
use crate::desired::{Desired, DesiredRole, Tags, UNFINISHED_TAG};
use crate::name::{PolicyName, RoleName};
use crate::plan::{Action, Blocker, Change, Drift, Growth, KeyRef, Note, Reason, Remark, Resource};
use crate::policy::{Document, KEY_ARN_PLACEHOLDER};

use super::{Draft, grown};

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
    let DesiredRole {
        function: _,
        function_name: _,
        path,
        description,
        trust,
        inline,
        attached,
        reads,
    } = role;
    let inline = with_key(inline, key);
    let Some(live) = actual.roles.get(name) else {
        let create = Action::CreateRole {
            path: path.clone(),
            description: description.clone(),
            trust: trust.clone(),
            tags: unfinished(&desired.tags),
            reads: reads.clone(),
        };
        draft.changes.push(Change::new(resource.clone(), create));
        for arn in attached {
            let action = Action::AttachPolicy { policy: arn.clone() };
            draft.changes.push(Change::new(resource.clone(), action));
        }
        for (policy, document) in inline {
            let action = Action::PutRolePolicy { policy, live: None, desired: document };
            draft.changes.push(Change::new(resource.clone(), action));
        }
        draft.changes.push(Change::new(resource, Action::FinishRole));
        return;
    };

    let ActualRole {
        arn: _,
        path: live_path,
        trust: live_trust,
        inline: live_inline,
        attached: live_attached,
        tags,
    } = live;
    let reason = match owner(tags, &desired.tags) {
        Owner::Other(whose) => Some(Reason::Foreign(whose)),
        Owner::Environment if live_path != path => {
            Some(Reason::RolePath { live: live_path.clone(), desired: path.clone() })
        }
        Owner::Environment => None,
    };
    if let Some(reason) = reason {
        draft.blockers.push(Blocker { resource, reason });
        return;
    }

    if live_trust != trust {
        let growth = grown(live_trust, trust);
        let trust = Drift { live: live_trust.clone(), desired: trust.clone() };
        let action = Action::PutTrust { trust };
        draft.changes.push(Change { resource: resource.clone(), action, growth });
    }
    // a run that did not end left the role: finishing it is creation, not growth of access
    let unfinished = tags.contains_key(UNFINISHED_TAG.0);
    let growth = |all: Vec<Growth>| if unfinished { Vec::new() } else { all };
    for arn in attached.difference(live_attached) {
        let action = Action::AttachPolicy { policy: arn.clone() };
        let growth = growth(vec![Growth::ManagedPolicy(arn.clone())]);
        draft.changes.push(Change { resource: resource.clone(), action, growth });
    }
    for arn in live_attached.difference(attached) {
        let action = Action::DetachPolicy { policy: arn.clone() };
        draft.changes.push(Change::new(resource.clone(), action));
    }
    for (policy, document) in live_inline.iter().filter(|(policy, _)| !inline.contains_key(*policy))
    {
        let action = Action::DeleteRolePolicy { policy: policy.clone() };
        // what goes may have been a refusal; a managed policy's text is not known here
        let growth = grown(document, &Document::default());
        draft.changes.push(Change { resource: resource.clone(), action, growth });
    }
    for (policy, document) in inline {
        let live = live_inline.get(&policy);
        if live == Some(&document) {
            continue;
        }
        let nothing = Document::default();
        let growth = growth(grown(live.unwrap_or(&nothing), &document));
        let action = Action::PutRolePolicy { policy, live: live.cloned(), desired: document };
        draft.changes.push(Change { resource: resource.clone(), action, growth });
    }
    if unfinished {
        draft.changes.push(Change::new(resource, Action::FinishRole));
    }
}

/// Notes the roles that are owned and no longer declared
pub(super) fn undeclared(desired: &Desired, actual: &Actual, draft: &mut Draft) {
    for (name, live) in &actual.roles {
        let ours = owner(&live.tags, &desired.tags) == Owner::Environment;
        if ours && !desired.roles.contains_key(name) {
            let resource = Resource::Role(name.clone());
            draft.notes.push(Note { resource, remark: Remark::Undeclared });
        }
    }
}

fn unfinished(tags: &Tags) -> Tags {
    let mut tags = tags.clone();
    tags.insert(UNFINISHED_TAG.0.to_owned(), UNFINISHED_TAG.1.to_owned());
    tags
}

/// The policies with the key's ARN where it is known
fn with_key(
    inline: &BTreeMap<PolicyName, Document>,
    key: &KeyRef,
) -> BTreeMap<PolicyName, Document> {
    match key {
        KeyRef::Created => inline.clone(),
        KeyRef::Arn(arn) => inline
            .iter()
            .map(|(name, document)| {
                (name.clone(), document.replace(KEY_ARN_PLACEHOLDER, arn.as_str()))
            })
            .collect(),
    }
}
