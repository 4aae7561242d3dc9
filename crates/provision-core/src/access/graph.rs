//! Who reads, writes and manages what, and by which statements: nodes and paths.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::cited::Cited;
use super::party::{Guarded, Party, Said, Standing};
use super::realm::{ANY_ACCOUNT, Kind, Placed, Realm, Role, Secret};
use crate::policy::evaluation::{self, Answer, Call, Home, Identity};

/// Who may do what, by environment
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Graph {
    /// one for each environment
    pub environments: Vec<EnvironmentGraph>,
}

/// Who may do what in one environment
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct EnvironmentGraph {
    /// the project
    pub project: String,
    /// the environment
    pub environment: String,
    /// the account, none where the manifest does not say
    pub account: Option<String>,
    /// the region
    pub region: String,
    /// whether the manifest protects it
    pub protected: bool,
    /// days until what is deleted is gone
    pub recovery_window_days: u16,
    /// who else uses the key, where the manifest does not name who may: whoever in the account IAM allows it
    pub open: Option<String>,
    /// its keys, the environment's own region first
    pub keys: Vec<KeyNode>,
    /// its secrets by name
    pub secrets: Vec<SecretNode>,
    /// roles of functions, people and pipelines, and readers whom the manifest names
    pub roles: Vec<RoleNode>,
    /// who may do what, and why
    pub paths: Vec<Path>,
    /// what rings
    pub alarms: Vec<String>,
}

/// A key
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct KeyNode {
    /// its ARN, none before it is made
    pub arn: Option<String>,
    /// the alias that finds it
    pub alias: String,
    /// where it is
    pub region: String,
    /// days between rotations, none where it is somebody else's or does not rotate
    pub rotation_days: Option<u16>,
}

impl KeyNode {
    /// Returns what it is known by: its alias, or the ARN of one that is somebody else's
    pub fn shown(&self) -> &str {
        if self.alias.is_empty() { self.arn.as_deref().unwrap_or_default() } else { &self.alias }
    }

    /// Returns whether a path leads to it
    pub fn is_end_of(&self, path: &Path) -> bool {
        path.key.as_deref() == Some(self.shown())
            && path.region.as_deref() == Some(self.region.as_str())
    }
}

/// A secret
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SecretNode {
    /// its name in AWS
    pub name: String,
    /// its name in the manifest
    pub key: String,
    /// regions that hold copies
    pub replicas: Vec<String>,
    /// when its value is rotated
    pub rotation: Option<String>,
    /// whether nobody reads it who is not named
    pub deny_others: bool,
}

/// A role, or another principal
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RoleNode {
    /// its name
    pub name: String,
    /// its ARN, none where the account is not known
    pub arn: Option<String>,
    /// whose it is
    pub kind: Kind,
    /// the name of its function, or of the kind of caller
    pub title: String,
    /// who takes it on
    pub people: Vec<String>,
    /// managed policies whose text is not known here
    pub unseen: Vec<String>,
}

impl RoleNode {
    /// Returns what stands under its title
    pub fn about(&self) -> &'static str {
        // a title that says whose it is needs no repetition
        if self.title == self.kind.words() { "people" } else { self.kind.words() }
    }
}

/// What somebody may do
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    /// get the value: `GetSecretValue`, and `Decrypt` with its key
    Read,
    /// set the value: `PutSecretValue` or `UpdateSecret`, and `GenerateDataKey`
    Write,
    /// delete it, or change who may read it
    Manage,
    /// see its metadata
    Describe,
}

impl Verb {
    /// Every verb
    pub const ALL: [Self; 4] = [Self::Read, Self::Write, Self::Manage, Self::Describe];

    /// Returns the verb as a word
    pub fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Manage => "manage",
            Self::Describe => "describe",
        }
    }
}

/// One thing that somebody may do, and the statements that let them
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Path {
    /// the name of the role or other principal
    pub role: String,
    /// what it may do
    pub verb: Verb,
    /// the secret, none where it is a key
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// the alias of the key, or the ARN of one that is somebody else's
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// the region of the key
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// whether it certainly may
    pub answer: Answer,
    /// the statements that allow it
    pub reasons: Vec<Cited>,
}

/// Returns who may do what in each environment, judged by the policies of `realms`
pub fn graph(realms: &[Realm]) -> Graph {
    Graph { environments: realms.iter().map(environment).collect() }
}

