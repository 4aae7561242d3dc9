//! The proof: every role against every secret and against names that are nearly theirs, each policy
//! alone and all together, compared with what the manifest says.
//!
//! Each policy is judged alone as well, because two locks hide each other's faults: with a good key
//! policy a broken role still looks fine, until the key policy breaks too.

mod finding;
mod judge;
mod names;
mod show;
mod trust;

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;

use crate::access::party::{Guarded, Party, Subject};
use crate::access::ways::OTHER_ACCOUNT;
use crate::access::{Key, Realm, Role, Secret};
use crate::policy::evaluation::Answer;

pub use finding::{Finding, Layer};
pub use show::lines;

use finding::{Decision, Findings};
use judge::judge;

/// The value of a secret
const READ: &str = "secretsmanager:GetSecretValue";
/// The key that opens it
const DECRYPT: &str = "kms:Decrypt";

/// What a proof came to
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Proof {
    /// how many decisions were compared with the manifest
    pub decisions: u64,
    /// the environments
    pub environments: u64,
    /// roles of functions, people and pipelines, and further ones of the account that were judged
    pub roles: u64,
    /// secrets, copies counted
    pub secrets: u64,
    /// names that are nearly those of secrets
    pub near_misses: u64,
    /// what differs from the manifest, or cannot be decided
    pub findings: Vec<Finding>,
    /// what was not looked at
    pub notes: Vec<String>,
}

/// One thing that is read, or nearly
struct Target<'a> {
    name: &'a str,
    arn: String,
    region: &'a str,
    /// none of a name that no secret has
    secret: Option<&'a Secret>,
}

/// An environment made ready
struct Site<'a> {
    realm: &'a Realm,
    keys: Vec<(&'a Key, Guarded<'a>)>,
    /// by number of the secret
    policies: Vec<Guarded<'a>>,
    targets: Vec<Target<'a>>,
}

/// Returns what the policies of `realms` allow beyond or below the manifest
///
/// `others` are roles and users of the account that no manifest names, with the policies they have.
pub fn prove(realms: &[Realm], others: &[Role]) -> Proof {
    let taken: BTreeSet<&str> =
        realms.iter().flat_map(|r| &r.secrets).map(|secret| secret.name.as_str()).collect();
    let misses: Vec<BTreeSet<String>> =
        realms.iter().map(|realm| names::near_misses(realm, &taken)).collect();
    let sites: Vec<Site<'_>> =
        realms.iter().zip(&misses).map(|(realm, misses)| Site::of(realm, misses)).collect();
    let mut proof = Proof {
        environments: realms.len() as u64,
        roles: (realms.iter().map(|r| r.roles.len()).sum::<usize>() + others.len()) as u64,
        secrets: sites.iter().flat_map(|s| &s.targets).filter(|t| t.secret.is_some()).count()
            as u64,
        near_misses: misses.iter().map(BTreeSet::len).sum::<usize>() as u64,
        ..Proof::default()
    };
    let known: BTreeSet<&str> = realms
        .iter()
        .flat_map(|realm| &realm.roles)
        .chain(others)
        .map(|role| role.arn.as_str())
        .collect();
    let mut findings = Findings::default();
    for (i, site) in sites.iter().enumerate() {
        for party in parties(site.realm, others, &known, i == 0) {
            for (j, other) in sites.iter().enumerate() {
                // whom only this environment names says nothing of others
                if i == j || party.role.is_some() {
                    judge(&party, &sites, site, other, &mut findings);
                }
            }
        }
        trust::judge(site.realm, &mut findings);
        unseen(site.realm.title(), &site.realm.roles, &mut findings, &mut proof.notes);
    }
    if let Some(realm) = realms.first() {
        unseen(realm.title(), others, &mut findings, &mut proof.notes);
    }
    proof.decisions = findings.decisions;
    proof.findings = findings.finish();
    proof
}

