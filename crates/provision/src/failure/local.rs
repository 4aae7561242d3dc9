//! What is told where the folder of `--local` cannot be used: by what the system says of it.

use std::io::ErrorKind;

/// Returns the failure of a state that cannot be opened
#[cfg(feature = "local")]
pub(super) fn state(error: &local_aws::OpenError, message: String) -> super::Failure {
    use super::{Exit, Failure};
    let new = |message| Failure::new(Exit::Error, "local_state", message);
    match error {
        local_aws::OpenError::Io { source, .. } => {
            new(format!("{message}: {source}")).hint(advice(source.kind()))
        }
        local_aws::OpenError::Locked { .. } => {
            new(message).hint("wait for the other one to end, or end it")
        }
        _ => new(message).hint(
            "the state of `--local` lies in `.provision/` beside the manifest; move it away to start anew",
        ),
    }
}

/// What helps against an error of the disk; the state that was saved before it is whole
pub(super) fn advice(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
            "make room on the disk of `.provision/`, which lies beside the manifest, and run it again: what was saved there is whole"
        }
        ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied => {
            "`--local` writes its state and its lock to `.provision/` beside the manifest: let it write there, or work in a copy of the folder; what was saved is whole"
        }
        _ => {
            "the state of `--local` lies in `.provision/` beside the manifest: see that it can be read and written; what was saved there is whole"
        }
    }
}