fn environment(realm: &Realm) -> EnvironmentGraph {
    let is_known = realm.account != ANY_ACCOUNT;
    let mut roles: Vec<RoleNode> = realm.roles.iter().map(|role| node(role, is_known)).collect();
    let mut paths = Vec::new();
    let sight = Sight::of(realm);
    for role in &realm.roles {
        paths.extend(sight.paths(&Party::role(realm, role), &role.name));
    }
    let let_in = realm.let_in();
    for (arn, kind) in outsiders(realm, &let_in) {
        let found = sight.outsider(arn, let_in.get(arn).copied());
        // whom no policy lets in has nothing to do here, but a reader was promised to read
        if kind == Kind::Reader || !found.is_empty() {
            roles.push(outsider(arn, kind));
            paths.extend(found);
        }
    }
    EnvironmentGraph {
        project: realm.project.clone(),
        environment: realm.environment.clone(),
        account: is_known.then(|| realm.account.clone()),
        region: realm.region.clone(),
        protected: realm.protected,
        recovery_window_days: realm.recovery_window_days,
        open: realm.open_word().map(str::to_owned),
        keys: realm
            .keys
            .iter()
            .map(|key| KeyNode {
                arn: (key.is_known).then(|| key.arn.clone()),
                alias: key.alias.clone(),
                region: key.region.clone(),
                rotation_days: key.rotation_days,
            })
            .collect(),
        secrets: realm
            .secrets
            .iter()
            .map(|secret| SecretNode {
                name: secret.name.clone(),
                key: secret.key.clone(),
                replicas: secret.copies.clone(),
                rotation: secret.rotation.clone(),
                deny_others: secret.closed,
            })
            .collect(),
        roles,
        paths,
        alarms: realm.alarms.clone(),
    }
}

fn node(role: &Role, is_known: bool) -> RoleNode {
    RoleNode {
        name: role.name.clone(),
        arn: is_known.then(|| role.arn.clone()),
        kind: role.kind,
        title: role.title.clone(),
        people: role.people.clone(),
        unseen: role.unseen.clone(),
    }
}

/// Who is named beside the roles, each once: a reader before anything else
fn outsiders<'r>(realm: &'r Realm, let_in: &BTreeMap<&'r str, Kind>) -> BTreeMap<&'r str, Kind> {
    let mut all = let_in.clone();
    let readers = realm.secrets.iter().flat_map(|secret| &secret.readers);
    all.extend(readers.map(|arn| (arn.as_str(), Kind::Reader)));
    all
}

fn outsider(arn: &str, kind: Kind) -> RoleNode {
    let name = arn.rsplit('/').next().unwrap_or(arn);
    RoleNode {
        name: arn.to_owned(),
        arn: Some(arn.to_owned()),
        kind,
        title: name.to_owned(),
        people: Vec::new(),
        unseen: Vec::new(),
    }
}

/// An environment with the policies on its keys and secrets ready
struct Sight<'a> {
    realm: &'a Realm,
    keys: Vec<Guarded<'a>>,
    secrets: Vec<Guarded<'a>>,
}

/// An answer with the statements that it rests on
type Reached<'a> = (Answer, Vec<(&'a Placed, usize)>);

impl<'a> Sight<'a> {
    fn of(realm: &'a Realm) -> Self {
        Self {
            realm,
            keys: realm.keys.iter().map(|key| Guarded::of(key.policy.as_ref())).collect(),
            secrets: realm.secrets.iter().map(|s| Guarded::of(s.policy.as_ref())).collect(),
        }
    }

    /// What one of our policies opens to somebody whose own are not seen; what else such a one may
    /// is not ours to show
    fn outsider(&self, arn: &str, let_in: Option<Kind>) -> Vec<Path> {
        let mut paths = Vec::new();
        if self.realm.secrets.iter().any(|secret| secret.readers.contains(arn)) {
            let party = Party::reader(self.realm, arn);
            paths = self.on_secrets(&party, arn, &[Verb::Read]);
        }
        if let Some(kind) = let_in {
            let party = Party::let_in(self.realm, arn, kind);
            for path in self.on_secrets(&party, arn, &[Verb::Read, Verb::Write]) {
                let is_known = |p: &Path| p.verb == path.verb && p.secret == path.secret;
                if !paths.iter().any(is_known) {
                    paths.push(path);
                }
            }
        }
        paths
    }

    fn on_secrets(&self, party: &Party<'a>, name: &str, verbs: &[Verb]) -> Vec<Path> {
        let mut paths = Vec::new();
        for (secret, guarded) in self.realm.secrets.iter().zip(&self.secrets) {
            for verb in verbs {
                let reached = self.reached(party, secret, guarded, *verb);
                paths.extend(path(reached, name, *verb, About::Secret(&secret.name)));
            }
        }
        paths
    }

    fn paths(&self, party: &Party<'a>, name: &str) -> Vec<Path> {
        let mut paths = self.on_secrets(party, name, &Verb::ALL);
        for (i, key) in self.realm.keys.iter().enumerate() {
            let calls = ["kms:PutKeyPolicy", "kms:ScheduleKeyDeletion"].map(|action| {
                let call = party.identified.managing(action, &key.arn, self.realm, &key.region);
                self.on_key(party, i, &call)
            });
            let reached = calls.into_iter().fold((Answer::No, Vec::new()), either);
            paths.extend(path(reached, name, Verb::Manage, About::Key(key.shown(), &key.region)));
        }
        paths
    }

