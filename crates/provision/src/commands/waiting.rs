//! Waiting for what AWS does by itself once a command has set it off.

use std::time::Duration;

use tokio::time::Instant;

use crate::failure::Failure;
use crate::interrupt;
use crate::print::progress::Step;

const PAUSE: Duration = Duration::from_secs(2);

/// How a wait ended
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// there is nothing more to wait for
    Over,
    /// it has lasted as long as it may
    Late,
    /// somebody asked to stop
    Interrupted,
}

/// Reads until there is nothing more to wait for, and returns what was read last; at least once, and no
/// longer than `seconds`
pub(crate) async fn until<T>(
    what: &'static str,
    seconds: u64,
    read: impl AsyncFn() -> Result<T, Failure>,
    is_over: impl Fn(&T) -> bool,
) -> Result<(T, End), Failure> {
    let _step = Step::start(what);
    // none where it is farther away than a clock can tell
    let deadline = Instant::now().checked_add(Duration::from_secs(seconds));
    loop {
        let found = read().await?;
        if is_over(&found) {
            return Ok((found, End::Over));
        }
        if deadline.is_some_and(|deadline| Instant::now() + PAUSE > deadline) {
            return Ok((found, End::Late));
        }
        tokio::select! {
            biased;
            () = interrupt::asked() => return Ok((found, End::Interrupted)),
            () = tokio::time::sleep(PAUSE) => {}
        }
    }
}
