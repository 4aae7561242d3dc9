//! Making one change: one call to AWS, nothing decided here.
//!
//! A change is made when its call is answered and what AWS promises for soon is there: a key reads
//! back as it was written, a copy is in sync.

mod key;
mod monitoring;
mod outputs;
mod policy;
mod role;
mod secret;

use provision_core::plan::{Action, Change, Resource};

use super::connect::Aws;
use super::error::{AwsError, ErrorKind};

pub(crate) use outputs::Outputs;

/// Why a change was not made
#[derive(Debug, thiserror::Error)]
pub(crate) enum ExecuteError {
    /// AWS refused it
    #[error(transparent)]
    Aws(#[from] AwsError),
    /// the plan refers to a key that none of its changes made
    #[error("the plan refers to a key that it does not create")]
    NoKey,
    /// the plan names an action for a resource of another kind
    #[error("the plan pairs the action `{action}` with a {resource}")]
    Mismatch {
        /// the action
        action: String,
        /// the resource's kind
        resource: &'static str,
    },
}

/// Makes `change`, and remembers in `outputs` what later changes refer to
pub(crate) async fn execute(
    aws: &Aws,
    change: &Change,
    outputs: &Outputs,
) -> Result<(), ExecuteError> {
    match &change.resource {
        Resource::Key(place) => key::key(aws, place, change, outputs).await,
        Resource::Alias(place) => key::alias(aws, place, change, outputs).await,
        Resource::Secret(name) => secret::secret(aws, name, change, outputs).await,
        Resource::Policy(name) => policy::policy(aws, name, change, outputs).await,
        Resource::Role(name) => role::role(aws, name, change, outputs).await,
        Resource::LogGroup(name)
        | Resource::MetricFilter(name)
        | Resource::Alarm(name)
        | Resource::Rule(name) => match &change.action {
            Action::Monitoring(action) => monitoring::monitoring(aws, name, action, outputs).await,
            Action::Tag { arn, tags, .. } => {
                monitoring::tag(aws, &change.resource, arn, tags).await
            }
            _ => Err(mismatch(change)),
        },
    }
}

fn mismatch(change: &Change) -> ExecuteError {
    ExecuteError::Mismatch { action: change.action.name(), resource: change.resource.kind() }
}

/// What is gone already needs no removal: the SDK may have asked again after a lost answer
fn removed<T>(answer: Result<T, AwsError>) -> Result<(), AwsError> {
    match answer {
        Err(error) if error.kind != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
