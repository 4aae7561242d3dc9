//! Handles on the entries, for each group of threads its own.
//!
//! A lock, a count of owners or a counter that two cores write moves from one to the other at every
//! hit. So the hits of a thread write only what belongs to its shard: the lock, the counter, and for
//! each value a count of owners. The value itself stands in memory once.
//!
//! A handle is made by the first hit of its shard. Whoever changes an entry takes its handles away
//! while holding the lock of the entries, under which alone they are made.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, RwLock};

use super::{Entry, Moment, read, write};
use crate::Secret;

/// As many as the cores of a large function; threads past that share.
const SHARDS: usize = 16;

#[derive(Debug, Default)]
pub(crate) struct Shards([Shard; SHARDS]);

/// What one group of threads reads, apart from the lines of the others.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(crate) struct Shard {
    handles: RwLock<BTreeMap<String, Handle>>,
    pub(crate) hits: AtomicU64,
}

#[derive(Debug)]
struct Handle {
    entry: Arc<Entry>,
    /// That of the entry, with a count of owners of its own.
    secret: Secret,
}

impl Shards {
    /// The shard of this thread.
    pub(crate) fn own(&self) -> &Shard {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        thread_local!(static OWN: usize = NEXT.fetch_add(1, Ordering::Relaxed) % SHARDS);
        // a thread that ends may have lost its number
        &self.0[OWN.try_with(|own| *own).unwrap_or(0)]
    }

    /// Takes the handles on the value of `key` away.
    pub(crate) fn forget(&self, key: &str) {
        for shard in &self.0 {
            let removed = write(&shard.handles).remove(key);
            drop(removed);
        }
    }

    /// Takes every handle away.
    pub(crate) fn clear(&self) {
        for shard in &self.0 {
            let dropped = std::mem::take(&mut *write(&shard.handles));
            drop(dropped);
        }
    }

    /// The hits of all shards.
    pub(crate) fn hits(&self) -> u64 {
        self.0.iter().map(|shard| shard.hits.load(Ordering::Relaxed)).sum()
    }
}

impl Shard {
    /// What `take` makes of the value of `key`; `take` itself where there is no handle on it, or its
    /// time is over.
    pub(crate) fn with<T, F: FnOnce(&Secret) -> T>(
        &self,
        key: &str,
        now: &Moment,
        take: F,
    ) -> Result<T, F> {
        let handles = read(&self.handles);
        match handles.get(key).filter(|handle| handle.entry.is_fresh(now)) {
            Some(handle) => {
                handle.entry.mark_used();
                Ok(take(&handle.secret))
            }
            None => Err(take),
        }
    }

    /// Makes a handle on an entry; its lock is held by the caller.
    pub(crate) fn keep(&self, key: &str, entry: &Arc<Entry>) {
        entry.mark_used();
        let handle = Handle { entry: entry.clone(), secret: entry.secret.apart() };
        write(&self.handles).insert(key.to_owned(), handle);
    }
}
