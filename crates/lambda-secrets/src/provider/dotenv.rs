//! Secrets in a `.env` file, for local work.
//!
//! The file is read once per instance, and never put into the environment. `${NAME}` in it stands
//! for a variable of the process, as in every reader of such files.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::OnceLock;

use secrecy::SecretString;

use super::environment::look_up;
use super::{BoxFuture, Provider, names};
use crate::value::seal;
use crate::{Error, Secret, SecretRequest, Source};

/// Reads the names of the environment, and then `<KEY>` alone, from a file.
#[derive(Debug)]
pub(crate) struct DotEnv {
    path: PathBuf,
    prefix: Option<String>,
    lines: OnceLock<BTreeMap<String, SecretString>>,
}

impl DotEnv {
    pub(crate) fn new(path: PathBuf, prefix: Option<String>) -> Self {
        Self { path, prefix, lines: OnceLock::new() }
    }

    /// The variable of the file, where there is a file.
    pub(crate) fn variable(&self, name: &str) -> Result<Option<SecretString>, Error> {
        Ok(self.lines()?.get(name).cloned())
    }

    fn lines(&self) -> Result<&BTreeMap<String, SecretString>, Error> {
        if let Some(lines) = self.lines.get() {
            return Ok(lines);
        }
        let read = self.read()?;
        Ok(self.lines.get_or_init(|| read))
    }

    fn read(&self) -> Result<BTreeMap<String, SecretString>, Error> {
        let unreadable = |problem: String| Error::UnreadableFile {
            path: self.path.display().to_string(),
            problem,
        };
        let lines = match dotenvy::from_path_iter(&self.path) {
            Ok(lines) => lines,
            // the last of a chain may well be missing, as it is in production
            Err(dotenvy::Error::Io(error)) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(BTreeMap::new());
            }
            Err(error) => return Err(unreadable(problem(&error))),
        };
        let mut found = BTreeMap::new();
        for line in lines {
            let (name, value) = line.map_err(|error| unreadable(problem(&error)))?;
            // the first one wins, as where the file is loaded into the environment
            found.entry(name).or_insert_with(|| seal(value));
        }
        found.retain(|_, value| !secrecy::ExposeSecret::expose_secret(value).is_empty());
        Ok(found)
    }
}

/// The error's own text would show the line, with the value in it.
fn problem(error: &dotenvy::Error) -> String {
    match error {
        dotenvy::Error::LineParse(_, place) => format!("a line is no `KEY=value`, at byte {place}"),
        dotenvy::Error::Io(error) => error.to_string(),
        _ => "it holds what is no text".to_owned(),
    }
}

impl Provider for DotEnv {
    fn source(&self) -> Source {
        Source::DotEnv
    }

    fn secret<'a>(&'a self, request: &'a SecretRequest) -> BoxFuture<'a, Result<Secret, Error>> {
        let names = names::of_secret(request, self.prefix.as_deref());
        let found = self.lines().and_then(|lines| {
            look_up(request, Source::DotEnv, names, |name| lines.get(name).cloned())
        });
        Box::pin(std::future::ready(found))
    }

    fn key(&self, request: &SecretRequest, key: &str) -> Option<Result<SecretString, Error>> {
        let mut names = names::of_key(request, key, self.prefix.as_deref());
        names.push(key.to_owned());
        match self.lines() {
            Err(error) => Some(Err(error)),
            Ok(lines) if request.is_current() => {
                names.iter().find_map(|name| lines.get(name).cloned()).map(Ok)
            }
            Ok(_) => None,
        }
    }

    fn is_remote(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn file(text: &str) -> (tempfile::NamedTempFile, DotEnv) {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        let provider = DotEnv::new(file.path().to_owned(), None);
        (file, provider)
    }

    #[test]
    fn quotes_comments_and_exports_are_read() {
        let text = "# local\nexport A='x y'\nB=\"line\\nline\"\nC=plain # comment\nA=second\nD=\n";
        let (_file, provider) = file(text);
        let read =
            |name| provider.variable(name).unwrap().map(|value| value.expose_secret().to_owned());
        assert_eq!(read("A").as_deref(), Some("x y"));
        assert_eq!(read("B").as_deref(), Some("line\nline"));
        assert_eq!(read("C").as_deref(), Some("plain"));
        assert_eq!((read("D"), read("E")), (None, None));
    }

    #[test]
    fn a_broken_line_is_an_error_that_does_not_show_it() {
        let (_file, provider) = file("A=1\nB='canary\n");
        let error = provider.variable("A").unwrap_err();
        assert_eq!(error.kind(), "unreadable_file");
        assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
    }

    #[test]
    fn no_file_is_no_variables() {
        let provider = DotEnv::new("/nonexistent/.env".into(), None);
        assert!(provider.variable("A").unwrap().is_none());
    }
}
