//! `rotate SECRET`: asks AWS to run the secret's rotation function, and waits for its new version.

use provision_core::name::SecretName;

use super::waiting::{self, End};
use crate::aws::{self, Details, ErrorKind, Version};
use crate::cli::Global;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt::Changing;
use crate::print::{Printer, document, title};
use crate::session::{self, Session};
use crate::values::naming;
use crate::values::store::Store;
use crate::values::versions::short;

/// The label of the version that a rotation makes
const PENDING: &str = "AWSPENDING";

pub(crate) async fn run(
    global: &Global,
    printer: Printer,
    secret: &str,
    wait: u64,
) -> Result<Exit, Failure> {
    let project = session::load(global)?;
    let session = session::open(global, &project).await?;
    let store = Store { session: &session, global, printer };
    let (name, declared) = naming::find(&session.desired, secret)?;
    let id = name.as_str();
    let explain = |error| Failure::of_secret(error, name, &store.flags());
    let read = || aws::details(&session.aws, id, &session.desired.tags);
    let details = read().await.map_err(explain)?;
    refuse(name, declared.rotation.is_some(), &details)?;
    // until the end is told: what was set off is not denied
    let _changing = Changing::begin();
    let version = begun(store, name).await?;
    let told = |changed| document::Moved {
        secret: id,
        changed,
        version: Some(&version),
        from: None,
        label: None,
        difference: None,
    };
    if global.local {
        let text =
            format!("Rotation of {name} is set off; the AWS inside this binary runs no function");
        printer.outcome(&[title(text)], &told(false));
        return Ok(Exit::Done);
    }
    let set_off = || title(format!("Rotation of {name} is set off"));
    let waited = waiting::until(
        "waiting for the rotation function",
        wait,
        async || read().await.map_err(explain),
        |details| details.current.as_deref() == Some(version.as_str()),
    );
    match waited.await {
        Ok((_, End::Over)) => {
            let text = format!("Rotated {name}, version {} is current", short(&version));
            printer.outcome(&[title(text)], &told(true));
            Ok(Exit::Done)
        }
        Ok((_, End::Late)) if wait == 0 => {
            printer.outcome(&[set_off()], &told(false));
            Ok(Exit::Done)
        }
        Ok((_, End::Late)) => Err(Failure::new(
            Exit::Error,
            "timeout",
            format!("{name} is not rotated after {wait} s; its value is the one that it had"),
        )
        .hint("the log of the rotation function says why: AWS tries again by itself")),
        Ok((_, End::Interrupted)) => {
            printer.outcome(&[set_off()], &told(false));
            printer.stderr(&format!(
                "interrupted: the function goes on\n\
                 hint: `provision versions {name}` shows when its version is current\n"
            ));
            Ok(Exit::Partly)
        }
        Err(failure) => Err(failure.with_exit(Exit::Partly).hint(format!(
            "the rotation of {name} is set off: `provision versions {name}` shows its end"
        ))),
    }
}

/// Sets the rotation off and returns the version that it makes
async fn begun(store: Store<'_>, name: &SecretName) -> Result<String, Failure> {
    let Store { session, .. } = store;
    let error = match aws::rotate(&session.aws, name.as_str()).await {
        Ok(version) => return Ok(version),
        Err(error) => error,
    };
    let pending = match error.kind {
        ErrorKind::InvalidState => pending(session, name).await,
        _ => None,
    };
    let failure = Failure::of_secret(error.into(), name, &store.flags());
    Err(pending.into_iter().fold(failure, Failure::hint))
}

/// What is said of an earlier rotation that did not come to its end, where there is one
async fn pending(session: &Session, name: &SecretName) -> Option<String> {
    let Session { aws, desired, .. } = session;
    // what else is wrong is told already
    let all = aws::versions(aws, name.as_str(), &desired.tags).await.ok()?;
    let under_way = |version: &&Version| version.labels.contains(PENDING) && !version.is_current();
    let Version { id, .. } = all.iter().find(under_way)?;
    Some(format!(
        "an earlier rotation did not come to its end: version {id} is under `{PENDING}`. The log of the \
         rotation function says why, AWS tries it again, and begins no other until the label is off: \
         `aws secretsmanager update-secret-version-stage --secret-id {name} --version-stage {PENDING} \
         --remove-from-version-id {id} --region {}`",
        desired.region.as_str()
    ))
}

fn refuse(id: &SecretName, is_declared: bool, details: &Details) -> Result<(), Failure> {
    let no_rotation = |message| Failure::new(Exit::Error, "no_rotation", message);
    if details.rotated_by.is_none() && !is_declared {
        return Err(no_rotation(format!("nobody rotates {id}"))
            .hint("`rotation` in the manifest names the function; `examples/rotation` is one"));
    }
    if details.current.is_none() {
        return Err(Failure::new(Exit::Error, "no_value", format!("{id} has no value to rotate"))
            .hint(format!("`provision set {id}` gives it the first one")));
    }
    if details.rotated_by.is_none() {
        let message = format!("the rotation of {id} is declared and not applied yet");
        return Err(no_rotation(message).hint("`provision` sets it up"));
    }
    Ok(())
}
