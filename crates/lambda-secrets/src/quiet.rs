//! No log lines from the SDK while a secret is on its way.
//!
//! At TRACE the SDK writes requests with the session token, and with `LOG_SENSITIVE_BODIES=true`
//! responses with the value. A subscriber's filter is the user's; this is not.

use std::cell::RefCell;
use std::future::Future;

use tracing::Dispatch;
use tracing::dispatcher::{get_default, with_default};
use tracing::instrument::WithSubscriber;

thread_local! {
    /// who listens on this thread to what is said aloud, while nothing else is logged
    static LISTENER: RefCell<Option<Dispatch>> = const { RefCell::new(None) };
}

/// Takes the listener back, also where the work panics.
struct Listening {
    before: Option<Dispatch>,
}

impl Drop for Listening {
    fn drop(&mut self) {
        LISTENER.set(self.before.take());
    }
}

/// What `work` returns, with nothing logged on this thread meanwhile but what is said [`aloud`].
pub(crate) fn quietly<T>(work: impl FnOnce() -> T) -> T {
    let before = LISTENER.take();
    LISTENER.set(before.clone().or_else(|| Some(get_default(Clone::clone))));
    let _listening = Listening { before };
    with_default(&Dispatch::none(), work)
}

/// Does `work`, which writes a line of our own, for whoever listened before it became quiet.
pub(crate) fn aloud<T>(work: impl FnOnce() -> T) -> T {
    match LISTENER.with_borrow(Clone::clone) {
        Some(listener) => with_default(&listener, work),
        None => work(),
    }
}

/// What `work` resolves to, with nothing logged by it.
pub(crate) async fn quiet<T>(work: impl Future<Output = T>) -> T {
    work.with_subscriber(Dispatch::none()).await
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tracing::span::{Attributes, Id, Record};
    use tracing::{Event, Metadata, Subscriber};

    use super::*;

    struct Count(Arc<AtomicUsize>);

    impl Subscriber for Count {
        fn enabled(&self, _: &Metadata<'_>) -> bool {
            true
        }
        fn new_span(&self, _: &Attributes<'_>) -> Id {
            Id::from_u64(1)
        }
        fn record(&self, _: &Id, _: &Record<'_>) {}
        fn record_follows_from(&self, _: &Id, _: &Id) {}
        fn event(&self, _: &Event<'_>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
        fn enter(&self, _: &Id) {}
        fn exit(&self, _: &Id) {}
    }

    #[test]
    fn only_what_is_said_aloud_is_heard() {
        let heard = Arc::new(AtomicUsize::new(0));
        let count = || heard.load(Ordering::Relaxed);
        with_default(&Dispatch::new(Count(heard.clone())), || {
            quietly(|| {
                tracing::warn!("not heard");
                assert_eq!(count(), 0);
                quietly(|| aloud(|| tracing::warn!("heard")));
                assert_eq!(count(), 1);
                tracing::warn!("not heard");
            });
            assert_eq!(count(), 1);
            tracing::warn!("heard");
        });
        assert_eq!(count(), 2);
    }
}
