//! `rotate SECRET`: asks AWS to run the secret's rotation function, and waits for its new version.

use super::waiting::{self, End};
use crate::aws::{self, Details};
use crate::cli::Global;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt::Changing;
use crate::print::{Printer, document, title};
use crate::session;
use crate::values::naming;
use crate::values::store::Store;
use crate::values::versions::short;

pub(crate) async fn run(
    global: &Global,
    printer: Printer,
    secret: &str,
    wait: u64,
) -> Result<Exit, Failure> {
    let project = session::load(global)?;
    let session = session::open(global, &project).await?;
    let store = Store { session: &session, global, printer };
    let (name, _) = naming::find(&session.desired, secret)?;
    let id = name.as_str();
    let explain = |error| Failure::of_secret(error, name, &store.flags());
    let read = || aws::details(&session.aws, id, &session.desired.tags);
    let details = read().await.map_err(explain)?;
    refuse(id, &details)?;
    // until the end is told: what was set off is not denied
    let _changing = Changing::begin();
    let version = aws::rotate(&session.aws, id).await.map_err(|error| explain(error.into()))?;
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
            printer.stderr(
                "interrupted: the function goes on\n\
                 hint: `provision versions` shows when its version is current\n",
            );
            Ok(Exit::Partly)
        }
        Err(failure) => Err(failure.with_exit(Exit::Partly).hint(format!(
            "the rotation of {name} is set off: `provision versions` shows its end"
        ))),
    }
}

fn refuse(id: &str, details: &Details) -> Result<(), Failure> {
    if details.rotated_by.is_none() {
        return Err(Failure::new(Exit::Error, "no_rotation", format!("nobody rotates {id}"))
            .hint("`rotation` in the manifest names the function; `examples/rotation` is one"));
    }
    if details.current.is_none() {
        return Err(Failure::new(Exit::Error, "no_value", format!("{id} has no value to rotate"))
            .hint("`provision set` gives it the first one"));
    }
    Ok(())
}
