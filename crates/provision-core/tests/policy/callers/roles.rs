//! Roles and policies, and what decides over the callers.

use super::{Calls, DELETERS, MAKERS, NOBODY, READERS, Told, in_iam};

const BOUNDARY: &str = "arn:aws:iam::123456789012:policy/proj/_access/prod/proj-prod-boundary";

/// Adds the calls of IAM
pub(super) fn add(calls: &mut Calls) {
    roles(calls);
    boundaries(calls);
}

fn roles(calls: &mut Calls) {
    let at_once = ["iam:GetAccountAuthorizationDetails", "iam:ListPolicies", "iam:ListRoles"];
    calls.add(&at_once, "*", &[], READERS, NOBODY);
    let seen = [
        "iam:GetRole",
        "iam:GetRolePolicy",
        "iam:ListAttachedRolePolicies",
        "iam:ListRolePolicies",
        "iam:ListRoleTags",
    ];
    let read =
        ["iam:GetPolicy", "iam:GetPolicyVersion", "iam:ListPolicyTags", "iam:ListPolicyVersions"];
    for path in ["proj/prod", "proj/_access/prod"] {
        calls.add(&seen, &in_iam(&format!("role/{path}/r")), &[], READERS, NOBODY);
        calls.add(&read, &in_iam(&format!("policy/{path}/p")), &[], READERS, NOBODY);
    }
    for path in ["proj/production", "proj/_access/production", "proj2/prod"] {
        calls.add(&seen, &in_iam(&format!("role/{path}/r")), &[], NOBODY, NOBODY);
        calls.add(&read, &in_iam(&format!("policy/{path}/p")), &[], NOBODY, NOBODY);
    }
    let made = [
        "iam:AttachRolePolicy",
        "iam:CreateRole",
        "iam:PutRolePermissionsBoundary",
        "iam:PutRolePolicy",
        "iam:UpdateAssumeRolePolicy",
    ];
    let bound = [("iam:PermissionsBoundary", Told::Text(BOUNDARY))];
    let role = in_iam("role/proj/prod/proj-prod-app");
    calls.only_with(&made, &role, &bound, MAKERS);
    let kept = ["iam:TagRole", "iam:UpdateRole"];
    let deleted = ["iam:DeleteRole", "iam:DeleteRolePolicy", "iam:DetachRolePolicy"];
    calls.add(&kept, &role, &[], MAKERS, NOBODY);
    calls.add(&deleted, &role, &[], DELETERS, NOBODY);
    let policy = in_iam("policy/proj/prod/p");
    let put = ["iam:CreatePolicy", "iam:CreatePolicyVersion", "iam:TagPolicy"];
    let dropped = ["iam:DeletePolicy", "iam:DeletePolicyVersion"];
    calls.add(&put, &policy, &[], MAKERS, NOBODY);
    calls.add(&dropped, &policy, &[], DELETERS, NOBODY);
    for foreign in ["proj-prod-app", "proj/production/r", "proj2/prod/r", "proj/prod"] {
        let (role, policy) =
            (in_iam(&format!("role/{foreign}")), in_iam(&format!("policy/{foreign}")));
        calls.add(&made, &role, &bound, NOBODY, NOBODY);
        calls.add(&kept, &role, &[], NOBODY, NOBODY);
        calls.add(&deleted, &role, &[], NOBODY, NOBODY);
        calls.add(&put, &policy, &[], NOBODY, NOBODY);
        calls.add(&dropped, &policy, &[], NOBODY, NOBODY);
    }
    for user in ["iam:CreateUser", "iam:CreateAccessKey", "iam:PutUserPolicy"] {
        calls.add(&[user], &in_iam("user/proj/prod/eve"), &[], NOBODY, NOBODY);
    }
    calls.add(&["iam:PassRole", "sts:AssumeRole"], &role, &[], NOBODY, MAKERS);
}

/// What decides over the callers is for none of them to change
fn boundaries(calls: &mut Calls) {
    let bound = [("iam:PermissionsBoundary", Told::Text(BOUNDARY))];
    let on_role = [
        "iam:AttachRolePolicy",
        "iam:CreateRole",
        "iam:DeleteRole",
        "iam:DeleteRolePolicy",
        "iam:DetachRolePolicy",
        "iam:PutRolePermissionsBoundary",
        "iam:PutRolePolicy",
        "iam:TagRole",
        "iam:UntagRole",
        "iam:UpdateAssumeRolePolicy",
        "iam:UpdateRole",
    ];
    for name in ["provisioner", "writer", "break-glass", "new"] {
        let role = in_iam(&format!("role/proj/_access/prod/proj-prod.{name}"));
        calls.add(&on_role, &role, &bound, NOBODY, MAKERS);
    }
    let on_policy = [
        "iam:CreatePolicy",
        "iam:CreatePolicyVersion",
        "iam:DeletePolicy",
        "iam:DeletePolicyVersion",
        "iam:SetDefaultPolicyVersion",
        "iam:TagPolicy",
    ];
    calls.add(&on_policy, BOUNDARY, &[], NOBODY, MAKERS);
    let role = in_iam("role/proj/prod/proj-prod-app");
    calls.add(&["iam:DeleteRolePermissionsBoundary"], &role, &bound, NOBODY, MAKERS);
}
