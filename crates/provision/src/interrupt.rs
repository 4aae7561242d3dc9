//! Ctrl-C and SIGTERM: they end the process at once, but for the moments in which a change is being
//! made. Then the change in flight is finished, and whoever makes changes stops before the next.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::Notify;

use crate::exit::Exit;
use crate::failure::Failure;

/// How many changes are being made
static CHANGES: AtomicUsize = AtomicUsize::new(0);
/// Whether any was begun at all
static BEGUN: AtomicBool = AtomicBool::new(false);
/// Whether somebody asked to stop meanwhile
static REQUESTED: AtomicBool = AtomicBool::new(false);
/// Wakes whoever waits for that
static ASKED: Notify = Notify::const_new();

/// While this lives, a signal does not end the process: whoever holds it ends what it began, and
/// tells it
pub(crate) struct Changing(());

impl Changing {
    /// Returns the guard of a change that begins
    pub(crate) fn begin() -> Self {
        CHANGES.fetch_add(1, Ordering::SeqCst);
        BEGUN.store(true, Ordering::SeqCst);
        Self(())
    }
}

impl Drop for Changing {
    fn drop(&mut self) {
        CHANGES.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Returns whether somebody asked to stop while changes were being made
pub(crate) fn requested() -> bool {
    REQUESTED.load(Ordering::SeqCst)
}

/// Returns when somebody has asked to stop while changes were being made
pub(crate) async fn asked() {
    // waits from here on: no request falls between the look and the wait
    let notified = ASKED.notified();
    if !requested() {
        notified.await;
    }
}

/// Returns the failure of a command that was stopped before it changed anything
pub(crate) fn failure() -> Failure {
    Failure::new(Exit::Interrupted, "interrupted", "interrupted: nothing was changed")
}

/// Watches for signals from now on
pub(crate) fn watch() {
    for kind in [SignalKind::interrupt(), SignalKind::terminate()] {
        // registered here and not in the task: no signal finds the process unprepared
        match signal(kind) {
            Ok(signals) => drop(tokio::spawn(end_on(signals, kind))),
            Err(error) => tracing::debug!(%error, "a signal cannot be watched"),
        }
    }
}

#[allow(clippy::print_stderr, reason = "the last word of a process that ends here")]
async fn end_on(mut signals: Signal, kind: SignalKind) {
    while signals.recv().await.is_some() {
        if CHANGES.load(Ordering::SeqCst) > 0 {
            REQUESTED.store(true, Ordering::SeqCst);
            ASKED.notify_waiters();
            continue;
        }
        if BEGUN.load(Ordering::SeqCst) {
            eprintln!("interrupted: what was changed before that stays changed");
            std::process::exit(i32::from(Exit::Partly.code()));
        }
        eprintln!("interrupted: nothing was changed");
        // 130 and 143, as a shell reports them
        std::process::exit(128 + kind.as_raw_value());
    }
}
