//! The graph as a flowchart in Mermaid's language, for a README or a pull request.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::graph::{EnvironmentGraph, Graph, Verb};
use crate::policy::evaluation::Answer;

/// Returns the graph as a flowchart: roles on the left, secrets, and their keys on the right
pub fn mermaid(graph: &Graph) -> String {
    let mut out = String::from("flowchart LR\n");
    for (number, environment) in graph.environments.iter().enumerate() {
        let _ = writeln!(
            out,
            "  subgraph e{number}[\"{}\"]",
            text(&format!("{}/{}", environment.project, environment.environment))
        );
        environment_nodes(&mut out, number, environment);
        out.push_str("  end\n");
    }
    out
}

fn environment_nodes(out: &mut String, e: usize, environment: &EnvironmentGraph) {
    let EnvironmentGraph { keys, secrets, roles, paths, .. } = environment;
    for (i, role) in roles.iter().enumerate() {
        let _ = writeln!(out, "    e{e}r{i}([\"{}<br/>{}\"])", text(&role.title), role.about());
    }
    for (i, secret) in secrets.iter().enumerate() {
        let _ = writeln!(out, "    e{e}s{i}[\"{}\"]", text(&secret.name));
    }
    for (i, key) in keys.iter().enumerate() {
        let _ = writeln!(
            out,
            "    e{e}k{i}{{{{\"{}<br/>{}\"}}}}",
            text(key.shown()),
            text(&key.region)
        );
    }
    // one line for each pair, with all that goes along it
    let mut lines: BTreeMap<(usize, String), Vec<String>> = BTreeMap::new();
    for path in paths.iter().filter(|path| path.verb != Verb::Describe) {
        let Some(role) = roles.iter().position(|role| role.name == path.role) else { continue };
        let secret = path.secret.as_ref();
        let secret = secret.and_then(|name| secrets.iter().position(|s| s.name == *name));
        let key = keys.iter().position(|key| key.is_end_of(path));
        let target = match (secret, key) {
            (Some(i), _) => format!("e{e}s{i}"),
            (None, Some(i)) => format!("e{e}k{i}"),
            (None, None) => continue,
        };
        let may = if path.answer == Answer::Yes { "" } else { "?" };
        let word = format!("{}{may}", path.verb.word());
        let words = lines.entry((role, target)).or_default();
        if !words.contains(&word) {
            words.push(word);
        }
    }
    for ((role, target), words) in lines {
        let _ = writeln!(out, "    e{e}r{role} -->|{}| {target}", words.join(", "));
    }
    for i in 0..secrets.len() {
        if !keys.is_empty() {
            let _ = writeln!(out, "    e{e}s{i} -.-|under| e{e}k0");
        }
    }
}

/// Inside quotes Mermaid reads HTML's entities
fn text(text: &str) -> String {
    text.chars().fold(String::new(), |mut out, c| {
        match c {
            '"' => out.push_str("#quot;"),
            '<' => out.push_str("#lt;"),
            '>' => out.push_str("#gt;"),
            '&' => out.push_str("#amp;"),
            '#' => out.push_str("#35;"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
        out
    })
}
