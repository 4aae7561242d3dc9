//! What a command works with: the manifest, one environment of it, and a connection to its account.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use provision_core::actual::{Actual, Identity};
use provision_core::desired::{Desired, PolicyFiles, resolve};
use provision_core::diff;
use provision_core::manifest::{self, Manifest, Source};
use provision_core::name::{AccountId, EnvironmentName};
use provision_core::plan::{Intent, Plan, Reason, Remark, Resource};
use provision_core::policy::Document;

use crate::aws::{self, Aws, Doubts, Target};
use crate::cli::{Global, quoted};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::print::progress::Step;
use crate::values::naming::{declared, list};

/// A manifest with the policy files that it names
pub(crate) struct Project {
    pub(crate) manifest: Manifest,
    source: Source,
    pub(crate) files: PolicyFiles,
}

/// One environment of a project in the account that it belongs to
pub(crate) struct Session {
    pub(crate) desired: Desired,
    pub(crate) identity: Identity,
    pub(crate) aws: Aws,
}

/// Returns the manifest of `--file` and the texts of the policies that it names
pub(crate) fn load(global: &Global) -> Result<Project, Failure> {
    let path = &global.file;
    let bytes = read(path).map_err(|failure| match above(path) {
        Some(found) => {
            failure.hint(format!("there is one further up: `--file {}`", quoted(&found)))
        }
        None => {
            failure.hint("`provision init` writes a starter manifest, `--file` names another one")
        }
    })?;
    let source = Source::from_bytes(path.display().to_string(), bytes)?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let files = RefCell::new(PolicyFiles::new());
    let manifest = manifest::parse_with(&source, &|name| {
        if !files.borrow().contains_key(name) {
            let text = policy_file(&folder.join(name))?;
            files.borrow_mut().insert(name.to_owned(), text);
        }
        Ok(())
    })?;
    Ok(Project { manifest, source, files: files.into_inner() })
}

impl Project {
    /// Returns the environment with every name and policy filled in; `account` is none offline
    pub(crate) fn resolve(
        &self,
        name: &EnvironmentName,
        account: Option<&AccountId>,
    ) -> Result<Desired, Failure> {
        resolve(&self.manifest, name.as_str(), &self.files, account)
            .map_err(|error| Failure::of_resolve(error, &self.source))
    }

    /// Returns the environment without asking anybody: names, not accounts
    pub(crate) fn offline(&self, name: &EnvironmentName) -> Result<Desired, Failure> {
        self.resolve(name, self.manifest.environments[name].account.as_ref())
    }
}

/// The manifest of a folder above this one, as seen from here, where it is missing here
fn above(path: &Path) -> Option<String> {
    let name = path.to_str().filter(|_| path.components().count() == 1 && !path.exists())?;
    let depth = std::env::current_dir().ok()?.ancestors().count();
    (1..depth).map(|up| "../".repeat(up) + name).find(|found| Path::new(found).is_file())
}

/// Returns the text of a policy, or what is wrong with its file
fn policy_file(path: &Path) -> Result<String, String> {
    let bytes = std::fs::read(path).map_err(|error| format!("cannot be read: {error}"))?;
    let text = String::from_utf8(bytes).map_err(|_| "is not UTF-8 text".to_owned())?;
    Document::parse(&text)
        .and_then(Document::of_identity)
        .map_err(|error| format!("is refused: {error}"))?;
    Ok(text)
}

/// Returns the text of a file
pub(crate) fn read_text(path: &Path) -> Result<String, Failure> {
    String::from_utf8(read(path)?).map_err(|_| {
        Failure::new(Exit::Error, "file", format!("`{}` is not UTF-8 text", path.display()))
    })
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|error| {
        Failure::new(Exit::Error, "file", format!("cannot read `{}`: {error}", path.display()))
    })
}

/// Returns the environment that `--env` names
pub(crate) fn environment<'a>(
    global: &Global,
    manifest: &'a Manifest,
) -> Result<&'a EnvironmentName, Failure> {
    let names: Vec<&str> = manifest.environments.keys().map(EnvironmentName::as_str).collect();
    let Some(wanted) = global.env.as_ref().filter(|wanted| !wanted.is_empty()) else {
        return Err(Failure::new(Exit::Usage, "usage", "which environment is meant is not said")
            .hint(format!("add `--env` with one of {}", list(&names))));
    };
    manifest.environments.keys().find(|name| name.as_str() == wanted).ok_or_else(|| {
        Failure::new(
            Exit::Error,
            "unknown_environment",
            format!("the manifest declares no environment `{wanted}`"),
        )
        .hint(declared(wanted, &names))
    })
}

/// Returns the environment that `--env` names without asking anybody: names, not accounts
pub(crate) fn offline(global: &Global, project: &Project) -> Result<Desired, Failure> {
    project.offline(environment(global, &project.manifest)?)
}

