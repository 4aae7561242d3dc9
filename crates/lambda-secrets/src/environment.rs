//! Writing the environment, and the proof that it is safe.
//!
//! `setenv` moves the array of variables while any other thread may read it: in libc, in a
//! resolver, in code of another language. Rust's own lock does not cover those readers. So the
//! environment is written only while the process has exactly one thread, and the type [`OneThread`]
//! is the proof that this was counted.
#![allow(unsafe_code)]

use std::marker::PhantomData;
use std::time::{Duration, Instant};

use secrecy::{ExposeSecret, SecretString};

use crate::mapping::VariableName;

/// How long a thread that was joined may still show in `/proc`.
const PATIENCE: Duration = Duration::from_millis(10);

/// The proof that this thread is the only one. It cannot leave the thread, nor can it be copied.
#[derive(Debug)]
pub(crate) struct OneThread(PhantomData<*const ()>);

/// Why there is no proof.
#[derive(Debug)]
pub(crate) enum NotAlone {
    Threads(usize),
    Unknown(std::io::Error),
}

impl OneThread {
    /// Counts the threads for up to 10 ms, until there is one.
    pub(crate) fn check() -> Result<Self, NotAlone> {
        let started = Instant::now();
        loop {
            match count().map_err(NotAlone::Unknown)? {
                1 => return Ok(Self(PhantomData)),
                more if started.elapsed() >= PATIENCE => return Err(NotAlone::Threads(more)),
                _ => std::thread::sleep(Duration::from_micros(200)),
            }
        }
    }
}

fn count() -> std::io::Result<usize> {
    let mut threads = 0;
    for entry in std::fs::read_dir("/proc/self/task")? {
        entry?;
        threads += 1;
    }
    Ok(threads)
}

/// Whether the variable is in the environment, empty or not.
pub(crate) fn has(name: &VariableName) -> bool {
    std::env::var_os(name.as_str()).is_some()
}

/// Sets the variable.
pub(crate) fn set(_alone: &OneThread, name: &VariableName, value: &SecretString) {
    // SAFETY: `_alone` was made by counting one thread in this process, it cannot have been sent
    // here from another thread, and nothing between the count and this call starts one: the
    // private runtime is gone, and no code of the caller's, as a subscriber or a sink of metrics,
    // runs in between. So nobody reads the environment meanwhile.
    // `VariableName` holds neither `=` nor NUL and the mapping refuses NUL in values, so the call
    // does not panic.
    unsafe { std::env::set_var(name.as_str(), value.expose_secret()) }
}

/// Puts these credentials in the place of the role's; the variables that were set.
///
/// The one exception to the rule that no secret sets a variable of Lambda: whoever calls this asked
/// for it by name. The role's session token would spoil keys that are not its own.
pub(crate) fn set_credentials(
    _alone: &OneThread,
    id: &SecretString,
    key: &SecretString,
) -> Vec<String> {
    let names = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
    for (name, value) in names.into_iter().zip([id, key]) {
        // SAFETY: as in `set`; the caller has refused NUL in the values
        unsafe { std::env::set_var(name, value.expose_secret()) }
    }
    // SAFETY: as in `set`
    unsafe { std::env::remove_var("AWS_SESSION_TOKEN") }
    names.map(str::to_owned).to_vec()
}
