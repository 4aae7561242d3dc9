//! Progress on stderr for whatever takes longer than a moment. Shown at a terminal only.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Something that takes time and has no count
pub(crate) struct Step(ProgressBar);

impl Step {
    /// Starts it; it shows after a moment, so that what is fast does not flicker
    pub(crate) fn start(what: &'static str) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr())
            .with_style(ProgressStyle::default_spinner())
            .with_message(what);
        bar.enable_steady_tick(Duration::from_millis(200));
        Self(bar)
    }

    /// Ends it and clears its line
    pub(crate) fn done(self) {
        self.0.finish_and_clear();
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// A count of changes that are being made
pub(crate) struct Count(ProgressBar);

impl Count {
    /// Starts counting to `total`
    pub(crate) fn start(total: usize) -> Self {
        let bar = ProgressBar::with_draw_target(
            Some(u64::try_from(total).unwrap_or(u64::MAX)),
            ProgressDrawTarget::stderr(),
        );
        let style = ProgressStyle::with_template("{bar:24} {pos}/{len} {elapsed:>3} {wide_msg}")
            .unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = bar.with_style(style);
        bar.enable_steady_tick(Duration::from_millis(200));
        Self(bar)
    }

    /// Says what is being made now
    pub(crate) fn now(&self, what: &str) {
        self.0.set_message(what.to_owned());
    }

    /// Says what AWS has yet to do
    pub(crate) fn waiting_for(&self, what: &str) {
        self.0.set_message(format!("waiting for {what}"));
    }

    /// Counts one as made
    pub(crate) fn one(&self) {
        self.0.inc(1);
    }
}

impl Drop for Count {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
