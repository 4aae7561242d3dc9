//! Values as people give them: from stdin, a hidden prompt, a file. Never from the command line.

use std::fs::File;
use std::io::{IsTerminal, Read};
use std::path::Path;

use provision_core::name::SecretName;
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::merge::{Given, LONGEST, Place, bad_value, too_long};
use super::target::looks_like_value;
use crate::ask;
use crate::exit::Exit;
use crate::failure::Failure;

/// Returns the one value of stdin, or of a hidden prompt where stdin is a terminal
pub(crate) fn from_stdin(name: &SecretName, place: &Place) -> Result<Given, Failure> {
    let stdin = std::io::stdin();
    if !stdin.is_terminal() {
        return checked(name, place, all_of(stdin.lock(), LONGEST, &stdin_failed)?);
    }
    if *place == Place::Binary {
        return Err(Failure::new(Exit::Usage, "usage", "a binary value comes from a file")
            .hint(format!("`provision set {name} --from-file …`")));
    }
    let typed = Zeroizing::new(ask::hidden_value(&what(name, place))?);
    checked(name, place, Zeroizing::new(typed.as_bytes().to_vec()))
}

/// Returns the value of a file
pub(crate) fn from_file(name: &SecretName, path: &Path, place: &Place) -> Result<Given, Failure> {
    checked(name, place, read_file(path, LONGEST)?)
}

/// Returns a value for each place: a line of stdin each, or a hidden prompt each
pub(crate) fn lines_of_stdin(name: &SecretName, places: &[Place]) -> Result<Vec<Given>, Failure> {
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        return places.iter().map(|place| from_stdin(name, place)).collect();
    }
    let bytes = all_of(stdin.lock(), LONGEST, &stdin_failed)?;
    let whole = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
    let lines: Vec<&[u8]> = whole.split(|byte| *byte == b'\n').collect();
    if lines.len() != places.len() {
        let plural = if lines.len() == 1 { "line" } else { "lines" };
        return Err(bad_value(&format!(
            "stdin has {} {plural} and {} keys want one each",
            lines.len(),
            places.len()
        ))
        .hint("a value of several lines comes from a file: `KEY=@FILE`"));
    }
    let line = |line: &[u8]| Zeroizing::new(line.to_vec());
    places.iter().zip(lines).map(|(place, text)| checked(name, place, line(text))).collect()
}

/// Returns the bytes of a file, or of stdin where the path is `-`; at most `most` of them
pub(crate) fn read_source(path: &Path, most: usize) -> Result<Zeroizing<Vec<u8>>, Failure> {
    if path != Path::new("-") {
        return read_file(path, most);
    }
    let bytes = all_of(std::io::stdin().lock(), most, &stdin_failed)?;
    if bytes.len() > most { Err(too_large(most)) } else { Ok(bytes) }
}

fn read_file(path: &Path, most: usize) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let failed = |error: std::io::Error| match file_name(path) {
        Some(name) => Failure::new(Exit::Error, "file", format!("cannot read `{name}`: {error}"))
            .hint("a path begins where the command runs; `-` stands for stdin"),
        None => Failure::new(Exit::Error, "file", format!("cannot read the file: {error}"))
            .hint("a value is never taken from the command line; a file is named by its path"),
    };
    let file = File::open(path).map_err(failed)?;
    let bytes = all_of(file, most, &failed)?;
    if bytes.len() > most + 2 { Err(too_large(most)) } else { Ok(bytes) }
}

/// The path where it is surely one: what was typed in its place may be a value by mistake
fn file_name(path: &Path) -> Option<&str> {
    let text = path.to_str()?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"._-/".contains(&b);
    let (_, ending) = text.rsplit('/').next()?.rsplit_once('.')?;
    let ends = (1..=6).contains(&ending.len()) && ending.bytes().all(|b| b.is_ascii_lowercase());
    let is_path = ends && text.bytes().all(plain) && !text.split('/').any(looks_like_value);
    is_path.then_some(text)
}

fn too_large(most: usize) -> Failure {
    if most == LONGEST {
        return too_long();
    }
    Failure::new(Exit::Error, "source", format!("the source is larger than {most} bytes"))
}

fn stdin_failed(error: std::io::Error) -> Failure {
    Failure::new(Exit::Error, "stdin", format!("cannot read the value from stdin: {error}"))
}

fn all_of(
    source: impl Read,
    most: usize,
    failed: &dyn Fn(std::io::Error) -> Failure,
) -> Result<Zeroizing<Vec<u8>>, Failure> {
    // one allocation that is never grown, so that no copy of a value stays behind
    let mut bytes = Zeroizing::new(Vec::with_capacity(most + 4));
    let limit = u64::try_from(most + 3).unwrap_or(u64::MAX);
    source.take(limit).read_to_end(&mut bytes).map_err(failed)?;
    if most == LONGEST && bytes.len() > LONGEST + 2 {
        return Err(too_long());
    }
    Ok(bytes)
}

/// The value, where the place can hold it
fn checked(name: &SecretName, place: &Place, bytes: Zeroizing<Vec<u8>>) -> Result<Given, Failure> {
    let given = match place {
        Place::Binary => Given::Binary(bytes.to_vec().into()),
        Place::Key(_) | Place::Text => Given::Text(text_of(&bytes)?),
    };
    let (empty, nul) = match &given {
        Given::Text(text) | Given::Json(text) => {
            (text.expose_secret().is_empty(), text.expose_secret().contains('\0'))
        }
        Given::Binary(bytes) => (bytes.expose_secret().is_empty(), false),
    };
    if empty {
        let failure = bad_value("the value is empty")
            .hint("pipe it in: `printf %s \"$VALUE\" | provision set …`");
        return Err(match place {
            Place::Key(key) => {
                failure.hint(format!("where that is meant, `provision set {name} {key} --empty`"))
            }
            Place::Text | Place::Binary => failure,
        });
    }
    if nul {
        return Err(bad_value("the value holds a NUL byte, which no variable can hold")
            .hint("declare the secret as `type: binary`"));
    }
    Ok(given)
}

/// The text without the one newline that `echo` and editors put behind it
fn text_of(bytes: &[u8]) -> Result<SecretString, Failure> {
    let text = std::str::from_utf8(bytes).map_err(|_| {
        bad_value("the value is not UTF-8 text").hint("declare the secret as `type: binary`")
    })?;
    let text = text.strip_suffix('\n').map_or(text, |t| t.strip_suffix('\r').unwrap_or(t));
    Ok(text.into())
}

fn what(name: &SecretName, place: &Place) -> String {
    match place {
        Place::Key(key) => format!("{key} in {name}"),
        Place::Text | Place::Binary => name.to_string(),
    }
}
