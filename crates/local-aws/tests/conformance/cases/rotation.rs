//! RotateSecret and CancelRotateSecret, as far as they are configuration.
//!
//! No backend runs the function, and AWS wants one that it may invoke: the cases after
//! `missing_function_is_refused` say what AWS does where there is one.

use aws_sdk_secretsmanager::types::RotationRulesType;

use super::versions::secret;
use crate::aws::Aws;
use crate::check::{Outcome, accepted, present, refused, same};

const FUNCTION: &str = "arn:aws:lambda:us-east-1:123456789012:function:rotate";

fn days(days: i64) -> RotationRulesType {
    RotationRulesType::builder().automatically_after_days(days).build()
}

async fn configure(aws: &Aws, name: &str) -> Outcome {
    let rotate = aws.secrets.rotate_secret().secret_id(name).rotation_lambda_arn(FUNCTION);
    let rotate = rotate.rotation_rules(days(30)).rotate_immediately(false).send().await;
    accepted("RotateSecret", rotate).map(|_| ())
}

pub(super) async fn needs_a_function(aws: &Aws) -> Outcome {
    secret(aws, "rotation/function", "v").await?;
    let rotate = aws.secrets.rotate_secret().secret_id("rotation/function");
    let rotate = rotate.rotation_rules(days(30)).send().await;
    refused("rotation without a function", "InvalidRequestException", rotate)
}

pub(super) async fn missing_function_is_refused(aws: &Aws) -> Outcome {
    secret(aws, "rotation/missing", "v").await?;
    let rotate = aws.secrets.rotate_secret().secret_id("rotation/missing");
    let rotate = rotate.rotation_lambda_arn(FUNCTION).rotation_rules(days(30)).send().await;
    refused("a function that Secrets Manager cannot invoke", "AccessDeniedException", rotate)
}

pub(super) async fn of_an_empty_secret_is_refused(aws: &Aws) -> Outcome {
    let made = aws.secrets.create_secret().name("rotation/empty").send().await;
    accepted("CreateSecret", made)?;
    let rotate = aws.secrets.rotate_secret().secret_id("rotation/empty");
    let rotate = rotate.rotation_lambda_arn(FUNCTION).rotation_rules(days(30)).send().await;
    refused("rotation of an empty secret", "InvalidRequestException", rotate)
}

pub(super) async fn rules_are_told(aws: &Aws) -> Outcome {
    secret(aws, "rotation/rules", "v").await?;
    configure(aws, "rotation/rules").await?;
    let told = aws.secrets.describe_secret().secret_id("rotation/rules").send().await;
    let told = accepted("DescribeSecret", told)?;
    same("RotationEnabled", told.rotation_enabled, Some(true))?;
    same("RotationLambdaARN", told.rotation_lambda_arn.as_deref(), Some(FUNCTION))?;
    let rules = present("RotationRules", told.rotation_rules)?;
    same("AutomaticallyAfterDays", rules.automatically_after_days, Some(30))?;
    same("NextRotationDate", told.next_rotation_date.is_some(), true)
}

pub(super) async fn days_above_a_thousand_are_refused(aws: &Aws) -> Outcome {
    secret(aws, "rotation/days", "v").await?;
    let rotate = aws.secrets.rotate_secret().secret_id("rotation/days");
    let rotate = rotate.rotation_lambda_arn(FUNCTION).rotation_rules(days(1001)).send().await;
    refused("1001 days", "InvalidParameterException", rotate)
}

pub(super) async fn cancelled_keeps_the_function(aws: &Aws) -> Outcome {
    secret(aws, "rotation/cancelled", "v").await?;
    configure(aws, "rotation/cancelled").await?;
    let cancel = aws.secrets.cancel_rotate_secret().secret_id("rotation/cancelled").send().await;
    accepted("CancelRotateSecret", cancel)?;
    let told = aws.secrets.describe_secret().secret_id("rotation/cancelled").send().await;
    let told = accepted("DescribeSecret", told)?;
    same("RotationEnabled", told.rotation_enabled.unwrap_or_default(), false)?;
    same("RotationLambdaARN", told.rotation_lambda_arn.as_deref(), Some(FUNCTION))
}
