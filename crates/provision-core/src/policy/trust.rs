//! The trust policy of a function's role: one statement, because a second one only widens.

use serde::Serialize;

use super::template::{render, template};
use super::{Document, RenderError};

/// Which calls of Lambda may take the role, as computed text
///
/// No page of AWS says that Lambda sends these two keys for execution roles, so both are opt-in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct TrustPolicy {
    /// only on behalf of this account
    pub source_account: Option<String>,
    /// only on behalf of this function
    pub source_arn: Option<String>,
}

/// Returns the trust policy of a function's role
///
/// # Errors
/// A template that does not give a policy.
pub fn trust_policy(policy: &TrustPolicy) -> Result<Document, RenderError> {
    render(template!("function-trust.json.hbs"), policy)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn both_conditions_are_opt_in_and_stand_in_the_one_statement() {
        let account = ("StringEquals", "aws:SourceAccount", "123456789012");
        let arn = ("ArnLike", "aws:SourceArn", "arn:aws:lambda:r:123456789012:function:f");
        for chosen in [vec![], vec![account], vec![arn], vec![account, arn]] {
            let with =
                |wanted: (&str, &str, &str)| chosen.contains(&wanted).then(|| wanted.2.to_owned());
            let document =
                trust_policy(&TrustPolicy { source_account: with(account), source_arn: with(arn) })
                    .unwrap();
            let mut statement = json!({
                "Sid": "LambdaAssumesRole",
                "Effect": "Allow",
                "Principal": { "Service": "lambda.amazonaws.com" },
                "Action": "sts:AssumeRole",
            });
            for (operator, key, value) in &chosen {
                statement["Condition"][operator] = json!({ *key: value });
            }
            assert_eq!(document.to_value()["Statement"], json!([statement]));
        }
    }
}
