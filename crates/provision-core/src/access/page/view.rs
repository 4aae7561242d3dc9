//! What the template of the page is filled with: computed texts, no decisions left.

use serde::Serialize;
use serde_json::Value;

use super::map::{self, Map};
use super::{Cost, Facts, Page};
use crate::access::Cited;
use crate::access::graph::{EnvironmentGraph, Path, graph};
use crate::access::realm::{Placed, Realm, Role};
use crate::cost::EnvironmentBill;
use crate::policy::evaluation::Answer;
use crate::prove::{self, Proof};
use crate::show::{Mark, printable};

/// What does not depend on what is shown
#[derive(Debug, Serialize)]
pub(super) struct Parts {
    pub(super) style: &'static str,
    pub(super) script: &'static str,
    pub(super) content_policy: String,
}

#[derive(Debug, Serialize)]
pub(super) struct View {
    parts: Parts,
    title: String,
    source: &'static str,
    proof: Option<ProofView>,
    environments: Vec<EnvironmentView>,
}

#[derive(Debug, Serialize)]
struct ProofView {
    verdict: String,
    is_good: bool,
    counts: String,
    findings: Vec<Vec<Words>>,
    notes: Vec<Words>,
}

/// A text whose backticks are marks for code
type Words = Vec<Piece>;

#[derive(Debug, PartialEq, Eq, Serialize)]
struct Piece {
    text: String,
    code: bool,
}

fn words(text: &str) -> Words {
    let parts: Vec<&str> = text.split('`').collect();
    // what nothing closes is no mark
    let closed = parts.len() - usize::from(parts.len().is_multiple_of(2));
    let mut pieces: Words = parts[..closed]
        .iter()
        .enumerate()
        .map(|(at, part)| Piece { text: printable(part), code: at % 2 == 1 })
        .collect();
    pieces
        .extend(parts[closed..].iter().map(|rest| Piece { text: format!("`{rest}"), code: false }));
    pieces.retain(|piece| !piece.text.is_empty());
    pieces
}

#[derive(Debug, Serialize)]
struct EnvironmentView {
    id: String,
    title: String,
    place: String,
    protected: bool,
    recovery: String,
    open: Option<Words>,
    cost: Option<CostView>,
    map: Map,
    keys: Vec<KeyView>,
    secrets: Vec<SecretView>,
    roles: Vec<RoleView>,
    alarms: Vec<AlarmView>,
}

#[derive(Debug, Serialize)]
struct CostView {
    id: String,
    /// the sum, none where no price is known
    sum: Option<String>,
    lines: Vec<CostLine>,
    about: String,
}

#[derive(Debug, Serialize)]
struct CostLine {
    what: String,
    usd: String,
}

#[derive(Debug, Serialize)]
struct KeyView {
    id: String,
    name: String,
    about: String,
    rows: Vec<Row>,
    policy: Option<PolicyView>,
}

#[derive(Debug, Serialize)]
struct SecretView {
    id: String,
    name: String,
    about: String,
    rotated: Option<Date>,
    changed: Option<Date>,
    rows: Vec<Row>,
    policy: Option<PolicyView>,
}

#[derive(Debug, Serialize)]
struct Date {
    full: String,
    day: String,
}

/// One way of access, as the row of a table
#[derive(Debug, Serialize)]
struct Row {
    verb: &'static str,
    perhaps: bool,
    role: String,
    role_id: String,
    kind: &'static str,
    reasons: Vec<ReasonView>,
}

#[derive(Debug, Serialize)]
struct ReasonView {
    sid: String,
    place: &'static str,
    href: String,
}

#[derive(Debug, Serialize)]
struct RoleView {
    id: String,
    name: String,
    title: String,
    kind: &'static str,
    people: Vec<String>,
    unseen: Vec<String>,
    /// whether its own policies are not ours to see
    outside: bool,
    policies: Vec<PolicyView>,
}

#[derive(Debug, Serialize)]
struct PolicyView {
    id: String,
    place: &'static str,
    name: String,
    version: String,
    statements: Vec<StatementView>,
}

#[derive(Debug, Serialize)]
struct StatementView {
    id: String,
    denies: bool,
    text: String,
    /// what follows it in the list
    comma: &'static str,
}

#[derive(Debug, Serialize)]
struct AlarmView {
    name: String,
    about: String,
}

pub(super) fn of(page: &Page<'_>, parts: Parts) -> View {
    let Page { realms, facts, proof, live } = page;
    let graph = graph(realms);
    let project = realms.first().map_or("", |realm| &realm.project);
    let none = Facts::default();
    View {
        parts,
        title: format!("Access to the secrets of {project}"),
        source: if *live {
            "as AWS has it"
        } else {
            "as the manifest says, before AWS is asked. Ids of keys, and 000000000000 for an account that is not named, are made up"
        },
        proof: proof.map(proof_view),
        environments: realms
            .iter()
            .zip(&graph.environments)
            .enumerate()
            .map(|(i, (realm, graph))| {
                let facts = facts.get(&realm.title()).unwrap_or(&none);
                Builder { number: i, realm, graph, facts }.environment()
            })
            .collect(),
    }
}

