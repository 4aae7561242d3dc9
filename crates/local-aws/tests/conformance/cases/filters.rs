//! ListSecrets: filters, pages, order.

use std::collections::BTreeSet;

use aws_sdk_secretsmanager::types::{Filter, FilterNameStringType, SortOrderType, Tag};

use crate::aws::Aws;
use crate::check::{Outcome, accepted, refused, same};

fn filter(key: &str, values: &[&str]) -> Filter {
    let values = values.iter().map(|value| (*value).to_owned()).collect();
    Filter::builder().key(FilterNameStringType::from(key)).set_values(Some(values)).build()
}

/// Creates secrets below a prefix: name, description, value of the tag `filters-tag`.
async fn secrets(aws: &Aws, prefix: &str, all: &[(&str, &str, &str)]) -> Outcome {
    for (name, description, value) in all {
        let tag = Tag::builder().key("filters-tag").value(*value).build();
        let made = aws.secrets.create_secret().name(format!("{prefix}/{name}")).tags(tag);
        accepted("CreateSecret", made.description(*description).send().await)?;
    }
    Ok(())
}

/// Returns the last parts of the names that the filters let through.
async fn found(aws: &Aws, prefix: &str, filters: Vec<Filter>) -> Result<Vec<String>, String> {
    let list = aws.secrets.list_secrets().set_filters(Some(filters)).send().await;
    let mut names: Vec<String> = accepted("ListSecrets", list)?
        .secret_list
        .unwrap_or_default()
        .into_iter()
        .filter_map(|secret| secret.name?.strip_prefix(&format!("{prefix}/")).map(str::to_owned))
        .collect();
    names.sort();
    Ok(names)
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

pub(super) async fn name_is_a_prefix(aws: &Aws) -> Outcome {
    let at = "filters-name";
    secrets(aws, at, &[("api-keys", "", "a"), ("api-keys2", "", "a"), ("config", "", "a")]).await?;
    let one = found(aws, at, vec![filter("name", &["filters-name/api-keys"])]).await?;
    same("found by prefix", one, names(&["api-keys", "api-keys2"]))?;
    let other_case = found(aws, at, vec![filter("name", &["FILTERS-NAME/api"])]).await?;
    same("found in other case", other_case, names(&[]))
}

pub(super) async fn values_are_alternatives(aws: &Aws) -> Outcome {
    let at = "filters-or";
    secrets(aws, at, &[("a", "", "a"), ("b", "", "a"), ("c", "", "a")]).await?;
    let both = filter("name", &["filters-or/a", "filters-or/c"]);
    same("found by either", found(aws, at, vec![both]).await?, names(&["a", "c"]))
}

pub(super) async fn filters_are_joined(aws: &Aws) -> Outcome {
    let at = "filters-and";
    secrets(aws, at, &[("a", "", "dev"), ("b", "", "prod"), ("c", "", "dev")]).await?;
    let here = filter("name", &["filters-and/"]);
    let key = filter("tag-key", &["filters-tag"]);
    let value = filter("tag-value", &["dev"]);
    same("found by all", found(aws, at, vec![here, key, value]).await?, names(&["a", "c"]))
}

pub(super) async fn exclamation_mark_turns_round(aws: &Aws) -> Outcome {
    let at = "filters-not";
    secrets(aws, at, &[("a", "", "dev"), ("b", "", "prod")]).await?;
    let here = filter("name", &["filters-not/"]);
    let value = filter("tag-value", &["!prod"]);
    same("found by not", found(aws, at, vec![here, value]).await?, names(&["a"]))
}

pub(super) async fn description_is_words_without_case(aws: &Aws) -> Outcome {
    let at = "filters-description";
    secrets(aws, at, &[("a", "Quartz keys", "x"), ("b", "of quartz", "x"), ("c", "other", "x")])
        .await?;
    let words = filter("description", &["quartz"]);
    same("found by a word", found(aws, at, vec![words]).await?, names(&["a", "b"]))
}

pub(super) async fn all_looks_everywhere(aws: &Aws) -> Outcome {
    // with a hyphen and a slash AWS would not take the name apart
    let at = "filtersall";
    secrets(aws, at, &[("zebra", "", "x"), ("b", "zebra", "x"), ("c", "", "zebra"), ("d", "", "")])
        .await?;
    let everywhere = filter("all", &["Zebra"]);
    same("found anywhere", found(aws, at, vec![everywhere]).await?, names(&["b", "c", "zebra"]))
}

pub(super) async fn unknown_key_is_refused(aws: &Aws) -> Outcome {
    let list = aws.secrets.list_secrets().filters(filter("colour", &["red"])).send().await;
    refused("an unknown filter", "ValidationException", list)
}

pub(super) async fn pages_hold_everything_once(aws: &Aws) -> Outcome {
    let at = "filters-pages";
    let all = [("a", "", "x"), ("b", "", "x"), ("c", "", "x"), ("d", "", "x"), ("e", "", "x")];
    secrets(aws, at, &all).await?;
    let (mut seen, mut pages, mut token) = (Vec::new(), Vec::new(), None);
    loop {
        let list = aws.secrets.list_secrets().filters(filter("name", &["filters-pages/"]));
        let list = list.max_results(2).set_next_token(token).send().await;
        let page = accepted("ListSecrets", list)?;
        let secrets = page.secret_list.unwrap_or_default();
        pages.push(secrets.len());
        seen.extend(secrets.into_iter().filter_map(|secret| secret.name));
        token = page.next_token;
        if token.is_none() || pages.len() > 5 {
            break;
        }
    }
    same("the pages", pages, vec![2, 2, 1])?;
    same("the secrets", seen.into_iter().collect::<BTreeSet<_>>().len(), 5)
}

pub(super) async fn wrong_token_is_refused(aws: &Aws) -> Outcome {
    let list = aws.secrets.list_secrets().next_token("nonsense").send().await;
    refused("a token that was not given", "InvalidNextTokenException", list)
}

pub(super) async fn order_can_be_turned_round(aws: &Aws) -> Outcome {
    let at = "filters-order";
    secrets(aws, at, &[("b", "", "x")]).await?;
    // dates have milliseconds
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    secrets(aws, at, &[("a", "", "x")]).await?;
    let list = |order| {
        let list = aws.secrets.list_secrets().filters(filter("name", &["filters-order/"]));
        list.sort_order(order).send()
    };
    let up = accepted("ListSecrets", list(SortOrderType::Asc).await)?.secret_list;
    let down = accepted("ListSecrets", list(SortOrderType::Desc).await)?.secret_list;
    let order = |secrets: Option<Vec<aws_sdk_secretsmanager::types::SecretListEntry>>| {
        let names = secrets.unwrap_or_default().into_iter().filter_map(|secret| secret.name);
        names.collect::<Vec<_>>().join(" ")
    };
    same("upwards", order(up), "filters-order/b filters-order/a".to_owned())?;
    same("downwards", order(down), "filters-order/a filters-order/b".to_owned())
}

pub(super) async fn planned_deletions_are_listed_on_request(aws: &Aws) -> Outcome {
    let at = "filters-planned";
    secrets(aws, at, &[("a", "", "x")]).await?;
    let delete = aws.secrets.delete_secret().secret_id("filters-planned/a").send().await;
    accepted("DeleteSecret", delete)?;
    let here = filter("name", &["filters-planned/"]);
    same("listed", found(aws, at, vec![here.clone()]).await?, names(&[]))?;
    let list = aws.secrets.list_secrets().filters(here).include_planned_deletion(true).send();
    let list = accepted("ListSecrets", list.await)?.secret_list.unwrap_or_default();
    same("listed with planned deletions", list.len(), 1)?;
    same("DeletedDate", list[0].deleted_date.is_some(), true)
}
