//! The environment's managed policies.

use aws_sdk_iam::types::Tag;
use provision_core::desired::Tags;
use provision_core::name::{Arn, PolicyName};
use provision_core::plan::{Action, Change};

use super::outputs::Outputs;
use super::{ExecuteError, mismatch, removed};
use crate::aws::connect::Aws;
use crate::aws::error::AwsError;
use crate::aws::retry::{Wait, until};

pub(super) async fn policy(
    aws: &Aws,
    name: &PolicyName,
    change: &Change,
    outputs: &Outputs,
) -> Result<(), ExecuteError> {
    let iam = &aws.iam;
    match &change.action {
        Action::CreatePolicy { path, description, document, tags } => {
            const OPERATION: &str = "iam:CreatePolicy";
            let answer = iam
                .create_policy()
                .policy_name(name.as_str())
                .path(path)
                .description(description)
                .policy_document(outputs.fill(document)?.to_string())
                .set_tags(Some(of(tags, OPERATION)?))
                .send()
                .await
                .map_err(|e| AwsError::new(OPERATION, e))?;
            let arn = answer.policy().and_then(|policy| policy.arn()).unwrap_or_default();
            let arn = Arn::parse(arn).map_err(|e| AwsError::answer(OPERATION, e.to_string()))?;
            outputs.made_policy(arn);
        }
        Action::PutPolicy { arn, document, turn: _ } => {
            iam.create_policy_version()
                .policy_arn(arn.as_str())
                .policy_document(outputs.fill(&document.desired)?.to_string())
                .set_as_default(true)
                .send()
                .await
                .map_err(|e| AwsError::new("iam:CreatePolicyVersion", e))?;
        }
        Action::DeletePolicyVersion { arn, version } => {
            let call = iam.delete_policy_version().policy_arn(arn.as_str()).version_id(version);
            let answer = call.send().await;
            removed(answer.map_err(|e| AwsError::new("iam:DeletePolicyVersion", e)))?;
        }
        Action::DeletePolicy { arn } => {
            // a role that was deleted a moment ago may still count as attached
            let answer = until(&outputs.waiting, Wait::Removal, || async {
                let answer = iam.delete_policy().policy_arn(arn.as_str()).send().await;
                answer.map_err(|e| AwsError::new("iam:DeletePolicy", e))
            });
            removed(answer.await)?;
        }
        Action::Tag { arn, tags, .. } => {
            const OPERATION: &str = "iam:TagPolicy";
            iam.tag_policy()
                .policy_arn(arn.as_str())
                .set_tags(Some(of(tags, OPERATION)?))
                .send()
                .await
                .map_err(|e| AwsError::new(OPERATION, e))?;
        }
        _ => return Err(mismatch(change)),
    }
    Ok(())
}

/// The tags as IAM takes them
pub(super) fn of(tags: &Tags, operation: &'static str) -> Result<Vec<Tag>, AwsError> {
    tags.iter()
        .map(|(k, v)| Tag::builder().key(k).value(v).build())
        .collect::<Result<_, _>>()
        .map_err(|e| AwsError::answer(operation, e.to_string()))
}
