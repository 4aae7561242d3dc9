//! `rotate-key`: new material for the environment's keys now, of the 25 times that KMS grants.

use provision_core::actual::{ActualKey, KeyState, Owner, owner};
use provision_core::name::Region;
use provision_core::show::{Line, Mark};

use crate::ask;
use crate::aws::{self, ErrorKind};
use crate::cli::Global;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt::{self, Changing};
use crate::print::Printer;
use crate::print::document::{KeyRotations, RotatedKey};
use crate::session::{self, Session};
use crate::values::naming;

pub(crate) async fn run(
    global: &Global,
    printer: Printer,
    only: &[String],
) -> Result<Exit, Failure> {
    let project = session::load(global)?;
    let session = session::open(global, &project).await?;
    let mut keys = chosen(found(&session).await?, only)?;
    printer.lines(&keys.iter().map(|key| line(key, "left")).collect::<Vec<_>>())?;
    if let Some(spent) = keys.iter().find(|key| key.left == 0) {
        let message = format!("{} has been rotated on demand as often as KMS allows", spent.arn);
        return Err(Failure::new(Exit::Error, "limit", message).hint(
            "its yearly rotation goes on; only a new key takes more, and secrets have to move to it",
        ));
    }
    if global.dry_run {
        printer.json(&document(&keys, None))?;
        return Ok(Exit::Done);
    }
    ask::go_on(
        global,
        "Rotate now? KMS bills a dollar a month for each of a key's first two rotations",
    )?;
    // until all is told: what was rotated is not denied
    let _changing = Changing::begin();
    let failed = rotate(&session, &mut keys).await;
    if keys.iter().all(|key| !key.rotated) {
        return Err(failed.unwrap_or_else(interrupt::failure));
    }
    Ok(report(printer, &session, global, &keys, failed))
}

/// Rotates the keys one after another, and returns why it ended before the last, where AWS was the
/// reason
async fn rotate(session: &Session, keys: &mut [Key]) -> Option<Failure> {
    for key in keys {
        if interrupt::requested() {
            return None;
        }
        let elsewhere = Some(&key.region).filter(|region| **region != session.desired.region);
        let client = session.aws.regional(elsewhere);
        if let Err(error) = aws::rotate_key(&client.kms, &key.arn).await {
            // what AWS was asked and did not answer may have been done
            let is_unknown = matches!(
                error.kind,
                ErrorKind::Timeout | ErrorKind::Unreachable | ErrorKind::Server
            );
            let failure = Failure::from(error);
            return Some(match is_unknown {
                true => failure.hint(
                    "it may have been rotated all the same: \
                     `provision rotate-key --dry-run` shows how many are left",
                ),
                false => failure,
            });
        }
        key.left -= 1;
        key.rotated = true;
    }
    None
}

/// Tells which keys were rotated and which were not, and returns how the command ends
fn report(
    printer: Printer,
    session: &Session,
    global: &Global,
    keys: &[Key],
    failed: Option<Failure>,
) -> Exit {
    let word = |key: &Key| if key.rotated { "rotated, left" } else { "not rotated, left" };
    let lines: Vec<Line> = keys.iter().map(|key| line(key, word(key))).collect();
    let behind: Vec<&str> =
        keys.iter().filter(|key| !key.rotated).map(|key| key.region.as_str()).collect();
    // the same command again would rotate the others once more
    let hint = format!(
        "`provision rotate-key --only {} {}` rotates just what is left",
        behind.join(","),
        global.flags(session.desired.environment.as_str())
    );
    let failed = failed.map(|failure| failure.with_exit(Exit::Partly).hint(hint.as_str()));
    printer.outcome(&lines, &document(keys, failed.as_ref()));
    match failed {
        Some(failure) => printer.stderr(&failure.text()),
        None if !behind.is_empty() => printer.stderr(&format!("interrupted\nhint: {hint}\n")),
        None => return Exit::Done,
    }
    Exit::Partly
}

/// The keys in the regions that `--only` names, all without it
fn chosen(keys: Vec<Key>, only: &[String]) -> Result<Vec<Key>, Failure> {
    let regions: Vec<&str> = keys.iter().map(|key| key.region.as_str()).collect();
    if let Some(unknown) = only.iter().find(|only| !regions.contains(&only.as_str())) {
        let message = format!("the environment has no key in use in `{unknown}`");
        return Err(Failure::new(Exit::Error, "unknown_region", message)
            .hint(format!("its keys are in {}", naming::list(&regions))));
    }
    let is_meant = |key: &Key| only.is_empty() || only.iter().any(|o| o == key.region.as_str());
    Ok(keys.into_iter().filter(is_meant).collect())
}

/// A key of the environment
struct Key {
    region: Region,
    arn: provision_core::name::Arn,
    left: usize,
    rotated: bool,
}

async fn found(session: &Session) -> Result<Vec<Key>, Failure> {
    let (home, replicas) = aws::keys(&session.aws, &session.desired).await?;
    let home = home.map(|key| (session.desired.region.clone(), key));
    let mut keys = Vec::new();
    for (region, key) in home.into_iter().chain(replicas) {
        let ActualKey { arn, state, tags, .. } = key;
        if owner(&tags, &session.desired.tags) != Owner::Environment || state != KeyState::Enabled {
            continue;
        }
        let elsewhere = Some(&region).filter(|region| **region != session.desired.region);
        let left = aws::rotations_left(&session.aws.regional(elsewhere).kms, &arn).await?;
        keys.push(Key { region, arn, left, rotated: false });
    }
    if keys.is_empty() {
        return Err(Failure::new(Exit::Error, "not_found", "the environment has no key in use")
            .hint("`provision` makes it"));
    }
    Ok(keys)
}

fn line(key: &Key, what: &str) -> Line {
    let Key { region, arn, left, rotated: _ } = key;
    let text = format!("{} in {region}: {what} {left} of {}", arn.id(), aws::ON_DEMAND);
    let mark = if key.rotated { Mark::Update } else { Mark::Detail };
    Line { mark, depth: 1, text }
}

fn document<'a>(keys: &'a [Key], failed: Option<&'a Failure>) -> KeyRotations<'a> {
    KeyRotations { keys: keys.iter().map(rotated).collect(), failed: failed.map(Failure::document) }
}

fn rotated(key: &Key) -> RotatedKey<'_> {
    let Key { region, arn, left, rotated } = key;
    RotatedKey { key: arn.as_str(), region: region.as_str(), rotated: *rotated, left: *left }
}