/// Says which policies could not be judged because their text is not known
fn unseen(title: String, roles: &[Role], findings: &mut Findings, notes: &mut Vec<String>) {
    for role in roles {
        for arn in &role.unseen {
            let subject = Subject {
                environment: title.clone(),
                role: role.name.clone(),
                role_arn: role.arn.clone(),
            };
            let decision = Decision {
                subject: &subject,
                layer: Layer::Identity,
                action: READ,
                way: "",
                target: arn,
                nearness: finding::Nearness::Declared,
                wanted: false,
                answer: Answer::Unsure,
            };
            let why = format!("the text of the attached policy `{arn}` is not known here");
            findings.note(&decision, || (Vec::new(), vec![why]));
        }
        if let Some(arn) = &role.unseen_boundary {
            notes.push(format!(
                "the boundary `{arn}` of {} was not judged: it can only take away",
                role.name
            ));
        }
    }
}

/// Who is judged from one environment; `known` are the ARNs of roles whose policies are known
fn parties<'a>(
    realm: &'a Realm,
    others: &'a [Role],
    known: &BTreeSet<&str>,
    first: bool,
) -> Vec<Party<'a>> {
    let roles = realm.roles.iter().map(|role| Party::role(realm, role));
    let others = others.iter().filter(|_| first).map(|role| Party::role(realm, role));
    let readers: BTreeSet<&String> = realm.secrets.iter().flat_map(|s| &s.readers).collect();
    // beside each reader there are others of its account
    let beside = readers.iter().filter_map(|arn| arn.split(':').nth(4));
    let accounts = beside.chain([realm.account.as_str(), OTHER_ACCOUNT]);
    let mut strangers: BTreeSet<String> =
        accounts.map(|account| names::stranger(&realm.partition, account)).collect();
    strangers.extend(names::named(realm));
    let let_in = realm.let_in();
    let is_new = |arn: &str| !known.contains(arn) && !readers.iter().any(|reader| *reader == arn);
    let strangers: Vec<Party<'_>> = strangers
        .iter()
        .filter(|arn| is_new(arn))
        .map(|arn| match let_in.get(arn.as_str()) {
            Some(kind) => Party::let_in(realm, arn, *kind),
            None => Party::stranger(realm, arn),
        })
        .collect();
    let readers = readers.iter().map(|arn| Party::reader(realm, arn));
    roles.chain(others).chain(readers).chain(strangers).collect()
}

impl<'a> Site<'a> {
    fn of(realm: &'a Realm, misses: &'a BTreeSet<String>) -> Self {
        let declared = realm.secrets.iter().flat_map(|secret| {
            let home = std::iter::once(&realm.region);
            home.chain(&secret.copies).map(move |region| Target {
                name: &secret.name,
                arn: secret.arn.replacen(&format!(":{}:", realm.region), &format!(":{region}:"), 1),
                region,
                secret: Some(secret),
            })
        });
        let near = misses.iter().map(|name| Target {
            name,
            arn: realm.secret_arn(name, &realm.region),
            region: &realm.region,
            secret: None,
        });
        Self {
            realm,
            keys: realm.keys.iter().map(|key| (key, Guarded::of(key.policy.as_ref()))).collect(),
            policies: realm.secrets.iter().map(|s| Guarded::of(s.policy.as_ref())).collect(),
            targets: declared.chain(near).collect(),
        }
    }

    /// Whether the keys of this environment serve a secret of that name
    fn serves(&self, name: &str) -> bool {
        let Realm { project, environment, secrets, whole, .. } = self.realm;
        if *whole {
            return name.starts_with(&format!("{project}/{environment}/"));
        }
        secrets.iter().any(|secret| secret.name == name)
    }

    fn policy(&self, secret: &Secret) -> Option<&Guarded<'a>> {
        let number = self.realm.secrets.iter().position(|other| std::ptr::eq(other, secret))?;
        self.policies.get(number)
    }
}
