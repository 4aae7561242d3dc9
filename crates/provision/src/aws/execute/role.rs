//! Roles: trust, boundary, inline and managed policies.

use provision_core::name::{Arn, RoleName};
use provision_core::plan::{Action, Change};

use super::outputs::Outputs;
use super::policy::of;
use super::{ExecuteError, mismatch, removed};
use crate::aws::connect::Aws;
use crate::aws::error::{AwsError, ErrorKind};
use crate::aws::retry::{Wait, until};

pub(super) async fn role(
    aws: &Aws,
    name: &RoleName,
    change: &Change,
    outputs: &Outputs,
) -> Result<(), ExecuteError> {
    let iam = &aws.iam;
    let role = name.as_str();
    match &change.action {
        Action::CreateRole { path, description, trust, tags, boundary, reads: _, writes: _ } => {
            const OPERATION: &str = "iam:CreateRole";
            let tags = of(tags, OPERATION)?;
            // a policy that was made a moment ago may not be known as a boundary yet
            let wait = match boundary {
                Some(arn) if outputs.has_made_policy(arn) => Wait::NewPolicy,
                _ => Wait::NewPrincipal,
            };
            until(&outputs.waiting, wait, || async {
                iam.create_role()
                    .role_name(role)
                    .path(path)
                    .description(description)
                    .assume_role_policy_document(trust.to_string())
                    .set_permissions_boundary(boundary.as_ref().map(ToString::to_string))
                    .set_tags(Some(tags.clone()))
                    .send()
                    .await
                    .map_err(|e| AwsError::new(OPERATION, e))
            })
            .await?;
            outputs.made_role(name);
        }
        Action::PutTrust { trust } => {
            until(&outputs.waiting, outputs.wait_for_role(name), || async {
                iam.update_assume_role_policy()
                    .role_name(role)
                    .policy_document(trust.desired.to_string())
                    .send()
                    .await
                    .map_err(|e| AwsError::new("iam:UpdateAssumeRolePolicy", e))
            })
            .await?;
        }
        Action::DescribeRole { description } => {
            iam.update_role()
                .role_name(role)
                .description(&description.desired)
                .send()
                .await
                .map_err(|e| AwsError::new("iam:UpdateRole", e))?;
        }
        Action::Tag { tags, .. } => {
            const OPERATION: &str = "iam:TagRole";
            iam.tag_role()
                .role_name(role)
                .set_tags(Some(of(tags, OPERATION)?))
                .send()
                .await
                .map_err(|e| AwsError::new(OPERATION, e))?;
        }
        Action::DeleteRole => {
            let answer = until(&outputs.waiting, Wait::Removal, || async {
                let answer = iam.delete_role().role_name(role).send().await;
                answer.map_err(|e| AwsError::new("iam:DeleteRole", e))
            });
            removed(answer.await)?;
        }
        _ => policies(aws, name, change, outputs).await?,
    }
    Ok(())
}

/// What a role may do, and the most that it may ever do
async fn policies(
    aws: &Aws,
    name: &RoleName,
    change: &Change,
    outputs: &Outputs,
) -> Result<(), ExecuteError> {
    let iam = &aws.iam;
    let role = name.as_str();
    match &change.action {
        Action::PutRolePolicy { policy, live: _, desired, turn: _ } => {
            let document = outputs.fill(desired)?.to_string();
            until(&outputs.waiting, outputs.wait_for_role(name), || async {
                iam.put_role_policy()
                    .role_name(role)
                    .policy_name(policy.as_str())
                    .policy_document(&document)
                    .send()
                    .await
                    .map_err(|e| AwsError::new("iam:PutRolePolicy", e))
            })
            .await?;
        }
        Action::AttachPolicy { policy } => attach(aws, name, policy, outputs).await?,
        Action::PutBoundary { live: _, desired } => {
            let wait = match outputs.has_made_policy(desired) {
                true => Wait::NewPolicy,
                false => outputs.wait_for_role(name),
            };
            until(&outputs.waiting, wait, || async {
                iam.put_role_permissions_boundary()
                    .role_name(role)
                    .permissions_boundary(desired.as_str())
                    .send()
                    .await
                    .map_err(|e| AwsError::new("iam:PutRolePermissionsBoundary", e))
            })
            .await?;
        }
        Action::DeleteBoundary { .. } => {
            let answer = until(&outputs.waiting, Wait::Removal, || async {
                let call = iam.delete_role_permissions_boundary().role_name(role);
                call.send().await.map_err(|e| AwsError::new("iam:DeleteRolePermissionsBoundary", e))
            });
            removed(answer.await)?;
        }
        Action::DeleteRolePolicy { policy, .. } => {
            let answer = until(&outputs.waiting, Wait::Removal, || async {
                let call = iam.delete_role_policy().role_name(role).policy_name(policy.as_str());
                call.send().await.map_err(|e| AwsError::new("iam:DeleteRolePolicy", e))
            });
            removed(answer.await)?;
        }
        Action::DetachPolicy { policy, makes_room: _, turn: _ } => {
            let answer = until(&outputs.waiting, Wait::Removal, || async {
                let call = iam.detach_role_policy().role_name(role).policy_arn(policy.as_str());
                call.send().await.map_err(|e| AwsError::new("iam:DetachRolePolicy", e))
            });
            removed(answer.await)?;
        }
        _ => return Err(mismatch(change)),
    }
    Ok(())
}

/// Attaches a managed policy
///
/// IAM answers in the same words for a role that it does not know yet and for a policy that does
/// not exist: where this run has not made the policy, it is looked up before the role is waited for.
async fn attach(
    aws: &Aws,
    name: &RoleName,
    policy: &Arn,
    outputs: &Outputs,
) -> Result<(), AwsError> {
    const OPERATION: &str = "iam:AttachRolePolicy";
    let iam = &aws.iam;
    let call = || async {
        let call = iam.attach_role_policy().role_name(name.as_str()).policy_arn(policy.as_str());
        call.send().await.map_err(|e| AwsError::new(OPERATION, e))
    };
    let error = match call().await {
        Ok(_) => return Ok(()),
        Err(error) => error,
    };
    if error.kind == ErrorKind::NotFound && !outputs.has_made_policy(policy) {
        let found = iam.get_policy().policy_arn(policy.as_str()).send().await;
        let found = found.map_err(|e| AwsError::new("iam:GetPolicy", e));
        if found.is_err_and(|error| error.kind == ErrorKind::NotFound) {
            return Err(error);
        }
    }
    let wait = match outputs.has_made_policy(policy) {
        true => Wait::NewPolicy,
        false => outputs.wait_for_role(name),
    };
    until(&outputs.waiting, wait, call).await?;
    Ok(())
}
