//! `set SECRET [KEY]`: one value, from stdin or a hidden prompt, by compare-and-swap.

use std::io::{IsTerminal, Read};

use provision_core::desired::{Desired, DesiredSecret};
use provision_core::manifest::ValueShape;
use provision_core::name::SecretName;
use provision_core::show::{Line, Mark};
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use zeroize::Zeroizing;

use crate::ask;
use crate::aws::{self, Content, Current, Write};
use crate::cli::Global;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt::Changing;
use crate::object;
use crate::print::{Printer, document};
use crate::session::{self, Session};

/// The most that Secrets Manager takes as one value, in bytes
const LONGEST: usize = 65_536;
/// How often a write is tried against faster writers
const TRIES: u32 = 10;

/// Where a value goes
enum Place<'a> {
    /// one key of a JSON secret
    Key(&'a str),
    /// the whole of a text secret
    Text,
    /// the whole of a binary secret
    Binary,
}

/// A value on its way, as it was given
enum Given {
    Text(SecretString),
    Binary(SecretSlice<u8>),
}

pub(crate) async fn run(
    global: &Global,
    printer: Printer,
    secret: &str,
    key: Option<&str>,
) -> Result<Exit, Failure> {
    let project = session::load(global)?;
    // whoever types or pipes a value may take their time: nothing is held open meanwhile
    let desired = session::offline(global, &project)?;
    let (name, declared) = find(&desired, secret)?;
    let place = place(declared, key)?;
    let given = read(name, &place)?;
    let session = session::open(global, &project).await?;
    let version = put(&session, name, &place, &given).await?;
    report(printer, name, key, version.as_deref())
}

fn report(
    printer: Printer,
    name: &SecretName,
    key: Option<&str>,
    version: Option<&str>,
) -> Result<Exit, Failure> {
    let what = match key {
        Some(key) => format!("{key} in {name}"),
        None => name.to_string(),
    };
    let text = match version {
        Some(_) => format!("Set {what}"),
        None => format!("Nothing to do: {what} has that value already"),
    };
    printer.lines(&[Line { mark: Mark::Title, depth: 0, text }])?;
    let changed = version.is_some();
    let secret = name.as_str();
    printer.json(&document::Set { secret, key, changed, version })?;
    Ok(Exit::Done)
}

fn find<'a>(
    desired: &'a Desired,
    wanted: &str,
) -> Result<(&'a SecretName, &'a DesiredSecret), Failure> {
    let secrets = &desired.secrets;
    secrets
        .iter()
        .find(|(name, secret)| secret.key.as_str() == wanted || name.as_str() == wanted)
        .ok_or_else(|| {
            let names: Vec<String> = secrets.values().map(|s| format!("`{}`", s.key)).collect();
            Failure::new(
                Exit::Error,
                "unknown_secret",
                format!("the manifest declares no secret `{wanted}`"),
            )
            .hint(format!("declared are {}", names.join(", ")))
        })
}

fn place<'a>(secret: &DesiredSecret, key: Option<&'a str>) -> Result<Place<'a>, Failure> {
    let usage = |message: String| Failure::new(Exit::Usage, "usage", message);
    match (&secret.value, key) {
        (ValueShape::Json(keys), Some(key)) => {
            if keys.keys().any(|known| known.as_str() == key) {
                return Ok(Place::Key(key));
            }
            let names: Vec<String> = keys.keys().map(|k| format!("`{k}`")).collect();
            Err(Failure::new(
                Exit::Error,
                "unknown_key",
                format!("the manifest declares no key `{key}` in `{}`", secret.key),
            )
            .hint(format!("declared are {}; add it there first", names.join(", "))))
        }
        (ValueShape::Json(keys), None) => {
            let names: Vec<String> = keys.keys().map(|k| format!("`{k}`")).collect();
            Err(usage(format!("`{}` is a JSON secret: which key is meant?", secret.key))
                .hint(format!("add one of {}", names.join(", "))))
        }
        (ValueShape::String | ValueShape::Binary, Some(_)) => {
            Err(usage(format!("`{}` holds one value and has no keys", secret.key))
                .hint("leave the key out"))
        }
        (ValueShape::String, None) => Ok(Place::Text),
        (ValueShape::Binary, None) => Ok(Place::Binary),
    }
}

