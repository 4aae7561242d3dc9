//! Everything that is read about roles, from the service's state and whole.

use std::collections::BTreeMap;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use winterbaume_core::MockResponse;
use winterbaume_iam::IamStateView;
use winterbaume_iam::views::{AttachedPolicyView, ManagedPolicyView, RoleView};
use winterbaume_iam::wire;

use super::checks::Refusal;
use super::managed;
use crate::request::{Request, form_value};

type Answer = Result<MockResponse, Refusal>;

/// Returns the answer to a read about roles, or none where the request is something else.
pub(super) fn read(request: &Request, view: &IamStateView) -> Option<Answer> {
    let field = |name: &str| form_value(&request.body, name).unwrap_or_default();
    let role = || {
        let name = field("RoleName");
        view.roles.get(&name).ok_or_else(|| {
            let message = format!("The role with name {name} cannot be found.");
            Refusal::new(404, "NoSuchEntity", message)
        })
    };
    Some(match request.operation.as_str() {
        "GetRole" => role().map(|role| {
            wire::serialize_get_role_response(&wire::GetRoleResponse { role: Some(whole(role)) })
        }),
        "GetRolePolicy" => role().and_then(|role| inline_policy(role, &field("PolicyName"))),
        "ListRoles" => list(request, view),
        "ListRoleTags" => role().and_then(|role| list_tags(request, role)),
        "ListRolePolicies" => role().and_then(|role| list_inline(request, role)),
        "ListAttachedRolePolicies" => role().and_then(|role| list_attached(request, role)),
        "GetAccountAuthorizationDetails" => details(request, view),
        _ => return None,
    })
}

/// Returns the answer to CreateRole for a role that is there now.
pub(super) fn created(view: &IamStateView, name: &str) -> Answer {
    let role = view.roles.get(name).map(whole);
    Ok(wire::serialize_create_role_response(&wire::CreateRoleResponse { role }))
}

fn whole(role: &RoleView) -> wire::Role {
    wire::Role {
        arn: Some(role.arn.clone()),
        assume_role_policy_document: Some(escaped(&role.assume_role_policy_document)),
        create_date: date(role.create_date.as_deref()),
        description: Some(role.description.clone()).filter(|text| !text.is_empty()),
        max_session_duration: Some(role.max_session_duration),
        path: Some(role.path.clone()),
        permissions_boundary: boundary(role),
        role_id: Some(role.role_id.clone()),
        role_last_used: None,
        role_name: Some(role.name.clone()),
        tags: tags(role),
    }
}

fn inline_policy(role: &RoleView, name: &str) -> Answer {
    let policy = role.inline_policies.iter().find(|policy| policy.policy_name == name);
    let policy = policy.ok_or_else(|| {
        let message = format!("The role policy with name {name} cannot be found.");
        Refusal::new(404, "NoSuchEntity", message)
    })?;
    Ok(wire::serialize_get_role_policy_response(&wire::GetRolePolicyResponse {
        policy_document: Some(escaped(&policy.policy_document)),
        policy_name: Some(policy.policy_name.clone()),
        role_name: Some(role.name.clone()),
    }))
}

fn list(request: &Request, view: &IamStateView) -> Answer {
    let prefix = form_value(&request.body, "PathPrefix").unwrap_or_else(|| "/".to_owned());
    let roles: BTreeMap<&str, wire::Role> = view
        .roles
        .values()
        .filter(|role| role.path.starts_with(&prefix))
        .map(|role| {
            // AWS leaves tags and boundary out of ListRoles too
            let listed = wire::Role { tags: None, permissions_boundary: None, ..whole(role) };
            (role.name.as_str(), listed)
        })
        .collect();
    let page = Page::of(request, roles)?;
    Ok(wire::serialize_list_roles_response(&wire::ListRolesResponse {
        is_truncated: Some(page.marker.is_some()),
        marker: page.marker,
        roles: Some(page.items.into()),
    }))
}

