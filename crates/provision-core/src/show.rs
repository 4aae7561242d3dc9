//! A plan as lines for people. Colour is the printer's business: a line says what it means by its
//! mark, and the mark is printed as well.

use std::collections::BTreeMap;

use crate::desired::{
    Alarm, DEFAULTS_TAG, MetricFilter, REPLICAS_TAG, RotationRules, Rule, SECRETS_ACCESS, Tags,
    UNFINISHED_TAG,
};
use crate::manifest::{FirstRotation, Schedule};
use crate::name::{Arn, Region};
use crate::plan::{
    Action, Change, Effect, Intent, KeyRef, MonitoringAction, Plan, Recovery, Remark, Resource,
};
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
                    ![DEFAULTS_TAG, REPLICAS_TAG, UNFINISHED_TAG.0].contains(&key.as_str())
                })
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
        let region = first.resource.region().map(|region| format!(" in {region}"));
        let name = format!("{}{}", first.resource.name(), region.unwrap_or_default());
        self.push(mark, 1, format!("{kind:<8} {name}"));
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
                Intent::Apply | Intent::Prune => {
                    "Nothing to do: what exists is what the manifest says".into()
                }
                Intent::Adopt => {
                    "Nothing to adopt: what exists under these names is the environment's".into()
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

fn key_text(key: &KeyRef) -> String {
    match key {
        KeyRef::Arn(arn) => arn.to_string(),
        KeyRef::Created | KeyRef::CreatedIn(_) => "(known after apply)".into(),
        KeyRef::Unresolved(name) => name.clone(),
    }
}

fn remark_hint(remark: &Remark) -> Option<&'static str> {
    match remark {
        Remark::Empty | Remark::DefaultNotApplied(_) => {
            Some("`provision set` reads a value from a prompt or from stdin")
        }
        Remark::Undeclared | Remark::UndeclaredReplica(_) => {
            Some("`provision apply --prune` deletes it")
        }
        Remark::RotationWaits => Some("set a value, then apply again"),
        Remark::ReplicaFailed { .. } => {
            Some("mend what AWS names in that region; `provision replicate` shows every copy")
        }
        Remark::NotSimulated | Remark::DeletionCost | Remark::NoWayBack => None,
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
        Action::ScheduleKeyDeletion { window_days: days, .. }
        | Action::DeleteSecret { recovery: Recovery::Days(days) } => {
            vec![("gone", format!("{days} days from now, until then `restore` helps"))]
        }
        Action::DeleteSecret { recovery: Recovery::Never } => {
            vec![("gone", "at once, and nothing brings it back".into())]
        }
        Action::CreateSecret { description, key, tags: _, defaults, required, replicas } => {
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
            rows.extend(copies(replicas));
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
        Action::ReplicateSecret { regions } => copies(regions),
        Action::RemoveReplicas { regions } => {
            regions.iter().map(|region| ("copy", format!("removed from {region}"))).collect()
        }
        Action::SetRotation { live, desired, first } => rotation(live.as_ref(), desired, *first),
        Action::CancelRotation { live } => vec![("rotation", format!("{} -> off", rules(live)))],
        Action::PutResourcePolicy { live, desired } => {
            policy_changes(live.as_ref().unwrap_or(&Document::default()), desired)
        }
        Action::DeleteResourcePolicy { live } => policy_changes(live, &Document::default()),
        Action::CreatePolicy { path, document, .. } => {
            vec![("path", path.clone()), ("policy", sids(document))]
        }
        Action::PutPolicy { document, .. } => policy_changes(&document.live, &document.desired),
        Action::DeletePolicyVersion { version, .. } => {
            vec![("version", format!("{version} makes room"))]
        }
        Action::DescribeRole { description } => {
            vec![("description", arrow(&description.live, &description.desired))]
        }
        Action::PutBoundary { live, desired } => {
            let live = live.as_ref().map_or("none", Arn::as_str);
            vec![("boundary", format!("{live} -> {desired}"))]
        }
        Action::DeleteBoundary { live } => vec![("boundary", format!("{live} -> none"))],
        Action::Monitoring(action) => monitoring(action),
        Action::Tag { live, tags, .. } => tags
            .iter()
            .filter(|(key, value)| live.get(*key) != Some(value))
            .map(|(key, value)| {
                let live = live.get(key).map_or("none", String::as_str);
                ("tag", format!("{key}: {live} -> {value}"))
            })
            .collect(),
        Action::CreateRole { path, trust, boundary, reads, .. } => {
            let names: Vec<&str> = reads.iter().map(|name| name.as_str()).collect();
            let reads = if names.is_empty() { "no secret".into() } else { names.join(", ") };
            let mut rows =
                vec![("path", path.clone()), ("trusted by", principals(trust)), ("reads", reads)];
            rows.extend(conditions(trust).map(|text| ("only where", text)));
            rows.extend(boundary.iter().map(|arn| ("boundary", arn.to_string())));
            rows
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
        Action::NoteReplicas { regions, .. } | Action::ForgetReplicas { regions, .. } => {
            let names: Vec<&str> = regions.iter().map(|region| region.as_str()).collect();
            let names = if names.is_empty() { "none".into() } else { names.join(", ") };
            vec![("copies in", names)]
        }
        Action::FinishKey { .. }
        | Action::ReopenKey { .. }
        | Action::DeletePolicy { .. }
        | Action::DeleteAlias
        | Action::DeleteRole => Vec::new(),
    }
}

fn copies(replicas: &BTreeMap<Region, KeyRef>) -> Vec<Detail> {
    let row = |(region, key): (&Region, &KeyRef)| {
        ("copy", format!("in {region} under {}", key_text(key)))
    };
    replicas.iter().map(row).collect()
}

fn rules(rules: &RotationRules) -> String {
    let RotationRules { lambda_arn, schedule, window_hours } = rules;
    let when = match schedule {
        Schedule::EveryDays(days) => format!("every {days} days"),
        Schedule::Expression(text) => text.clone(),
    };
    let window = window_hours.map(|hours| format!(" within {hours} hours"));
    format!("{when}{} by {lambda_arn}", window.unwrap_or_default())
}

fn rotation(
    live: Option<&RotationRules>,
    desired: &RotationRules,
    first: FirstRotation,
) -> Vec<Detail> {
    let live = live.map_or_else(|| "off".to_owned(), rules);
    let mut rows = vec![("rotation", format!("{live} -> {}", rules(desired)))];
    if first == FirstRotation::AtOnce {
        rows.push(("rotation", "begins at once: the value changes".into()));
    }
    rows
}

fn monitoring(action: &MonitoringAction) -> Vec<Detail> {
    match action {
        MonitoringAction::PutRetention { live, days } => {
            let live = live.map_or_else(|| "for ever".to_owned(), |days| format!("{days} days"));
            vec![("kept", format!("{live} -> {days} days"))]
        }
        MonitoringAction::PutMetricFilter { live, desired } => {
            let MetricFilter { log_group, pattern, namespace, metric } = desired;
            let mut rows = vec![("log group", log_group.clone())];
            match live {
                None => rows.push(("pattern", pattern.clone())),
                Some(live) => {
                    rows.push(("live", format!("{} as {}", live.pattern, live.metric)));
                    rows.push(("desired", format!("{pattern} as {metric}")));
                }
            }
            rows.push(("metric", format!("{namespace} {metric}")));
            rows
        }
        MonitoringAction::CreateAlarm { alarm, .. } => {
            vec![("rings when", alarm.description.clone()), ("tells", told(alarm))]
        }
        MonitoringAction::PutAlarm(drift) => alarm_drift(&drift.live, &drift.desired),
        MonitoringAction::CreateRule { rule, .. } => {
            vec![("rings when", rule.description.clone()), ("pattern", rule.pattern.to_string())]
        }
        MonitoringAction::PutRule(drift) => {
            let text =
                |rule: &Rule| format!("{} {} {}", rule.state, rule.description, rule.pattern);
            vec![("live", text(&drift.live)), ("desired", text(&drift.desired))]
        }
        MonitoringAction::PutTargets { targets } => {
            targets.values().map(|arn| ("tells", arn.to_string())).collect()
        }
        MonitoringAction::RemoveTargets { ids } => {
            ids.iter().map(|id| ("target", format!("{id} removed"))).collect()
        }
        MonitoringAction::CreateLogGroup { .. }
        | MonitoringAction::DeleteMetricFilter { .. }
        | MonitoringAction::DeleteAlarm
        | MonitoringAction::DeleteRule => Vec::new(),
    }
}

fn told(alarm: &Alarm) -> String {
    let names: Vec<&str> = alarm.actions.iter().map(Arn::as_str).collect();
    if names.is_empty() { "nobody".into() } else { names.join(", ") }
}

/// Every attribute of an alarm that differs, live and desired
fn alarm_drift(live: &Alarm, desired: &Alarm) -> Vec<Detail> {
    let rows = |alarm: &Alarm| {
        let Alarm {
            description,
            namespace,
            metric,
            statistic,
            period,
            evaluation_periods,
            threshold,
            comparison,
            missing_data,
            actions: _,
        } = alarm;
        [
            ("description", description.clone()),
            ("metric", format!("{namespace} {metric} {statistic}")),
            ("period", format!("{period} s, {evaluation_periods} in a row")),
            ("threshold", format!("{comparison} {threshold}")),
            ("no data", missing_data.clone()),
            ("tells", told(alarm)),
        ]
    };
    rows(live)
        .into_iter()
        .zip(rows(desired))
        .filter(|(live, desired)| live != desired)
        .map(|((name, live), (_, desired))| (name, format!("{live} -> {desired}")))
        .collect()
}

/// The conditions of a trust, which narrow who is named beside it
fn conditions(trust: &Document) -> impl Iterator<Item = String> {
    trust.statements.iter().flat_map(|statement| {
        statement.conditions.iter().flat_map(|(operator, keys)| {
            keys.iter().map(move |(key, values)| {
                let values: Vec<&str> = values.iter().map(String::as_str).collect();
                format!("{key} {operator} {}", values.join(", "))
            })
        })
    })
}

fn arrow(live: &str, desired: &str) -> String {
    format!("\"{live}\" -> \"{desired}\"")
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
