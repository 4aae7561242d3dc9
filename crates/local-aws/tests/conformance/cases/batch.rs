//! BatchGetSecretValue.

use aws_sdk_secretsmanager::types::{Filter, FilterNameStringType};

use super::versions::secret;
use crate::aws::Aws;
use crate::check::{Outcome, accepted, refused, same};

fn below(prefix: &str) -> Filter {
    Filter::builder().key(FilterNameStringType::Name).values(prefix).build()
}

pub(super) async fn values_and_errors_come_together(aws: &Aws) -> Outcome {
    secret(aws, "batch/one", "1").await?;
    secret(aws, "batch/two", "2").await?;
    let batch = aws.secrets.batch_get_secret_value().secret_id_list("batch/one");
    let batch = batch.secret_id_list("batch/two").secret_id_list("batch/none").send().await;
    let told = accepted("BatchGetSecretValue", batch)?;
    same("values", told.secret_values.unwrap_or_default().len(), 2)?;
    let errors: Vec<_> = told.errors.unwrap_or_default();
    same("errors", errors.len(), 1)?;
    same("SecretId", errors[0].secret_id.as_deref(), Some("batch/none"))?;
    same("ErrorCode", errors[0].error_code.as_deref(), Some("ResourceNotFoundException"))
}

pub(super) async fn more_than_twenty_are_refused(aws: &Aws) -> Outcome {
    let ids = (0..21).map(|n| format!("batch/{n}")).collect();
    let batch = aws.secrets.batch_get_secret_value().set_secret_id_list(Some(ids)).send().await;
    refused("21 ids", "ValidationException", batch)
}

pub(super) async fn ids_and_filters_together_are_refused(aws: &Aws) -> Outcome {
    let batch = aws.secrets.batch_get_secret_value().secret_id_list("batch/one");
    let batch = batch.filters(below("batch/")).send().await;
    refused("ids and filters", "InvalidParameterException", batch)
}

pub(super) async fn filters_choose(aws: &Aws) -> Outcome {
    secret(aws, "batch-filtered/one", "1").await?;
    secret(aws, "batch-filtered/two", "2").await?;
    let batch = aws.secrets.batch_get_secret_value().filters(below("batch-filtered/"));
    let told = accepted("BatchGetSecretValue", batch.send().await)?;
    same("values", told.secret_values.unwrap_or_default().len(), 2)
}
