//! One environment with everything declared, its callers, and every call that matters to them: who
//! may make it, and who may not even where something else grants it.

use provision_core::desired::CallerRole::{
    self, BreakGlass, GithubDeploy, Planner, Provisioner, Writer,
};
use provision_core::desired::{Desired, Holder, PolicyFiles, resolve};
use provision_core::manifest::{Source, parse};
use provision_core::name::AccountId;
use provision_core::policy::{Document, KEY_ARN_PLACEHOLDER};

mod boundary;
mod keys;
mod monitoring;
mod roles;
mod secrets;
mod usage;

pub(crate) use boundary::boundary_calls;

pub(crate) const MANIFEST: &str = r#"
project: proj
region: us-west-2
environments:
  prod: { recovery_window_days: 14, replicas: [us-east-1] }
  production: {}
access:
  provisioner: ["arn:aws:iam::123456789012:user/admin"]
  planner: ["arn:aws:iam::123456789012:role/ci"]
  writer: ["arn:aws:iam::123456789012:user/ada"]
  break_glass: ["arn:aws:iam::123456789012:user/ada"]
  github: { repo: octo/app }
secrets:
  api-keys: { keys: { TOKEN: {}, ID: { default: public } } }
  config: { keys: [URL] }
  database: { type: string, rotation: { lambda_arn: "arn:aws:lambda:us-west-2:123456789012:function:proj-prod-rotator", every_days: 30, role_arn: "arn:aws:iam::123456789012:role/proj/prod/proj-prod-rotator" } }
functions:
  app: { reads: [api-keys, config] }
  rotator: { reads: [] }
alarms: { log_group: trail, sns_topic_arn: "arn:aws:sns:us-west-2:123456789012:t" }
log_retention_days: 30
"#;

/// Whose role rotates, where it is none of the manifest's functions
pub(crate) const ROTATOR: &str =
    r#", role_arn: "arn:aws:iam::123456789012:role/proj/prod/proj-prod-rotator""#;

pub(crate) const CALLERS: [CallerRole; 5] =
    [Provisioner, Planner, Writer, BreakGlass, GithubDeploy];
/// Who provisions
const MAKERS: &[CallerRole] = &[Provisioner, GithubDeploy];
/// Who reads everything but values
const READERS: &[CallerRole] = &[Provisioner, GithubDeploy, Planner, BreakGlass];
const DELETERS: &[CallerRole] = &[Provisioner, GithubDeploy, BreakGlass];
const NOBODY: &[CallerRole] = &[];

/// A value of the context of a call
#[derive(Debug, Clone)]
pub(crate) enum Told {
    Text(&'static str),
    Texts(&'static [&'static str]),
    Flag(bool),
    Number(f64),
}

/// One call, and what is to become of it
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) action: String,
    pub(crate) resource: String,
    pub(crate) context: Vec<(&'static str, Told)>,
    /// who may make it by their own policies
    pub(crate) may: &'static [CallerRole],
    /// who may not make it whatever another policy grants
    pub(crate) never: &'static [CallerRole],
}

pub(crate) fn desired(manifest: &str, environment: &str) -> Desired {
    let manifest = parse(&Source { name: "m".into(), text: manifest.into() })
        .unwrap_or_else(|problems| panic!("{problems:?}"));
    let account = AccountId::parse("123456789012").unwrap();
    resolve(&manifest, environment, &PolicyFiles::new(), Some(&account)).unwrap()
}

/// The policies of a caller's role, with the keys that they name
pub(crate) fn policies(desired: &Desired, caller: CallerRole) -> Vec<Document> {
    let role = desired.roles.values().find(|role| role.holder == Holder::Caller(caller)).unwrap();
    let attached = role.attached.iter().map(|arn| {
        let known = |(name, _): &(&_, &_)| arn.as_str().ends_with(&format!("/{name}"));
        let (_, policy) = desired.policies.iter().find(known).unwrap();
        assert_eq!(policy.path, role.path, "who decides over a role lies beside it");
        &policy.document
    });
    role.inline.values().chain(attached).map(with_keys).collect()
}

