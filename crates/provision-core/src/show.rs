//! A plan as lines for people. Colour is the printer's business: a line says what it means by its
//! mark, and the mark is printed as well.

use crate::desired::{DEFAULTS_TAG, SECRETS_ACCESS, Tags, UNFINISHED_TAG};
use crate::plan::{Action, Change, Effect, Intent, KeyRef, Plan, Remark, Resource};
use crate::policy::{Document, Statement};

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
                .filter(|(key, _)| *key != DEFAULTS_TAG && *key != UNFINISHED_TAG.0)
                .map(|(key, value)| format!("{key}={value}"))
                .collect::<Vec<_>>()
                .join(" ");
            self.push(Mark::Detail, 0, format!("what is created is tagged {text}"));
        }
        self.blank();
    }

    fn changes(&mut self, plan: &Plan) {
        // the mark of an unfinished environment is of no interest to who reads the plan
        let mut changes = plan
            .changes
            .iter()
            .filter(|change| !matches!(change.action, Action::FinishKey { .. }))
            .peekable();
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
        self.push(mark, 1, format!("{kind:<8} {}", first.resource.name()));
        for change in group {
            for (name, value) in details(&change.action) {
                self.push(Mark::Detail, 3, format!("{name:<12} {value}"));
            }
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
        for note in &plan.notes {
            self.push(Mark::Note, 1, format!("{} {}", note.resource, note.remark));
            if let Some(hint) = remark_hint(&note.remark) {
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
                Intent::Apply => "Nothing to do: what exists is what the manifest says".into(),
                Intent::Destroy => {
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
        Resource::Alias(_) => "alias",
        Resource::Secret(_) => "secret",
        Resource::Role(_) => "role",
    }
}

fn key_text(key: &KeyRef) -> String {
    match key {
        KeyRef::Arn(arn) => arn.to_string(),
        KeyRef::Created => "(known after apply)".into(),
        KeyRef::Unresolved(name) => name.clone(),
    }
}

fn remark_hint(remark: &Remark) -> Option<&'static str> {
    match remark {
        Remark::Empty | Remark::DefaultNotApplied(_) => {
            Some("`provision set` reads a value from a prompt or from stdin")
        }
        Remark::Undeclared => None,
    }
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

type Detail = (&'static str, String);

fn details(action: &Action) -> Vec<Detail> {
    match action {
        Action::CreateKey { description, policy, tags: _ } => {
            vec![("description", description.clone()), ("policy", sids(policy))]
        }
        Action::CancelKeyDeletion { .. } => vec![("deletion", "taken back".into())],
        Action::EnableKey { .. } => vec![("state", "enabled".into())],
        Action::DescribeKey { description, .. } => {
            vec![("description", arrow(&description.live, &description.desired))]
        }
        Action::RotateKey { live, days, .. } => {
            let every = |days: &u16| format!("every {days} days");
            vec![(
                "rotation",
                live.as_ref().map_or_else(
                    || every(days),
                    |live| format!("{} -> {}", every(live), every(days)),
                ),
            )]
        }
        Action::PutKeyPolicy { policy, .. } => policy_changes(&policy.live, &policy.desired),
        Action::CreateAlias { key } => vec![("points to", key_text(key))],
        Action::ScheduleKeyDeletion { window_days, .. } | Action::DeleteSecret { window_days } => {
            vec![("gone", format!("{window_days} days from now, until then `restore` helps"))]
        }
        Action::CreateSecret { description, key, tags: _, defaults, required } => {
            let mut rows = Vec::new();
            if !description.is_empty() {
                rows.push(("description", description.clone()));
            }
            rows.push(("key", key_text(key)));
            for (name, text) in defaults {
                rows.push(("default", format!("{name} = {}", text.0)));
            }
            if defaults.is_empty() {
                rows.push(("value", "none: created empty".into()));
            }
            if !required.is_empty() {
                let names: Vec<&str> = required.iter().map(|k| k.as_str()).collect();
                rows.push(("to be set", names.join(", ")));
            }
            rows
        }
        Action::UpdateSecret { description, key } => {
            let mut rows = Vec::new();
            if let Some(drift) = description {
                rows.push(("description", arrow(&drift.live, &drift.desired)));
            }
            if let Some(drift) = key {
                let text = |key: &Option<KeyRef>| {
                    key.as_ref().map_or_else(|| "the key that AWS manages".into(), key_text)
                };
                rows.push(("key", format!("{} -> {}", text(&drift.live), text(&drift.desired))));
            }
            rows
        }
        Action::RestoreSecret => vec![("deletion", "taken back".into())],
        Action::CreateRole { path, trust, reads, .. } => {
            let names: Vec<&str> = reads.iter().map(|name| name.as_str()).collect();
            let reads = if names.is_empty() { "no secret".into() } else { names.join(", ") };
            vec![("path", path.clone()), ("trusted by", principals(trust)), ("reads", reads)]
        }
        Action::PutTrust { trust } => policy_changes(&trust.live, &trust.desired),
        Action::PutRolePolicy { policy, live, desired } => match live {
            // ours is explained by what the role reads; what somebody supplied is shown in full
            None if policy.as_str() == SECRETS_ACCESS => {
                vec![("policy", format!("{policy}: {}", sids(desired)))]
            }
            None => {
                let mut rows = vec![("policy", policy.to_string())];
                rows.extend(desired.statements.iter().map(|s| ("grants", statement_text(s))));
                rows
            }
            Some(live) => {
                let mut rows = vec![("policy", policy.to_string())];
                rows.extend(policy_changes(live, desired));
                rows
            }
        },
        Action::DeleteRolePolicy { policy } => vec![("removed", policy.to_string())],
        Action::AttachPolicy { policy } => vec![("policy", policy.to_string())],
        Action::DetachPolicy { policy } => vec![("removed", policy.to_string())],
        Action::FinishKey { .. }
        | Action::ReopenKey { .. }
        | Action::DeleteAlias
        | Action::DeleteRole => Vec::new(),
    }
}

fn arrow(live: &str, desired: &str) -> String {
    format!("\"{live}\" -> \"{desired}\"")
}

/// The tags that an action gives to what it creates
fn tags(action: &Action) -> Option<&Tags> {
    match action {
        Action::CreateKey { tags, .. }
        | Action::CreateSecret { tags, .. }
        | Action::CreateRole { tags, .. } => Some(tags),
        _ => None,
    }
}

fn sid(statement: &Statement) -> String {
    statement
        .sid
        .clone()
        .unwrap_or_else(|| statement.actions.named().iter().cloned().collect::<Vec<_>>().join(" "))
}

fn sids(document: &Document) -> String {
    document.statements.iter().map(sid).collect::<Vec<_>>().join(", ")
}

fn principals(document: &Document) -> String {
    let names: Vec<&str> = document
        .statements
        .iter()
        .filter_map(|s| s.principals.as_ref())
        .flat_map(|p| p.named().values().flatten())
        .map(String::as_str)
        .collect();
    names.join(", ")
}

/// Statements that go and come, in full: a reader must be able to judge them
fn policy_changes(live: &Document, desired: &Document) -> Vec<Detail> {
    let only = |a: &Document, b: &Document| {
        a.statements.difference(&b.statements).cloned().collect::<Vec<_>>()
    };
    let rows = |name: &'static str, list: Vec<Statement>| {
        list.iter().map(|statement| (name, statement_text(statement))).collect::<Vec<_>>()
    };
    let mut all = rows("live", only(live, desired));
    all.extend(rows("desired", only(desired, live)));
    all
}

fn statement_text(statement: &Statement) -> String {
    let one = Document { statements: [statement.clone()].into(), ..Document::default() };
    one.to_value()["Statement"][0].to_string()
}
