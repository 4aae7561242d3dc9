//! `set SECRET [KEY]`: one value, from stdin or a hidden prompt, by compare-and-swap.

use std::ffi::OsString;
use std::io::{IsTerminal, Read};

use provision_core::desired::{Desired, DesiredSecret};
use provision_core::manifest::ValueShape;
use provision_core::name::{Region, SecretName, ValueKey};
use provision_core::show::{Line, Mark};
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use zeroize::Zeroizing;

use crate::ask;
use crate::aws::{self, Content, Current, Leftover, Outcome, Write};
use crate::cli::{Global, quoted};
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

/// Refuses what stands behind the key, without a word of it: it may be a value
pub(crate) fn refuse(surplus: &[OsString]) -> Result<(), Failure> {
    if surplus.is_empty() {
        return Ok(());
    }
    Err(Failure::new(Exit::Usage, "usage", "`set` takes a secret, a key, and nothing behind them")
        .hint(
            "a value is never taken from the command line: pipe it in, or type it at the prompt; \
             `provision set --help` shows how",
        ))
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
    let version = put(&session, global, printer, name, &place, &given).await?;
    report(printer, name, key, version.as_deref());
    Ok(Exit::Done)
}

fn report(printer: Printer, name: &SecretName, key: Option<&str>, version: Option<&str>) {
    let what = match key {
        Some(key) => format!("{key} in {name}"),
        None => name.to_string(),
    };
    let text = match version {
        Some(_) => format!("Set {what}"),
        None => format!("Nothing to do: {what} has that value already"),
    };
    let lines = [Line { mark: Mark::Title, depth: 0, text }];
    let changed = version.is_some();
    printer.outcome(&lines, &document::Set { secret: name.as_str(), key, changed, version });
}

/// The secret of that name; what is unknown may be a value and is not shown
fn find<'a>(
    desired: &'a Desired,
    wanted: &str,
) -> Result<(&'a SecretName, &'a DesiredSecret), Failure> {
    let secrets = &desired.secrets;
    secrets
        .iter()
        .find(|(name, secret)| secret.key.as_str() == wanted || name.as_str() == wanted)
        .ok_or_else(|| {
            let names: Vec<&str> = secrets.values().map(|s| s.key.as_str()).collect();
            Failure::new(Exit::Error, "unknown_secret", "the manifest declares no such secret")
                .hint(declared(wanted, &names))
        })
}

fn place<'a>(secret: &DesiredSecret, key: Option<&'a str>) -> Result<Place<'a>, Failure> {
    let usage = |message: String| Failure::new(Exit::Usage, "usage", message);
    match (&secret.value, key) {
        (ValueShape::Json(keys), Some(key)) => {
            if keys.keys().any(|known| known.as_str() == key) {
                return Ok(Place::Key(key));
            }
            let names: Vec<&str> = keys.keys().map(ValueKey::as_str).collect();
            Err(Failure::new(
                Exit::Error,
                "unknown_key",
                format!("the manifest declares no such key in `{}`", secret.key),
            )
            .hint(format!("{}; add it there first", declared(key, &names))))
        }
        (ValueShape::Json(keys), None) => {
            let names: Vec<&str> = keys.keys().map(ValueKey::as_str).collect();
            Err(usage(format!("`{}` is a JSON secret: which key is meant?", secret.key))
                .hint(format!("add one of {}", list(&names))))
        }
        (ValueShape::String | ValueShape::Binary, Some(_)) => {
            Err(usage(format!("`{}` holds one value and has no keys", secret.key))
                .hint("leave the key out; a value is never taken from the command line"))
        }
        (ValueShape::String, None) => Ok(Place::Text),
        (ValueShape::Binary, None) => Ok(Place::Binary),
    }
}

/// What is declared, and which of it was meant
fn declared(wanted: &str, names: &[&str]) -> String {
    match nearest(wanted, names) {
        Some(near) => format!("did you mean `{near}`? Declared are {}", list(names)),
        None => format!("declared are {}", list(names)),
    }
}

