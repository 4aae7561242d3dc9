//! The graph as lines for people: each secret with who may do what, and by which statements.

use super::graph::{EnvironmentGraph, Graph, Path, RoleNode, Verb};
use super::realm::Place;
use crate::policy::evaluation::Answer;
use crate::show::{Line, Mark, printable};

/// What a row of somebody says whose own policies are not ours to see
const OUTSIDE: &str = "of readers, rotators and who stands in access.provisioner it is shown what the policies on secrets and keys open to them, not what their own allow";

/// Returns the graph as lines
pub fn lines(graph: &Graph) -> Vec<Line> {
    let mut page = Vec::new();
    for (i, environment) in graph.environments.iter().enumerate() {
        if i > 0 {
            page.push(line(Mark::Blank, 0, ""));
        }
        show(&mut page, environment);
    }
    page
}

fn line(mark: Mark, depth: u8, text: &str) -> Line {
    Line { mark, depth, text: printable(text) }
}

fn show(page: &mut Vec<Line>, environment: &EnvironmentGraph) {
    let EnvironmentGraph { project, environment: name, account, region, secrets, paths, .. } =
        environment;
    let account = account.as_ref().map(|account| format!(" of {account}")).unwrap_or_default();
    page.push(line(Mark::Title, 0, &format!("{project}/{name} in {region}{account}")));
    let rows = rows(environment);
    let widths = widths(&rows);
    for key in &environment.keys {
        let shown = key.shown();
        let rotates = match key.rotation_days {
            Some(days) => format!(", rotates every {days} days"),
            None => String::new(),
        };
        page.push(line(Mark::Blank, 0, ""));
        page.push(line(Mark::Title, 1, &format!("{shown} in {}{rotates}", key.region)));
        put(page, &rows, &widths, |path| key.is_end_of(path));
    }
    for secret in secrets {
        let mut about = secret.name.clone();
        if let Some(rotation) = &secret.rotation {
            about.push_str(&format!(", rotates {rotation}"));
        }
        if !secret.replicas.is_empty() {
            about.push_str(&format!(", copied to {}", secret.replicas.join(", ")));
        }
        page.push(line(Mark::Blank, 0, ""));
        page.push(line(Mark::Title, 1, &about));
        put(page, &rows, &widths, |path| path.secret.as_ref() == Some(&secret.name));
    }
    if let Some(open) = &environment.open {
        page.push(line(Mark::Blank, 0, ""));
        page.push(line(Mark::Note, 1, open));
    }
    let is_shown = |role: &RoleNode| paths.iter().any(|path| path.role == role.name);
    if environment.roles.iter().any(|role| role.kind.is_unseen() && is_shown(role)) {
        page.push(line(Mark::Blank, 0, ""));
        page.push(line(Mark::Note, 1, OUTSIDE));
    }
    let idle: Vec<&str> = environment
        .roles
        .iter()
        .filter(|role| !is_shown(role))
        .map(|role| role.name.as_str())
        .collect();
    if !idle.is_empty() {
        page.push(line(Mark::Blank, 0, ""));
        page.push(line(Mark::Note, 1, &format!("nothing is open to {}", idle.join(", "))));
    }
    for role in environment.roles.iter().filter(|role| !role.unseen.is_empty()) {
        let text = format!(
            "{} has policies whose text is not known here: {}",
            role.name,
            role.unseen.join(", ")
        );
        page.push(line(Mark::Note, 1, &text));
    }
}

/// A path as the columns of a table
struct Row<'a> {
    path: &'a Path,
    verb: String,
    who: String,
    kind: String,
    why: String,
}

fn rows(environment: &EnvironmentGraph) -> Vec<Row<'_>> {
    let mut rows: Vec<Row<'_>> = environment
        .paths
        .iter()
        .map(|path| {
            let role: Option<&RoleNode> =
                environment.roles.iter().find(|role| role.name == path.role);
            let may = if path.answer == Answer::Yes { "" } else { " perhaps" };
            Row {
                path,
                verb: format!("{}{may}", path.verb.word()),
                who: role.map_or_else(|| path.role.clone(), |role| role.name.clone()),
                kind: role.map_or("", |role| role.kind.words()).to_owned(),
                why: why(path),
            }
        })
        .collect();
    rows.sort_by_key(|row| row.path.verb);
    rows
}

/// `ReadOwnSecrets, DecryptOwnSecrets; key: ReadViaSecretsManager`
fn why(path: &Path) -> String {
    let of = |places: &[Place]| {
        let sids: Vec<&str> = path
            .reasons
            .iter()
            .filter(|cited| places.contains(&cited.place))
            .map(|cited| cited.sid.as_str())
            .collect();
        sids.join(", ")
    };
    let own = of(&[Place::Inline, Place::Attached]);
    let others = [("secret", of(&[Place::Secret])), ("key", of(&[Place::Key]))];
    let others = others.into_iter().filter(|(_, sids)| !sids.is_empty());
    let parts = (!own.is_empty()).then_some(own).into_iter();
    let parts: Vec<String> =
        parts.chain(others.map(|(of, sids)| format!("{of}: {sids}"))).collect();
    parts.join("; ")
}

fn widths(rows: &[Row<'_>]) -> [usize; 3] {
    let widest = |length: &dyn Fn(&Row<'_>) -> usize| rows.iter().map(length).max().unwrap_or(0);
    [
        widest(&|row| row.verb.chars().count()),
        widest(&|row| row.who.chars().count()),
        widest(&|row| row.kind.chars().count()),
    ]
}

fn put(page: &mut Vec<Line>, rows: &[Row<'_>], widths: &[usize; 3], of: impl Fn(&Path) -> bool) {
    let [verb, who, kind] = *widths;
    for row in rows.iter().filter(|row| of(row.path)) {
        let text = format!("{:verb$}  {:who$}  {:kind$}  {}", row.verb, row.who, row.kind, row.why);
        let mark = if row.path.verb == Verb::Read { Mark::Blank } else { Mark::Detail };
        page.push(line(mark, 2, text.trim_end()));
    }
}
