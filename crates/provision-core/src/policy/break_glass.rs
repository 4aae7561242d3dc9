//! What named people may do in an emergency beyond a planner: delete the environment without the
//! windows that hold back whoever provisions.

use serde::Serialize;

use super::template::{render, template};
use super::{Document, Estate, RenderError, Watch};
use crate::desired::MANAGED_BY;

/// What may be deleted, as computed text
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BreakGlassPolicy {
    /// the environment
    pub estate: Estate,
    /// ARN patterns of the secrets in the environment's own region
    pub secrets: Vec<String>,
    /// alarms and logs
    pub watch: Watch,
}

#[derive(Serialize)]
struct Filled<'a> {
    partition: &'a str,
    account: &'a str,
    project: &'a str,
    environment: &'a str,
    managed_by: &'a str,
    secrets: &'a [String],
    keys: Vec<String>,
    all_aliases: Vec<String>,
    trail: &'a [String],
    alarms: &'a [String],
    rules: &'a [String],
}

/// Returns the policy of whoever breaks the glass
///
/// # Errors
/// A template that does not give a policy.
pub fn break_glass_policy(policy: &BreakGlassPolicy) -> Result<Document, RenderError> {
    let BreakGlassPolicy { estate, secrets, watch } = policy;
    let Estate { partition, account, project, environment, regions: _, alias: _ } = estate;
    let Watch { alarms, rules, trail, log_groups: _ } = watch;
    let filled = Filled {
        partition,
        account,
        project,
        environment,
        managed_by: MANAGED_BY.1,
        secrets,
        keys: estate.keys(),
        all_aliases: estate.aliases("alias/*"),
        trail,
        alarms,
        rules,
    };
    render(template!("break-glass.json.hbs"), &filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_reads_as_written_in_the_template() {
        let policy = BreakGlassPolicy {
            estate: Estate::example(),
            secrets: vec!["arn:aws:secretsmanager:us-west-2:123456789012:secret:p/e/*".into()],
            watch: Watch::example(),
        };
        insta::assert_json_snapshot!(break_glass_policy(&policy).unwrap().to_value());
    }
}
