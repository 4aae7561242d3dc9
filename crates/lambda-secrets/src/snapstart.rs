//! SnapStart: nothing secret in the snapshot, everything there again after the restore.
//!
//! A snapshot keeps what is in memory, for every sandbox that is restored from it. So before it is
//! taken the values that are kept are zeroed, and the connection and the credentials are dropped;
//! after the restore the same secrets are read with the credentials of the new sandbox. A value
//! that the function still holds cannot be zeroed for it.

use std::sync::PoisonError;

use futures_util::StreamExt;
use lambda_runtime::{BoxFuture, Error, SnapStartResource};

use crate::cache::Wanted;
use crate::{Secrets, report};

/// The most secrets that are read at once after a restore.
const AT_ONCE: usize = 4;

/// ```no_run
/// # use std::sync::Arc;
/// # use lambda_runtime::{Error, LambdaEvent, Runtime, service_fn};
/// # async fn run() -> Result<(), Error> {
/// let secrets = lambda_secrets::Secrets::from_env()?;
/// let handler = service_fn(async |event: LambdaEvent<String>| Ok::<_, Error>(event.payload));
/// Runtime::new(handler).register_snapstart_resource(Arc::new(secrets.clone())).run().await
/// # }
/// ```
impl SnapStartResource for Secrets {
    fn before_snapshot(&self) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(async {
            let held = self.inner.cache.requests();
            *self.inner.held.lock().unwrap_or_else(PoisonError::into_inner) = held;
            self.inner.cache.clear();
            for provider in &self.inner.chain {
                provider.reset();
            }
            Ok(())
        })
    }

    fn after_restore(&self) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(async {
            let held = std::mem::take(
                &mut *self.inner.held.lock().unwrap_or_else(PoisonError::into_inner),
            );
            let reads = held.into_iter().map(|request| {
                let inner = self.inner.clone();
                async move { inner.ask_all(&request, Wanted::Any).await }
            });
            let mut reads = futures_util::stream::iter(reads).buffer_unordered(AT_ONCE);
            while let Some(result) = reads.next().await {
                if let Err(error) = result {
                    // the first reader tries again, and gets the error if it lasts
                    report::fallen_back(self.inner.fallback_level, &error, "reading it when asked");
                }
            }
            Ok(())
        })
    }
}
