//! A proof as lines for people.

use crate::policy::evaluation::Answer;
use crate::show::{Line, Mark, grouped, printable};

use super::{Finding, Proof};

/// Returns the proof as lines
pub fn lines(proof: &Proof) -> Vec<Line> {
    let Proof { decisions, environments, roles, secrets, near_misses, findings, notes } = proof;
    let line = |mark, depth, text: &str| Line { mark, depth, text: printable(text) };
    let mut lines = Vec::new();
    for finding in findings {
        lines.push(line(Mark::Blocked, 0, &headline(finding)));
        lines.push(line(Mark::Detail, 1, &format!("by {}", judged(finding))));
        for way in &finding.ways {
            lines.push(line(Mark::Detail, 1, way));
        }
        for cited in &finding.statements {
            let text =
                format!("statement `{}`, {} `{}`", cited.sid, cited.place.words(), cited.policy);
            lines.push(line(Mark::Detail, 1, &text));
        }
        for doubt in &finding.doubts {
            lines.push(line(Mark::Note, 1, doubt));
        }
        for command in &finding.mend {
            lines.push(line(Mark::Hint, 1, command));
        }
    }
    for note in notes {
        lines.push(line(Mark::Note, 0, note));
    }
    let count = |n: u64, one: &str, many: &str| match n {
        1 => format!("1 {one}"),
        n => format!("{} {many}", grouped(n)),
    };
    let judged = format!(
        "{} in {}: {}, {}, {}",
        count(*decisions, "decision", "decisions"),
        count(*environments, "environment", "environments"),
        count(*roles, "role", "roles"),
        count(*secrets, "secret", "secrets"),
        count(*near_misses, "near miss", "near misses"),
    );
    lines.push(line(Mark::Title, 0, &judged));
    let verdict = match findings.len() as u64 {
        0 => "All as the manifest says".to_owned(),
        n => count(n, "finding differs from the manifest", "findings differ from the manifest"),
    };
    lines.push(line(Mark::Title, 0, &verdict));
    lines
}

fn headline(finding: &Finding) -> String {
    let verb = match (finding.answer, finding.wanted) {
        (Answer::Yes, _) => "may, against the manifest,",
        (Answer::No, _) => "may not, against the manifest,",
        (Answer::Unsure, true) => "may perhaps not",
        (Answer::Unsure, false) => "may perhaps",
    };
    let Finding { environment, role, action, targets, .. } = finding;
    let more = match finding.targets.len() {
        n if n < 3 => targets.join(", "),
        _ => format!("{}, {} and others", targets[0], targets[1]),
    };
    format!("{environment}: {role} {verb} {action} on {more}")
}

fn judged(finding: &Finding) -> String {
    match finding.decisions {
        1 => finding.layer.words().to_owned(),
        n => format!("{}, in {} decisions", finding.layer.words(), grouped(n)),
    }
}
