//! Who takes on the roles of people and pipelines: principals by name, or one environment of one
//! repository on GitHub.

use serde::Serialize;

use super::template::{render, template};
use super::{Document, RenderError};

/// Who takes on a role of people, as computed text
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CallerTrust {
    /// ARNs of users and roles, at least one
    pub principals: Vec<String>,
    /// only with a second factor, which only a user has
    pub mfa: bool,
}

/// Which pipelines take on a role, as computed text
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GithubTrust {
    /// the partition, such as `aws`
    pub partition: String,
    /// the account, or [`super::ACCOUNT_PLACEHOLDER`]
    pub account: String,
    /// the repository as `owner/name`, without a wildcard
    pub repository: String,
    /// the environment, which has the same name on GitHub
    pub environment: String,
}

#[derive(Serialize)]
struct FilledGithub<'a> {
    partition: &'a str,
    account: &'a str,
    repository: &'a str,
    environment: &'a str,
    audience: &'a str,
}

/// Returns the trust policy of a role of people
///
/// # Errors
/// A template that does not give a policy.
pub fn caller_trust(trust: &CallerTrust) -> Result<Document, RenderError> {
    render(template!("caller-trust.json.hbs"), trust)
}

/// Returns the trust policy of a role of pipelines
///
/// # Errors
/// A template that does not give a policy.
pub fn github_trust(trust: &GithubTrust) -> Result<Document, RenderError> {
    let GithubTrust { partition, account, repository, environment } = trust;
    // the audience that GitHub's action for AWS asks for there
    let audience = match partition.as_str() {
        "aws-cn" => "sts.amazonaws.com.cn",
        _ => "sts.amazonaws.com",
    };
    let filled = FilledGithub { partition, account, repository, environment, audience };
    render(template!("github-trust.json.hbs"), &filled)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn people_are_named_and_break_the_glass_with_a_second_factor_only() {
        let ada = "arn:aws:iam::123456789012:user/ada";
        for mfa in [false, true] {
            let trust = CallerTrust { principals: vec![ada.into()], mfa };
            let mut statement = json!({
                "Sid": "CallersAssumeRole",
                "Effect": "Allow",
                "Principal": { "AWS": ada },
                "Action": "sts:AssumeRole",
            });
            if mfa {
                statement["Condition"] =
                    json!({ "Bool": { "aws:MultiFactorAuthPresent": "true" } });
            }
            assert_eq!(caller_trust(&trust).unwrap().to_value()["Statement"], json!([statement]));
        }
    }

    #[test]
    fn a_pipeline_is_known_by_its_repository_and_environment() {
        for (partition, audience) in [
            ("aws", "sts.amazonaws.com"),
            ("aws-us-gov", "sts.amazonaws.com"),
            ("aws-cn", "sts.amazonaws.com.cn"),
        ] {
            let trust = GithubTrust {
                partition: partition.into(),
                account: "123456789012".into(),
                repository: "octo/app".into(),
                environment: "prod".into(),
            };
            let provider = "token.actions.githubusercontent.com";
            let arn = format!("arn:{partition}:iam::123456789012:oidc-provider/{provider}");
            assert_eq!(
                github_trust(&trust).unwrap().to_value()["Statement"],
                json!([{
                    "Sid": "GithubPipelineAssumesRole",
                    "Effect": "Allow",
                    "Principal": { "Federated": arn },
                    "Action": "sts:AssumeRoleWithWebIdentity",
                    "Condition": { "StringEquals": {
                        format!("{provider}:aud"): audience,
                        format!("{provider}:sub"): "repo:octo/app:environment:prod",
                    } },
                }])
            );
        }
    }
}
