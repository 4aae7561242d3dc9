//! Waiting for what AWS promises to be true soon: IAM and KMS answer from copies that lag.

use std::time::Duration;

use super::error::{AwsError, ErrorKind};

/// How often a call is made that is worth waiting for; the pauses between sum to 52.6 seconds, which
/// is more than IAM and KMS usually take to know everywhere what they have just made
const TRIES: u32 = 11;
/// How often a call is made whose resource was there when it was read: a second time for a copy
/// that lags, not more, because a name that is mistyped is answered in the same words
const TRIES_OF_WHAT_EXISTS: u32 = 2;
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// What a call waits for
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wait {
    /// IAM to know a role that it has just made, and to end another change of it
    NewRole,
    /// IAM to end another change of a role that was there before
    OldRole,
    /// IAM to end another change of what is removed; what is gone already is not waited for
    Removal,
    /// KMS to know a key that it has just made
    NewKey,
    /// nothing: the key was there before
    OldKey,
    /// a call that the SDK must not repeat by itself: only a throttled one was surely not carried out
    Throttle,
}

impl Wait {
    /// How often the call is made in all while it fails with `kind`
    fn tries(self, kind: ErrorKind) -> u32 {
        match (self, kind) {
            (Wait::NewRole, ErrorKind::NotFound | ErrorKind::Conflict)
            | (Wait::OldRole | Wait::Removal, ErrorKind::Conflict)
            // `KeyUnusable` is what Secrets Manager says of a key that it cannot encrypt with
            | (Wait::NewKey, ErrorKind::NotFound | ErrorKind::KeyUnusable)
            | (Wait::Throttle, ErrorKind::Throttled) => TRIES,
            (Wait::OldRole, ErrorKind::NotFound) => TRIES_OF_WHAT_EXISTS,
            _ => 1,
        }
    }
}

/// Returns the first answer of `call` that is not worth waiting for
pub(crate) async fn until<T, F>(wait: Wait, mut call: impl FnMut() -> F) -> Result<T, AwsError>
where
    F: Future<Output = Result<T, AwsError>>,
{
    let mut pause = FIRST_PAUSE;
    let mut tries = 1;
    loop {
        match call().await {
            Err(error) if tries < wait.tries(error.kind) => {
                tracing::debug!(operation = error.operation, kind = error.kind.name(), "waiting");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
                tries += 1;
            }
            answer => return answer,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that panics has failed")]
mod tests {
    use super::*;

    fn error(kind: ErrorKind) -> AwsError {
        let mut error = AwsError::answer("test:Call", "no");
        error.kind = kind;
        error
    }

    /// How often a call that always fails with `kind` is made, and the seconds that it takes
    async fn waited(wait: Wait, kind: ErrorKind) -> (u32, f64) {
        let begin = tokio::time::Instant::now();
        let mut calls = 0;
        let answer: Result<(), AwsError> = until(wait, || {
            calls += 1;
            std::future::ready(Err(error(kind)))
        })
        .await;
        assert_eq!(answer.unwrap_err().kind, kind);
        (calls, begin.elapsed().as_secs_f64())
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_just_made_is_waited_for_as_long_as_it_says() {
        for (wait, kind) in [
            (Wait::NewRole, ErrorKind::NotFound),
            (Wait::NewRole, ErrorKind::Conflict),
            (Wait::OldRole, ErrorKind::Conflict),
            (Wait::Removal, ErrorKind::Conflict),
            (Wait::NewKey, ErrorKind::NotFound),
            (Wait::NewKey, ErrorKind::KeyUnusable),
            (Wait::Throttle, ErrorKind::Throttled),
        ] {
            let (calls, seconds) = waited(wait, kind).await;
            assert_eq!(calls, TRIES, "{wait:?} {kind:?}");
            assert!((52.6..52.7).contains(&seconds), "{wait:?} {kind:?}: {seconds}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_will_not_come_is_not_waited_for() {
        for (wait, kind, calls) in [
            (Wait::OldRole, ErrorKind::NotFound, 2),
            (Wait::Removal, ErrorKind::NotFound, 1),
            (Wait::NewKey, ErrorKind::Invalid, 1),
            (Wait::OldKey, ErrorKind::NotFound, 1),
            (Wait::NewKey, ErrorKind::AccessDenied, 1),
            (Wait::NewRole, ErrorKind::Limit, 1),
            (Wait::NewRole, ErrorKind::MalformedPolicy, 1),
            (Wait::Throttle, ErrorKind::Timeout, 1),
        ] {
            assert_eq!(waited(wait, kind).await.0, calls, "{wait:?} {kind:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_answer_ends_the_waiting() {
        let mut left = 3;
        let answer = until(Wait::NewKey, || {
            left -= 1;
            std::future::ready(match left {
                0 => Ok("made"),
                _ => Err(error(ErrorKind::NotFound)),
            })
        });
        assert_eq!(answer.await.unwrap(), "made");
        assert_eq!(left, 0);
    }
}