fn proof_view(proof: &Proof) -> ProofView {
    let mut findings: Vec<Vec<Words>> = Vec::new();
    let mut titles = Vec::new();
    for line in prove::lines(proof) {
        match line.mark {
            Mark::Blocked => findings.push(vec![words(&line.text)]),
            Mark::Title => titles.push(line.text),
            _ if line.depth > 0 => {
                if let Some(finding) = findings.last_mut() {
                    finding.push(words(&line.text));
                }
            }
            _ => {}
        }
    }
    let mut titles = titles.into_iter();
    ProofView {
        counts: titles.next().unwrap_or_default(),
        verdict: titles.next().unwrap_or_default(),
        is_good: proof.findings.is_empty(),
        findings,
        notes: proof.notes.iter().map(|note| words(note)).collect(),
    }
}

/// One environment
struct Builder<'a> {
    number: usize,
    realm: &'a Realm,
    graph: &'a EnvironmentGraph,
    facts: &'a Facts,
}

impl Builder<'_> {
    fn environment(&self) -> EnvironmentView {
        let Self { number, realm, graph, facts } = self;
        let account = graph.account.as_deref().unwrap_or("an account that is not named");
        EnvironmentView {
            id: format!("environment-{number}"),
            title: realm.title(),
            place: format!("{}, {account}", realm.region),
            protected: realm.protected,
            open: realm.open_word().map(words),
            recovery: format!("{} days to take a deletion back", realm.recovery_window_days),
            cost: facts.cost.as_ref().map(|cost| cost_view(*number, cost)),
            map: map::of(*number, graph),
            keys: (0..graph.keys.len()).map(|i| self.key(i)).collect(),
            secrets: (0..graph.secrets.len()).map(|i| self.secret(i)).collect(),
            roles: (0..graph.roles.len()).map(|i| self.role(i)).collect(),
            alarms: graph
                .alarms
                .iter()
                .map(|name| AlarmView {
                    name: printable(name),
                    about: facts.alarms.get(name).map(|t| printable(t)).unwrap_or_default(),
                })
                .collect(),
        }
    }

    fn key(&self, number: usize) -> KeyView {
        let (node, key) = (&self.graph.keys[number], &self.realm.keys[number]);
        let rotates = match node.rotation_days {
            Some(days) => format!("rotates every {days} days"),
            None => "rotation is not ours or off".to_owned(),
        };
        let mut about = vec![node.region.clone(), rotates];
        // somebody else's is on no bill of ours
        if key.policy.is_some()
            && let Some(usd) = self.bill().and_then(EnvironmentBill::each_key)
        {
            about.push(format!("{} a month", usd.in_cents()));
        }
        about.push(printable(node.arn.as_deref().unwrap_or("not made yet")));
        KeyView {
            id: map::id(self.number, "key", number),
            name: printable(key.shown()),
            about: about.join(", "),
            rows: self.rows(|path| node.is_end_of(path)),
            policy: key.policy.as_ref().map(|policy| self.policy(policy, "")),
        }
    }

    fn secret(&self, number: usize) -> SecretView {
        let (node, secret) = (&self.graph.secrets[number], &self.realm.secrets[number]);
        let mut about = Vec::new();
        about.push(match &node.rotation {
            Some(when) => format!("rotates {when}"),
            None => "does not rotate by itself".to_owned(),
        });
        if !node.replicas.is_empty() {
            about.push(format!("copied to {}", node.replicas.join(", ")));
        }
        if node.deny_others {
            about.push("denied to whoever is not named".to_owned());
        }
        if let Some(usd) = self.bill().and_then(EnvironmentBill::each_secret) {
            let copies = if node.replicas.is_empty() { "" } else { " with its copies" };
            about.push(format!("{} a month{copies}", usd.in_cents()));
        }
        let dates = self.facts.dates.get(&node.name);
        SecretView {
            id: map::id(self.number, "secret", number),
            name: printable(&node.name),
            about: about.join(", "),
            rotated: dates.and_then(|dates| date(dates.rotated.as_ref())),
            changed: dates.and_then(|dates| date(dates.changed.as_ref())),
            rows: self.rows(|path| path.secret.as_ref() == Some(&node.name)),
            policy: secret.policy.as_ref().map(|policy| self.policy(policy, "")),
        }
    }

    fn bill(&self) -> Option<&EnvironmentBill> {
        match &self.facts.cost {
            Some(Cost::Billed { bill, .. }) => Some(bill),
            Some(Cost::Unpriced(_)) | None => None,
        }
    }

    fn role(&self, number: usize) -> RoleView {
        let node = &self.graph.roles[number];
        let role = self.realm.roles.get(number);
        let policies = |role: &Role| {
            let all = role.all_policies().chain(std::iter::once(&role.trust));
            all.map(|policy| self.policy(policy, &role.name)).collect()
        };
        RoleView {
            id: map::id(self.number, "role", number),
            name: printable(&node.name),
            title: printable(&node.title),
            kind: node.kind.words(),
            people: node.people.iter().map(|name| printable(name)).collect(),
            unseen: node.unseen.iter().map(|name| printable(name)).collect(),
            outside: node.kind.is_unseen(),
            policies: role.map(policies).unwrap_or_default(),
        }
    }

    fn rows(&self, of: impl Fn(&Path) -> bool) -> Vec<Row> {
        let mut paths: Vec<&Path> = self.graph.paths.iter().filter(|path| of(path)).collect();
        paths.sort_by_key(|path| path.verb);
        paths
            .into_iter()
            .map(|path| {
                let number = self.graph.roles.iter().position(|role| role.name == path.role);
                let node = number.map(|number| &self.graph.roles[number]);
                let own = |cited: &Cited| {
                    let of_role = node.filter(|node| !node.kind.is_unseen());
                    let owner = of_role.map_or("", |node| node.name.as_str());
                    let href = self.anchor(cited.place, &cited.policy, owner, cited.number);
                    ReasonView { sid: printable(&cited.sid), place: cited.place.words(), href }
                };
                Row {
                    verb: path.verb.word(),
                    perhaps: path.answer == Answer::Unsure,
                    role: printable(&path.role),
                    role_id: number.map_or(String::new(), |n| map::id(self.number, "role", n)),
                    kind: node.map_or("", |node| node.kind.words()),
                    reasons: path.reasons.iter().map(own).collect(),
                }
            })
            .collect()
    }

    fn policy(&self, policy: &Placed, owner: &str) -> PolicyView {
        let value = policy.document.to_value();
        let list = value["Statement"].as_array().cloned().unwrap_or_default();
        let count = list.len();
        let statements = list.iter().enumerate().map(|(i, statement)| StatementView {
            id: self.anchor(policy.place, &policy.name, owner, i),
            denies: statement["Effect"] == "Deny",
            text: indented(statement),
            comma: if i + 1 < count { "," } else { "" },
        });
        PolicyView {
            id: self.anchor(policy.place, &policy.name, owner, count),
            place: policy.place.words(),
            name: printable(&policy.name),
            version: value["Version"].as_str().unwrap_or_default().to_owned(),
            statements: statements.collect(),
        }
    }

    /// What a statement is called in the document: the number of its holder and of its policy there
    fn anchor(
        &self,
        place: crate::access::Place,
        policy: &str,
        owner: &str,
        statement: usize,
    ) -> String {
        use crate::access::Place;
        let realm = self.realm;
        let (what, holder, number) = match place {
            Place::Key => {
                ("key", realm.keys.iter().position(|key| key.arn == policy).unwrap_or(0), 0)
            }
            Place::Secret => {
                let at = realm.secrets.iter().position(|secret| secret.name == policy);
                ("secret", at.unwrap_or(0), 0)
            }
            Place::Inline | Place::Attached | Place::Boundary | Place::Trust => {
                let at = realm.roles.iter().position(|role| role.name == owner).unwrap_or(0);
                let of = realm.roles.get(at).and_then(|role| {
                    let mut all = role.all_policies().chain(std::iter::once(&role.trust));
                    all.position(|other| other.place == place && other.name == policy)
                });
                ("role", at, of.unwrap_or(0))
            }
        };
        format!("policy-{}-{what}-{holder}-{number}-{statement}", self.number)
    }
}