pub(crate) fn with_keys(document: &Document) -> Document {
    document.replace(KEY_ARN_PLACEHOLDER, KEY).replace("${KEY_ARN:us-east-1}", COPY_KEY)
}

const KEY: &str = "arn:aws:kms:us-west-2:123456789012:key/home";
const COPY_KEY: &str = "arn:aws:kms:us-east-1:123456789012:key/copy";
const OTHER_KEY: &str = "arn:aws:kms:us-west-2:123456789012:key/other";
const VIA: (&str, Told) = ("kms:ViaService", Told::Text("secretsmanager.us-west-2.amazonaws.com"));
const VIA_COPY: (&str, Told) =
    ("kms:ViaService", Told::Text("secretsmanager.us-east-1.amazonaws.com"));
const FROM: (&str, Told) = ("kms:CallerAccount", Told::Text("123456789012"));
const TRIED: (&str, Told) =
    ("kms:EncryptionContext:SecretVersionId", Told::Text("RequestToValidateKeyAccess"));
const VERSION: (&str, Told) = ("kms:EncryptionContext:SecretVersionId", Told::Text("11111111"));

const OURS: [(&str, Told); 3] = [
    ("aws:ResourceTag/managed-by", Told::Text("lambda-secrets")),
    ("aws:ResourceTag/project", Told::Text("proj")),
    ("aws:ResourceTag/environment", Told::Text("prod")),
];
const ASKED: [(&str, Told); 3] = [
    ("aws:RequestTag/managed-by", Told::Text("lambda-secrets")),
    ("aws:RequestTag/project", Told::Text("proj")),
    ("aws:RequestTag/environment", Told::Text("prod")),
];

fn secret(region: &str, name: &str) -> String {
    format!("arn:aws:secretsmanager:{region}:123456789012:secret:{name}")
}

fn of_secret(arn: &'static str) -> (&'static str, Told) {
    ("kms:EncryptionContext:SecretARN", Told::Text(arn))
}

/// The list of calls in the making
#[derive(Default)]
struct Calls(Vec<Call>);

impl Calls {
    fn add(
        &mut self,
        actions: &[&str],
        resource: &str,
        context: &[(&'static str, Told)],
        may: &'static [CallerRole],
        never: &'static [CallerRole],
    ) {
        for action in actions {
            self.0.push(Call {
                action: (*action).to_owned(),
                resource: resource.to_owned(),
                context: context.to_vec(),
                may,
                never,
            });
        }
    }

    /// Adds the call with all of `context`, and with each part of it missing or another's
    fn only_with(
        &mut self,
        actions: &[&str],
        resource: &str,
        context: &[(&'static str, Told)],
        may: &'static [CallerRole],
    ) {
        self.add(actions, resource, context, may, NOBODY);
        for left_out in 0..context.len() {
            let mut less = context.to_vec();
            less.remove(left_out);
            self.add(actions, resource, &less, NOBODY, NOBODY);
            let mut other = context.to_vec();
            other[left_out].1 = Told::Text("another");
            self.add(actions, resource, &other, NOBODY, NOBODY);
        }
    }
}

/// Every call
pub(crate) fn calls() -> Vec<Call> {
    let mut calls = Calls::default();
    secrets::add(&mut calls);
    usage::add(&mut calls);
    keys::add(&mut calls);
    roles::add(&mut calls);
    monitoring::add(&mut calls);
    calls.0
}

const OWN_SECRET: &str =
    "arn:aws:secretsmanager:us-west-2:123456789012:secret:proj/prod/config-AbC123";
const WITH_DEFAULTS: &str =
    "arn:aws:secretsmanager:us-west-2:123456789012:secret:proj/prod/api-keys-AbC123";
const UNDECLARED: &str =
    "arn:aws:secretsmanager:us-west-2:123456789012:secret:proj/prod/new-AbC123";
const COPY_OF_SECRET: &str =
    "arn:aws:secretsmanager:us-east-1:123456789012:secret:proj/prod/config-AbC123";

fn in_iam(resource: &str) -> String {
    format!("arn:aws:iam::123456789012:{resource}")
}
