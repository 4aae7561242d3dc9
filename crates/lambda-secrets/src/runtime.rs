//! The private runtime of one load.
//!
//! It runs on the calling thread and is gone before anybody writes the environment. Only the
//! resolver of host names needs a second thread, and that thread is waited for.

use std::future::Future;
use std::time::Duration;

use crate::Error;
use crate::environment::{NotAlone, OneThread};
use crate::quiet::quietly;

/// How long the resolver's thread may take to end once nobody waits for it.
pub(crate) const GRACE: Duration = Duration::from_millis(50);

/// Refuses to begin where the environment could not be written in the end.
fn refuse_where_unsound() -> Result<(), Error> {
    alone().map(|_| ())
}

/// The proof that the environment may be written now. Ask for it last: a subscriber or a sink of the
/// caller's may start a thread.
pub(crate) fn alone() -> Result<OneThread, Error> {
    if tokio::runtime::Handle::try_current().is_ok() {
        return Err(Error::InsideRuntime);
    }
    match OneThread::check() {
        Ok(alone) => Ok(alone),
        Err(NotAlone::Threads(threads)) => Err(Error::ManyThreads { threads }),
        Err(NotAlone::Unknown(error)) => Err(Error::ThreadsUnknown(error)),
    }
}

/// What `work` resolves to, once nothing of it runs any more.
///
/// `work` must keep `deadline` by itself; a look-up that the system does not end in time is the
/// one thing that it cannot.
pub(crate) fn run<F: Future>(deadline: Duration, work: F) -> Result<F::Output, Error> {
    refuse_where_unsound()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Error::Runtime)?;
    let output = quietly(|| {
        let output = runtime.block_on(work);
        runtime.shutdown_timeout(GRACE);
        output
    });
    match OneThread::check() {
        Ok(_) => Ok(output),
        Err(NotAlone::Threads(_)) => Err(Error::ResolverStillRunning { deadline }),
        Err(NotAlone::Unknown(error)) => Err(Error::ThreadsUnknown(error)),
    }
}
