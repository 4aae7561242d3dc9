//! ListSecrets, and paging.

use serde::Deserialize;
use serde_json::{Value, json};

use super::failure::Failure;
use super::filter::{self, Filter};
use super::secret::Secret;
use super::vault::Call;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListSecrets {
    #[serde(default)]
    filters: Vec<Filter>,
    #[serde(default)]
    include_planned_deletion: bool,
    max_results: Option<i64>,
    next_token: Option<String>,
    #[serde(default)]
    sort_by: SortBy,
    #[serde(default)]
    sort_order: SortOrder,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum SortBy {
    #[default]
    CreatedDate,
    // reads are not recorded, so this is the date of creation too
    LastAccessedDate,
    LastChangedDate,
    Name,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum SortOrder {
    #[default]
    Asc,
    Desc,
}

pub(super) fn list_secrets(call: &mut Call<'_>, request: &ListSecrets) -> Result<Value, Failure> {
    filter::check(&request.filters)?;
    let mut secrets: Vec<&Secret> = call
        .vault()
        .iter()
        .filter(|secret| request.include_planned_deletion || secret.deletion.is_none())
        .filter(|secret| filter::lets_through(&request.filters, secret))
        .collect();
    // the vault is sorted by name, and the sort is stable
    match request.sort_by {
        SortBy::Name => {}
        SortBy::CreatedDate | SortBy::LastAccessedDate => {
            secrets.sort_by(|a, b| a.created.total_cmp(&b.created));
        }
        SortBy::LastChangedDate => secrets.sort_by(|a, b| a.changed.total_cmp(&b.changed)),
    }
    if let SortOrder::Desc = request.sort_order {
        secrets.reverse();
    }
    let Page { items, next } = page(secrets, request.max_results, request.next_token.as_deref())?;
    let entries: Vec<Value> = items.into_iter().map(entry).collect();
    let mut told = json!({ "SecretList": entries });
    if let Some(next) = next {
        told["NextToken"] = json!(next);
    }
    Ok(told)
}

fn entry(secret: &Secret) -> Value {
    let mut told = secret.described();
    let stages = secret.versions_to_stages();
    if !stages.is_empty() {
        told["SecretVersionsToStages"] = Value::Object(stages);
    }
    told
}

/// One page, and the token of the next where there is one.
pub(super) struct Page<T> {
    pub(super) items: Vec<T>,
    pub(super) next: Option<String>,
}

/// Returns the page that a request asks for: 100 items unless it wants fewer.
pub(super) fn page<T>(
    all: Vec<T>,
    max_results: Option<i64>,
    token: Option<&str>,
) -> Result<Page<T>, Failure> {
    let limit = match max_results {
        None => 100,
        Some(limit @ 1..=100) => limit as usize,
        Some(_) => return Err(Failure::Validation("maxResults is 1 to 100".to_owned())),
    };
    let start = match token {
        None => 0,
        Some(token) => token
            .strip_prefix("from-")
            .and_then(|number| number.parse::<usize>().ok())
            .filter(|start| *start <= all.len())
            .ok_or(Failure::NextToken)?,
    };
    let more = all.len() - start > limit;
    let items = all.into_iter().skip(start).take(limit).collect();
    Ok(Page { items, next: more.then(|| format!("from-{}", start + limit)) })
}
