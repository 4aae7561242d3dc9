//! Files that a command writes where it was told to: over one of its own kind, and over nothing else.

use std::path::Path;

use crate::exit::Exit;
use crate::failure::Failure;

/// Writes `text` to `path`
///
/// # Errors
/// Something that is not `ours` stands there, or the file cannot be written.
pub(crate) fn write(
    path: &Path,
    text: &str,
    what: &str,
    is_ours: impl FnOnce(&str) -> bool,
) -> Result<(), Failure> {
    // a pipe or a device has nothing that could be lost
    let is_file = std::fs::metadata(path).is_ok_and(|there| there.is_file());
    // what cannot be read is no text of ours
    let there =
        || std::fs::read_to_string(path).is_ok_and(|there| there.is_empty() || is_ours(&there));
    if is_file && !there() {
        let message =
            format!("`{}` is there and is not {what}: nothing was written", path.display());
        return Err(Failure::new(Exit::Refused, "file", message)
            .hint("give another name, or remove the file first"));
    }
    std::fs::write(path, text).map_err(|error| {
        let message = format!("cannot write `{}`: {error}", path.display());
        Failure::new(Exit::Error, "file", message)
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that panics has failed")]
mod tests {
    use super::*;

    #[test]
    fn what_is_of_another_kind_is_not_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("plan.json");
        let write = |text: &str| write(&path, text, "a plan", |there| there.starts_with("plan"));
        write("plan 1").unwrap();
        write("plan 2").unwrap();
        std::fs::write(&path, b"project: mine\n").unwrap();
        assert_eq!(write("plan 3").unwrap_err().exit, Exit::Refused);
        std::fs::write(&path, b"\xff").unwrap();
        assert_eq!(write("plan 3").unwrap_err().exit, Exit::Refused);
        std::fs::write(&path, b"").unwrap();
        write("plan 4").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "plan 4");
    }
}
