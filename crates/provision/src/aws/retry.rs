//! Waiting for what AWS promises to be true soon: IAM and KMS answer from copies that lag.
//!
//! | waits for | while AWS answers | at most |
//! |---|---|---|
//! | a role or policy that was just made | not found, conflict | [`IAM`] |
//! | a principal that was just made | malformed policy, conflict | [`IAM_PRINCIPAL`] |
//! | the end of another change | conflict | [`IAM`] |
//! | a role that was there when it was read | not found | one more try |
//! | the end of another change of a log group | conflict | [`KEY`] |
//! | a key or log group that was just made | not found, key unusable, conflict | [`KEY`] |
//! | a call that the SDK must not repeat | throttled | [`KEY`] |
//!
//! Throttling, lost connections and AWS's own failures are the SDK's business: it tries six times
//! with growing pauses and jitter, and slows down what follows. Everything else fails at once.

use std::time::Duration;

use futures_util::future::BoxFuture;

use super::connect::Copies;
use super::error::{AwsError, ErrorKind};
use crate::interrupt;

/// How long something is waited for, and in which steps
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Patience {
    /// the first pause; each following one is twice as long
    pub(crate) first: Duration,
    /// the longest pause
    pub(crate) longest: Duration,
    /// all pauses together
    pub(crate) all: Duration,
}

/// IAM may take minutes
const IAM: Patience = Patience {
    first: Duration::from_millis(200),
    longest: Duration::from_secs(10),
    all: Duration::from_secs(120),
};
/// A principal that does not exist is answered in the same words as one that is not known yet
const IAM_PRINCIPAL: Patience = Patience { all: Duration::from_secs(20), ..IAM };
/// KMS takes seconds
const KEY: Patience = Patience { all: Duration::from_secs(60), ..IAM };
/// For a copy that lags; a name that is mistyped is answered in the same words
const ONCE_MORE: Patience = Patience { all: Duration::from_millis(200), ..IAM };
/// How often in a row KMS must show what was written, as its copies answer in turn
const IN_A_ROW: u32 = 5;
/// Between two looks at what was written
const LOOK: Duration = Duration::from_millis(200);

impl Patience {
    /// Returns the pauses, each shortened at random by up to a half
    ///
    /// Together they last no longer than `all`.
    pub(crate) fn pauses(self) -> impl Iterator<Item = Duration> {
        let mut left = self.all;
        let mut next = self.first;
        std::iter::from_fn(move || {
            if left.is_zero() {
                return None;
            }
            let whole = next.min(left);
            left -= whole;
            next = (next * 2).min(self.longest);
            Some(whole.mul_f64(1.0 - fastrand::f64() / 2.0))
        })
    }
}

/// What a call waits for
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wait {
    /// IAM to know a role that it has just made, and to end another change of it
    NewRole,
    /// IAM to end another change of a role that was there before
    OldRole,
    /// IAM to know a managed policy that it has just made
    NewPolicy,
    /// IAM to know the principals that a trust policy names
    NewPrincipal,
    /// IAM to end another change of what is removed; what is gone already is not waited for
    Removal,
    /// KMS to know a key that it has just made
    NewKey,
    /// nothing: the key was there before
    OldKey,
    /// CloudWatch Logs to know a log group that it has just made
    NewLogGroup,
    /// CloudWatch Logs to end another change of the same log group
    Logs,
    /// a call that the SDK must not repeat by itself: only a throttled one was surely not carried out
    Throttle,
}

impl Wait {
    /// How long the call is repeated while it fails with `kind`, none for not at all
    fn patience(self, kind: ErrorKind) -> Option<Patience> {
        match (self, kind) {
            (Wait::NewRole | Wait::NewPolicy, ErrorKind::NotFound)
            | (
                Wait::NewRole
                | Wait::OldRole
                | Wait::NewPolicy
                | Wait::NewPrincipal
                | Wait::Removal,
                ErrorKind::Conflict,
            ) => Some(IAM),
            (Wait::NewPrincipal, ErrorKind::MalformedPolicy) => Some(IAM_PRINCIPAL),
            // `KeyUnusable` is what Secrets Manager says of a key that it cannot encrypt with
            (Wait::NewKey, ErrorKind::NotFound | ErrorKind::KeyUnusable)
            | (Wait::NewLogGroup, ErrorKind::NotFound | ErrorKind::Conflict)
            | (Wait::Logs, ErrorKind::Conflict)
            | (Wait::Throttle, ErrorKind::Throttled) => Some(KEY),
            (Wait::OldRole, ErrorKind::NotFound) => Some(ONCE_MORE),
            _ => None,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Wait::NewRole => "IAM to know the role",
            Wait::OldRole | Wait::Removal => "IAM to end another change",
            Wait::NewPolicy => "IAM to know the policy",
            Wait::NewPrincipal => "IAM to know the principals",
            Wait::NewKey | Wait::OldKey => "KMS to know the key",
            Wait::NewLogGroup => "CloudWatch Logs to know the log group",
            Wait::Logs => "CloudWatch Logs to end another change",
            Wait::Throttle => "AWS to take more calls",
        }
    }
}

