//! Managed policies of the environment: from the account's details, or one by one.

use std::collections::BTreeMap;

use aws_sdk_iam::types::{ManagedPolicyDetail, Policy, PolicyScopeType, PolicyVersion};
use provision_core::actual::ActualPolicy;
use provision_core::desired::{Desired, Tags};
use provision_core::name::{Arn, PolicyName};

use super::account::{DETAILS, document, is_refused, left_out, tags};
use crate::aws::connect::Aws;
use crate::aws::error::AwsError;

const LIST: &str = "iam:ListPolicies";
const VERSIONS: &str = "iam:ListPolicyVersions";
const VERSION: &str = "iam:GetPolicyVersion";
const TAGS: &str = "iam:ListPolicyTags";

/// Adds the policies of one page of `GetAccountAuthorizationDetails`, which has no tags
pub(super) fn from_page(
    desired: &Desired,
    page: &[ManagedPolicyDetail],
    policies: &mut BTreeMap<PolicyName, ActualPolicy>,
) -> Result<(), AwsError> {
    for detail in page {
        // some emulators leave the name out, which the ARN ends in
        let in_arn = || detail.arn().and_then(|arn| arn.rsplit('/').next());
        let name = detail.policy_name().or_else(in_arn).unwrap_or_default();
        let Ok(name) = PolicyName::parse(name) else {
            continue; // a name that no manifest can hold
        };
        let path = detail.path().unwrap_or("/");
        let is_ours = desired.paths().iter().any(|ours| ours == path);
        if !is_ours && !desired.policies.contains_key(&name) {
            continue;
        }
        let versions = detail.policy_version_list();
        let default = versions.iter().find(|version| version.is_default_version());
        let policy = ActualPolicy {
            arn: arn(DETAILS, detail.arn())?,
            path: path.to_owned(),
            document: document(DETAILS, default.and_then(|version| version.document()))?,
            other_versions: others(versions),
            holders: counted(detail.attachment_count()),
            bounded: counted(detail.permissions_boundary_usage_count()),
            tags: None,
        };
        policies.insert(name, policy);
    }
    Ok(())
}

/// Returns the policies without `GetAccountAuthorizationDetails`: those under the environment's paths
///
/// One of a wanted name elsewhere shows when it is made anew: names are unique in an account.
pub(super) async fn one_by_one(
    aws: &Aws,
    desired: &Desired,
) -> Result<BTreeMap<PolicyName, ActualPolicy>, AwsError> {
    let mut policies = BTreeMap::new();
    for path in desired.paths() {
        match under_path(aws, &path, &mut policies).await {
            Err(error) if is_refused(&error) && desired.policies.is_empty() => {
                left_out("policies that are no longer declared are not seen", &error);
                break;
            }
            answer => answer?,
        }
    }
    Ok(policies)
}

async fn under_path(
    aws: &Aws,
    path: &str,
    policies: &mut BTreeMap<PolicyName, ActualPolicy>,
) -> Result<(), AwsError> {
    let call = aws.iam.list_policies().scope(PolicyScopeType::Local).path_prefix(path);
    let mut pages = call.into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|e| AwsError::new(LIST, e))?;
        for policy in page.policies() {
            let Ok(name) = PolicyName::parse(policy.policy_name().unwrap_or_default()) else {
                continue; // a name that no manifest can hold
            };
            if policy.path() == Some(path) {
                policies.insert(name, one(aws, policy, path).await?);
            }
        }
    }
    Ok(())
}

async fn one(aws: &Aws, listed: &Policy, path: &str) -> Result<ActualPolicy, AwsError> {
    let arn = arn(LIST, listed.arn())?;
    let mut versions: Vec<PolicyVersion> = Vec::new();
    let mut pages = aws.iam.list_policy_versions().policy_arn(arn.as_str()).into_paginator().send();
    while let Some(page) = pages.next().await {
        versions.extend(page.map_err(|e| AwsError::new(VERSIONS, e))?.versions().iter().cloned());
    }
    let default = versions.iter().find(|version| version.is_default_version());
    let id = default.and_then(|version| version.version_id()).unwrap_or("v1");
    let call = aws.iam.get_policy_version().policy_arn(arn.as_str()).version_id(id);
    let answer = call.send().await.map_err(|e| AwsError::new(VERSION, e))?;
    let text = answer.policy_version().and_then(|version| version.document());
    Ok(ActualPolicy {
        path: path.to_owned(),
        document: document(VERSION, text)?,
        other_versions: others(&versions),
        holders: counted(listed.attachment_count()),
        bounded: counted(listed.permissions_boundary_usage_count()),
        tags: None,
        arn,
    })
}

/// Returns the tags of a policy
pub(super) async fn policy_tags(aws: &Aws, arn: &Arn) -> Result<Tags, AwsError> {
    let mut all = Tags::new();
    let mut pages = aws.iam.list_policy_tags().policy_arn(arn.as_str()).into_paginator().send();
    while let Some(page) = pages.next().await {
        all.extend(tags(page.map_err(|e| AwsError::new(TAGS, e))?.tags()));
    }
    Ok(all)
}

/// The versions that are not the default, the oldest first
fn others(versions: &[PolicyVersion]) -> Vec<String> {
    let mut ids: Vec<&str> = versions
        .iter()
        .filter(|version| !version.is_default_version())
        .filter_map(|version| version.version_id())
        .collect();
    // `v10` is newer than `v9`
    ids.sort_by_key(|id| id.trim_start_matches('v').parse::<u64>().unwrap_or(u64::MAX));
    ids.into_iter().map(str::to_owned).collect()
}

fn counted(count: Option<i32>) -> Option<u32> {
    count.and_then(|count| u32::try_from(count).ok())
}

fn arn(operation: &'static str, arn: Option<&str>) -> Result<Arn, AwsError> {
    Arn::parse(arn.unwrap_or_default())
        .map_err(|_| AwsError::answer(operation, "the answer has a policy without an ARN"))
}
