//! Waiting for what AWS promises to be true soon: IAM and KMS answer from copies that lag.

use std::time::Duration;

use super::error::{AwsError, ErrorKind};

/// How long IAM may take to know a role that it has just made, as a count of tries with growing
/// pauses: about 50 seconds in all
const TRIES: u32 = 9;

/// What a call waits for
#[derive(Debug, Clone, Copy)]
pub(crate) enum Wait {
    /// IAM to know a role that exists, and to end another change of it
    Iam,
    /// a call that the SDK must not repeat by itself: only a throttled one was surely not carried out
    Throttle,
}

impl Wait {
    fn again(self, kind: ErrorKind) -> bool {
        match self {
            Wait::Iam => matches!(kind, ErrorKind::NotFound | ErrorKind::Conflict),
            Wait::Throttle => kind == ErrorKind::Throttled,
        }
    }
}

/// Returns the first answer of `call` that is not worth waiting for
pub(crate) async fn until<T, F>(wait: Wait, mut call: impl FnMut() -> F) -> Result<T, AwsError>
where
    F: Future<Output = Result<T, AwsError>>,
{
    let mut pause = Duration::from_millis(200);
    for _ in 1..TRIES {
        match call().await {
            Err(error) if wait.again(error.kind) => {
                tracing::debug!(operation = error.operation, kind = error.kind.name(), "waiting");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(Duration::from_secs(10));
            }
            answer => return answer,
        }
    }
    call().await
}