/// Who is told what is waited for, and how time passes
pub(crate) struct Waiting {
    tell: Box<dyn Fn(&str) + Send + Sync>,
    sleep: Box<dyn Fn(Duration) -> BoxFuture<'static, ()> + Send + Sync>,
}

impl Waiting {
    /// Returns the one that hands every text to `tell`
    pub(crate) fn telling(tell: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self { tell: Box::new(tell), sleep: Box::new(|pause| Box::pin(tokio::time::sleep(pause))) }
    }

    /// Says what is waited for, worded to follow "waiting for"
    pub(crate) fn say(&self, what: &str) {
        tracing::debug!(what, "waiting");
        (self.tell)(what);
    }

    /// Pauses, at most until somebody asks to stop
    pub(crate) async fn pause(&self, pause: Duration) {
        tokio::select! {
            () = (self.sleep)(pause) => {}
            () = interrupt::asked() => {}
        }
    }
}

#[cfg(test)]
impl Waiting {
    /// Returns the one for which no time passes, and the sum of its pauses
    pub(crate) fn timeless(
        tell: impl Fn(&str) + Send + Sync + 'static,
    ) -> (Self, std::sync::Arc<std::sync::Mutex<Duration>>) {
        let slept = std::sync::Arc::new(std::sync::Mutex::new(Duration::ZERO));
        let sum = std::sync::Arc::clone(&slept);
        let sleep = move |pause| -> BoxFuture<'static, ()> {
            *sum.lock().unwrap_or_else(std::sync::PoisonError::into_inner) += pause;
            Box::pin(std::future::ready(()))
        };
        (Self { tell: Box::new(tell), sleep: Box::new(sleep) }, slept)
    }
}

