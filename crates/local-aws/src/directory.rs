//! The state directory: one lock, one state file, written whole or not at all.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::Deserialize;

use crate::secrets_manager::Vault;
use crate::state::{State, VERSION};

/// How long a second process waits for the first.
const PATIENCE: Duration = Duration::from_secs(5);

/// Why a state directory cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Another process held the lock for as long as this one waited.
    #[error("another process uses `{}`", path.display())]
    Locked {
        /// The lock file.
        path: PathBuf,
    },
    /// The directory or a file in it cannot be read or written.
    #[error("cannot use `{}`", path.display())]
    Io {
        /// What was to be read or written.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The state file is not what this crate writes.
    #[error("`{}` is damaged", path.display())]
    Corrupt {
        /// The state file.
        path: PathBuf,
        /// Where it stops making sense.
        source: serde_json::Error,
    },
    /// The state file was written by another version of this crate.
    #[error("`{}` has state version {found}; this version knows {known}", path.display())]
    Version {
        /// The state file.
        path: PathBuf,
        /// The version in the file.
        found: u32,
        /// The version that this crate reads and writes.
        known: u32,
    },
}

/// A state directory. Where it can be written it is locked until the value is dropped; where it
/// cannot, it is read as it is: a file that is replaced whole is whole without a lock.
pub(crate) struct Directory {
    path: PathBuf,
    /// the lock, or what the system said
    lock: Result<File, io::Error>,
}

impl Directory {
    /// Creates the directory where it is missing and waits for its lock.
    pub(crate) async fn lock(path: &Path) -> Result<Self, OpenError> {
        let lock_path = path.join("lock");
        let lock = match Self::prepare(path, &lock_path) {
            Ok(lock) => lock,
            Err(OpenError::Io { source, .. }) if is_read_only(&source) => {
                return Ok(Self { path: path.to_owned(), lock: Err(source) });
            }
            Err(error) => return Err(error),
        };
        let patience = Instant::now() + PATIENCE;
        loop {
            match lock.try_lock() {
                Ok(()) => return Ok(Self { path: path.to_owned(), lock: Ok(lock) }),
                Err(TryLockError::WouldBlock) if Instant::now() >= patience => {
                    return Err(OpenError::Locked { path: lock_path });
                }
                Err(TryLockError::WouldBlock) => {
                    tokio::time::sleep(Duration::from_millis(25)).await;
                }
                Err(TryLockError::Error(source)) => return Err(io_at(&lock_path)(source)),
            }
        }
    }

    /// Creates what is missing and returns the file of the lock
    fn prepare(path: &Path, lock: &Path) -> Result<File, OpenError> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(io_at(path))?;
        // the directory keeps itself out of git, whatever the project's own .gitignore says
        let ignore = path.join(".gitignore");
        if !ignore.exists() {
            fs::write(&ignore, "*\n").map_err(io_at(&ignore))?;
        }
        private(OpenOptions::new().create(true).truncate(false).write(true))
            .open(lock)
            .map_err(io_at(lock))
    }

    /// Returns the saved state, or none where nothing was saved yet.
    pub(crate) fn load(&self) -> Result<Option<State<Vault>>, OpenError> {
        let path = self.state_path();
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(OpenError::Io { path, source }),
        };
        // the version is read alone first: another version's file need not parse as this one's
        let Stamp { version } = match serde_json::from_slice(&text) {
            Ok(stamp) => stamp,
            Err(source) => return Err(OpenError::Corrupt { path, source }),
        };
        if version != VERSION {
            return Err(OpenError::Version { path, found: version, known: VERSION });
        }
        match serde_json::from_slice(&text) {
            Ok(state) => Ok(Some(state)),
            Err(source) => Err(OpenError::Corrupt { path, source }),
        }
    }

    /// Replaces the saved state: when this returns, it is on the disk.
    pub(crate) fn save(&self, state: &State<&Vault>) -> io::Result<()> {
        if let Err(error) = &self.lock {
            // nobody writes without the lock
            let same = error.raw_os_error().map(io::Error::from_raw_os_error);
            return Err(same.unwrap_or_else(|| error.kind().into()));
        }
        let text = serde_json::to_vec(state)?;
        let draft = self.path.join("state.json.new");
        let mut file =
            private(OpenOptions::new().create(true).truncate(true).write(true)).open(&draft)?;
        file.write_all(&text)?;
        file.sync_all()?;
        fs::rename(&draft, self.state_path())?;
        File::open(&self.path)?.sync_all()
    }

    fn state_path(&self) -> PathBuf {
        self.path.join("state.json")
    }
}

#[derive(Deserialize)]
struct Stamp {
    version: u32,
}

/// Whether a place can be read at best
fn is_read_only(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied)
}

fn io_at(path: &Path) -> impl FnOnce(io::Error) -> OpenError + use<> {
    let path = path.to_owned();
    move |source| OpenError::Io { path, source }
}

/// Readable by its owner alone, from the moment that it exists.
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    options.mode(0o600)
}