fn list_tags(request: &Request, role: &RoleView) -> Answer {
    let tags = role
        .tags
        .iter()
        .map(|(key, value)| (key.as_str(), wire::Tag { key: key.clone(), value: value.clone() }));
    let page = Page::of(request, tags.collect())?;
    Ok(wire::serialize_list_role_tags_response(&wire::ListRoleTagsResponse {
        is_truncated: Some(page.marker.is_some()),
        marker: page.marker,
        tags: Some(page.items.into()),
    }))
}

fn list_inline(request: &Request, role: &RoleView) -> Answer {
    let names = role.inline_policies.iter().map(|policy| &policy.policy_name);
    let page = Page::of(request, names.map(|name| (name.as_str(), name.clone())).collect())?;
    Ok(wire::serialize_list_role_policies_response(&wire::ListRolePoliciesResponse {
        is_truncated: Some(page.marker.is_some()),
        marker: page.marker,
        policy_names: Some(page.items.into()),
    }))
}

fn list_attached(request: &Request, role: &RoleView) -> Answer {
    let policies = role.attached_policies.iter();
    let page = Page::of(request, policies.map(|p| (p.policy_arn.as_str(), attached(p))).collect())?;
    Ok(wire::serialize_list_attached_role_policies_response(
        &wire::ListAttachedRolePoliciesResponse {
            attached_policies: Some(page.items.into()),
            is_truncated: Some(page.marker.is_some()),
            marker: page.marker,
        },
    ))
}

/// Roles and the account's own managed policies, paged together as AWS pages them.
fn details(request: &Request, view: &IamStateView) -> Answer {
    enum Detail {
        Role(Box<wire::RoleDetail>),
        Policy(Box<wire::ManagedPolicyDetail>),
    }
    let filters: Vec<String> = (1..)
        .map_while(|index| form_value(&request.body, &format!("Filter.member.{index}")))
        .collect();
    let wanted = |kind: &str| filters.is_empty() || filters.iter().any(|filter| filter == kind);
    let mut all = BTreeMap::new();
    if wanted("Role") {
        for role in view.roles.values() {
            all.insert(format!("role/{}", role.name), Detail::Role(Box::new(role_detail(role))));
        }
    }
    for policy in view.policies.values() {
        let kind = match policy.arn.starts_with("arn:aws:iam::aws:") {
            true => "AWSManagedPolicy",
            false => "LocalManagedPolicy",
        };
        // AWS lists its own policies only where something uses them
        if wanted(kind) && (kind == "LocalManagedPolicy" || policy.attachment_count > 0) {
            let detail = Detail::Policy(Box::new(policy_detail(policy)));
            all.insert(format!("policy/{}", policy.arn), detail);
        }
    }
    let all = all.iter().map(|(name, detail)| (name.as_str(), detail)).collect();
    let page = Page::of(request, all)?;
    let (mut roles, mut policies) = (Vec::new(), Vec::new());
    for detail in page.items {
        match detail {
            Detail::Role(role) => roles.push(role.as_ref().clone()),
            Detail::Policy(policy) => policies.push(policy.as_ref().clone()),
        }
    }
    Ok(wire::serialize_get_account_authorization_details_response(
        &wire::GetAccountAuthorizationDetailsResponse {
            group_detail_list: None,
            is_truncated: Some(page.marker.is_some()),
            marker: page.marker,
            policies: Some(policies.into()),
            role_detail_list: Some(roles.into()),
            user_detail_list: None,
        },
    ))
}

fn role_detail(role: &RoleView) -> wire::RoleDetail {
    let inline = role.inline_policies.iter().map(|policy| wire::PolicyDetail {
        policy_document: Some(escaped(&policy.policy_document)),
        policy_name: Some(policy.policy_name.clone()),
    });
    wire::RoleDetail {
        arn: Some(role.arn.clone()),
        assume_role_policy_document: Some(escaped(&role.assume_role_policy_document)),
        attached_managed_policies: Some(role.attached_policies.iter().map(attached).collect()),
        create_date: date(role.create_date.as_deref()),
        instance_profile_list: None,
        path: Some(role.path.clone()),
        permissions_boundary: boundary(role),
        role_id: Some(role.role_id.clone()),
        role_last_used: None,
        role_name: Some(role.name.clone()),
        role_policy_list: Some(inline.collect()),
        tags: tags(role),
    }
}

