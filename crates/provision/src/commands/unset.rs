//! `unset SECRET KEY…`: takes keys out of a JSON secret, in one write, by compare-and-swap.
//!
//! What is left is a new version: what was there stays the previous one.

use provision_core::desired::DesiredSecret;
use provision_core::manifest::ValueShape;
use provision_core::name::SecretName;
use provision_core::show::{Line, Mark, printable};

use crate::ask;
use crate::aws::Content;
use crate::cli::Global;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt::Changing;
use crate::print::document::Unset;
use crate::print::{Printer, title};
use crate::session;
use crate::values::store::Store;
use crate::values::versions::short;
use crate::values::{merge, naming};

/// Refuses a command line without a word of it: it may be a value
pub(crate) fn refusal() -> Failure {
    Failure::new(Exit::Usage, "usage", "`unset` takes a secret and the names of its keys")
        .hint("`provision unset --help` shows how")
}

pub(crate) async fn run(
    global: &Global,
    printer: Printer,
    secret: &str,
    keys: &[String],
) -> Result<Exit, Failure> {
    let project = session::load(global)?;
    let session = session::open(global, &project).await?;
    let store = Store { session: &session, global, printer };
    let (name, declared) = naming::find(&session.desired, secret)?;
    if !matches!(declared.value, ValueShape::Json(_)) {
        return Err(naming::without_keys(declared));
    }
    if (1..keys.len()).any(|at| keys[..at].contains(&keys[at])) {
        return Err(Failure::new(Exit::Usage, "usage", "one key is given twice"));
    }
    let shown = store.current(name).await?;
    without(name, declared, shown.content.as_ref(), keys)?;
    let told =
        |version| Unset { secret: name.as_str(), dry_run: global.dry_run, removed: keys, version };
    // they are known to be keys of the secret: not before may they be shown
    printer.lines(&lines(name.as_str(), declared, keys))?;
    if global.dry_run {
        printer.json(&told(None))?;
        return Ok(Exit::Done);
    }
    ask::go_on(global, if keys.len() == 1 { "Remove this key?" } else { "Remove these keys?" })?;
    // until it is told: what was written is not denied
    let _changing = Changing::begin();
    let written = store
        .put(name, |now| {
            // what was answered was about that value; `--yes` is about whatever is there
            if !global.yes && now.version() != shown.version() {
                let message =
                    format!("{name} has another value since this was shown; it was left as it is");
                return Err(Failure::new(Exit::Refused, "moved", message)
                    .hint("run it again to see what it would take out"));
            }
            without(name, declared, now.content.as_ref(), keys).map(Some)
        })
        .await?;
    let Some(written) = written else { return Ok(Exit::Done) };
    store.verify(name, &written).await?;
    let version = short(&written.version);
    let back = format!("provision rollback {}", declared.key);
    let lines = [
        title(format!("Removed as version {version}: {}", printable(&keys.join(", ")))),
        Line { mark: Mark::Hint, depth: 0, text: format!("`{back}` brings back what was there") },
    ];
    printer.outcome(&lines, &told(Some(&written.version)));
    Ok(Exit::Done)
}

/// What is left without the keys; the last of them stays, and a value may take its place
fn without(
    name: &SecretName,
    declared: &DesiredSecret,
    base: Option<&Content>,
    keys: &[String],
) -> Result<Content, Failure> {
    merge::without(base, keys).map_err(|failure| {
        if failure.kind != "last_key" {
            return failure;
        }
        let known = keys.iter().find(|key| naming::place(declared, Some(key)).is_ok());
        failure.hint(match known {
            Some(key) => format!("`provision set {name} {key}` gives it another value"),
            None => "declare another key and give it a value first".to_owned(),
        })
    })
}

/// What would go, and who would miss it
fn lines(name: &str, declared: &DesiredSecret, keys: &[String]) -> Vec<Line> {
    let mut lines = vec![title(name)];
    for key in keys {
        lines.push(Line { mark: Mark::Delete, depth: 1, text: printable(key) });
        if declared.required().iter().any(|required| required.as_str() == key) {
            let text = format!("the manifest requires {key}: functions that start without it fail");
            lines.push(Line { mark: Mark::Note, depth: 1, text });
        }
    }
    lines
}
