//! `access`: who may do what, and the proof that it is what the manifest says. No value is read.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use provision_core::access::{self, Cost, Graph, Kind, Page, Place, Realm, Role};
use provision_core::cost::Prices;
use provision_core::desired::Desired;
use provision_core::name::EnvironmentName;
use provision_core::plan::Intent;
use provision_core::policy::Document;
use provision_core::prove::{self, Finding, Layer, Proof};

use crate::aws::{self, Principals, ValueError};
use crate::cli::{AccessArgs, Global, quoted};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output_file;
use crate::print::Printer;
use crate::print::progress::Step;
use crate::session::{self, Project, Session};

use super::cost;

/// Whether the dates of secrets are asked for, which costs a call for each
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dates {
    Asked,
    Nobody,
}

/// Whose policies are judged
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Policies {
    Declared,
    Live,
}

/// What is judged: environments, and who else is in their accounts
struct Scene {
    policies: Policies,
    realms: Vec<Realm>,
    /// what the manifest says of each
    desired: Vec<Desired>,
    others: Vec<Role>,
    notes: Vec<String>,
    /// what is known of an environment besides its policies, by `project/env`
    facts: BTreeMap<String, access::Facts>,
    /// the flags that lead a next command to an environment, by `project/env`
    flags: BTreeMap<String, String>,
    /// the secrets whose policy the manifest does not declare
    undeclared: BTreeSet<String>,
}

pub(crate) async fn run(
    global: &Global,
    printer: Printer,
    args: &AccessArgs,
) -> Result<Exit, Failure> {
    let AccessArgs { prove, live, mermaid, html, prices } = args;
    let prices = cost::prices(prices.as_deref())?;
    let project = session::load(global)?;
    let names: Vec<&EnvironmentName> = match &global.env {
        Some(_) => vec![session::environment(global, &project.manifest)?],
        None => project.manifest.environments.keys().collect(),
    };
    let mut scene = if *live {
        let dates = if html.is_some() { Dates::Asked } else { Dates::Nobody };
        live_scene(global, &project, &names, dates).await?
    } else {
        declared_scene(global, &project, &names)?
    };
    let proof = prove.then(|| proof(&scene));
    if let Some(path) = html {
        scene.price(&prices);
        let page = access::page(&Page {
            realms: &scene.realms,
            facts: &scene.facts,
            proof: proof.as_ref(),
            live: *live,
        });
        save(path, &page.map_err(|error| Failure::new(Exit::Error, "page", error.to_string()))?)?;
        printer.stderr(&format!("wrote {}\n", path.display()));
    }
    if let Some(proof) = &proof {
        printer.lines(&prove::lines(proof))?;
        printer.json(proof)?;
        let is_proven = proof.findings.is_empty();
        return Ok(if is_proven { Exit::Done } else { Exit::Findings });
    }
    let graph: Graph = access::graph(&scene.realms);
    if *mermaid {
        printer.stdout(&access::mermaid(&graph))?;
    } else {
        if html.is_none() {
            printer.lines(&access::lines(&graph))?;
        }
        printer.json(&graph)?;
    }
    Ok(Exit::Done)
}

fn declared_scene(
    global: &Global,
    project: &Project,
    names: &[&EnvironmentName],
) -> Result<Scene, Failure> {
    let mut scene = Scene::of(Policies::Declared);
    for name in names {
        let declared = &project.manifest.environments[*name];
        let desired = project.offline(name)?;
        scene.add(global, Realm::declared(&desired, declared), desired);
    }
    Ok(scene)
}