/// Returns a session for `--env`, after the guards of account and region
pub(crate) async fn open(global: &Global, project: &Project) -> Result<Session, Failure> {
    let name = environment(global, &project.manifest)?;
    let declared = &project.manifest.environments[name];
    if let Some(region) = &global.region
        && region != declared.region.as_str()
    {
        let said = &declared.region;
        return Err(Failure::new(
            Exit::Refused,
            "region",
            format!("`{name}` is in {said} by the manifest and not in {region}"),
        )
        .hint("leave `--region` out, or change `region` in the manifest"));
    }
    let step = Step::start("asking who we are");
    let aws = aws::connect(&target(global), declared.region.as_str()).await?;
    let identity = aws::identity(&aws).await?;
    step.done();
    if aws.first_local_run {
        eprintln_note(
            "`--local` keeps its state in `.provision/` beside the manifest, keys included: \
             do not keep real secrets there",
        );
    }
    // the AWS inside the binary stands in for whatever account is meant
    if !global.local {
        guard(declared.account.as_ref(), &identity, name)?;
    }
    let desired = project.resolve(name, Some(&identity.account))?;
    if identity.partition != desired.partition {
        return Err(Failure::new(
            Exit::Refused,
            "partition",
            format!(
                "the credentials are of the partition {} and `{name}` lies in {}",
                identity.partition, desired.partition
            ),
        )
        .hint("choose other credentials with `--profile`; nothing was read or changed"));
    }
    Ok(Session { desired, identity, aws })
}

fn guard(
    declared: Option<&AccountId>,
    identity: &Identity,
    environment: &EnvironmentName,
) -> Result<(), Failure> {
    match declared {
        Some(account) if *account != identity.account => Err(Failure::new(
            Exit::Refused,
            "account",
            format!(
                "`{environment}` belongs to account {account} and the credentials are of {}",
                identity.account
            ),
        )
        .hint("choose other credentials with `--profile`; nothing was read or changed")),
        _ => Ok(()),
    }
}

fn target(global: &Global) -> Target {
    if global.local {
        return Target::Local(local_state(&global.file));
    }
    Target::Remote { endpoint: global.endpoint_url.clone(), profile: global.profile.clone() }
}

fn local_state(manifest: &Path) -> PathBuf {
    manifest.parent().unwrap_or(Path::new("")).join(".provision")
}

#[allow(clippy::print_stderr, reason = "a remark for people, apart from data")]
fn eprintln_note(text: &str) {
    eprintln!("note: {text}");
}

impl Session {
    /// Returns the plan of that intent, drawn from what exists
    ///
    /// Listings of secrets lag by minutes, and listings of policies and alarms show no tags. What
    /// they show as absent or different is asked for again one by one, whatever the plan is for: a
    /// destroy that missed a secret would still take its key.
    pub(crate) async fn plan(&self, intent: Intent) -> Result<Plan, Failure> {
        let (plan, _) = self.plan_with(intent).await?;
        Ok(plan)
    }

    /// Returns the plan of that intent with what it was drawn from
    pub(crate) async fn plan_with(&self, intent: Intent) -> Result<(Plan, Actual), Failure> {
        let step = Step::start("reading what exists");
        let mut actual = aws::actual(&self.aws, &self.identity, &self.desired, intent).await?;
        let mut plan = diff::plan(intent, &self.desired, &actual);
        let doubts = doubts(&plan, &self.desired, &actual);
        aws::confirm(&self.aws, &self.desired, &mut actual, doubts).await?;
        plan = diff::plan(intent, &self.desired, &actual);
        step.done();
        Ok((plan, actual))
    }
}

/// What a plan depends on and listings may show wrongly
///
/// Where not even the environment's key exists, and only there, a secret that no listing shows is
/// taken for absent: there is nothing of ours that a listing could hide, and creating a secret over
/// one that is there already is refused by AWS itself.
fn doubts(plan: &Plan, desired: &Desired, actual: &Actual) -> Doubts {
    let in_the_way = plan.blockers.iter().filter_map(|blocker| match &blocker.reason {
        Reason::KeyInUse(name) => Some(Resource::Secret(name.clone())),
        _ => None,
    });
    let changed = plan.changes.iter().map(|change| change.resource.clone());
    let blocked = plan.blockers.iter().map(|blocker| blocker.resource.clone());
    let noted = plan.notes.iter().filter(|note| note.remark == Remark::Undeclared);
    let mut resources: BTreeSet<Resource> = changed
        .chain(blocked)
        .chain(noted.map(|note| note.resource.clone()))
        .chain(in_the_way)
        .collect();
    if matches!(plan.binding.intent, Intent::Adopt | Intent::Prune) {
        // what is to be taken over shows by its tags alone, and so does what lost them
        let alarms = desired.monitoring.alarms.keys();
        resources.extend(desired.policies.keys().cloned().map(Resource::Policy));
        resources.extend(desired.monitoring.retention.keys().cloned().map(Resource::LogGroup));
        resources.extend(alarms.clone().cloned().map(Resource::Alarm));
        resources.extend(alarms.cloned().map(Resource::Rule));
    }
    let missing = desired.secrets.keys().filter(|name| !actual.secrets.contains_key(*name));
    let may_be_hidden = actual.key.is_some() || plan.binding.intent == Intent::Adopt;
    let mut doubts = Doubts::default();
    for resource in resources {
        match resource {
            Resource::Secret(name) => {
                if may_be_hidden || actual.secrets.contains_key(&name) {
                    doubts.secrets.insert(name);
                }
            }
            Resource::Policy(_)
            | Resource::LogGroup(_)
            | Resource::Alarm(_)
            | Resource::Rule(_) => {
                doubts.tags.insert(resource);
            }
            Resource::Key(_)
            | Resource::Alias(_)
            | Resource::Role(_)
            | Resource::MetricFilter(_) => {}
        }
    }
    if may_be_hidden {
        doubts.secrets.extend(missing.cloned());
    }
    doubts
}
