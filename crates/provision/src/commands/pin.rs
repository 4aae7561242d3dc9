//! `pin SECRET [VERSION]`: a label keeps a version alive. Without one, AWS may remove whatever is
//! neither current nor the version before it.

use provision_core::name::SecretName;

use crate::aws::{self, Version};
use crate::cli::Global;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt::Changing;
use crate::print::{Printer, document, title};
use crate::session;
use crate::values::naming;
use crate::values::store::Store;
use crate::values::versions::{self, PIN};

/// The most labels that AWS keeps on one secret
const LABELS: usize = 20;
/// Labels that AWS and every write need: current, previous, pending, and one to stage under
const RESERVED: usize = 4;
/// The longest label
const LONGEST: usize = 256;

/// What `pin` is asked for
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted<'a> {
    pub(crate) secret: &'a str,
    pub(crate) version: Option<&'a str>,
    pub(crate) name: Option<&'a str>,
    pub(crate) remove: bool,
}

pub(crate) async fn run(
    global: &Global,
    printer: Printer,
    wanted: Wanted<'_>,
) -> Result<Exit, Failure> {
    let project = session::load(global)?;
    let session = session::open(global, &project).await?;
    let store = Store { session: &session, global, printer };
    let (name, _) = naming::find(&session.desired, wanted.secret)?;
    let id = name.as_str();
    let explain = |error| Failure::of_secret(error, name, &store.flags());
    let all = aws::versions(&session.aws, id, &session.desired.tags).await.map_err(explain)?;
    let version = versions::find(&all, wanted.version.unwrap_or("AWSCURRENT"))?;
    let told = |changed, label| document::Moved {
        secret: id,
        changed,
        version: Some(&version.id),
        from: None,
        label,
        difference: None,
    };
    let short = versions::short(&version.id);
    let _changing = Changing::begin();
    if wanted.remove {
        let removed = take_off(store, name, version, wanted.version).await?;
        let text = match removed {
            0 => format!("Nothing to do: version {short} of {name} has no pin"),
            _ => format!("Version {short} of {name} is pinned no longer"),
        };
        printer.outcome(&[title(text)], &told(removed > 0, None));
        return Ok(Exit::Done);
    }
    let label = label(wanted.name, &version.id)?;
    if version.labels.contains(&label) || (wanted.name.is_none() && pins(version).next().is_some())
    {
        let text = format!("Nothing to do: version {short} of {name} is pinned already");
        printer.outcome(&[title(text)], &told(false, Some(&label)));
        return Ok(Exit::Done);
    }
    if let Some(other) = all.iter().find(|other| other.labels.contains(&label)) {
        let text = format!("`{label}` pins version {} of {name}", versions::short(&other.id));
        return Err(Failure::new(Exit::Refused, "exists", text)
            .hint("`--as` gives another name, `--remove` takes that pin off"));
    }
    room(&all)?;
    aws::label(&session.aws, id, &label, None, Some(&version.id))
        .await
        .map_err(|error| explain(error.into()))?;
    let text = format!("Version {short} of {name} stays, as `{label}`");
    printer.outcome(&[title(text)], &told(true, Some(&label)));
    Ok(Exit::Done)
}

fn pins(version: &Version) -> impl Iterator<Item = &String> {
    version.labels.iter().filter(|label| label.starts_with(PIN))
}

/// Takes pins off a version and returns how many: one that was named itself loses just that
async fn take_off(
    store: Store<'_>,
    name: &SecretName,
    version: &Version,
    wanted: Option<&str>,
) -> Result<usize, Failure> {
    let is_named = pins(version).any(|pin| Some(pin.as_str()) == wanted);
    let meant: Vec<&String> =
        pins(version).filter(|pin| !is_named || Some(pin.as_str()) == wanted).collect();
    for pin in &meant {
        aws::label(&store.session.aws, name.as_str(), pin, Some(&version.id), None)
            .await
            .map_err(|error| Failure::of_secret(error.into(), name, &store.flags()))?;
    }
    Ok(meant.len())
}

fn label(name: Option<&str>, id: &str) -> Result<String, Failure> {
    let name = name.unwrap_or_else(|| versions::short(id));
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
    if name.is_empty() || PIN.len() + name.len() > LONGEST || !name.bytes().all(is_plain) {
        return Err(Failure::new(Exit::Usage, "usage", "`--as` wants letters, digits and `-_.`"));
    }
    Ok(format!("{PIN}{name}"))
}

/// Refuses a pin that would leave no room for the next write
fn room(versions: &[Version]) -> Result<(), Failure> {
    let of_others = |label: &&String| !label.starts_with("AWS");
    let used = versions.iter().flat_map(|version| &version.labels).filter(of_others).count();
    if used < LABELS - RESERVED {
        return Ok(());
    }
    Err(Failure::new(
        Exit::Refused,
        "limit",
        format!("the secret has {used} labels, and {RESERVED} of {LABELS} are needed to change it"),
    )
    .hint("`provision pin SECRET VERSION --remove` takes one off; `provision versions` lists them"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that panics has failed")]
mod tests {
    use super::*;

    #[test]
    fn labels_are_plain_words() {
        assert_eq!(label(None, "12345678-abcd").unwrap(), "pin-12345678");
        assert_eq!(label(Some("before-2.0"), "x").unwrap(), "pin-before-2.0");
        for wrong in ["", "a b", "ä", "a/b", &"x".repeat(300)] {
            assert!(label(Some(wrong), "x").is_err(), "{wrong}");
        }
    }

    #[test]
    fn room_is_left_for_the_next_write() {
        let versions = |pins: usize| {
            let labels = (0..pins).map(|n| format!("pin-{n}"));
            let labels = labels.chain(["AWSCURRENT".into(), "AWSPREVIOUS".into()]).collect();
            [Version { id: "a".into(), labels, created: None }]
        };
        assert!(room(&versions(15)).is_ok());
        assert_eq!(room(&versions(16)).unwrap_err().exit, Exit::Refused);
    }
}
