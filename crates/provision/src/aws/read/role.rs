//! Roles: from the account's details, or one by one.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_iam::types::{AttachedPermissionsBoundary, AttachedPolicy, RoleDetail};
use provision_core::actual::ActualRole;
use provision_core::desired::Desired;
use provision_core::name::{Arn, PolicyName, RoleName};
use provision_core::policy::Document;

use super::account::{DETAILS, PAGE, document, is_refused, left_out, tags};
use crate::aws::connect::Aws;
use crate::aws::error::{AwsError, ErrorKind};

const LIST: &str = "iam:ListRoles";

/// Whether a role is one to read: of a wanted name, or under a path of the environment
fn is_wanted(desired: &Desired, name: &RoleName, path: &str) -> bool {
    desired.roles.contains_key(name) || desired.paths().iter().any(|ours| ours == path)
}

/// Adds the roles of one page of `GetAccountAuthorizationDetails`
pub(super) fn from_page(
    desired: &Desired,
    page: &[RoleDetail],
    roles: &mut BTreeMap<RoleName, ActualRole>,
) -> Result<(), AwsError> {
    for detail in page {
        let Ok(name) = RoleName::parse(detail.role_name().unwrap_or_default()) else {
            continue; // a name that no manifest can hold
        };
        if is_wanted(desired, &name, detail.path().unwrap_or_default()) {
            roles.insert(name, from_detail(detail)?);
        }
    }
    Ok(())
}

fn from_detail(detail: &RoleDetail) -> Result<ActualRole, AwsError> {
    let mut inline = BTreeMap::new();
    for policy in detail.role_policy_list() {
        let name = policy_name(DETAILS, policy.policy_name().unwrap_or_default())?;
        inline.insert(name, document(DETAILS, policy.policy_document())?);
    }
    Ok(ActualRole {
        arn: role_arn(DETAILS, detail.arn())?,
        path: detail.path().unwrap_or("/").to_owned(),
        trust: document(DETAILS, detail.assume_role_policy_document())?,
        inline,
        attached: attached(DETAILS, detail.attached_managed_policies())?,
        boundary: boundary(DETAILS, detail.permissions_boundary())?,
        // the details leave it out
        description: None,
        tags: tags(detail.tags()),
    })
}

/// Adds the descriptions, which only the other listing has
///
/// Where it is refused they stay unknown and are not compared.
pub(super) async fn describe(
    aws: &Aws,
    desired: &Desired,
    roles: &mut BTreeMap<RoleName, ActualRole>,
) -> Result<(), AwsError> {
    if roles.is_empty() {
        return Ok(());
    }
    // one prefix for all paths of the environment: a project has few roles, and a call is a call
    let project = format!("/{}/", desired.project);
    let mut pages =
        aws.iam.list_roles().path_prefix(project).max_items(PAGE).into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = match page.map_err(|e| AwsError::new(LIST, e)) {
            Err(error) if is_refused(&error) => {
                left_out("descriptions of roles are not compared", &error);
                return Ok(());
            }
            page => page?,
        };
        for listed in page.roles() {
            let Ok(name) = RoleName::parse(listed.role_name()) else { continue };
            if let Some(role) = roles.get_mut(&name) {
                role.description = Some(listed.description().unwrap_or_default().to_owned());
            }
        }
    }
    Ok(())
}

/// Returns the roles without `GetAccountAuthorizationDetails`
pub(super) async fn one_by_one(
    aws: &Aws,
    desired: &Desired,
) -> Result<BTreeMap<RoleName, ActualRole>, AwsError> {
    let mut names: BTreeSet<RoleName> = desired.roles.keys().cloned().collect();
    match under_path(aws, desired).await {
        Ok(listed) => names.extend(listed),
        Err(error) if is_refused(&error) => {
            left_out("roles that are no longer declared are not seen", &error);
        }
        Err(error) => return Err(error),
    }
    let mut roles = BTreeMap::new();
    for name in names {
        if let Some(role) = one(aws, &name).await? {
            roles.insert(name, role);
        }
    }
    Ok(roles)
}