    fn reached(
        &self,
        party: &Party<'a>,
        secret: &Secret,
        guarded: &Guarded<'a>,
        verb: Verb,
    ) -> Reached<'a> {
        let any = |actions: &[&str]| {
            let each = actions.iter().map(|action| {
                let realm = self.realm;
                let call = party.identified.managing(action, &secret.arn, realm, &realm.region);
                self.on_secret(party, guarded, &call)
            });
            each.fold((Answer::No, Vec::new()), either)
        };
        let with_key = |action: &str| {
            let Some(key) = self.realm.keys.first() else { return (Answer::No, Vec::new()) };
            let (who, realm) = (&party.identified, self.realm);
            let call = who.through(action, &key.arn, &secret.arn, realm, &realm.region);
            self.on_key(party, 0, &call)
        };
        match verb {
            Verb::Read => both(any(&["secretsmanager:GetSecretValue"]), with_key("kms:Decrypt")),
            Verb::Write => both(
                any(&["secretsmanager:PutSecretValue", "secretsmanager:UpdateSecret"]),
                with_key("kms:GenerateDataKey"),
            ),
            Verb::Manage => {
                any(&["secretsmanager:DeleteSecret", "secretsmanager:PutResourcePolicy"])
            }
            Verb::Describe => any(&["secretsmanager:DescribeSecret"]),
        }
    }

    fn on_secret(&self, party: &Party<'a>, guarded: &Guarded<'a>, call: &Call) -> Reached<'a> {
        let (policies, boundary) = party.say(call);
        let identity = party.identity(&policies, boundary.as_ref());
        let said = guarded.bench.as_ref().map(|bench| Said { bench, ruling: bench.rule(call) });
        // whether a reader of this account may by its own policies is for those to say: what is
        // shown is whether this policy names it
        let by_name = party.standing == Standing::Reader;
        if by_name && said.as_ref().is_none_or(|said| said.ruling.granted() == Answer::No) {
            return (Answer::No, Vec::new());
        }
        let ruling = said.as_ref().map(|said| &said.ruling);
        let answer = evaluation::secret(&identity, ruling, party.home(self.realm));
        (answer, behind(&policies, said.as_ref(), answer))
    }

    fn on_key(&self, party: &Party<'a>, key: usize, call: &Call) -> Reached<'a> {
        let (policies, boundary) = party.say(call);
        let identity: Identity = party.identity(&policies, boundary.as_ref());
        let Some(bench) = self.keys.get(key).and_then(|guarded| guarded.bench.as_ref()) else {
            // somebody else's key: what it says is not known
            let answer = identity.passes().and(Answer::Unsure);
            return (answer, behind(&policies, None, answer));
        };
        let said = Said { bench, ruling: bench.rule(call) };
        let home: Home = party.home(self.realm);
        let answer = evaluation::key(&identity, &said.ruling, home);
        (answer, behind(&policies, Some(&said), answer))
    }
}

/// The statements that let something through, or may
fn behind<'a>(
    policies: &[Said<'_, 'a>],
    guard: Option<&Said<'_, 'a>>,
    answer: Answer,
) -> Vec<(&'a Placed, usize)> {
    if answer == Answer::No {
        return Vec::new();
    }
    let all = policies.iter().chain(guard);
    all.flat_map(|said| said.behind(Answer::Yes).chain(said.behind(Answer::Unsure))).collect()
}

fn both<'a>(one: Reached<'a>, other: Reached<'a>) -> Reached<'a> {
    let answer = one.0.and(other.0);
    if answer == Answer::No {
        return (answer, Vec::new());
    }
    (answer, one.1.into_iter().chain(other.1).collect())
}

fn either<'a>(one: Reached<'a>, other: Reached<'a>) -> Reached<'a> {
    (one.0.or(other.0), one.1.into_iter().chain(other.1).collect())
}

/// What a path leads to
enum About<'a> {
    Secret(&'a str),
    /// by alias or ARN, and region
    Key(&'a str, &'a str),
}

fn path(
    (answer, statements): Reached<'_>,
    role: &str,
    verb: Verb,
    about: About<'_>,
) -> Option<Path> {
    if answer == Answer::No {
        return None;
    }
    let cited: BTreeMap<_, Cited> = statements
        .into_iter()
        .map(|(policy, number)| {
            ((policy.place, policy.name.clone(), number), Cited::of(policy, number))
        })
        .collect();
    let (secret, key, region) = match about {
        About::Secret(name) => (Some(name.to_owned()), None, None),
        About::Key(name, region) => (None, Some(name.to_owned()), Some(region.to_owned())),
    };
    Some(Path {
        role: role.to_owned(),
        verb,
        secret,
        key,
        region,
        answer,
        reasons: cited.into_values().collect(),
    })
}
