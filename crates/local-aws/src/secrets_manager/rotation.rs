//! Rotation as it is configured. The rotation function is never run here.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::failure::Failure;
use super::put;
use super::read::OneSecret;
use super::vault::Call;

const DAY: f64 = 86_400.0;

/// How a secret rotates.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Rotation {
    state: State,
    lambda_arn: Option<String>,
    rules: Rules,
    /// When it would be rotated next, where that follows from a number of days.
    next: Option<f64>,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum State {
    On,
    Off,
}

#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Rules {
    #[serde(skip_serializing_if = "Option::is_none")]
    automatically_after_days: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    schedule_expression: Option<String>,
}

impl Rotation {
    /// Returns the fields of DescribeSecret.
    pub(super) fn described(&self) -> Vec<(&'static str, Value)> {
        let mut told = vec![("RotationEnabled", json!(self.state == State::On))];
        if let Some(arn) = &self.lambda_arn {
            told.push(("RotationLambdaARN", json!(arn)));
        }
        if self.state == State::On {
            told.push(("RotationRules", json!(self.rules)));
        }
        if let (State::On, Some(next)) = (self.state, self.next) {
            told.push(("NextRotationDate", json!(next)));
        }
        told
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RotateSecret {
    secret_id: String,
    client_request_token: Option<String>,
    #[serde(rename = "RotationLambdaARN")]
    rotation_lambda_arn: Option<String>,
    rotation_rules: Option<Rules>,
}

pub(super) async fn rotate_secret(
    call: &mut Call<'_>,
    request: RotateSecret,
) -> Result<Value, Failure> {
    let id = put::version_id(request.client_request_token)?;
    let mut secret = call.secret_to_change(&request.secret_id)?;
    secret.check_live()?;
    if secret.versions.is_empty() {
        let message = "You can't rotate a secret that has no value.";
        return Err(Failure::InvalidRequest(message.to_owned()));
    }
    let before = secret.rotation.take();
    let lambda_arn = request
        .rotation_lambda_arn
        .or_else(|| before.as_ref().and_then(|rotation| rotation.lambda_arn.clone()));
    if lambda_arn.is_none() {
        let message = "No Lambda rotation function ARN is associated with this secret.";
        return Err(Failure::InvalidRequest(message.to_owned()));
    }
    let rules = match request.rotation_rules {
        Some(rules) => rules,
        None => before.map(|rotation| rotation.rules).unwrap_or_default(),
    };
    check_rules(&rules)?;
    let next = rules.automatically_after_days.map(|days| call.now + days as f64 * DAY);
    secret.rotation = Some(Rotation { state: State::On, lambda_arn, rules, next });
    let mut told = secret.named();
    told["VersionId"] = json!(id);
    call.store(secret).await;
    Ok(told)
}

pub(super) async fn cancel_rotate_secret(
    call: &mut Call<'_>,
    request: &OneSecret,
) -> Result<Value, Failure> {
    let mut secret = call.secret_to_change(&request.secret_id)?;
    secret.check_live()?;
    if let Some(rotation) = &mut secret.rotation {
        rotation.state = State::Off;
    }
    let told = secret.named();
    call.store(secret).await;
    Ok(told)
}

fn check_rules(rules: &Rules) -> Result<(), Failure> {
    let invalid = |message: &str| Err(Failure::InvalidParameter(message.to_owned()));
    match (rules.automatically_after_days, &rules.schedule_expression) {
        (Some(_), Some(_)) => {
            invalid("You can't specify both AutomaticallyAfterDays and ScheduleExpression.")
        }
        (Some(days), None) if !(1..=1000).contains(&days) => {
            invalid("AutomaticallyAfterDays is 1 to 1000")
        }
        (None, Some(text))
            if !(text.starts_with("rate(") || text.starts_with("cron("))
                || !text.ends_with(')') =>
        {
            invalid("ScheduleExpression is `rate(…)` or `cron(…)`")
        }
        _ => match rules.duration.as_deref().map(|text| text.strip_suffix('h')) {
            Some(None) => invalid("Duration is a number of hours such as 3h"),
            Some(Some(hours)) if !matches!(hours.parse::<u32>(), Ok(1..=24)) => {
                invalid("Duration is a number of hours such as 3h")
            }
            _ => Ok(()),
        },
    }
}
