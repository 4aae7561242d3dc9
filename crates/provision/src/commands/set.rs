//! `set SECRET [KEY]`: values from stdin, a hidden prompt, a file or at random, in one write, by
//! compare-and-swap.

use std::cell::{Cell, RefCell};
use std::io::IsTerminal;
use std::path::Path;

use provision_core::desired::DesiredSecret;
use provision_core::name::SecretName;
use provision_core::show::{Line, Mark};

use crate::ask;
use crate::aws;
use crate::cli::{Global, SetArgs};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt::Changing;
use crate::print::{Printer, document, title};
use crate::session;
use crate::values::merge::{self, Change, Edit, Given, Place};
use crate::values::store::Store;
use crate::values::{bulk, generate, given, naming};

/// Where a value comes from
#[derive(Debug, Clone, Copy)]
enum From<'a> {
    Stdin,
    File(&'a Path),
    Random(generate::Recipe),
    /// the empty text
    Nothing,
}

/// What a value that is made here may do
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Permit {
    Add,
    Replace,
}

impl<'a> From<'a> {
    /// A file, or stdin by its usual name
    fn path(path: &'a Path) -> Self {
        if path == Path::new("-") { Self::Stdin } else { Self::File(path) }
    }
}

/// Refuses what stands behind the key, without a word of it: it may be a value
pub(crate) fn refusal() -> Failure {
    Failure::new(
        Exit::Usage,
        "usage",
        "`set` takes a secret, a key or several of `KEY=-` and `KEY=@FILE`, and nothing behind them",
    )
    .hint(
        "a value is never taken from the command line: pipe it in, or type it at the prompt; \
         `provision set --help` shows how",
    )
}

pub(crate) async fn run(
    global: &Global,
    printer: Printer,
    arguments: &SetArgs,
) -> Result<Exit, Failure> {
    let wanted = wanted(arguments)?;
    let project = session::load(global)?;
    // whoever types or pipes a value may take their time: nothing is held open meanwhile
    let desired = session::offline(global, &project)?;
    let (name, declared) = naming::find(&desired, &arguments.secret)?;
    let places = places(declared, &wanted)?;
    let is_typed = wanted.iter().any(|(_, from)| matches!(from, From::Stdin))
        && std::io::stdin().is_terminal();
    if is_typed && !places.contains(&Place::Binary) {
        // nobody types a value twice to be told that there is no place for it
        let session = session::open(global, &project).await?;
        let flags = global.flags(desired.environment.as_str());
        let tags = &session.desired.tags;
        let found = aws::details(&session.aws, name.as_str(), tags).await;
        found.map_err(|error| Failure::of_secret(error, name, &flags))?;
    }
    let edits = edits(name, places, &wanted)?;
    let session = session::open(global, &project).await?;
    let store = Store { session: &session, global, printer };
    // nobody has the new value in hand, so that the old one may be the only one that works
    let is_made_up = wanted.iter().any(|(_, from)| matches!(from, From::Random(_) | From::Nothing));
    let permit = match is_made_up && !global.yes {
        true => permitted(store, name, &edits).await?,
        false => Permit::Replace,
    };
    let changes = RefCell::new(Vec::new());
    let is_first = Cell::new(false);
    // until it is told: what was written is not denied
    let _changing = Changing::begin();
    let written = store
        .put(name, |base| {
            let merged = merge::merged(base.content.as_ref(), &edits)?;
            if permit == Permit::Add && merged.changes.contains(&Change::Changed) {
                let message = format!("somebody set it meanwhile; {name} was left as it is");
                return Err(Failure::new(Exit::Refused, "moved", message)
                    .hint("run it again to see what it would replace"));
            }
            changes.replace(merged.changes);
            is_first.set(merged.is_first);
            Ok(merged.content)
        })
        .await?;
    let version = written.as_ref().map(|written| written.version.as_str());
    let back = format!("provision rollback {}", declared.key);
    let changes = changes.into_inner();
    let next = bulk::rotation_line(name, declared);
    let next = next.filter(|_| version.is_some() && is_first.get());
    report(printer, name, &edits, &changes, version, &back, next);
    Ok(Exit::Done)
}

/// What is to be set, by key, and where from
fn wanted(arguments: &SetArgs) -> Result<Vec<(Option<&str>, From<'_>)>, Failure> {
    let SetArgs { secret: _, key, more, from_file, generate, empty } = arguments;
    let single = match (from_file, generate) {
        (Some(path), _) => Some(From::path(path)),
        (None, Some(text)) => Some(From::Random(generate::recipe(text)?)),
        (None, None) => empty.then_some(From::Nothing),
    };
    let Some(first) = key else {
        return Ok(vec![(None, single.unwrap_or(From::Stdin))]);
    };
    if !first.contains('=') {
        if !more.is_empty() {
            let is_apart = generate.as_deref().is_some_and(str::is_empty);
            let hint = "`--generate` takes its length behind `=`: `--generate=64,hex`";
            return Err(if is_apart { refusal().hint(hint) } else { refusal() });
        }
        return Ok(vec![(Some(first), single.unwrap_or(From::Stdin))]);
    }
    if single.is_some() {
        return Err(refusal());
    }
    let words = std::iter::once(Some(first.as_str())).chain(more.iter().map(|word| word.to_str()));
    words
        .map(|word| {
            let (key, from) = word.and_then(|word| word.split_once('=')).ok_or_else(refusal)?;
            match from.strip_prefix('@') {
                Some(path) if !path.is_empty() => Ok((Some(key), From::path(Path::new(path)))),
                None if from == "-" => Ok((Some(key), From::Stdin)),
                _ => Err(refusal()),
            }
        })
        .collect()
}