/// Returns the first answer of `call` that is not worth waiting for
pub(crate) async fn until<T, F>(
    waiting: &Waiting,
    wait: Wait,
    mut call: impl FnMut() -> F,
) -> Result<T, AwsError>
where
    F: Future<Output = Result<T, AwsError>>,
{
    let mut pauses = None;
    loop {
        let error = match call().await {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        let Some(patience) = wait.patience(error.kind) else { return Err(error) };
        // whoever asks to stop is not kept waiting for what AWS may do later
        if interrupt::requested() {
            return Err(error);
        }
        let Some(pause) = pauses.get_or_insert_with(|| Box::new(patience.pauses())).next() else {
            return Err(error);
        };
        waiting.say(wait.words());
        waiting.pause(pause).await;
    }
}

/// Waits until `is_shown` is true several times running, or patience ends: what was written is
/// written, and a copy that lags longer does not undo it
pub(crate) async fn settle<F>(
    copies: Copies,
    waiting: &Waiting,
    what: &str,
    mut is_shown: impl FnMut() -> F,
) -> Result<(), AwsError>
where
    F: Future<Output = Result<bool, AwsError>>,
{
    if copies == Copies::None {
        return Ok(());
    }
    let mut row = 0;
    let mut pauses = KEY.pauses();
    loop {
        let shown = match is_shown().await {
            // a copy that does not know the resource itself yet lags as well
            Err(error) if error.kind == ErrorKind::NotFound => false,
            answer => answer?,
        };
        // it is written: whoever asks to stop is not kept waiting until it shows
        if interrupt::requested() {
            return Ok(());
        }
        let pause = if shown {
            row += 1;
            if row == IN_A_ROW {
                return Ok(());
            }
            LOOK
        } else {
            row = 0;
            waiting.say(what);
            match pauses.next() {
                Some(pause) => pause,
                None => {
                    tracing::warn!("gave up waiting for {what}, and went on");
                    return Ok(());
                }
            }
        };
        waiting.pause(pause).await;
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that panics has failed")]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    fn error(kind: ErrorKind) -> AwsError {
        AwsError::refusal("test:Call", kind, "no")
    }

    fn timeless() -> (Waiting, Arc<Mutex<Duration>>) {
        Waiting::timeless(|_| {})
    }

    /// How often a call that always fails with `kind` is made, and the seconds that it takes
    async fn waited(wait: Wait, kind: ErrorKind) -> (u32, f64) {
        let (waiting, slept) = timeless();
        let mut calls = 0;
        let answer: Result<(), AwsError> = until(&waiting, wait, || {
            calls += 1;
            std::future::ready(Err(error(kind)))
        })
        .await;
        assert_eq!(answer.unwrap_err().kind, kind);
        let slept = slept.lock().unwrap().as_secs_f64();
        (calls, slept)
    }

    #[tokio::test]
    async fn what_was_just_made_is_waited_for_as_long_as_it_says() {
        for (wait, kind, patience) in [
            (Wait::NewRole, ErrorKind::NotFound, IAM),
            (Wait::NewRole, ErrorKind::Conflict, IAM),
            (Wait::OldRole, ErrorKind::Conflict, IAM),
            (Wait::NewPolicy, ErrorKind::NotFound, IAM),
            (Wait::NewPrincipal, ErrorKind::MalformedPolicy, IAM_PRINCIPAL),
            (Wait::Removal, ErrorKind::Conflict, IAM),
            (Wait::NewKey, ErrorKind::NotFound, KEY),
            (Wait::NewKey, ErrorKind::KeyUnusable, KEY),
            (Wait::NewLogGroup, ErrorKind::NotFound, KEY),
            (Wait::Logs, ErrorKind::Conflict, KEY),
            (Wait::Throttle, ErrorKind::Throttled, KEY),
        ] {
            let (calls, seconds) = waited(wait, kind).await;
            let all = patience.all.as_secs_f64();
            assert!(calls > 5, "{wait:?} {kind:?}: {calls}");
            assert!((all / 2.0..=all + 0.1).contains(&seconds), "{wait:?} {kind:?}: {seconds}");
        }
    }

    #[tokio::test]
    async fn what_will_not_come_is_not_waited_for() {
        for (wait, kind, calls) in [
            (Wait::OldRole, ErrorKind::NotFound, 2),
            (Wait::Removal, ErrorKind::NotFound, 1),
            (Wait::NewKey, ErrorKind::Invalid, 1),
            (Wait::OldKey, ErrorKind::NotFound, 1),
            (Wait::NewKey, ErrorKind::AccessDenied, 1),
            (Wait::NewRole, ErrorKind::Limit, 1),
            (Wait::NewRole, ErrorKind::MalformedPolicy, 1),
            (Wait::NewPrincipal, ErrorKind::Limit, 1),
            (Wait::Logs, ErrorKind::NotFound, 1),
            (Wait::Throttle, ErrorKind::Timeout, 1),
        ] {
            assert_eq!(waited(wait, kind).await.0, calls, "{wait:?} {kind:?}");
        }
    }

    #[tokio::test]
    async fn the_first_answer_ends_the_waiting() {
        let mut left = 3;
        let (waiting, _) = timeless();
        let answer = until(&waiting, Wait::NewKey, || {
            left -= 1;
            std::future::ready(match left {
                0 => Ok("made"),
                _ => Err(error(ErrorKind::NotFound)),
            })
        });
        assert_eq!(answer.await.unwrap(), "made");
        assert_eq!(left, 0);
    }

    #[tokio::test]
    async fn what_was_written_must_show_five_times_running() {
        let answers = [true, true, false, true, true, true, true, true, false];
        let mut looks = 0;
        let (waiting, _) = timeless();
        settle(Copies::Lagging, &waiting, "it", || {
            looks += 1;
            std::future::ready(Ok(answers[looks - 1]))
        })
        .await
        .unwrap();
        assert_eq!(looks, 8);
    }

    #[tokio::test]
    async fn a_copy_that_does_not_know_the_resource_yet_is_waited_for() {
        let mut looks = 0;
        let (waiting, _) = timeless();
        settle(Copies::Lagging, &waiting, "it", || {
            looks += 1;
            std::future::ready(if looks == 1 { Err(error(ErrorKind::NotFound)) } else { Ok(true) })
        })
        .await
        .unwrap();
        assert_eq!(looks, 6);
    }

    #[tokio::test]
    async fn a_copy_that_never_follows_is_given_up() {
        let (waiting, slept) = timeless();
        settle(Copies::Lagging, &waiting, "it", || std::future::ready(Ok(false))).await.unwrap();
        assert!(*slept.lock().unwrap() <= KEY.all);
    }

    #[tokio::test]
    async fn where_there_is_one_copy_nothing_is_looked_at() {
        let (waiting, _) = timeless();
        settle(Copies::None, &waiting, "it", || async { panic!("looked") }).await.unwrap();
    }
}
