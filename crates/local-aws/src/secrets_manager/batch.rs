//! BatchGetSecretValue: several values in one answer, and per secret what went wrong.

use serde::Deserialize;
use serde_json::{Value, json};

use super::failure::Failure;
use super::filter::{self, Filter};
use super::list::{Page, page};
use super::read;
use super::vault::Call;
use super::version::CURRENT;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct BatchGetSecretValue {
    secret_id_list: Option<Vec<String>>,
    filters: Option<Vec<Filter>>,
    max_results: Option<i64>,
    next_token: Option<String>,
}

pub(super) async fn batch_get_secret_value(
    call: &mut Call<'_>,
    request: &BatchGetSecretValue,
) -> Result<Value, Failure> {
    let (ids, next) = chosen(call, request)?;
    let (mut values, mut errors) = (Vec::new(), Vec::new());
    for id in ids {
        match current_value(call, &id).await {
            Ok(value) => values.push(value),
            Err(failure) => errors.push(json!({
                "SecretId": id, "ErrorCode": failure.code(), "Message": failure.to_string(),
            })),
        }
    }
    let mut told = json!({ "SecretValues": values, "Errors": errors });
    if let Some(next) = next {
        told["NextToken"] = json!(next);
    }
    Ok(told)
}

fn chosen(
    call: &mut Call<'_>,
    request: &BatchGetSecretValue,
) -> Result<(Vec<String>, Option<String>), Failure> {
    let invalid = |message: &str| Err(Failure::InvalidParameter(message.to_owned()));
    let limit = request.max_results;
    match (&request.secret_id_list, &request.filters) {
        (Some(_), Some(_)) | (None, None) => {
            invalid("Either 'SecretIdList' or 'Filters' must be provided, but not both.")
        }
        (Some(_), None) if limit.is_some() => invalid(
            "'Filters' not specified. 'Filters' must also be specified when 'MaxResults' is provided.",
        ),
        (Some(ids), None) => match ids.len() {
            1..=20 => Ok((ids.clone(), None)),
            _ => Err(Failure::Validation("secretIdList has 1 to 20 members".to_owned())),
        },
        (None, Some(filters)) => {
            filter::check(filters)?;
            if limit.is_some_and(|limit| !(1..=20).contains(&limit)) {
                return Err(Failure::Validation("maxResults is 1 to 20".to_owned()));
            }
            let found: Vec<String> = call
                .vault()
                .iter()
                .filter(|secret| secret.deletion.is_none())
                .filter(|secret| filter::lets_through(filters, secret))
                .map(|secret| secret.arn.clone())
                .collect();
            let token = request.next_token.as_deref();
            let Page { items, next } = page(found, Some(limit.unwrap_or(20)), token)?;
            Ok((items, next))
        }
    }
}

async fn current_value(call: &Call<'_>, id: &str) -> Result<Value, Failure> {
    let secret = call.secret(id)?;
    secret.check_live()?;
    let current = secret.versions.by_label(CURRENT);
    let current =
        current.ok_or_else(|| Failure::VersionNotFound(format!("staging label: {CURRENT}")))?;
    read::value(call, secret, current).await
}
