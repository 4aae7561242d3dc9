//! Policies on roles, inline and attached, and the order in which they go.

use super::roles::{BASIC, INLINE, is_document, role};
use crate::aws::Aws;
use crate::check::{Outcome, accepted, holds, present, refused, same};

async fn put(aws: &Aws, role: &str, document: &str) -> Outcome {
    let put = aws.iam.put_role_policy().role_name(role).policy_name("secrets");
    accepted("PutRolePolicy", put.policy_document(document).send().await).map(|_| ())
}

async fn attach(aws: &Aws, role: &str) -> Outcome {
    let attach = aws.iam.attach_role_policy().role_name(role).policy_arn(BASIC).send().await;
    accepted("AttachRolePolicy", attach).map(|_| ())
}

async fn is_inline(aws: &Aws, role: &str, document: &str) -> Outcome {
    let told = aws.iam.get_role_policy().role_name(role).policy_name("secrets").send().await;
    let told = accepted("GetRolePolicy", told)?;
    holds(is_document(Some(&told.policy_document), document), "the document is another")
}

pub(super) async fn inline_policy_comes_back(aws: &Aws) -> Outcome {
    role(aws, "policies-inline").await?;
    put(aws, "policies-inline", INLINE).await?;
    is_inline(aws, "policies-inline", INLINE).await?;
    let names = aws.iam.list_role_policies().role_name("policies-inline").send().await;
    same("the names", accepted("ListRolePolicies", names)?.policy_names, vec!["secrets".to_owned()])
}

pub(super) async fn inline_policy_is_replaced(aws: &Aws) -> Outcome {
    role(aws, "policies-replaced").await?;
    put(aws, "policies-replaced", INLINE).await?;
    let other = INLINE.replace("Read", "ReadAgain");
    put(aws, "policies-replaced", &other).await?;
    is_inline(aws, "policies-replaced", &other).await
}

pub(super) async fn malformed_inline_policy_is_refused(aws: &Aws) -> Outcome {
    role(aws, "policies-malformed").await?;
    let put = aws.iam.put_role_policy().role_name("policies-malformed").policy_name("secrets");
    let put = put.policy_document(r#"{"Statement":"everything"}"#).send().await;
    refused("a malformed policy", "MalformedPolicyDocument", put)
}

pub(super) async fn long_inline_policies_are_refused(aws: &Aws) -> Outcome {
    role(aws, "policies-long").await?;
    let put = |name: &str| {
        let document = INLINE.replace("Read", &"A".repeat(6_000));
        let put = aws.iam.put_role_policy().role_name("policies-long").policy_name(name);
        put.policy_document(document).send()
    };
    accepted("the first PutRolePolicy", put("one").await)?;
    refused("inline policies past 10240 characters", "LimitExceeded", put("two").await)
}

pub(super) async fn missing_inline_policy_is_not_found(aws: &Aws) -> Outcome {
    role(aws, "policies-missing").await?;
    let get = aws.iam.get_role_policy().role_name("policies-missing").policy_name("none");
    refused("reading it", "NoSuchEntity", get.send().await)?;
    let delete = aws.iam.delete_role_policy().role_name("policies-missing").policy_name("none");
    refused("deleting it", "NoSuchEntity", delete.send().await)
}

pub(super) async fn policy_of_aws_can_be_attached(aws: &Aws) -> Outcome {
    role(aws, "policies-attached").await?;
    attach(aws, "policies-attached").await?;
    attach(aws, "policies-attached").await?;
    let list = aws.iam.list_attached_role_policies().role_name("policies-attached").send().await;
    let list = accepted("ListAttachedRolePolicies", list)?.attached_policies.unwrap_or_default();
    same("attached policies", list.len(), 1)?;
    same("PolicyArn", list[0].policy_arn.as_deref(), Some(BASIC))?;
    same("PolicyName", list[0].policy_name.as_deref(), Some("AWSLambdaBasicExecutionRole"))
}

pub(super) async fn missing_policy_cannot_be_attached(aws: &Aws) -> Outcome {
    role(aws, "policies-unknown").await?;
    let attach = aws.iam.attach_role_policy().role_name("policies-unknown");
    let attach = attach.policy_arn("arn:aws:iam::123456789012:policy/nowhere").send().await;
    refused("a policy that is not there", "NoSuchEntity", attach)
}

pub(super) async fn detached_twice_is_refused(aws: &Aws) -> Outcome {
    role(aws, "policies-detached").await?;
    attach(aws, "policies-detached").await?;
    let detach = aws.iam.detach_role_policy().role_name("policies-detached").policy_arn(BASIC);
    accepted("DetachRolePolicy", detach.clone().send().await)?;
    refused("a second DetachRolePolicy", "NoSuchEntity", detach.send().await)
}

pub(super) async fn role_with_inline_policy_is_kept(aws: &Aws) -> Outcome {
    role(aws, "policies-keep-inline").await?;
    put(aws, "policies-keep-inline", INLINE).await?;
    let delete = aws.iam.delete_role().role_name("policies-keep-inline").send().await;
    refused("DeleteRole", "DeleteConflict", delete)
}

pub(super) async fn role_with_attached_policy_is_kept(aws: &Aws) -> Outcome {
    role(aws, "policies-keep-attached").await?;
    attach(aws, "policies-keep-attached").await?;
    let delete = aws.iam.delete_role().role_name("policies-keep-attached").send().await;
    refused("DeleteRole", "DeleteConflict", delete)
}

pub(super) async fn role_without_policies_is_deleted(aws: &Aws) -> Outcome {
    let name = "policies-bare";
    role(aws, name).await?;
    put(aws, name, INLINE).await?;
    attach(aws, name).await?;
    let inline = aws.iam.delete_role_policy().role_name(name).policy_name("secrets").send().await;
    accepted("DeleteRolePolicy", inline)?;
    let attached = aws.iam.detach_role_policy().role_name(name).policy_arn(BASIC).send().await;
    accepted("DetachRolePolicy", attached)?;
    accepted("DeleteRole", aws.iam.delete_role().role_name(name).send().await)?;
    refused("reading it", "NoSuchEntity", aws.iam.get_role().role_name(name).send().await)
}

pub(super) async fn own_policy_in_use_is_kept(aws: &Aws) -> Outcome {
    role(aws, "policies-own").await?;
    let made = aws.iam.create_policy().policy_name("policies-own").policy_document(INLINE);
    let made = accepted("CreatePolicy", made.send().await)?;
    let arn = present("the ARN", present("the policy", made.policy)?.arn)?;
    let attach = aws.iam.attach_role_policy().role_name("policies-own").policy_arn(&arn);
    accepted("AttachRolePolicy", attach.send().await)?;
    refused("DeletePolicy", "DeleteConflict", aws.iam.delete_policy().policy_arn(arn).send().await)
}