fn cost_view(number: usize, cost: &Cost) -> CostView {
    let id = format!("cost-{number}");
    match cost {
        Cost::Billed { bill, prices } => CostView {
            id,
            sum: Some(bill.total().in_cents()),
            lines: bill
                .lines
                .iter()
                .map(|line| CostLine { what: line.words(), usd: line.usd.in_cents() })
                .collect(),
            about: format!("By {}", printable(prices)),
        },
        Cost::Unpriced(unpriced) => {
            CostView { id, sum: None, lines: Vec::new(), about: format!("Not known: {unpriced}") }
        }
    }
}

fn date(text: Option<&String>) -> Option<Date> {
    let text = text?;
    Some(Date { full: text.clone(), day: text.chars().take(10).collect() })
}

/// A statement as it stands inside its policy
fn indented(statement: &Value) -> String {
    let text = format!("{statement:#}");
    text.lines().map(|line| format!("    {}", printable(line))).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn backticks_are_marks_for_code() {
        let shown = |text: &str| -> Vec<(String, bool)> {
            words(text).into_iter().map(|piece| (piece.text, piece.code)).collect()
        };
        let pieces = |all: &[(&str, bool)]| -> Vec<(String, bool)> {
            all.iter().map(|(text, code)| ((*text).to_owned(), *code)).collect()
        };
        assert_eq!(shown("plain"), pieces(&[("plain", false)]));
        assert_eq!(
            shown("by `a` and `b`"),
            pieces(&[("by ", false), ("a", true), (" and ", false), ("b", true),])
        );
        assert_eq!(shown("`a` and `b"), pieces(&[("a", true), (" and ", false), ("`b", false)]));
    }
}
