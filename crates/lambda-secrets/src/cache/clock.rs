//! Two clocks, because a sandbox freezes.
//!
//! While a function is frozen its monotonic clock may stand still, and after a restore its wall
//! clock may have been set back. So the longer of both ages counts, and an age that a clock denies
//! counts as unknown.

use std::fmt;
#[cfg(not(target_os = "linux"))]
use std::time::Instant;
use std::time::{Duration, SystemTime};

/// The clocks that say how old a value is; a test may bring its own.
pub trait Clock: fmt::Debug + Send + Sync {
    /// The time of day.
    fn wall(&self) -> SystemTime;
    /// The time since any fixed moment, which never goes back.
    fn monotonic(&self) -> Duration;
}

/// The clocks of the system as they stood at its last tick, some milliseconds ago at most: every hit
/// reads both, and such a reading takes a sixth of the time.
#[cfg(target_os = "linux")]
#[derive(Debug, Default)]
pub(crate) struct SystemClock {}

#[cfg(target_os = "linux")]
impl Clock for SystemClock {
    fn wall(&self) -> SystemTime {
        let since = at_last_tick(rustix::time::ClockId::RealtimeCoarse);
        SystemTime::UNIX_EPOCH.checked_add(since).unwrap_or(SystemTime::UNIX_EPOCH)
    }

    fn monotonic(&self) -> Duration {
        at_last_tick(rustix::time::ClockId::MonotonicCoarse)
    }
}

/// What the clock shows; nothing before its zero.
#[cfg(target_os = "linux")]
fn at_last_tick(clock: rustix::time::ClockId) -> Duration {
    Duration::try_from(rustix::time::clock_gettime(clock)).unwrap_or_default()
}

/// The clocks of the system.
#[cfg(not(target_os = "linux"))]
#[derive(Debug)]
pub(crate) struct SystemClock {
    started: Instant,
}

#[cfg(not(target_os = "linux"))]
impl Default for SystemClock {
    fn default() -> Self {
        Self { started: Instant::now() }
    }
}

#[cfg(not(target_os = "linux"))]
impl Clock for SystemClock {
    fn wall(&self) -> SystemTime {
        SystemTime::now()
    }

    fn monotonic(&self) -> Duration {
        self.started.elapsed()
    }
}

/// One moment by both clocks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment {
    wall: SystemTime,
    monotonic: Duration,
}

impl Moment {
    pub(crate) fn now(clock: &dyn Clock) -> Self {
        Self { wall: clock.wall(), monotonic: clock.monotonic() }
    }

    /// How long ago this was by the clock that says more; `None` where a clock went back.
    pub(crate) fn age(&self, now: &Self) -> Option<Duration> {
        let wall = now.wall.duration_since(self.wall).ok()?;
        let monotonic = now.monotonic.checked_sub(self.monotonic)?;
        Some(wall.max(monotonic))
    }

    /// This moment and `span` more, by both clocks.
    pub(crate) fn plus(&self, span: Duration) -> Self {
        Self {
            // a time beyond what the system can tell is over at once
            wall: self.wall.checked_add(span).unwrap_or(self.wall),
            monotonic: self.monotonic.saturating_add(span),
        }
    }

    /// Whether it lies between the two by both clocks: comparisons alone, for every hit pays them.
    pub(crate) fn is_between(&self, from: &Self, until: &Self) -> bool {
        self.wall < until.wall
            && self.monotonic < until.monotonic
            && self.wall >= from.wall
            && self.monotonic >= from.monotonic
    }

    /// Whether less than `span` has passed, by both clocks.
    pub(crate) fn is_within(&self, span: Duration, now: &Self) -> bool {
        self.age(now).is_some_and(|age| age < span)
    }
}

/// A number from 0 to 1 that differs between sandboxes restored from one snapshot, which share
/// every generator that was seeded before.
pub(crate) fn scatter(clock: &dyn Clock) -> f64 {
    use std::hash::{BuildHasher, RandomState};
    // to the nanosecond, which the clocks of the cache do not tell
    let hash = RandomState::new().hash_one((SystemTime::now(), clock.monotonic()));
    // the 53 bits that a double holds
    (hash >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(wall: u64, monotonic: u64) -> Moment {
        let wall = SystemTime::UNIX_EPOCH + Duration::from_secs(wall);
        Moment { wall, monotonic: Duration::from_secs(monotonic) }
    }

    #[test]
    fn the_clock_that_says_more_decides() {
        let then = moment(1_000, 10);
        for (now, age) in [
            (moment(1_005, 15), Some(5)),
            // frozen: the monotonic clock stood still
            (moment(1_900, 11), Some(900)),
            // the wall clock was slowed down
            (moment(1_001, 70), Some(60)),
            // set back
            (moment(999, 12), None),
            (moment(1_005, 9), None),
        ] {
            assert_eq!(then.age(&now), age.map(Duration::from_secs), "{now:?}");
        }
        assert!(!then.is_within(Duration::from_secs(900), &moment(999, 12)));
    }

    #[test]
    fn the_clocks_of_the_system_tell_the_time_and_go_on() {
        let clock = SystemClock::default();
        let (wall, monotonic) = (clock.wall(), clock.monotonic());
        let exact = SystemTime::now();
        assert!(exact >= wall && exact.duration_since(wall).unwrap() < Duration::from_secs(60));
        std::thread::sleep(Duration::from_millis(30));
        assert!(clock.wall() > wall && clock.monotonic() > monotonic);
    }

    #[test]
    fn scatter_is_between_0_and_1() {
        let clock = SystemClock::default();
        let numbers: Vec<f64> = (0..100).map(|_| scatter(&clock)).collect();
        assert!(numbers.iter().all(|number| (0.0..1.0).contains(number)));
        assert!(numbers.iter().any(|number| *number != numbers[0]));
    }
}
