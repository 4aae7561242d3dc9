//! The managed policies of AWS. Any of them can be attached; the text is known of a few.
//!
//! Of all others no text is given: an empty one would say that they allow nothing.

use std::collections::HashMap;

use winterbaume_iam::views::{ManagedPolicyView, PolicyVersionView};

/// How the ARN of each begins
const PREFIX: &str = "arn:aws:iam::aws:policy/";

/// Name and allowed actions of the policies that Lambda roles usually carry.
const KNOWN: &[(&str, &[&str])] = &[
    (
        "AWSLambdaBasicExecutionRole",
        &["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
    ),
    (
        "AWSLambdaVPCAccessExecutionRole",
        &[
            "logs:CreateLogGroup",
            "logs:CreateLogStream",
            "logs:PutLogEvents",
            "ec2:CreateNetworkInterface",
            "ec2:DescribeNetworkInterfaces",
            "ec2:DescribeSubnets",
            "ec2:DeleteNetworkInterface",
            "ec2:AssignPrivateIpAddresses",
            "ec2:UnassignPrivateIpAddresses",
        ],
    ),
    (
        "AWSXRayDaemonWriteAccess",
        &[
            "xray:PutTraceSegments",
            "xray:PutTelemetryRecords",
            "xray:GetSamplingRules",
            "xray:GetSamplingTargets",
            "xray:GetSamplingStatisticSummaries",
        ],
    ),
];

/// Returns the policy behind an ARN of AWS's own, or none where the ARN is not one.
pub(super) fn policy(arn: &str) -> Option<ManagedPolicyView> {
    let path_and_name = arn.strip_prefix(PREFIX)?;
    let (path, name) = match path_and_name.rsplit_once('/') {
        Some((path, name)) => (format!("/{path}/"), name),
        None => ("/".to_owned(), path_and_name),
    };
    if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || "+=,.@_-".contains(c))
    {
        return None;
    }
    let document = text(name).unwrap_or_default();
    let date = Some("2015-04-09T15:03:43+00:00".to_owned());
    Some(ManagedPolicyView {
        policy_name: name.to_owned(),
        policy_id: "ANPALOCALLOCALLOCAL00".to_owned(),
        arn: arn.to_owned(),
        path,
        default_version_id: "v1".to_owned(),
        description: String::new(),
        create_date: date.clone(),
        update_date: date.clone(),
        is_attachable: true,
        document: document.clone(),
        versions: vec![PolicyVersionView {
            version_id: "v1".to_owned(),
            document,
            is_default_version: true,
            create_date: date,
        }],
        tags: HashMap::new(),
        attachment_count: 0,
    })
}

/// The text of a policy that is known
fn text(name: &str) -> Option<String> {
    let (_, actions) = KNOWN.iter().find(|(known, _)| *known == name)?;
    let statement = serde_json::json!({ "Effect": "Allow", "Action": actions, "Resource": "*" });
    let document = serde_json::json!({ "Version": "2012-10-17", "Statement": [statement] });
    Some(document.to_string())
}

/// Returns whether an ARN is that of a policy of AWS's own whose text is not known
pub(super) fn is_without_text(arn: &str) -> bool {
    let name = arn.strip_prefix(PREFIX).map(|path| path.rsplit('/').next().unwrap_or(path));
    name.is_some_and(|name| text(name).is_none())
}
