//! What differs between a live policy and the desired one, statement by statement. Of a statement that
//! both have only what comes or goes is shown; one that stands alone is shown whole, because a reader
//! must be able to judge it.

use std::collections::BTreeSet;

use super::{Line, Mark, printable};
use crate::desired::SECRETS_ACCESS;
use crate::plan::Action;
use crate::policy::{Document, Selection, Statement};

/// How deep statements stand, below the rows of their resource
const DEPTH: u8 = 3;

/// Returns the statements that an action changes
pub(super) fn statements(action: &Action) -> Vec<Line> {
    let none = Document::default();
    match action {
        Action::PutKeyPolicy { policy, .. } => differences(&policy.live, &policy.desired),
        Action::PutPolicy { document, .. } => differences(&document.live, &document.desired),
        Action::PutTrust { trust } => differences(&trust.live, &trust.desired),
        Action::PutResourcePolicy { live: Some(live), desired }
        | Action::PutRolePolicy { live: Some(live), desired, .. } => differences(live, desired),
        // ours is explained by what the role reads
        Action::PutRolePolicy { policy, live: None, desired, .. } => {
            let is_ours = policy.as_str() == SECRETS_ACCESS;
            if is_ours { Vec::new() } else { differences(&none, desired) }
        }
        Action::DeleteResourcePolicy { live }
        | Action::DeleteRolePolicy { live: Some(live), .. } => differences(live, &none),
        _ => Vec::new(),
    }
}

fn differences(live: &Document, desired: &Document) -> Vec<Line> {
    let mut gone: Vec<&Statement> = live.statements.difference(&desired.statements).collect();
    let come: Vec<&Statement> = desired.statements.difference(&live.statements).collect();
    let mut lines = Vec::new();
    let mut whole = Vec::new();
    for statement in come {
        let counterpart = gone.iter().position(|other| other.sid == statement.sid);
        match counterpart.filter(|_| statement.sid.is_some()) {
            Some(at) => lines.extend(changed(gone.remove(at), statement)),
            None => whole.push(statement),
        }
    }
    let alone = |mark, word: &'static str| {
        move |statement: &&Statement| {
            let title = line(mark, DEPTH, &format!("{word:<10} {}", name(statement)));
            let parts = parts(statement).into_iter();
            let rows = parts.map(|part| line(Mark::Detail, DEPTH + 2, &part.text()));
            std::iter::once(title).chain(rows).collect::<Vec<_>>()
        }
    };
    lines.extend(gone.iter().flat_map(alone(Mark::Delete, "live")));
    lines.extend(whole.iter().flat_map(alone(Mark::Create, "desired")));
    if live.version != desired.version && !live.statements.is_empty() {
        let text = format!("{:<10} {} -> {}", "language", live.version, desired.version);
        lines.push(line(Mark::Update, DEPTH, &text));
    }
    lines
}

/// What comes and goes inside a statement, the live side of each element above the desired one
fn changed(live: &Statement, desired: &Statement) -> Vec<Line> {
    let (gone, come) = (parts(live), parts(desired));
    let mut all: Vec<(&Part<'_>, Mark, &str)> = gone
        .iter()
        .filter(|part| !come.contains(part))
        .map(|part| (part, Mark::Delete, "live"))
        .chain(
            come.iter()
                .filter(|part| !gone.contains(part))
                .map(|part| (part, Mark::Create, "desired")),
        )
        .collect();
    // stable: inside an element what is live stays above
    all.sort_by_key(|(part, ..)| part.element.0);
    let rows = all
        .into_iter()
        .map(|(part, mark, word)| line(mark, DEPTH + 1, &format!("{word:<8} {}", part.text())));
    let title = line(Mark::Update, DEPTH, &format!("{:<10} {}", "differs", name(desired)));
    std::iter::once(title).chain(rows).collect()
}

/// One value of a statement, and the element that it is of
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Part<'a> {
    /// as elements are usually written
    element: (u8, &'static str),
    value: std::borrow::Cow<'a, str>,
}

impl Part<'_> {
    fn text(&self) -> String {
        let Self { element: (_, element), value } = self;
        format!("{element:<10} {value}")
    }
}

