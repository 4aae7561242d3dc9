//! `get SECRET [KEY]`: what AWS says of a secret, and the names of its keys. The value only where it
//! is asked for.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use provision_core::show::{Line, Mark, printable};
use secrecy::ExposeSecret;
use zeroize::Zeroizing;

use crate::ask;
use crate::aws::{self, Content, Details, ErrorKind, ReplicaState};
use crate::cli::{Global, Output};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::object;
use crate::print::{Printer, document};
use crate::session;
use crate::values::store::Store;
use crate::values::{naming, versions};

/// What `get` is asked for
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted<'a> {
    pub(crate) secret: &'a str,
    pub(crate) key: Option<&'a str>,
    pub(crate) at: Option<&'a str>,
    pub(crate) reveal: bool,
}

pub(crate) async fn run(
    global: &Global,
    printer: Printer,
    wanted: Wanted<'_>,
) -> Result<Exit, Failure> {
    let project = session::load(global)?;
    let session = session::open(global, &project).await?;
    let store = Store { session: &session, global, printer };
    let (name, declared) = naming::find(&session.desired, wanted.secret)?;
    if wanted.key.is_some() {
        naming::place(declared, wanted.key)?;
    }
    let id = name.as_str();
    let explain = |error| Failure::of_secret(error, name, &store.flags());
    let details = aws::details(&session.aws, id, &session.desired.tags).await.map_err(explain)?;
    let mut version = match wanted.at {
        Some(at) => {
            let all =
                aws::versions(&session.aws, id, &session.desired.tags).await.map_err(explain)?;
            Some(versions::find(&all, at)?.id.clone())
        }
        None => details.current.clone(),
    };
    let content = match &version {
        Some(version) if details.deleted.is_none() => {
            Some(aws::content_of(&session.aws, id, version).await)
        }
        _ => None,
    };
    if wanted.reveal {
        let content = content.ok_or_else(|| no_value(id, &details))?;
        let content = content.map_err(|error| match error.kind {
            ErrorKind::NotFound => no_value(id, &details),
            _ => explain(error.into()),
        })?;
        return reveal(global, printer, id, wanted.key, &content);
    }
    let (content, unread) = match content {
        Some(Ok(content)) => (Some(content), None),
        // what a secret is, whoever plans may know; what is in it is another right
        // an endpoint may have a version without a value where AWS has none
        Some(Err(error)) if error.kind == ErrorKind::NotFound => {
            version = None;
            (None, None)
        }
        Some(Err(error)) => match versions::unread(&error) {
            Some(why) => (None, Some(why)),
            None => return Err(explain(error.into())),
        },
        None => (None, None),
    };
    let keys = content.as_ref().and_then(versions::key_names);
    let is_known = unread.is_none();
    let is_set =
        wanted.key.filter(|_| is_known).map(|key| keys.iter().flatten().any(|name| name == key));
    let mut lines = lines(id, &details, version.as_deref());
    lines.extend(key_lines(wanted.key, keys.as_deref(), unread.as_deref()));
    printer.lines(&lines)?;
    printer.json(&document::Secret::of(id, &details, version.as_deref(), keys, is_set))?;
    Ok(Exit::Done)
}

fn no_value(id: &str, details: &Details) -> Failure {
    match &details.deleted {
        Some(_) => Failure::new(Exit::Error, "invalid_state", format!("{id} waits to be deleted"))
            .hint("`provision restore` takes that back"),
        None => Failure::new(Exit::Error, "no_value", format!("{id} has no value yet"))
            .hint(format!("`provision set {id}` gives it one")),
    }
}

fn detail(text: String) -> Line {
    Line { mark: Mark::Detail, depth: 1, text: printable(&text) }
}

