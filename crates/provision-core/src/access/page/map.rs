//! Where the nodes of the map stand: roles on the left, secrets, and their keys on the right.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::access::graph::{EnvironmentGraph, Verb};

const NODE_WIDTH: usize = 264;
const NODE_HEIGHT: usize = 52;
const GAP: usize = 14;
const MARGIN: usize = 10;
/// Where the three columns begin
const COLUMNS: [usize; 3] = [MARGIN, 414, 818];
const WIDTH: usize = COLUMNS[2] + NODE_WIDTH + MARGIN;
/// Characters that fit into a node
const TITLE: usize = 30;
/// The same of its second line, which is set smaller
const NOTE: usize = 36;

/// The map of one environment
#[derive(Debug, Serialize)]
pub(super) struct Map {
    width: usize,
    height: usize,
    nodes: Vec<Node>,
    lines: Vec<Line>,
}

#[derive(Debug, Serialize)]
struct Node {
    id: String,
    kind: &'static str,
    x: usize,
    y: usize,
    width: usize,
    height: usize,
    text_x: usize,
    title_y: usize,
    note_y: usize,
    /// where it stands in the lists below
    href: String,
    title: String,
    note: String,
}

#[derive(Debug, Serialize)]
struct Line {
    from: String,
    to: String,
    verb: &'static str,
    path: String,
}

/// What a node is called in the document
pub(super) fn id(environment: usize, what: &str, number: usize) -> String {
    format!("{what}-{environment}-{number}")
}

/// Returns the map of an environment
pub(super) fn of(environment: usize, graph: &EnvironmentGraph) -> Map {
    let column = |what: &'static str, column: usize, texts: Vec<(String, String)>, rows: usize| {
        // each column spreads over the whole height
        let slot = rows * (NODE_HEIGHT + GAP) / texts.len().max(1);
        let top = MARGIN + (slot - (NODE_HEIGHT + GAP)) / 2;
        texts
            .into_iter()
            .enumerate()
            .map(|(i, (title, note))| {
                let (x, y) = (COLUMNS[column], top + i * slot);
                let href = id(environment, what, i);
                Node {
                    id: format!("map-{href}"),
                    kind: what,
                    x,
                    y,
                    width: NODE_WIDTH,
                    height: NODE_HEIGHT,
                    text_x: x + 16,
                    title_y: y + 23,
                    note_y: y + 40,
                    href,
                    title: shortened(&title),
                    note: clipped(&note),
                }
            })
            .collect::<Vec<_>>()
    };
    let roles: Vec<_> =
        graph.roles.iter().map(|role| (role.title.clone(), role.about().to_owned())).collect();
    let secrets: Vec<_> = graph
        .secrets
        .iter()
        .map(|secret| {
            let copies = match secret.replicas.as_slice() {
                [] => String::new(),
                regions => format!("copied to {}", regions.join(", ")),
            };
            let rotates = secret.rotation.as_ref().map(|when| format!("rotates {when}"));
            let notes: Vec<String> =
                rotates.into_iter().chain((!copies.is_empty()).then_some(copies)).collect();
            let note = if notes.is_empty() { "secret".into() } else { notes.join(", ") };
            (secret.name.clone(), note)
        })
        .collect();
    let keys: Vec<_> = graph
        .keys
        .iter()
        .map(|key| {
            let shown = key.shown();
            let name = shown.strip_prefix("alias/").unwrap_or(shown);
            (name.to_owned(), format!("key in {}", key.region))
        })
        .collect();
    let rows = roles.len().max(secrets.len()).max(keys.len()).max(1);
    let mut nodes = column("role", 0, roles, rows);
    nodes.extend(column("secret", 1, secrets, rows));
    nodes.extend(column("key", 2, keys, rows));
    let lines = lines(environment, graph, &nodes);
    Map { width: WIDTH, height: rows * (NODE_HEIGHT + GAP) + 2 * MARGIN - GAP, nodes, lines }
}

fn lines(environment: usize, graph: &EnvironmentGraph, nodes: &[Node]) -> Vec<Line> {
    let at: BTreeMap<&str, &Node> = nodes.iter().map(|node| (node.href.as_str(), node)).collect();
    let mut pairs: BTreeSet<(String, String, Verb)> = BTreeSet::new();
    for path in &graph.paths {
        let Some(role) = graph.roles.iter().position(|role| role.name == path.role) else {
            continue;
        };
        let from = id(environment, "role", role);
        let secret = path.secret.as_ref();
        let secret = secret.and_then(|name| graph.secrets.iter().position(|s| s.name == *name));
        let key = graph.keys.iter().position(|key| key.is_end_of(path));
        if let Some(number) = secret {
            pairs.insert((from, id(environment, "secret", number), path.verb));
        } else if let Some(number) = key {
            pairs.insert((from, id(environment, "key", number), path.verb));
        }
    }
    let mut lines: Vec<Line> = pairs
        .into_iter()
        .filter_map(|(from, to, verb)| {
            let path = curve(at.get(from.as_str())?, at.get(to.as_str())?, verb as usize);
            Some(Line { from, to, verb: verb.word(), path })
        })
        .collect();
    for secret in 0..graph.secrets.len() {
        for key in 0..graph.keys.len() {
            let (from, to) = (id(environment, "secret", secret), id(environment, "key", key));
            let (Some(a), Some(b)) = (at.get(from.as_str()), at.get(to.as_str())) else { continue };
            let path = curve(a, b, 1);
            lines.push(Line { from, to, verb: "under", path });
        }
    }
    lines
}

/// A line from the right side of one node to the left side of another; each verb in a lane of its own
fn curve(from: &Node, to: &Node, lane: usize) -> String {
    let lane = 14 + 8 * lane;
    let (x1, y1) = (from.x + from.width, from.y + lane);
    let (x2, y2) = (to.x, to.y + lane);
    let bend = (x2 - x1) / 2;
    format!("M{x1} {y1} C{} {y1}, {} {y2}, {x2} {y2}", x1 + bend, x2 - bend)
}

/// A text that fits into a node: its end is what tells names apart
fn shortened(text: &str) -> String {
    let count = text.chars().count();
    if count <= TITLE {
        return text.to_owned();
    }
    let tail: String = text.chars().skip(count - TITLE + 1).collect();
    format!("…{tail}")
}

/// A note that fits into a node: its beginning says most
fn clipped(text: &str) -> String {
    if text.chars().count() <= NOTE {
        return text.to_owned();
    }
    let head: String = text.chars().take(NOTE - 1).collect();
    format!("{}…", head.trim_end_matches([' ', ',']))
}

#[cfg(test)]
mod tests {
    use super::{clipped, shortened};

    #[test]
    fn a_name_keeps_its_end_and_a_note_its_beginning() {
        assert_eq!(shortened("shop/prod/api-keys"), "shop/prod/api-keys");
        assert_eq!(
            shortened("a-project/an-environment/its-secret"),
            "…ect/an-environment/its-secret"
        );
        assert_eq!(clipped("rotates every 30 days"), "rotates every 30 days");
        assert_eq!(
            clipped("rotates every 30 days, copied to us-east-1"),
            "rotates every 30 days, copied to us…"
        );
    }
}
