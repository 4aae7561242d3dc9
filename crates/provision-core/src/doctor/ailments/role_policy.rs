//! LD031: a policy of a role is not the manifest's.

use super::prelude::*;
use crate::name::PolicyName;
use crate::policy::Document;

pub(in crate::doctor) const AILMENT: Ailment = Ailment {
    id: "LD031",
    name: "role-policy",
    severity: Severity::Error,
    layer: Layer::IdentityPolicy,
    title: "A policy of a role is not the manifest's",
    look: Look::Situation(look),
};

fn look(s: &Situation<'_>, spots: &mut Spots) {
    let nothing = Document::default();
    for (resource, action, _) in s.changes().filter(|(resource, ..)| is_there(s, resource)) {
        match action {
            Action::PutRolePolicy { policy, live: None, .. } => {
                let message =
                    format!("{resource} lacks its policy `{policy}`: it may do nothing of it");
                spots.add(message, s.apply());
            }
            Action::PutRolePolicy { policy, live: Some(live), desired, turn: _ } => {
                let what = format!("policy `{policy}` of {resource}");
                spots.add(difference(&what, live, desired), s.apply());
            }
            Action::PutPolicy { document, .. } => {
                spots.add(
                    difference(&resource.to_string(), &document.live, &document.desired),
                    s.apply(),
                );
            }
            Action::CreatePolicy { .. } => {
                spots.add(format!("{resource} does not exist"), s.apply())
            }
            Action::DeleteRolePolicy { policy, .. } => {
                let live = live_policy(s, resource, policy).unwrap_or(&nothing);
                let what =
                    format!("policy `{policy}` of {resource}, which the manifest does not know,");
                spots.add(difference(&what, live, &nothing), s.apply());
            }
            _ => {}
        }
    }
}

/// Whether the role is there, or it is no role at all
fn is_there(s: &Situation<'_>, resource: &Resource) -> bool {
    match resource {
        Resource::Role(name) => s.actual.roles.contains_key(name),
        _ => true,
    }
}

fn live_policy<'s>(
    s: &'s Situation<'_>,
    role: &Resource,
    policy: &PolicyName,
) -> Option<&'s Document> {
    match role {
        Resource::Role(name) => s.actual.roles.get(name)?.inline.get(policy),
        _ => None,
    }
}
