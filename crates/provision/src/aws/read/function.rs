//! A function's configuration. The values of its variables are looked at here and go no further, but
//! for those that are settings.

use std::collections::BTreeMap;

use aws_sdk_lambda::operation::get_function_configuration::GetFunctionConfigurationOutput;
use aws_sdk_lambda::types::SnapStartApplyOn;
use provision_core::doctor::{FunctionState, LiveFunction, SETTINGS, Vpc};
use provision_core::manifest::looks_like_value;

use crate::aws::connect::Aws;
use crate::aws::error::{AwsError, ErrorKind};

const OPERATION: &str = "lambda:GetFunctionConfiguration";

/// Returns what Lambda tells of the function
///
/// # Errors
/// Of an answer nothing is quoted: it holds the values of variables.
pub(crate) async fn function(aws: &Aws, name: &str) -> Result<FunctionState, AwsError> {
    match aws.lambda.get_function_configuration().function_name(name).send().await {
        Ok(answer) => Ok(FunctionState::Live(Box::new(of(answer)))),
        Err(error) => match AwsError::of_value(OPERATION, error) {
            error if error.kind == ErrorKind::NotFound => Ok(FunctionState::Absent),
            error => Err(error),
        },
    }
}

fn of(answer: GetFunctionConfigurationOutput) -> LiveFunction {
    let variables = answer.environment().and_then(|environment| environment.variables());
    let (settings, suspicious) = variables.map(sorted).unwrap_or_default();
    let vpc = answer.vpc_config().and_then(|vpc| {
        let id = vpc.vpc_id().filter(|id| !id.is_empty())?;
        Some(Vpc { id: id.to_owned(), subnets: vpc.subnet_ids().to_vec() })
    });
    LiveFunction {
        role: answer.role().unwrap_or_default().to_owned(),
        runtime: answer.runtime().map(|runtime| runtime.as_str().to_owned()),
        timeout: answer.timeout().and_then(|seconds| u32::try_from(seconds).ok()).unwrap_or(0),
        architectures: answer.architectures().iter().map(|a| a.as_str().to_owned()).collect(),
        layers: answer.layers().iter().filter_map(|l| l.arn().map(str::to_owned)).collect(),
        settings,
        suspicious,
        vpc,
        snap_start: answer.snap_start().and_then(|snap| snap.apply_on())
            == Some(&SnapStartApplyOn::PublishedVersions),
    }
}

type Settings = BTreeMap<String, String>;
type Suspicious = BTreeMap<String, &'static str>;

/// The settings with their values, and of all others those whose values look like secrets
fn sorted(variables: &std::collections::HashMap<String, String>) -> (Settings, Suspicious) {
    let mut settings = Settings::new();
    let mut suspicious = Suspicious::new();
    for (name, value) in variables {
        match looks_like_value(value) {
            Some(what) => {
                suspicious.insert(name.clone(), what);
            }
            None if SETTINGS.contains(&name.as_str()) => {
                settings.insert(name.clone(), value.clone());
            }
            None => {}
        }
    }
    (settings, suspicious)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_variables_only_settings_keep_their_values() {
        let token = format!("ghp_{}", "a1B2c3D4".repeat(4));
        let variables = [
            ("LAMBDA_SECRETS_PROJECT", "shop"),
            ("LAMBDA_SECRETS_NAMES", token.as_str()),
            ("TOKEN", token.as_str()),
            ("GREETING", "hello"),
        ];
        let (settings, suspicious) =
            sorted(&variables.map(|(n, v)| (n.to_owned(), v.to_owned())).into());
        assert_eq!(settings.len(), 1);
        assert_eq!(settings["LAMBDA_SECRETS_PROJECT"], "shop");
        assert_eq!(suspicious.keys().collect::<Vec<_>>(), ["LAMBDA_SECRETS_NAMES", "TOKEN"]);
    }
}