async fn live_scene(
    global: &Global,
    project: &Project,
    names: &[&EnvironmentName],
    dates: Dates,
) -> Result<Scene, Failure> {
    let mut scene = Scene::of(Policies::Live);
    let mut account: Option<(String, Option<Principals>)> = None;
    for name in names {
        let global = &Global { env: Some(name.to_string()), ..global.clone() };
        let session = session::open(global, project).await?;
        let id = session.identity.account.to_string();
        if account.as_ref().is_none_or(|(known, _)| *known != id) {
            let step = Step::start("reading who is in the account");
            let found = aws::principals(&session.aws).await?;
            step.done();
            if account.is_some() {
                scene.notes.push(format!(
                    "other roles and users of account {id} were not judged: `--env {name}` does so"
                ));
            } else if found.is_none() {
                scene.notes.push(
                    "other roles and users of the account were not judged: that needs \
                     iam:GetAccountAuthorizationDetails, which the role planner has"
                        .to_owned(),
                );
            }
            account = Some((id, found));
        }
        let found = account.as_ref().and_then(|(_, found)| found.as_ref());
        live_realm(&mut scene, global, project, name, &session, found).await?;
        if dates == Dates::Asked {
            scene.ask_dates(&session).await?;
        }
    }
    let first = scene.realms.first().map(|realm| realm.account.clone());
    let known: BTreeSet<String> =
        scene.realms.iter().flat_map(|r| &r.roles).map(|role| role.arn.clone()).collect();
    if let Some((id, Some(found))) = account
        && Some(id) == first
    {
        scene.others = found.roles.into_iter().filter(|role| !known.contains(&role.arn)).collect();
    }
    Ok(scene)
}

async fn live_realm(
    scene: &mut Scene,
    global: &Global,
    project: &Project,
    name: &EnvironmentName,
    session: &Session,
    found: Option<&Principals>,
) -> Result<(), Failure> {
    let Session { desired, identity, aws } = session;
    let step = Step::start("reading the policies");
    // as for `--prune`: the policies of secrets whose manifest declares none are read as well
    let actual = aws::actual(aws, identity, desired, Intent::Prune).await?;
    step.done();
    if actual.key.is_none() {
        scene.notes.push(format!("{name} has no key, so nothing of it can be read"));
    }
    let secrets = desired.secrets.keys().filter(|name| !actual.secrets.contains_key(*name));
    let roles = desired.roles.keys().filter(|name| !actual.roles.contains_key(*name));
    let missing: Vec<&str> =
        secrets.map(|name| name.as_str()).chain(roles.map(|name| name.as_str())).collect();
    if !missing.is_empty() {
        scene.notes.push(format!("not judged, because they do not exist: {}", missing.join(", ")));
    }
    let none = BTreeMap::<String, Document>::new();
    let policies = found.map_or(&none, |found| &found.policies);
    let declared = &project.manifest.environments[name];
    let realm = Realm::live(desired, declared, &actual, policies);
    let undeclared = desired.secrets.iter().filter(|(_, secret)| secret.resource_policy.is_none());
    scene.undeclared.extend(undeclared.map(|(name, _)| name.to_string()));
    scene.add(global, realm, desired.clone());
    Ok(())
}

impl Scene {
    fn of(policies: Policies) -> Self {
        Self {
            policies,
            realms: Vec::new(),
            desired: Vec::new(),
            others: Vec::new(),
            notes: Vec::new(),
            facts: BTreeMap::new(),
            flags: BTreeMap::new(),
            undeclared: BTreeSet::new(),
        }
    }

    fn add(&mut self, global: &Global, realm: Realm, desired: Desired) {
        let title = realm.title();
        self.flags.insert(title.clone(), global.flags(desired.environment.as_str()));
        self.facts.insert(title, access::Facts::of(&desired));
        self.realms.push(realm);
        self.desired.push(desired);
    }

    /// Adds what each environment costs in a month
    fn price(&mut self, prices: &Prices) {
        let costs = Cost::of(&self.desired.iter().collect::<Vec<_>>(), prices);
        for (realm, cost) in self.realms.iter().zip(costs) {
            if let Some(facts) = self.facts.get_mut(&realm.title()) {
                facts.cost = Some(cost);
            }
        }
    }

    async fn ask_dates(&mut self, session: &Session) -> Result<(), Failure> {
        let Session { desired, aws, .. } = session;
        let Some(realm) = self.realms.last() else { return Ok(()) };
        let mut dates = BTreeMap::new();
        for secret in &realm.secrets {
            match aws::details(aws, &secret.name, &desired.tags).await {
                Ok(aws::Details { rotated, changed, .. }) => {
                    dates.insert(secret.name.clone(), access::Dates { rotated, changed });
                }
                // somebody else's, which a plan tells
                Err(ValueError::Foreign(_) | ValueError::OfService(_)) => {}
                Err(ValueError::Aws(error)) => return Err(error.into()),
            }
        }
        if let Some(facts) = self.facts.get_mut(&realm.title()) {
            facts.dates = dates;
        }
        Ok(())
    }
}

