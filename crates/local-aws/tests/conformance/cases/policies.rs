//! Resource policies of secrets.

use super::versions::secret;
use crate::aws::Aws;
use crate::check::{Outcome, accepted, holds, refused, same};

fn policy(principal: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{principal},"Action":"secretsmanager:GetSecretValue","Resource":"*"}}]}}"#
    )
}

fn named() -> String {
    policy(r#"{"AWS":"arn:aws:iam::123456789012:root"}"#)
}

fn public() -> String {
    policy("\"*\"")
}

pub(super) async fn policy_comes_back(aws: &Aws) -> Outcome {
    secret(aws, "policies/back", "v").await?;
    let none = aws.secrets.get_resource_policy().secret_id("policies/back").send().await;
    same("the policy at first", accepted("GetResourcePolicy", none)?.resource_policy, None)?;
    let put = aws.secrets.put_resource_policy().secret_id("policies/back");
    accepted("PutResourcePolicy", put.resource_policy(named()).send().await)?;
    let get = aws.secrets.get_resource_policy().secret_id("policies/back").send().await;
    let text = accepted("GetResourcePolicy", get)?.resource_policy.unwrap_or_default();
    let json = |text: &str| serde_json::from_str::<serde_json::Value>(text).ok();
    holds(json(&text) == json(&named()), "the policy is another")
}

pub(super) async fn deleted_policy_is_gone(aws: &Aws) -> Outcome {
    let id = "policies/deleted";
    secret(aws, id, "v").await?;
    let put = aws.secrets.put_resource_policy().secret_id(id).resource_policy(named());
    accepted("PutResourcePolicy", put.send().await)?;
    let delete = aws.secrets.delete_resource_policy().secret_id(id).send().await;
    accepted("DeleteResourcePolicy", delete)?;
    let get = aws.secrets.get_resource_policy().secret_id(id).send().await;
    same("the policy", accepted("GetResourcePolicy", get)?.resource_policy, None)
}

pub(super) async fn malformed_policy_is_refused(aws: &Aws) -> Outcome {
    secret(aws, "policies/malformed", "v").await?;
    let put = aws.secrets.put_resource_policy().secret_id("policies/malformed");
    let put = put.resource_policy(r#"{"Statement":"everything"}"#).send().await;
    refused("a malformed policy", "MalformedPolicyDocumentException", put)
}

pub(super) async fn public_policy_is_refused_where_blocked(aws: &Aws) -> Outcome {
    secret(aws, "policies/blocked", "v").await?;
    let put = aws.secrets.put_resource_policy().secret_id("policies/blocked");
    let put = put.resource_policy(public()).block_public_policy(true).send().await;
    refused("a public policy", "PublicPolicyException", put)
}

pub(super) async fn public_policy_is_accepted_otherwise(aws: &Aws) -> Outcome {
    secret(aws, "policies/public", "v").await?;
    let put = aws.secrets.put_resource_policy().secret_id("policies/public");
    accepted("a public policy", put.resource_policy(public()).send().await).map(|_| ())
}

pub(super) async fn validation_finds_a_public_policy(aws: &Aws) -> Outcome {
    let validate = aws.secrets.validate_resource_policy().resource_policy(public()).send().await;
    let told = accepted("ValidateResourcePolicy", validate)?;
    same("PolicyValidationPassed", told.policy_validation_passed, false)?;
    same("ValidationErrors", told.validation_errors.unwrap_or_default().is_empty(), false)
}

pub(super) async fn validation_passes_a_named_reader(aws: &Aws) -> Outcome {
    let validate = aws.secrets.validate_resource_policy().resource_policy(named()).send().await;
    let told = accepted("ValidateResourcePolicy", validate)?;
    same("PolicyValidationPassed", told.policy_validation_passed, true)
}
