//! SnapStart: nothing secret in the snapshot, everything there again after the restore.
//!
//! A snapshot keeps what is in memory, for every sandbox that is restored from it. So before it is
//! taken the values that are kept are zeroed, and the connection and the credentials are dropped;
//! after the restore the same secrets are read with the credentials of the new sandbox. A value
//! that the function still holds cannot be zeroed for it.
//!
//! The restore takes no longer than all attempts at one secret may, 5 s by default, because Lambda
//! gives it 10 s: what is not there by then is read when it is asked for.

use std::sync::PoisonError;

use futures_util::StreamExt;
use lambda_runtime::{BoxFuture, Error, SnapStartResource};

use crate::cache::Wanted;
use crate::llm::KeyPool;
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
            let level = self.inner.fallback_level;
            let all = async {
                while let Some(result) = reads.next().await {
                    if let Err(error) = result {
                        // the first reader tries again, and gets the error if it lasts
                        report::fallen_back(level, &error, "reading it when asked");
                    }
                }
            };
            // what is missing then is read by whoever asks for it
            let _ = tokio::time::timeout(self.inner.total, all).await;
            Ok(())
        })
    }
}

/// Drops the keys before the snapshot; the first reader after the restore reads them again.
///
/// Register it after its [`Secrets`], which reads the secret again for it.
impl SnapStartResource for KeyPool {
    fn before_snapshot(&self) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(async {
            self.clear();
            Ok(())
        })
    }
}