async fn under_path(aws: &Aws, desired: &Desired) -> Result<Vec<RoleName>, AwsError> {
    let mut names = Vec::new();
    for path in desired.paths() {
        let mut pages = aws.iam.list_roles().path_prefix(&path).into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|e| AwsError::new(LIST, e))?;
            let here = page.roles().iter().filter(|role| role.path() == path);
            // a name that no manifest can hold is left out
            names.extend(here.filter_map(|role| RoleName::parse(role.role_name()).ok()));
        }
    }
    Ok(names)
}

async fn one(aws: &Aws, name: &RoleName) -> Result<Option<ActualRole>, AwsError> {
    const OPERATION: &str = "iam:GetRole";
    let answer = match aws.iam.get_role().role_name(name.as_str()).send().await {
        Ok(answer) => answer,
        Err(error) => match AwsError::new(OPERATION, error) {
            error if error.kind == ErrorKind::NotFound => return Ok(None),
            error => return Err(error),
        },
    };
    let Some(role) = answer.role() else {
        return Err(AwsError::answer(OPERATION, "the answer has no role"));
    };
    let (inline, attached) =
        tokio::try_join!(inline_policies(aws, name), attached_policies(aws, name))?;
    Ok(Some(ActualRole {
        arn: role_arn(OPERATION, Some(role.arn()))?,
        path: role.path().to_owned(),
        trust: document(OPERATION, role.assume_role_policy_document())?,
        inline,
        attached,
        boundary: boundary(OPERATION, role.permissions_boundary())?,
        description: Some(role.description().unwrap_or_default().to_owned()),
        tags: tags(role.tags()),
    }))
}

async fn inline_policies(
    aws: &Aws,
    role: &RoleName,
) -> Result<BTreeMap<PolicyName, Document>, AwsError> {
    const LIST: &str = "iam:ListRolePolicies";
    const GET: &str = "iam:GetRolePolicy";
    let mut inline = BTreeMap::new();
    let mut pages = aws.iam.list_role_policies().role_name(role.as_str()).into_paginator().send();
    while let Some(page) = pages.next().await {
        for name in page.map_err(|e| AwsError::new(LIST, e))?.policy_names() {
            let answer = aws
                .iam
                .get_role_policy()
                .role_name(role.as_str())
                .policy_name(name)
                .send()
                .await
                .map_err(|e| AwsError::new(GET, e))?;
            inline.insert(policy_name(LIST, name)?, document(GET, Some(answer.policy_document()))?);
        }
    }
    Ok(inline)
}

async fn attached_policies(aws: &Aws, role: &RoleName) -> Result<BTreeSet<Arn>, AwsError> {
    const OPERATION: &str = "iam:ListAttachedRolePolicies";
    let mut all = BTreeSet::new();
    let mut pages =
        aws.iam.list_attached_role_policies().role_name(role.as_str()).into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|e| AwsError::new(OPERATION, e))?;
        all.extend(attached(OPERATION, page.attached_policies())?);
    }
    Ok(all)
}

fn attached(
    operation: &'static str,
    policies: &[AttachedPolicy],
) -> Result<BTreeSet<Arn>, AwsError> {
    policies
        .iter()
        .map(|p| {
            Arn::parse(p.policy_arn().unwrap_or_default()).map_err(|_| {
                AwsError::answer(operation, "the answer has an attached policy without an ARN")
            })
        })
        .collect()
}

fn role_arn(operation: &'static str, arn: Option<&str>) -> Result<Arn, AwsError> {
    Arn::parse(arn.unwrap_or_default())
        .map_err(|_| AwsError::answer(operation, "the answer has a role without an ARN"))
}

fn policy_name(operation: &'static str, name: &str) -> Result<PolicyName, AwsError> {
    PolicyName::parse(name).map_err(|e| AwsError::answer(operation, e.to_string()))
}

fn boundary(
    operation: &'static str,
    boundary: Option<&AttachedPermissionsBoundary>,
) -> Result<Option<Arn>, AwsError> {
    let arn = boundary.and_then(|boundary| boundary.permissions_boundary_arn());
    arn.map(|arn| {
        Arn::parse(arn)
            .map_err(|_| AwsError::answer(operation, "the answer has a boundary without an ARN"))
    })
    .transpose()
}
