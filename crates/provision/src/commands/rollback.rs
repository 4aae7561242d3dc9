//! `rollback SECRET`: an earlier value becomes current again, as a new version, by compare-and-swap.
//!
//! The label is not moved back: what was current stays the previous version, and the way forward is
//! the same command again.

use provision_core::name::SecretName;

use crate::ask;
use crate::aws::{self, Content, Version};
use crate::cli::Global;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt::Changing;
use crate::print::{Printer, document, title};
use crate::session;
use crate::values::store::{Store, Written};
use crate::values::versions::{self, difference, short};
use crate::values::{merge, naming};

pub(crate) async fn run(
    global: &Global,
    printer: Printer,
    secret: &str,
    to: Option<&str>,
) -> Result<Exit, Failure> {
    let project = session::load(global)?;
    let session = session::open(global, &project).await?;
    let store = Store { session: &session, global, printer };
    let (name, _) = naming::find(&session.desired, secret)?;
    let id = name.as_str();
    let explain = |error| Failure::of_secret(error, name, &store.flags());
    let all = aws::versions(&session.aws, id, &session.desired.tags).await.map_err(explain)?;
    let version = chosen(&all, to, name)?;
    let content = aws::content_of(&session.aws, id, &version.id)
        .await
        .map_err(|error| explain(error.into()))?;
    let base = store.current(name).await?;
    let found = difference(base.content.as_ref(), Some(&content));
    let from = versions::named(version);
    let told = |changed, version, difference| document::Moved {
        secret: id,
        changed,
        version,
        from: Some(from.as_str()),
        label: None,
        difference,
    };
    if base.content.as_ref().is_some_and(|now| merge::same(now, &content)) {
        let lines = [title(format!("Nothing to do: {name} has the value of {from} already"))];
        printer.outcome(&lines, &told(false, base.version(), None));
        return Ok(Exit::Done);
    }
    let mut lines = vec![title(format!("{name}, back to {from}"))];
    lines.extend(found.lines(1));
    if global.dry_run {
        printer.lines(&lines)?;
        printer.json(&told(false, None, Some(&found)))?;
        return Ok(Exit::Done);
    }
    printer.lines(&lines)?;
    ask::go_on(global, "Make this value current again?")?;
    // until it is told: what was written is not denied
    let _changing = Changing::begin();
    let written = make_current(store, name, base.version(), &content).await?;
    let Some(written) = written else { return Ok(Exit::Done) };
    store.verify(name, &written).await?;
    let text =
        format!("{name} has the value of {from} again, as version {}", short(&written.version));
    printer.outcome(&[title(text)], &told(true, Some(&written.version), Some(&found)));
    Ok(Exit::Done)
}

/// The version that is meant: by default the one before the current one
fn chosen<'a>(
    all: &'a [Version],
    to: Option<&str>,
    name: &SecretName,
) -> Result<&'a Version, Failure> {
    match to {
        Some(wanted) => versions::find(all, wanted),
        None => versions::before(all, name),
    }
}

/// Makes the value current; somebody who wrote since it was shown is not overwritten unseen
async fn make_current(
    store: Store<'_>,
    name: &SecretName,
    shown: Option<&str>,
    content: &Content,
) -> Result<Option<Written>, Failure> {
    let shown = shown.map(str::to_owned);
    store
        .put(name, |now| match now.version() == shown.as_deref() {
            true => Ok(Some(content.clone())),
            false => Err(Failure::new(
                Exit::Refused,
                "moved",
                format!("{name} has another value since this was shown; it was left as it is"),
            )
            .hint("run it again to see what it would undo")),
        })
        .await
}
