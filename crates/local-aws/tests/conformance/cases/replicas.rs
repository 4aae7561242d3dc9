//! Replicas in another region.

use aws_sdk_secretsmanager::types::ReplicaRegionType;

use super::versions::{put, secret};
use crate::aws::Aws;
use crate::check::{Outcome, accepted, holds, refused, same};

const AWAY: &str = "eu-west-1";
const REPLICA: &str = "InvalidParameterException";

fn region(name: &str) -> ReplicaRegionType {
    ReplicaRegionType::builder().region(name).build()
}

async fn replicated(aws: &Aws, name: &str) -> Result<Aws, String> {
    secret(aws, name, "1").await?;
    let replicate = aws.secrets.replicate_secret_to_regions().secret_id(name);
    let replicate = replicate.add_replica_regions(region(AWAY)).send().await;
    accepted("ReplicateSecretToRegions", replicate)?;
    // AWS takes seconds
    for _ in 0..10 {
        let told = aws.secrets.describe_secret().secret_id(name).send().await;
        let replicas = accepted("DescribeSecret", told)?.replication_status.unwrap_or_default();
        if replicas
            .iter()
            .all(|replica| replica.status.as_ref().is_some_and(|s| s.as_str() != "InProgress"))
        {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    Ok(aws.in_region(AWAY))
}

pub(super) async fn replica_is_told_and_readable(aws: &Aws) -> Outcome {
    let away = replicated(aws, "replicas/told").await?;
    let told = aws.secrets.describe_secret().secret_id("replicas/told").send().await;
    let told = accepted("DescribeSecret", told)?;
    let replicas = told.replication_status.unwrap_or_default();
    same("replicas", replicas.len(), 1)?;
    same("Region", replicas[0].region.as_deref(), Some(AWAY))?;
    same("Status", replicas[0].status.as_ref().map(|s| s.as_str()), Some("InSync"))?;
    same("PrimaryRegion", told.primary_region.as_deref(), Some(aws.region.as_str()))?;
    let read = away.secrets.get_secret_value().secret_id("replicas/told").send().await;
    let read = accepted("reading the replica", read)?;
    holds(read.secret_string.as_deref() == Some("1"), "the replica has another value")?;
    let arn = read.arn.unwrap_or_default();
    holds(
        arn.replace(AWAY, &aws.region) == told.arn.unwrap_or_default(),
        "its ARN is of another form",
    )
}

pub(super) async fn replica_follows_its_primary(aws: &Aws) -> Outcome {
    let away = replicated(aws, "replicas/follows").await?;
    let id = put(aws, "replicas/follows", 2, "2", None).await?;
    let read = away.secrets.get_secret_value().secret_id("replicas/follows").send().await;
    let read = accepted("reading the replica", read)?;
    holds(read.version_id == Some(id), "the replica has another version")?;
    holds(read.secret_string.as_deref() == Some("2"), "the replica has another value")
}

pub(super) async fn replica_cannot_be_written(aws: &Aws) -> Outcome {
    let away = replicated(aws, "replicas/written").await?;
    let put = away.secrets.put_secret_value().secret_id("replicas/written").secret_string("x");
    refused("PutSecretValue on the replica", REPLICA, put.send().await)
}

pub(super) async fn primary_with_replicas_cannot_be_deleted(aws: &Aws) -> Outcome {
    replicated(aws, "replicas/deleted").await?;
    let delete = aws.secrets.delete_secret().secret_id("replicas/deleted").send().await;
    refused("DeleteSecret of the primary", REPLICA, delete)
}

pub(super) async fn removed_replica_is_gone(aws: &Aws) -> Outcome {
    let away = replicated(aws, "replicas/removed").await?;
    let remove = aws.secrets.remove_regions_from_replication().secret_id("replicas/removed");
    let remove = remove.remove_replica_regions(AWAY).send().await;
    accepted("RemoveRegionsFromReplication", remove)?;
    let read = away.secrets.get_secret_value().secret_id("replicas/removed").send().await;
    refused("reading the replica", "ResourceNotFoundException", read)?;
    let delete = aws.secrets.delete_secret().secret_id("replicas/removed").send().await;
    accepted("DeleteSecret of the primary", delete).map(|_| ())
}

pub(super) async fn own_region_is_refused(aws: &Aws) -> Outcome {
    secret(aws, "replicas/own", "1").await?;
    let replicate = aws.secrets.replicate_secret_to_regions().secret_id("replicas/own");
    let replicate = replicate.add_replica_regions(region(&aws.region)).send().await;
    refused("a replica in the primary's region", "InvalidParameterException", replicate)
}

pub(super) async fn stopped_replica_can_be_written(aws: &Aws) -> Outcome {
    let away = replicated(aws, "replicas/stopped").await?;
    let stop =
        away.secrets.stop_replication_to_replica().secret_id("replicas/stopped").send().await;
    accepted("StopReplicationToReplica", stop)?;
    let put = away.secrets.put_secret_value().secret_id("replicas/stopped").secret_string("x");
    accepted("PutSecretValue on what was the replica", put.send().await)?;
    let told = aws.secrets.describe_secret().secret_id("replicas/stopped").send().await;
    let told = accepted("DescribeSecret", told)?;
    same("replicas", told.replication_status.unwrap_or_default().len(), 0)
}
