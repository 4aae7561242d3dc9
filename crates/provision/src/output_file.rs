//! Files that a command writes where it was told to: over one of its own kind, and over nothing else.

use std::fs::{self, File};
use std::io::{ErrorKind, Result as Io, Write as _};
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
    replace(path, text).map_err(|error| {
        let message = format!("cannot write `{}`: {error}", path.display());
        Failure::new(Exit::Error, "file", message)
    })
}

/// Writes the file whole or not at all: what stood there stays until all of it is on the disk
pub(crate) fn replace(path: &Path, text: &str) -> Io<()> {
    // what a link leads to is replaced, and not the link
    let path = &fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let there = fs::metadata(path).ok();
    let Some(name) = path.file_name().filter(|_| there.as_ref().is_none_or(|it| it.is_file()))
    else {
        // a pipe or a device takes what comes
        return fs::write(path, text);
    };
    if there.is_some() {
        // what must not be written must not be replaced
        fs::OpenOptions::new().write(true).open(path)?;
    }
    let mut draft_name = std::ffi::OsString::from(".");
    draft_name.push(name);
    draft_name.push(format!(".{}.new", std::process::id()));
    let draft = path.with_file_name(draft_name);
    let written = create(&draft, text);
    match (written, there) {
        // a file may be open to writers to whom its folder is not
        (Err(error), Some(_)) if error.kind() == ErrorKind::PermissionDenied => {
            fs::write(path, text)
        }
        (Err(error), _) => Err(error),
        (Ok(()), there) => there
            .map_or(Ok(()), |there| fs::set_permissions(&draft, there.permissions()))
            .and_then(|()| fs::rename(&draft, path))
            .inspect_err(|_| drop(fs::remove_file(&draft))),
    }
}

/// Writes a file that was not there, whole or not at all
pub(crate) fn create(path: &Path, text: &str) -> Io<()> {
    let mut file = File::create_new(path)?;
    // some file systems tell only at the end that they are full
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    written.inspect_err(|_| drop(fs::remove_file(path)))
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

    #[test]
    fn a_file_is_replaced_through_links_and_keeps_its_mode() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        create(&file, "one").unwrap();
        assert_eq!(create(&file, "two").unwrap_err().kind(), ErrorKind::AlreadyExists);
        fs::set_permissions(&file, PermissionsExt::from_mode(0o640)).unwrap();
        symlink("file", &link).unwrap();
        replace(&link, "two").unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "two");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
        replace(Path::new("/dev/null"), "nothing").unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "no draft is left");
    }
}