fn proof(scene: &Scene) -> Proof {
    let mut proof = prove::prove(&scene.realms, &scene.others);
    let mut notes = scene.notes.clone();
    notes.append(&mut proof.notes);
    proof.notes = notes;
    match scene.policies {
        Policies::Live => {
            for finding in &mut proof.findings {
                finding.mend = mend(finding, scene);
            }
        }
        // nothing is there that a command could put back: the manifest or its files are at fault
        Policies::Declared => {
            let open = scene.realms.iter().filter(|realm| !realm.named);
            proof.notes.extend(open.map(|realm| format!("{}: {UNSEEN_OFFLINE}", realm.title())));
        }
    }
    proof
}

/// The key's statement for whoever in the account IAM allows it
const OPEN_STATEMENT: &str = "OperateViaSecretsManager";
/// Whom a proof without AWS cannot judge
const UNSEEN_OFFLINE: &str = "whoever in the account IAM allows it uses the key as well, and only \
     `--live` finds them: `access.provisioner` in the manifest names who may";
/// What keeps out whoever has rights on all keys and secrets of the account
const CLOSE: &str =
    "`access.provisioner` in the manifest closes the key to whoever the manifest does not name";

/// The commands that make a finding go away
fn mend(finding: &Finding, scene: &Scene) -> Vec<String> {
    let realm = scene.realms.iter().find(|realm| realm.title() == finding.environment);
    let role = realm.and_then(|realm| {
        realm.roles.iter().find(|role| role.arn == finding.role_arn && role.kind != Kind::Other)
    });
    let open = realm.is_some_and(|realm| !realm.named);
    let flags = scene.flags.get(&finding.environment).map(String::as_str).unwrap_or_default();
    let apply = format!("`provision {flags}` puts back what the manifest says");
    let mut mends = BTreeSet::new();
    // a reader of the account: what lets it in is ours to put back, its own policies are not
    if finding.wanted && role.is_none() {
        mends.insert(apply);
        if finding.layer == Layer::Together {
            mends.insert(format!(
                "let {} `secretsmanager:GetSecretValue` on the secret and `kms:Decrypt` with its key by its own policy",
                finding.role
            ));
        }
        return mends.into_iter().collect();
    }
    if finding.statements.is_empty() && role.is_some() {
        mends.insert(apply.clone());
    }
    for cited in &finding.statements {
        let policy = &cited.policy;
        mends.insert(match cited.place {
            Place::Secret if scene.undeclared.contains(policy) => {
                format!("`provision apply --prune {flags}` removes the policy on {policy}")
            }
            // it says what the manifest does: that whom IAM allows it uses the key
            Place::Key if open && role.is_none() && cited.sid == OPEN_STATEMENT => CLOSE.to_owned(),
            Place::Key | Place::Secret | Place::Trust => apply.clone(),
            Place::Inline | Place::Attached | Place::Boundary if role.is_some() => apply.clone(),
            Place::Inline => remove_inline(finding, policy),
            // an administrator's, say: whoever needs it for all else would be locked out
            Place::Attached if policy.contains(":iam::aws:policy/") => {
                format!(
                    "give {} less than `{policy}`, where it does not need all of that",
                    finding.role
                )
            }
            Place::Attached => detach(finding, policy),
            Place::Boundary => continue,
        });
    }
    mends.into_iter().collect()
}

fn remove_inline(finding: &Finding, policy: &str) -> String {
    let (noun, name) = principal(finding);
    let policy = quoted(policy);
    format!(
        "`aws iam delete-{noun}-policy --{noun}-name {name} --policy-name {policy}` takes it away"
    )
}

fn detach(finding: &Finding, arn: &str) -> String {
    let (noun, name) = principal(finding);
    format!("`aws iam detach-{noun}-policy --{noun}-name {name} --policy-arn {arn}` takes it away")
}

fn principal(finding: &Finding) -> (&'static str, String) {
    let noun = if finding.role_arn.contains(":user/") { "user" } else { "role" };
    (noun, quoted(&finding.role))
}

fn save(path: &Path, text: &str) -> Result<(), Failure> {
    let is_page = |there: &str| there.starts_with("<!doctype html>");
    output_file::write(path, text, "a page", is_page)
}