/// Reads the value from stdin, or from a hidden prompt where stdin is a terminal
fn read(name: &SecretName, place: &Place<'_>) -> Result<Given, Failure> {
    let stdin = std::io::stdin();
    let given = match place {
        Place::Binary if stdin.is_terminal() => {
            return Err(Failure::new(Exit::Usage, "usage", "a binary value comes from a file")
                .hint("`provision set SECRET < FILE`"));
        }
        Place::Binary => Given::Binary(all_of(stdin)?.to_vec().into()),
        Place::Key(_) | Place::Text => {
            let what = match place {
                Place::Key(key) => format!("{key} in {name}"),
                Place::Text | Place::Binary => name.to_string(),
            };
            let text = if stdin.is_terminal() {
                Zeroizing::new(ask::hidden_value(&what)?)
            } else {
                text_of(&all_of(stdin)?)?
            };
            Given::Text(text.as_str().into())
        }
    };
    let (empty, nul) = match &given {
        Given::Text(text) => (text.expose_secret().is_empty(), text.expose_secret().contains('\0')),
        Given::Binary(bytes) => (bytes.expose_secret().is_empty(), false),
    };
    if empty {
        return Err(
            bad_value("the value is empty").hint("pipe it in: `printf %s VALUE | provision set …`")
        );
    }
    if nul {
        return Err(bad_value("the value holds a NUL byte, which no variable can hold")
            .hint("declare the secret as `type: binary`"));
    }
    Ok(given)
}

fn all_of(stdin: std::io::Stdin) -> Result<Zeroizing<Vec<u8>>, Failure> {
    // one allocation that is never grown, so that no copy of a value stays behind
    let mut bytes = Zeroizing::new(Vec::with_capacity(LONGEST + 4));
    let most = u64::try_from(LONGEST + 3).unwrap_or(u64::MAX);
    stdin.lock().take(most).read_to_end(&mut bytes).map_err(|error| {
        Failure::new(Exit::Error, "stdin", format!("cannot read the value from stdin: {error}"))
    })?;
    if bytes.len() > LONGEST + 2 {
        return Err(too_long());
    }
    Ok(bytes)
}

/// The text without the one newline that `echo` and editors put behind it
fn text_of(bytes: &[u8]) -> Result<Zeroizing<String>, Failure> {
    let text = std::str::from_utf8(bytes).map_err(|_| {
        bad_value("the value is not UTF-8 text").hint("declare the secret as `type: binary`")
    })?;
    let text = text.strip_suffix('\n').map_or(text, |t| t.strip_suffix('\r').unwrap_or(t));
    Ok(Zeroizing::new(text.to_owned()))
}

fn bad_value(message: &str) -> Failure {
    Failure::new(Exit::Error, "value", format!("{message}; nothing was changed"))
}

fn too_long() -> Failure {
    bad_value("the value is longer than the 65,536 bytes that Secrets Manager takes")
}

/// Writes the value, again and again where others write at the same time; none where it is there
async fn put(
    session: &Session,
    name: &SecretName,
    place: &Place<'_>,
    given: &Given,
) -> Result<Option<String>, Failure> {
    let id = name.as_str();
    let explain = |error| Failure::of_secret(error, name, &session.desired.environment);
    let _changing = Changing::begin();
    for _ in 0..TRIES {
        let base = aws::current(&session.aws, id).await.map_err(explain)?;
        let Some(content) = merged(&base, place, given)? else { return Ok(None) };
        match aws::write(&session.aws, id, &base, &content).await.map_err(explain)? {
            Write::Done { version, leftover: _ } => return Ok(Some(version)),
            Write::Lost => tracing::info!(secret = id, "another writer was faster"),
        }
    }
    Err(Failure::new(
        Exit::Error,
        "lost_race",
        format!("other writers were faster {TRIES} times; {name} was not changed"),
    )
    .hint("run it again when they are done"))
}

/// The new content, none where it is what is current
fn merged(base: &Current, place: &Place<'_>, given: &Given) -> Result<Option<Content>, Failure> {
    let content = match (place, given) {
        (Place::Key(key), Given::Text(value)) => {
            let now = match &base.content {
                None => "{}",
                Some(Content::Text(text)) => text.expose_secret(),
                Some(Content::Binary(_)) => return Err(bad_value("the current value is binary")),
            };
            match object::with_member(now, key, value.expose_secret()) {
                Ok(Some(text)) => Content::Text(text),
                Ok(None) => return Ok(None),
                Err(error) => return Err(bad_value(&error.to_string())),
            }
        }
        (_, Given::Text(value)) => match &base.content {
            Some(Content::Text(now)) if now.expose_secret() == value.expose_secret() => {
                return Ok(None);
            }
            _ => Content::Text(value.clone()),
        },
        (_, Given::Binary(value)) => match &base.content {
            Some(Content::Binary(now)) if now.expose_secret() == value.expose_secret() => {
                return Ok(None);
            }
            _ => Content::Binary(value.clone()),
        },
    };
    let length = match &content {
        Content::Text(text) => text.expose_secret().len(),
        Content::Binary(bytes) => bytes.expose_secret().len(),
    };
    if length > LONGEST { Err(too_long()) } else { Ok(Some(content)) }
}
