//! A plan as lines for people. Colour is the printer's business: a line says what it means by its
//! mark, and the mark is printed as well.

mod details;
mod monitoring;
mod policy;

use std::borrow::Cow;

use details::details;

use crate::desired::{DEFAULTS_TAG, POLICY_TAG, REPLICAS_TAG, Tags, UNFINISHED_TAG};
use crate::plan::{Action, Change, Effect, Intent, Note, Plan, Remark, Resource};

/// One line of output
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// what the line means
    pub mark: Mark,
    /// how deep it stands under what comes before
    pub depth: u8,
    /// the text, without mark and indent
    pub text: String,
}

/// What a line means
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// the place that the plan is for
    Title,
    /// something is made
    Create,
    /// something is altered
    Update,
    /// something is removed
    Delete,
    /// access grows
    Widen,
    /// something stands in the way
    Blocked,
    /// what to do next
    Hint,
    /// worth knowing
    Note,
    /// a detail of the line above
    Detail,
    /// nothing: an empty line
    Blank,
}

impl Mark {
    /// Returns the sign that stands before the text
    pub fn sign(self) -> &'static str {
        match self {
            Mark::Create => "+",
            Mark::Update => "~",
            Mark::Delete => "-",
            Mark::Widen => "!",
            Mark::Blocked => "x",
            Mark::Note => "i",
            Mark::Title | Mark::Hint | Mark::Detail | Mark::Blank => "",
        }
    }
}

/// Returns the plan's lines
pub fn show(plan: &Plan) -> Vec<Line> {
    let mut page = Page::default();
    page.title(plan);
    page.changes(plan);
    page.widening(plan);
    page.blockers(plan);
    page.notes(plan);
    page.summary(plan);
    page.0
}

/// Returns the lines of what a plan changes, and of what stands in its way
pub fn changes(plan: &Plan) -> Vec<Line> {
    let mut page = Page::default();
    page.changes(plan);
    page.blockers(plan);
    page.0
}

#[derive(Default)]
struct Page(Vec<Line>);

impl Page {
    fn push(&mut self, mark: Mark, depth: u8, text: impl AsRef<str>) {
        self.0.push(Line { mark, depth, text: printable(text.as_ref()) });
    }

    fn blank(&mut self) {
        if self.0.last().is_some_and(|line| line.mark != Mark::Blank) {
            self.push(Mark::Blank, 0, "");
        }
    }

    fn title(&mut self, plan: &Plan) {
        let binding = &plan.binding;
        self.push(
            Mark::Title,
            0,
            format!(
                "{} {} in {}, account {}",
                binding.project, binding.environment, binding.region, binding.account
            ),
        );
        self.push(Mark::Detail, 0, format!("as {}", binding.caller));
        if let Some(tags) = plan.changes.iter().find_map(|change| tags(&change.action)) {
            let text = tags
                .iter()
                .filter(|(key, _)| {
                    ![DEFAULTS_TAG, POLICY_TAG.0, REPLICAS_TAG, UNFINISHED_TAG.0]
                        .contains(&key.as_str())
                })
                .map(|(key, value)| format!("{key}={value}"))
                .collect::<Vec<_>>()
                .join(" ");
            self.push(Mark::Detail, 0, format!("what is created is tagged {text}"));
        }
        self.blank();
    }

    fn changes(&mut self, plan: &Plan) {
        // the mark of an unfinished environment is of no interest where its key is shown anyway
        let is_mark = |change: &Change| matches!(change.action, Action::FinishKey { .. });
        let is_shown = |change: &Change| {
            let same = |other: &Change| other.resource == change.resource && !is_mark(other);
            !is_mark(change) || !plan.changes.iter().any(same)
        };
        let mut changes = plan.changes.iter().filter(|change| is_shown(change)).peekable();
        while let Some(first) = changes.next() {
            let mut group = vec![first];
            while let Some(next) = changes.next_if(|next| next.resource == first.resource) {
                group.push(next);
            }
            self.resource(&group);
        }
        self.blank();
    }

    /// One resource with all that happens to it
    fn resource(&mut self, group: &[&Change]) {
        let (first, kind) = (group[0], word(&group[0].resource));
        let mut effects = group.iter().map(|change| change.action.effect());
        let mark = match effects.rfind(|e| *e != Effect::Update) {
            Some(Effect::Create) => Mark::Create,
            Some(Effect::Delete) => Mark::Delete,
            Some(Effect::Update) | None => Mark::Update,
        };
        let region = first.resource.region().map(|region| format!(" in {region}"));
        let name = format!("{}{}", first.resource.name(), region.unwrap_or_default());
        self.push(mark, 1, format!("{kind:<8} {name}"));
        for change in group {
            for (name, value) in details(&change.action) {
                self.push(Mark::Detail, 3, format!("{name:<12} {value}"));
            }
            self.0.extend(policy::statements(&change.action));
        }
    }