/// The nearest of `names`, if every third letter at most is wrong
fn nearest<'a>(wanted: &str, names: &[&'a str]) -> Option<&'a str> {
    let wanted = wanted.to_lowercase();
    names
        .iter()
        .map(|name| (strsim::damerau_levenshtein(&wanted, &name.to_lowercase()), *name))
        .filter(|(steps, name)| *steps <= (name.len() / 3).max(1))
        .min()
        .map(|(_, name)| name)
}

fn list(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
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

/// Sets the value, and returns its version, none where it is current already
async fn put(
    session: &Session,
    global: &Global,
    printer: Printer,
    name: &SecretName,
    place: &Place<'_>,
    given: &Given,
) -> Result<Option<String>, Failure> {
    let id = name.as_str();
    let Session { aws, desired, .. } = session;
    let flags = global.flags(desired.environment.as_str());
    let explain = |error| Failure::of_secret(error, name, &flags);
    let _changing = Changing::begin();
    for _ in 0..TRIES {
        let base = aws::current(aws, id, &desired.tags).await.map_err(explain)?;
        let Some(content) = merged(&base, place, given)? else { return Ok(None) };
        let Write { outcome, leftover } = aws::write(aws, id, &base, &content).await;
        if let Some(leftover) = leftover {
            printer.stderr(&warning(&leftover, name, global, &desired.region));
        }
        match outcome.map_err(|error| explain(error.into()))? {
            Outcome::Done(version) => return Ok(Some(version)),
            Outcome::Lost => tracing::info!(secret = id, "another writer was faster"),
        }
    }
    Err(Failure::new(
        Exit::Error,
        "lost_race",
        format!("other writers were faster {TRIES} times; {name} was not changed"),
    )
    .hint("run it again when they are done"))
}

/// What is said of a staging label that could not be removed
fn warning(leftover: &Leftover, name: &SecretName, global: &Global, region: &Region) -> String {
    let Leftover { label, version } = leftover;
    let mut text = format!(
        "warning: the staging label {label} could not be removed from version {version} of {name}: \
         nobody reads it, but AWS keeps the version as long as it is there\n"
    );
    // no other client reaches the AWS inside this binary
    if !global.local {
        let mut command = format!(
            "aws secretsmanager update-secret-version-stage --secret-id {name} \
             --version-stage {label} --remove-from-version-id {version} --region {region}"
        );
        for (flag, given) in
            [("--profile", &global.profile), ("--endpoint-url", &global.endpoint_url)]
        {
            if let Some(given) = given {
                command.push_str(&format!(" {flag} {}", quoted(given)));
            }
        }
        text.push_str(&format!("hint: `{command}` removes it\n"));
    }
    text
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

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that panics has failed")]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::Cli;

    fn warning_with(flags: &[&str]) -> String {
        let global = Cli::try_parse_from([&["provision"], flags].concat()).unwrap().global;
        let leftover = Leftover { label: "lambda-secrets-1".into(), version: "v1".into() };
        let name = SecretName::parse("shop/dev/api-keys").unwrap();
        warning(&leftover, &name, &global, &Region::parse("eu-west-1").unwrap())
    }

    #[test]
    fn a_label_left_behind_is_told_with_the_command_that_removes_it() {
        let text = warning_with(&["--profile", "the shop"]);
        assert!(text.starts_with("warning: the staging label lambda-secrets-1 "), "{text}");
        let command = "aws secretsmanager update-secret-version-stage \
                       --secret-id shop/dev/api-keys --version-stage lambda-secrets-1 \
                       --remove-from-version-id v1 --region eu-west-1 --profile 'the shop'";
        assert!(text.contains(&format!("hint: `{command}`")), "{text}");
        let text = warning_with(&["--local"]);
        assert!(text.contains("warning:") && !text.contains("aws secretsmanager"), "{text}");
    }

    #[test]
    fn what_was_meant_is_near() {
        let names = ["GITHUB_TOKEN", "openai.key", "A"];
        assert_eq!(nearest("github_tokn", &names), Some("GITHUB_TOKEN"));
        assert_eq!(nearest("openai-key", &names), Some("openai.key"));
        assert_eq!(nearest("ghp_16C7e42F292c6912E7710c838347Ae178B4a", &names), None);
    }
}