fn lines(id: &str, details: &Details, version: Option<&str>) -> Vec<Line> {
    let Details {
        arn,
        description,
        kms_key,
        created,
        changed,
        accessed,
        deleted,
        current: _,
        rotated_by,
        rotated,
        next_rotation,
        replicas,
    } = details;
    let mut lines = vec![Line { mark: Mark::Title, depth: 0, text: id.to_owned() }];
    let key = kms_key.clone().unwrap_or_else(|| "managed by AWS".into());
    // AWS gives the time of the request, and other endpoints that of the end
    let deletion = match deleted {
        Some(time) if *time > now() => "to be deleted at",
        _ => "deleted, with a way back, at",
    };
    let told = [
        ("description", Some(description.clone()).filter(|text| !text.is_empty())),
        ("arn", Some(arn.clone())),
        ("KMS key", Some(key)),
        ("created", created.clone()),
        ("changed", changed.clone()),
        ("last read", accessed.clone()),
        (deletion, deleted.clone()),
        ("rotated by", rotated_by.clone()),
        ("last rotated", rotated.clone()),
        ("next rotation", next_rotation.clone()),
        ("version", Some(version.unwrap_or("none: it has no value yet").to_owned())),
    ];
    lines.extend(
        told.into_iter().filter_map(|(name, text)| Some(detail(format!("{name} {}", text?)))),
    );
    lines.extend(
        replicas.iter().map(|replica| {
            detail(format!("replica in {} {}", replica.region, replica.state.words()))
        }),
    );
    lines
}

/// The time as AWS's dates are shown, which sort as text
fn now() -> String {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let since = since.map_or(0, |since| since.as_millis());
    aws::date(i64::try_from(since).unwrap_or(i64::MAX))
}

impl ReplicaState {
    /// Returns the state in words
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::InSync => "in sync",
            Self::InProgress => "in progress",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
        }
    }
}

/// What is said of the keys: whether one is set, or all their names
fn key_lines(wanted: Option<&str>, keys: Option<&[String]>, unread: Option<&str>) -> Vec<Line> {
    if let Some(why) = unread {
        let text = format!("the names of its keys are not read: {why}");
        return vec![Line { mark: Mark::Note, depth: 1, text }];
    }
    match (wanted, keys) {
        (Some(wanted), keys) => {
            let is_set = keys.is_some_and(|keys| keys.iter().any(|key| key == wanted));
            let state = if is_set { "is set" } else { "is not set" };
            vec![detail(format!("key {wanted} {state}"))]
        }
        (None, Some([])) => vec![detail("no keys are set".into())],
        (None, Some(keys)) => vec![detail(format!("keys {}", keys.join(", ")))],
        (None, None) => Vec::new(),
    }
}

/// Writes the value: to a pipe as it is, to a terminal after a question
fn reveal(
    global: &Global,
    printer: Printer,
    id: &str,
    key: Option<&str>,
    content: &Content,
) -> Result<Exit, Failure> {
    let bytes = match key {
        Some(key) => member(content, key)?,
        None => Zeroizing::new(crate::values::merge::bytes(content).to_vec()),
    };
    let is_binary = matches!(content, Content::Binary(_));
    if global.output == Output::Json {
        let text = match std::str::from_utf8(&bytes) {
            Ok(text) if !is_binary => Zeroizing::new(text.to_owned()),
            _ => Zeroizing::new(STANDARD.encode(&*bytes)),
        };
        ask::reveal(global)?;
        printer.secret_json(&document::Revealed {
            secret: id,
            key,
            binary: is_binary,
            value: &text,
        })?;
        return Ok(Exit::Done);
    }
    if ask::reveal(global)? == ask::Reader::Terminal {
        if is_binary {
            return Err(Failure::new(Exit::Usage, "usage", "a binary value is not for a terminal")
                .hint("send it to a file: `provision get … --reveal > FILE`"));
        }
        let text = String::from_utf8_lossy(&bytes);
        // a value may hold what a terminal takes for orders
        let safe: Zeroizing<String> =
            Zeroizing::new(text.split('\n').map(printable).collect::<Vec<_>>().join("\n") + "\n");
        printer.secret(safe.as_bytes())?;
    } else {
        printer.secret(&bytes)?;
    }
    Ok(Exit::Done)
}

/// The value of one key: a text as it is, all else as JSON
fn member(content: &Content, key: &str) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let bad = |message: String| Failure::new(Exit::Error, "value", message);
    let Content::Text(text) = content else {
        return Err(bad("the value is binary and has no keys".into()));
    };
    let members = object::members(text.expose_secret()).map_err(|error| bad(error.to_string()))?;
    let Some((_, raw)) = members.iter().find(|(name, _)| name == key) else {
        return Err(Failure::new(Exit::Error, "no_value", format!("{key} is not set"))
            .hint("`provision set` gives it a value"));
    };
    Ok(Zeroizing::new(match serde_json::from_str::<String>(raw.get()) {
        Ok(text) => text.into_bytes(),
        Err(_) => raw.get().as_bytes().to_vec(),
    }))
}
