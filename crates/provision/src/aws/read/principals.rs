//! Everybody in the account who may have access: roles and users with all their policies.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_iam::types::{
    AttachedPermissionsBoundary, AttachedPolicy, GroupDetail, PolicyDetail, RoleDetail, UserDetail,
};
use provision_core::access::{Place, Placed, Role};
use provision_core::policy::Document;

use super::account::{DETAILS, document, is_refused};
use crate::aws::connect::Aws;
use crate::aws::error::AwsError;

/// Entries on one page, the most that IAM takes
const PAGE: i32 = 1000;

/// Roles and users of an account, and the texts of managed policies
#[derive(Debug, Default)]
pub(crate) struct Principals {
    /// roles and users by ARN, with the policies that they have
    pub(crate) roles: Vec<Role>,
    /// the account's own managed policies and those of AWS that are in use, by ARN
    pub(crate) policies: BTreeMap<String, Document>,
}

/// What the listing holds of a principal before managed policies are known
struct Listed {
    role: Role,
    attached: Vec<String>,
    boundary: Option<String>,
}

/// Returns everybody in the account, none where the caller may not list them
pub(crate) async fn principals(aws: &Aws) -> Result<Option<Principals>, AwsError> {
    let (mut roles, mut users) = (Vec::new(), Vec::new());
    let mut groups = BTreeMap::new();
    let mut found = Principals::default();
    let mut pages =
        aws.iam.get_account_authorization_details().max_items(PAGE).into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = match page.map_err(|e| AwsError::new(DETAILS, e)) {
            Ok(page) => page,
            Err(error) if is_refused(&error) => return Ok(None),
            Err(error) => return Err(error),
        };
        roles.extend(page.role_detail_list().iter().map(role));
        users.extend(page.user_detail_list().iter().cloned());
        for group in page.group_detail_list() {
            groups.insert(group.group_name().unwrap_or_default().to_owned(), group.clone());
        }
        for policy in page.policies() {
            let default = policy.policy_version_list().iter().find(|v| v.is_default_version());
            let text = default.and_then(|version| version.document());
            // one that is no policy to us stays unknown, and is said to be
            if let (Some(arn), Ok(text)) = (policy.arn(), document(DETAILS, text))
                && !is_made_up(arn, &text)
            {
                found.policies.insert(arn.to_owned(), text);
            }
        }
    }
    let users = users.iter().map(|detail| user(detail, &groups));
    found.roles =
        roles.into_iter().chain(users).map(|listed| filled(listed, &found.policies)).collect();
    found.roles.sort_by(|a, b| a.arn.cmp(&b.arn));
    Ok(Some(found))
}

/// Whether a text stands in for one that an endpoint does not have: none of AWS's own policies says nothing
fn is_made_up(arn: &str, text: &Document) -> bool {
    arn.contains(":iam::aws:policy/") && text.statements.is_empty()
}

fn role(detail: &RoleDetail) -> Listed {
    let mut role =
        Role::stranger(detail.role_name().unwrap_or_default(), detail.arn().unwrap_or_default());
    inline(&mut role, detail.role_policy_list());
    Listed {
        role,
        attached: attached(detail.attached_managed_policies()),
        boundary: boundary(detail.permissions_boundary()),
    }
}

fn user(detail: &UserDetail, groups: &BTreeMap<String, GroupDetail>) -> Listed {
    let name = detail.user_name().unwrap_or_default();
    let mut role = Role::stranger(name, detail.arn().unwrap_or_default());
    inline(&mut role, detail.user_policy_list());
    let mut all = attached(detail.attached_managed_policies());
    for group in detail.group_list().iter().filter_map(|name| groups.get(name)) {
        inline(&mut role, group.group_policy_list());
        all.extend(attached(group.attached_managed_policies()));
    }
    let attached = BTreeSet::from_iter(all).into_iter().collect();
    Listed { role, attached, boundary: boundary(detail.permissions_boundary()) }
}

fn inline(role: &mut Role, policies: &[PolicyDetail]) {
    for policy in policies {
        let name = policy.policy_name().unwrap_or_default().to_owned();
        match document(DETAILS, policy.policy_document()) {
            Ok(document) => role.policies.push(Placed { place: Place::Inline, name, document }),
            Err(_) => role.unseen.push(name),
        }
    }
}

fn attached(policies: &[AttachedPolicy]) -> Vec<String> {
    policies.iter().filter_map(|policy| policy.policy_arn()).map(str::to_owned).collect()
}

fn boundary(boundary: Option<&AttachedPermissionsBoundary>) -> Option<String> {
    boundary.and_then(|boundary| boundary.permissions_boundary_arn()).map(str::to_owned)
}

fn filled(listed: Listed, policies: &BTreeMap<String, Document>) -> Role {
    let Listed { mut role, attached, boundary } = listed;
    for arn in attached {
        match policies.get(&arn) {
            Some(document) => role.policies.push(Placed {
                place: Place::Attached,
                name: arn,
                document: document.clone(),
            }),
            None if Role::says_nothing_of_secrets(&arn) => {}
            None => role.unseen.push(arn),
        }
    }
    match boundary.map(|arn| (policies.get(&arn).cloned(), arn)) {
        Some((Some(document), name)) => {
            role.boundary = Some(Placed { place: Place::Boundary, name, document });
        }
        Some((None, arn)) => role.unseen_boundary = Some(arn),
        None => {}
    }
    role
}

#[cfg(test)]
mod tests {
    use super::{Document, is_made_up};

    #[test]
    fn a_policy_of_aws_that_says_nothing_is_not_believed() {
        let of_aws = "arn:aws-cn:iam::aws:policy/AdministratorAccess";
        assert!(is_made_up(of_aws, &Document::default()));
        assert!(!is_made_up("arn:aws:iam::123456789012:policy/empty", &Document::default()));
        let all = r#"{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}"#;
        assert!(!is_made_up(of_aws, &Document::parse(all).unwrap()));
    }
}
