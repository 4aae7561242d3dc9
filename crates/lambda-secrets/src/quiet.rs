//! No log lines from the SDK while a secret is on its way.
//!
//! At TRACE the SDK writes requests with the session token, and with `LOG_SENSITIVE_BODIES=true`
//! responses with the value. A subscriber's filter is the user's; this is not.

use std::future::Future;

use tracing::Dispatch;
use tracing::instrument::WithSubscriber;

/// What `work` returns, with nothing logged on this thread meanwhile.
pub(crate) fn quietly<T>(work: impl FnOnce() -> T) -> T {
    tracing::dispatcher::with_default(&Dispatch::none(), work)
}

/// What `work` resolves to, with nothing logged by it.
pub(crate) async fn quiet<T>(work: impl Future<Output = T>) -> T {
    work.with_subscriber(Dispatch::none()).await
}