fn policy_detail(policy: &ManagedPolicyView) -> wire::ManagedPolicyDetail {
    let versions = policy.versions.iter().map(|version| wire::PolicyVersion {
        create_date: date(version.create_date.as_deref()),
        document: (!managed::is_without_text(&policy.arn)).then(|| escaped(&version.document)),
        is_default_version: Some(version.is_default_version),
        version_id: Some(version.version_id.clone()),
    });
    wire::ManagedPolicyDetail {
        arn: Some(policy.arn.clone()),
        attachment_count: Some(policy.attachment_count as i32),
        create_date: date(policy.create_date.as_deref()),
        default_version_id: Some(policy.default_version_id.clone()),
        description: Some(policy.description.clone()).filter(|text| !text.is_empty()),
        is_attachable: Some(policy.is_attachable),
        path: Some(policy.path.clone()),
        permissions_boundary_usage_count: None,
        policy_id: Some(policy.policy_id.clone()),
        policy_name: Some(policy.policy_name.clone()),
        policy_version_list: Some(versions.collect()),
        update_date: date(policy.update_date.as_deref()),
    }
}

fn attached(policy: &AttachedPolicyView) -> wire::AttachedPolicy {
    wire::AttachedPolicy {
        policy_arn: Some(policy.policy_arn.clone()),
        policy_name: Some(policy.policy_name.clone()),
    }
}

fn boundary(role: &RoleView) -> Option<wire::AttachedPermissionsBoundary> {
    role.permissions_boundary.as_ref().map(|arn| wire::AttachedPermissionsBoundary {
        permissions_boundary_arn: Some(arn.clone()),
        permissions_boundary_type: Some("Policy".to_owned()),
    })
}

fn tags(role: &RoleView) -> Option<wire::tagListType> {
    let sorted: BTreeMap<_, _> = role.tags.iter().collect();
    let tags: Vec<wire::Tag> = sorted
        .into_iter()
        .map(|(key, value)| wire::Tag { key: key.clone(), value: value.clone() })
        .collect();
    (!tags.is_empty()).then(|| tags.into())
}

/// What RFC 3986 leaves as it is.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// IAM gives documents percent-encoded.
fn escaped(document: &str) -> String {
    // the service took each byte for a character: see `as_utf8`
    let bytes: Option<Vec<u8>> = document.chars().map(|c| u8::try_from(c).ok()).collect();
    let bytes = bytes.unwrap_or_else(|| document.as_bytes().to_vec());
    percent_encode(&bytes, UNRESERVED).to_string()
}

/// The state has fractions of a second; the service's answers have none.
fn date(text: Option<&str>) -> Option<String> {
    text.and_then(|text| text.get(..19)).map(|text| format!("{text}Z"))
}

struct Page<T> {
    items: Vec<T>,
    /// Present where there is more.
    marker: Option<String>,
}

impl<T> Page<T> {
    /// Returns the page that `Marker` and `MaxItems` ask for.
    fn of(request: &Request, all: BTreeMap<&str, T>) -> Result<Self, Refusal> {
        let limit = match form_value(&request.body, "MaxItems") {
            None => 100,
            Some(text) => match text.parse() {
                Ok(limit @ 1..=1000) => limit,
                _ => {
                    return Err(Refusal::new(400, "ValidationError", "MaxItems must be 1 to 1000"));
                }
            },
        };
        let after = match form_value(&request.body, "Marker") {
            None => None,
            Some(marker) => match marker.strip_prefix("after:") {
                Some(last) => Some(last.to_owned()),
                None => {
                    return Err(Refusal::new(400, "ValidationError", "the marker is not valid"));
                }
            },
        };
        let rest =
            all.into_iter().filter(|(name, _)| after.as_deref().is_none_or(|last| *name > last));
        let mut named: Vec<(&str, T)> = rest.take(limit + 1).collect();
        let more = named.len() > limit;
        named.truncate(limit);
        let marker = named.last().filter(|_| more).map(|(name, _)| format!("after:{name}"));
        Ok(Self { items: named.into_iter().map(|(_, item)| item).collect(), marker })
    }
}
