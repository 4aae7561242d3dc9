//! Ctrl-C: ends the process at once, but for the moments in which a change is being made.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::exit::Exit;

/// How many changes are being made
static CHANGES: AtomicUsize = AtomicUsize::new(0);

/// While this lives, Ctrl-C does not end the process: whoever holds it ends what it began
pub(crate) struct Changing(());

impl Changing {
    /// Returns the guard of a change that begins
    pub(crate) fn begin() -> Self {
        CHANGES.fetch_add(1, Ordering::SeqCst);
        Self(())
    }
}

impl Drop for Changing {
    fn drop(&mut self) {
        CHANGES.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Watches for Ctrl-C from now on
#[allow(clippy::print_stderr, reason = "the last word of a process that ends here")]
pub(crate) fn watch() {
    tokio::spawn(async {
        while tokio::signal::ctrl_c().await.is_ok() {
            if CHANGES.load(Ordering::SeqCst) == 0 {
                eprintln!("interrupted: nothing was changed");
                std::process::exit(i32::from(Exit::Interrupted.code()));
            }
        }
    });
}
