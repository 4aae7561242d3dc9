//! What whoever plans may read: everything but values.

use serde::Serialize;

use super::template::{render, template};
use super::{Document, RenderError};
use crate::desired::MANAGED_BY;

/// What a planner reads, as computed text
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlannerPolicy {
    /// the partition, such as `aws`
    pub partition: String,
    /// the account, or [`super::ACCOUNT_PLACEHOLDER`]
    pub account: String,
    /// the environment's own region
    pub region: String,
    /// the project
    pub project: String,
    /// the environment
    pub environment: String,
    /// ARN patterns of the secrets in every region
    pub secrets: Vec<String>,
}

#[derive(Serialize)]
struct Filled<'a> {
    #[serde(flatten)]
    policy: &'a PlannerPolicy,
    managed_by: &'a str,
}

/// Returns the policy of whoever plans
///
/// # Errors
/// A template that does not give a policy.
pub fn planner_policy(policy: &PlannerPolicy) -> Result<Document, RenderError> {
    render(template!("planner.json.hbs"), &Filled { policy, managed_by: MANAGED_BY.1 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_reads_as_written_in_the_template() {
        let policy = PlannerPolicy {
            partition: "aws".into(),
            account: "123456789012".into(),
            region: "us-west-2".into(),
            project: "p".into(),
            environment: "e".into(),
            secrets: vec!["arn:aws:secretsmanager:us-west-2:123456789012:secret:p/e/*".into()],
        };
        insta::assert_json_snapshot!(planner_policy(&policy).unwrap().to_value());
    }
}
