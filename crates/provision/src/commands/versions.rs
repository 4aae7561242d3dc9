//! `versions SECRET`: ids, labels, dates, who wrote them where CloudTrail tells, and the names of the
//! keys that changed. No value is shown.

use std::collections::BTreeMap;

use provision_core::show::{Line, Mark, printable};

use crate::aws::{self, AwsError, Content, ErrorKind, Version};
use crate::cli::Global;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::print::{Printer, document};
use crate::session;
use crate::values::naming;
use crate::values::store::Store;
use crate::values::versions::{Difference, difference, short, unread};

pub(crate) async fn run(
    global: &Global,
    printer: Printer,
    secret: &str,
    limit: usize,
) -> Result<Exit, Failure> {
    let project = session::load(global)?;
    let session = session::open(global, &project).await?;
    let store = Store { session: &session, global, printer };
    let (name, _) = naming::find(&session.desired, secret)?;
    let id = name.as_str();
    let explain = |error| Failure::of_secret(error, name, &store.flags());
    let all = aws::versions(&session.aws, id, &session.desired.tags).await.map_err(explain)?;
    let shown = &all[..all.len().min(limit.max(1))];
    let mut notes = Vec::new();
    let differences = match differences(&session.aws, id, &all, shown.len()).await {
        Ok(differences) => differences,
        Err(error) => {
            let Some(why) = unread(&error) else { return Err(explain(error.into())) };
            notes.push(format!("what changed is not read: {why}"));
            vec![None; shown.len()]
        }
    };
    let authors = match span(shown) {
        Some((from, until)) => {
            aws::authors(&session.aws, from, until).await.unwrap_or_else(|error| {
                notes.push(format!("who wrote them is not known: {}", why(&error)));
                BTreeMap::new()
            })
        }
        None => BTreeMap::new(),
    };
    let mut lines = vec![title(id, all.len(), shown.len())];
    for (version, difference) in shown.iter().zip(&differences) {
        lines.extend(describe(version, difference.as_ref(), authors.get(&version.id)));
    }
    lines.extend(notes.into_iter().map(|text| Line { mark: Mark::Note, depth: 0, text }));
    printer.lines(&lines)?;
    printer.json(&document::Versions {
        secret: id,
        versions: shown
            .iter()
            .zip(&differences)
            .map(|(version, difference)| document::VersionDocument {
                id: &version.id,
                labels: version.labels.iter().map(String::as_str).collect(),
                created: version.created.map(aws::date),
                author: authors.get(&version.id).map(String::as_str),
                difference: difference.as_ref(),
            })
            .collect(),
    })?;
    Ok(Exit::Done)
}

fn title(id: &str, all: usize, shown: usize) -> Line {
    let text = match (all, shown) {
        (0, _) => format!("{id} has no value yet"),
        (1, _) => format!("{id}, 1 version"),
        (all, shown) if all == shown => format!("{id}, {all} versions"),
        (all, shown) => format!("{id}, the newest {shown} of {all} versions"),
    };
    Line { mark: Mark::Title, depth: 0, text }
}

fn describe(
    version: &Version,
    difference: Option<&Difference>,
    author: Option<&String>,
) -> Vec<Line> {
    let labels: Vec<&str> = version.labels.iter().map(String::as_str).collect();
    let date = version.created.map(aws::date).unwrap_or_default();
    let words = [short(&version.id), &date, &labels.join(", ")].join("  ");
    let mark = if version.is_current() { Mark::Title } else { Mark::Detail };
    let mut lines = vec![Line { mark, depth: 1, text: printable(words.trim_end()) }];
    let detail = |text: String| Line { mark: Mark::Detail, depth: 2, text: printable(&text) };
    lines.extend(author.map(|author| detail(format!("by {author}"))));
    lines.extend(difference.map(|difference| detail(difference.words())));
    lines
}

/// What each version differs in from the one before it; none where one of them is gone
async fn differences(
    aws: &aws::Aws,
    id: &str,
    all: &[Version],
    shown: usize,
) -> Result<Vec<Option<Difference>>, AwsError> {
    let mut contents: Vec<Option<Content>> = Vec::new();
    for version in all.iter().take(shown + 1) {
        contents.push(match aws::content_of(aws, id, &version.id).await {
            Ok(content) => Some(content),
            // a version without a label may go at any time, and a pending one has no value yet
            Err(error) if error.kind == ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        });
    }
    Ok((0..shown)
        .map(|at| {
            let new = contents[at].as_ref()?;
            let is_first = at + 1 == all.len();
            match contents.get(at + 1) {
                Some(Some(old)) => Some(difference(Some(old), Some(new))),
                None if is_first => Some(difference(None, Some(new))),
                _ => None,
            }
        })
        .collect())
}

/// The times of the first and the last version, in seconds
fn span(versions: &[Version]) -> Option<(i64, i64)> {
    let times = || versions.iter().filter_map(|version| version.created);
    Some((times().min()?.div_euclid(1000), times().max()?.div_euclid(1000)))
}

fn why(error: &AwsError) -> String {
    match error.kind {
        ErrorKind::AccessDenied => format!("the caller lacks `{}`", error.operation),
        ErrorKind::Throttled => "CloudTrail limits the calls of this account".into(),
        _ => "CloudTrail does not answer here".into(),
    }
}
