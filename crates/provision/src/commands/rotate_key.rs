//! `rotate-key`: new material for the environment's keys now, of the 25 times that KMS grants.

use provision_core::actual::{ActualKey, KeyState, Owner, owner};
use provision_core::name::Region;
use provision_core::show::{Line, Mark};

use crate::ask;
use crate::aws;
use crate::cli::Global;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::print::Printer;
use crate::print::document::{KeyRotations, RotatedKey};
use crate::session::{self, Session};

pub(crate) async fn run(global: &Global, printer: Printer) -> Result<Exit, Failure> {
    let project = session::load(global)?;
    let session = session::open(global, &project).await?;
    let mut keys = found(&session).await?;
    printer.lines(&keys.iter().map(|key| line(key, "left")).collect::<Vec<_>>())?;
    if let Some(spent) = keys.iter().find(|key| key.left == 0) {
        let message = format!("{} has been rotated on demand as often as KMS allows", spent.arn);
        return Err(Failure::new(Exit::Error, "limit", message).hint(
            "its yearly rotation goes on; only a new key takes more, and secrets have to move to it",
        ));
    }
    if global.dry_run {
        printer.json(&document(&keys))?;
        return Ok(Exit::Done);
    }
    ask::go_on(
        global,
        "Rotate now? KMS bills a dollar a month for each of a key's first two rotations",
    )?;
    for key in &mut keys {
        let region = key.region.as_ref().filter(|region| **region != session.desired.region);
        let client = session.aws.regional(region);
        aws::rotate_key(&client.kms, &key.arn).await?;
        key.left -= 1;
        key.rotated = true;
        printer.lines(&[line(key, "rotated, left")])?;
    }
    printer.json(&document(&keys))?;
    Ok(Exit::Done)
}

/// A key of the environment
struct Key {
    region: Option<Region>,
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
        keys.push(Key { region: Some(region), arn, left, rotated: false });
    }
    if keys.is_empty() {
        return Err(Failure::new(Exit::Error, "not_found", "the environment has no key in use")
            .hint("`provision` makes it"));
    }
    Ok(keys)
}

fn line(key: &Key, what: &str) -> Line {
    let region = key.region.as_ref().map_or("", Region::as_str);
    let text = format!("{} in {region}: {what} {} of {}", key.arn.id(), key.left, aws::ON_DEMAND);
    let mark = if key.rotated { Mark::Update } else { Mark::Detail };
    Line { mark, depth: 1, text }
}

fn document(keys: &[Key]) -> KeyRotations<'_> {
    KeyRotations { keys: keys.iter().map(rotated).collect() }
}

fn rotated(key: &Key) -> RotatedKey<'_> {
    let Key { region, arn, left, rotated } = key;
    RotatedKey {
        key: arn.as_str(),
        region: region.as_ref().map_or("", Region::as_str),
        rotated: *rotated,
        left: *left,
    }
}