    fn widening(&mut self, plan: &Plan) {
        let mut widening = plan.widening().peekable();
        if widening.peek().is_none() {
            return;
        }
        self.push(Mark::Widen, 0, "Access that widens");
        for change in widening {
            for grant in &change.growth {
                self.push(Mark::Widen, 1, format!("{}: {grant}", change.resource));
            }
        }
        self.blank();
    }

    fn blockers(&mut self, plan: &Plan) {
        for blocker in &plan.blockers {
            self.push(Mark::Blocked, 1, format!("{} {}", blocker.resource, blocker.reason));
            self.push(Mark::Hint, 3, blocker.reason.hint());
        }
        self.blank();
    }

    fn notes(&mut self, plan: &Plan) {
        for (at, note) in plan.notes.iter().enumerate() {
            self.push(Mark::Note, 1, format!("{} {}", note.resource, note.remark));
            let hint = remark_hint(note);
            // once, behind the last of those that it is for
            let next = plan.notes.get(at + 1).and_then(remark_hint);
            if let Some(hint) = hint.filter(|hint| Some(hint) != next.as_ref()) {
                self.push(Mark::Hint, 3, hint);
            }
        }
        self.blank();
    }

    fn summary(&mut self, plan: &Plan) {
        let sum = plan.summary();
        let text = if !plan.blockers.is_empty() {
            let count = plan.blockers.len();
            let plural = if count == 1 { "thing stands" } else { "things stand" };
            format!("Blocked: {count} {plural} in the way")
        } else if plan.is_empty() {
            match plan.binding.intent {
                Intent::Apply | Intent::Prune => {
                    "Nothing to do: what exists is what the manifest says".into()
                }
                Intent::Adopt => {
                    "Nothing to adopt: nothing exists under these names that is not the environment's already".into()
                }
                Intent::Destroy | Intent::ForceDestroy => {
                    "Nothing to do: the environment owns nothing that is live".into()
                }
                Intent::Restore => "Nothing to do: nothing waits to be deleted".into(),
            }
        } else {
            let calls = plan.changes.len();
            let plural = if calls == 1 { "call" } else { "calls" };
            format!(
                "Plan: {} to create, {} to change, {} to delete, in {calls} {plural} to AWS",
                sum.create, sum.update, sum.delete
            )
        };
        self.push(Mark::Title, 0, text);
    }
}

fn word(resource: &Resource) -> &'static str {
    match resource {
        Resource::Key(_) => "KMS key",
        Resource::Alias(_)
        | Resource::Secret(_)
        | Resource::Policy(_)
        | Resource::Role(_)
        | Resource::LogGroup(_)
        | Resource::MetricFilter(_)
        | Resource::Alarm(_)
        | Resource::Rule(_) => resource.kind(),
    }
}

fn remark_hint(note: &Note) -> Option<Cow<'static, str>> {
    let hint = match &note.remark {
        Remark::Empty(keys) | Remark::DefaultNotApplied(keys) => {
            let key = keys.first().map(|key| format!(" {key}")).unwrap_or_default();
            let command = format!("provision set {}{key}", note.resource.name());
            return Some(format!("`{command}` reads a value from a prompt or from stdin").into());
        }
        Remark::Undeclared
        | Remark::UndeclaredRole
        | Remark::UndeclaredFilter(_)
        | Remark::UndeclaredPolicy
        | Remark::UndeclaredReplica(_) => Some("`provision apply --prune` deletes it"),
        Remark::NotOurs(_) => Some(
            "`provision adopt` takes over what the manifest declares; else tag it by hand, or delete it",
        ),
        Remark::HeldElsewhere(_) => Some(
            "`aws iam list-entities-for-policy` names them; detach it there if it is not meant",
        ),
        Remark::RotationWaits => Some("set a value, then apply again"),
        Remark::ReplicaFailed { .. } => {
            Some("mend what AWS names in that region; `provision replicate` shows every copy")
        }
        Remark::Elsewhere => {
            Some("put the old `region` back and run `provision destroy` to take those away first")
        }
        Remark::NotSimulated
        | Remark::DeletionCost
        | Remark::OwnedByService(_)
        | Remark::KeyOfDeleted
        | Remark::NoWayBack => None,
    };
    hint.map(Cow::Borrowed)
}

/// Live text as it may stand in a line: it could move the cursor or make lines of its own
pub fn printable(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut line, c| {
        if c.is_control() {
            line.extend(c.escape_debug())
        } else {
            line.push(c)
        }
        line
    })
}

/// Returns the number with a comma between thousands
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// The tags that an action gives to what it creates
fn tags(action: &Action) -> Option<&Tags> {
    match action {
        Action::CreateKey { tags, .. }
        | Action::CreateSecret { tags, .. }
        | Action::CreatePolicy { tags, .. }
        | Action::CreateRole { tags, .. } => Some(tags),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn thousands_are_set_apart() {
        for (number, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(grouped(number), text);
        }
    }
}