/// Where the values go, each place once
fn places(
    declared: &DesiredSecret,
    wanted: &[(Option<&str>, From<'_>)],
) -> Result<Vec<Place>, Failure> {
    let places: Vec<Place> =
        wanted.iter().map(|(key, _)| naming::place(declared, *key)).collect::<Result<_, _>>()?;
    for (at, place) in places.iter().enumerate() {
        if places[..at].contains(place) {
            return Err(Failure::new(Exit::Usage, "usage", "one key is given twice"));
        }
    }
    Ok(places)
}

/// The values, read from where they come from
fn edits(
    name: &SecretName,
    places: Vec<Place>,
    wanted: &[(Option<&str>, From<'_>)],
) -> Result<Vec<Edit>, Failure> {
    let on_stdin: Vec<Place> = places
        .iter()
        .zip(wanted)
        .filter(|(_, (_, from))| matches!(from, From::Stdin))
        .map(|(place, _)| place.clone())
        .collect();
    let mut lines = match &on_stdin[..] {
        [] => Vec::new(),
        [one] => vec![given::from_stdin(name, one)?],
        several => given::lines_of_stdin(name, several)?,
    }
    .into_iter();
    let mut edits = Vec::new();
    for (place, (_, from)) in places.into_iter().zip(wanted) {
        let given = match from {
            From::Stdin => lines.next().ok_or_else(refusal)?,
            From::File(path) => given::from_file(name, path, &place)?,
            From::Random(recipe) => random(*recipe, &place)?,
            From::Nothing => nothing(&place)?,
        };
        edits.push(Edit { place, given });
    }
    Ok(edits)
}

/// Asks where a value that is made here would replace one that exists
async fn permitted(store: Store<'_>, name: &SecretName, edits: &[Edit]) -> Result<Permit, Failure> {
    let base = store.current(name).await?;
    let merged = merge::merged(base.content.as_ref(), edits)?;
    if !merged.changes.contains(&Change::Changed) {
        return Ok(Permit::Add);
    }
    let what = match edits.iter().find_map(|edit| bulk::key(&edit.place)) {
        Some(key) => format!("the value of {key} in {name}"),
        None => format!("the value of {name}"),
    };
    ask::go_on(store.global, &format!("Replace {what} that exists?")).map_err(|failure| {
        match failure.kind {
            "refused" if !failure.hints.is_empty() => {
                Failure { message: format!("{what} exists, and {}", failure.message), ..failure }
                    .only_hint("`--yes` replaces it")
            }
            _ => failure,
        }
    })?;
    Ok(Permit::Replace)
}

fn nothing(place: &Place) -> Result<Given, Failure> {
    match place {
        Place::Binary => Err(Failure::new(Exit::Usage, "usage", "an empty value is a text")),
        // Secrets Manager takes no secret that is empty as a whole
        Place::Text => Err(Failure::new(Exit::Usage, "usage", "a whole secret cannot be empty")),
        Place::Key(_) => Ok(Given::Text(String::new().into())),
    }
}

fn random(recipe: generate::Recipe, place: &Place) -> Result<Given, Failure> {
    match place {
        Place::Binary => Err(Failure::new(Exit::Usage, "usage", "a generated value is a text")
            .hint("a binary value comes from a file: `--from-file FILE`")),
        Place::Key(_) | Place::Text => Ok(Given::Text(generate::value(recipe)?)),
    }
}

fn report(
    printer: Printer,
    name: &SecretName,
    edits: &[Edit],
    changes: &[Change],
    version: Option<&str>,
    back: &str,
    next: Option<Line>,
) {
    let keys: Vec<&str> = edits.iter().filter_map(|edit| bulk::key(&edit.place)).collect();
    let what = match &keys[..] {
        [] => name.to_string(),
        keys => format!("{} in {name}", keys.join(", ")),
    };
    let value = if edits.len() == 1 { "that value" } else { "those values" };
    let text = match version {
        Some(_) => format!("Set {what}"),
        None => format!("Nothing to do: {what} has {value} already"),
    };
    let changed = version.is_some();
    let replaced = changed && changes.contains(&Change::Changed);
    let values =
        edits.iter().zip(changes).map(|(edit, change)| bulk::change_of(edit, *change)).collect();
    let key = if let [key] = &keys[..] { Some(*key) } else { None };
    let mut lines = vec![title(text)];
    if replaced {
        let text = format!("`{back}` brings back what was there");
        lines.push(Line { mark: Mark::Hint, depth: 0, text });
    }
    lines.extend(next);
    printer
        .outcome(&lines, &document::Set { secret: name.as_str(), key, changed, version, values });
}