/// Everything that a statement says but its name
fn parts(statement: &Statement) -> BTreeSet<Part<'_>> {
    let Statement { sid: _, effect, principals, actions, resources, conditions } = statement;
    let mut all = BTreeSet::from([Part { element: (0, "Effect"), value: effect.name().into() }]);
    if let Some(principals) = principals {
        let element = (1, negated(principals, "Principal", "NotPrincipal"));
        let values = principals
            .named()
            .iter()
            .flat_map(|(kind, names)| names.iter().map(move |name| format!("{kind} {name}")));
        all.extend(values.map(|value| Part { element, value: value.into() }));
    }
    let element = (2, negated(actions, "Action", "NotAction"));
    all.extend(actions.named().iter().map(|value| Part { element, value: value.into() }));
    if let Some(resources) = resources {
        let element = (3, negated(resources, "Resource", "NotResource"));
        all.extend(resources.named().iter().map(|value| Part { element, value: value.into() }));
    }
    let element = (4, "Condition");
    for (operator, keys) in conditions {
        for (key, values) in keys {
            let values = values.iter().map(|value| format!("{key} {operator} {value}"));
            all.extend(values.map(|value| Part { element, value: value.into() }));
        }
    }
    all
}

fn negated<T>(selection: &Selection<T>, only: &'static str, all_but: &'static str) -> &'static str {
    match selection {
        Selection::Only(_) => only,
        Selection::AllBut(_) => all_but,
    }
}

fn name(statement: &Statement) -> &str {
    statement.sid.as_deref().unwrap_or("a statement without a name")
}

fn line(mark: Mark, depth: u8, text: &str) -> Line {
    Line { mark, depth, text: printable(text) }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that panics has failed")]
mod tests {
    use super::*;

    fn shown(live: &str, desired: &str) -> String {
        let document = |statements: &str| {
            let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
            Document::parse(&text).unwrap()
        };
        let lines = differences(&document(live), &document(desired));
        let text = |line: &Line| format!("{} {} {}\n", line.depth, line.mark.sign(), line.text);
        lines.iter().map(text).collect()
    }

    const READ: &str = r#"{"Sid":"Read","Effect":"Allow","Action":["a:Get","a:List"],"Resource":"x",
        "Condition":{"StringEquals":{"k":["1","2"],"l":"3"}}}"#;

    #[test]
    fn of_a_changed_statement_only_what_differs_is_shown_side_by_side() {
        let live = READ.replace("a:List", "a:Put").replace("\"2\"", "\"9\"");
        let live = live.replace("\"Resource\"", "\"NotResource\"");
        assert_eq!(
            shown(&live, READ),
            "3 ~ differs    Read\n\
             4 - live     Action     a:Put\n\
             4 + desired  Action     a:List\n\
             4 - live     NotResource x\n\
             4 + desired  Resource   x\n\
             4 - live     Condition  k StringEquals 9\n\
             4 + desired  Condition  k StringEquals 2\n"
        );
        assert_eq!(shown(READ, READ), "");
    }

    #[test]
    fn a_statement_of_one_side_is_shown_whole() {
        let foreign =
            r#"{"Sid":"ByHand","Effect":"Deny","Principal":{"AWS":"arn:x"},"Action":"*"}"#;
        let whole = "3 - live       ByHand\n\
                     5  Effect     Deny\n\
                     5  Principal  AWS arn:x\n\
                     5  Action     *\n";
        assert_eq!(shown(&format!("{READ},{foreign}"), READ), whole);
        let desired = whole.replace("- live   ", "+ desired");
        assert_eq!(shown(READ, &format!("{foreign},{READ}")), desired);
    }

    #[test]
    fn statements_without_a_name_are_not_taken_for_one_another() {
        let (one, other) = (READ.replace("\"Sid\":\"Read\",", ""), "\"a:Get\",\"a:List\"");
        let text = shown(&one, &one.replace(other, "\"a:Put\""));
        assert_eq!(text.matches("a statement without a name").count(), 2, "{text}");
        assert!(text.contains("a:List") && text.contains("a:Put"), "{text}");
    }

    #[test]
    fn the_language_of_a_policy_is_part_of_it() {
        let desired = Document::parse(r#"{"Version":"2012-10-17","Statement":[]}"#).unwrap();
        let statement = format!(r#"{{"Statement":[{READ}]}}"#);
        let live = Document::parse(&statement).unwrap();
        let desired = Document { statements: live.statements.clone(), ..desired };
        let texts: Vec<String> =
            differences(&live, &desired).into_iter().map(|line| line.text).collect();
        assert_eq!(texts, ["language   2008-10-17 -> 2012-10-17"]);
    }
}
