//! `rotate SECRET`: asks AWS to run the secret's rotation function, and waits for its new version.

use std::time::Duration;

use super::import::title;
use crate::aws::{self, Details};
use crate::cli::Global;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::print::progress::Step;
use crate::print::{Printer, document};
use crate::session;
use crate::values::naming;
use crate::values::store::Store;
use crate::values::versions::short;

const PAUSE: Duration = Duration::from_secs(2);

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
    let step = Step::start("waiting for the rotation function");
    let deadline = tokio::time::Instant::now() + Duration::from_secs(wait);
    loop {
        if read().await.map_err(explain)?.current.as_deref() == Some(version.as_str()) {
            step.done();
            let text = format!("Rotated {name}, version {} is current", short(&version));
            printer.outcome(&[title(text)], &told(true));
            return Ok(Exit::Done);
        }
        if tokio::time::Instant::now() + PAUSE > deadline {
            break;
        }
        tokio::time::sleep(PAUSE).await;
    }
    step.done();
    if wait == 0 {
        printer.outcome(&[title(format!("Rotation of {name} is set off"))], &told(false));
        return Ok(Exit::Done);
    }
    Err(Failure::new(
        Exit::Error,
        "timeout",
        format!("{name} is not rotated after {wait} s; its value is the one that it had"),
    )
    .hint("the log of the rotation function says why: AWS tries again by itself"))
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
