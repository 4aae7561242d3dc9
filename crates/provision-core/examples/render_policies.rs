//! Renders every policy template, in every form that it takes, into a folder that
//! `scripts/judge-policies` reads: `callers/`, `iam/`, `kms/`, `secret/` and `trust/`.
//!
//! `cargo run -p provision-core --example render_policies -- OUT`

use std::error::Error;
use std::fs;
use std::path::Path;

use provision_core::desired::{Desired, Holder, PolicyFiles, resolve};
use provision_core::manifest::{Source, parse};
use provision_core::name::AccountId;
use provision_core::policy::{
    Document, FunctionPlace, FunctionPolicy, KeyPolicy, LogGroup, NamedOperators, Operators,
    ProvisionerDecrypt, ResourcePolicy, TrustPolicy, by_account, function_policy, key_policy,
    resource_policy, secret_arn_pattern, trust_policy,
};

const PROJECT: &str = "miyabi";
const ACCOUNT: &str = "123456789012";

/// Where policies of the same form hold
struct Place {
    label: &'static str,
    partition: &'static str,
    region: &'static str,
    environment: &'static str,
}

const PLACES: [Place; 2] = [
    Place { label: "prod", partition: "aws", region: "us-west-2", environment: "prod" },
    Place { label: "china", partition: "aws-cn", region: "cn-north-1", environment: "prod" },
];

impl Place {
    fn secret(&self, name: &str) -> String {
        secret_arn_pattern(self.partition, self.region, ACCOUNT, name)
    }

    fn own_secrets(&self) -> Vec<String> {
        ["api-keys", "config"]
            .map(|name| self.secret(&format!("{PROJECT}/{}/{name}", self.environment)))
            .to_vec()
    }

    fn key_in(&self, region: &str) -> String {
        let partition = self.partition;
        format!("arn:{partition}:kms:{region}:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab")
    }

    fn reading(&self, region: &str, suffix: &str) -> FunctionPlace {
        let secrets = ["api-keys", "config"].map(|name| {
            let name = format!("{PROJECT}/{}/{name}", self.environment);
            secret_arn_pattern(self.partition, region, ACCOUNT, &name)
        });
        FunctionPlace {
            region: region.into(),
            suffix: suffix.into(),
            secrets: secrets.to_vec(),
            key: self.key_in(region),
        }
    }

    fn function(
        &self,
        places: Vec<FunctionPlace>,
        rotates: Option<FunctionPlace>,
        logs: bool,
    ) -> FunctionPolicy {
        let group = format!("/aws/lambda/{PROJECT}-{}-app", self.environment);
        FunctionPolicy {
            partition: self.partition.into(),
            account: ACCOUNT.into(),
            places,
            writes: None,
            rotates,
            logs: logs.then(|| LogGroup { region: self.region.into(), group }),
        }
    }

    fn role(&self, function: &str) -> String {
        let Self { partition, environment, .. } = self;
        let role = format!("{PROJECT}-{environment}-{function}");
        format!("arn:{partition}:iam::{ACCOUNT}:role/{PROJECT}/{environment}/{role}")
    }

    fn caller(&self, role: &str) -> String {
        let Self { partition, environment, .. } = self;
        let role = format!("{PROJECT}-{environment}.{role}");
        format!("arn:{partition}:iam::{ACCOUNT}:role/{PROJECT}/_access/{environment}/{role}")
    }

    fn foreign(&self) -> Vec<String> {
        ["reader", "auditor"]
            .map(|role| format!("arn:{}:iam::210987654321:role/{role}", self.partition))
            .to_vec()
    }

    fn named(&self, provisioner_decrypt: ProvisionerDecrypt) -> Operators {
        Operators::Named(NamedOperators {
            writers: vec![self.caller("writer")],
            provisioners: vec![self.caller("provisioner"), self.caller("github-deploy")],
            rotators: vec![self.role("rotator")],
            provisioner_decrypt,
        })
    }

    fn resource(
        &self,
        readers: Vec<String>,
        deny_others: bool,
        deny_insecure: bool,
    ) -> ResourcePolicy {
        ResourcePolicy {
            partition: self.partition.into(),
            readers,
            own: vec![self.role("app"), self.caller("writer")],
            deny_others,
            deny_insecure,
        }
    }

    fn key_of(&self, secrets: Vec<String>, functions: &[&str]) -> KeyPolicy {
        let Self { partition, region, .. } = self;
        KeyPolicy {
            partition: (*partition).into(),
            region: (*region).into(),
            account: ACCOUNT.into(),
            project: PROJECT.into(),
            secrets,
            readers: functions.iter().map(|function| self.role(function)).collect(),
            foreign_readers: Vec::new(),
            operators: Operators::AnyoneWithIamPermission { writers: Vec::new() },
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let Some(out) = std::env::args_os().nth(1) else {
        return Err("usage: render_policies OUT".into());
    };
    let out = Path::new(&out);
    for place in PLACES {
        let Place { label, partition, region, environment } = place;
        let whole = place.secret("").replace("-??????", &format!("{PROJECT}/{environment}/*"));
        let home = || place.reading(region, "");
        for (form, policy) in [
            ("managed-logs", place.function(vec![home()], None, false)),
            ("own-logs", place.function(vec![home()], None, true)),
            ("no-secrets", place.function(vec![], None, true)),
            ("rotator", place.function(vec![], Some(home()), false)),
            (
                "writer",
                FunctionPolicy {
                    writes: Some(home()),
                    ..place.function(vec![home()], None, false)
                },
            ),
            (
                "copies",
                place.function(vec![home(), place.reading("us-east-1", "UsEast1")], None, false),
            ),
        ] {
            write(out, "iam", &format!("{label}-{form}"), &function_policy(&policy)?)?;
        }
        for (form, policy) in [
            ("tls", place.resource(vec![], false, true)),
            ("closed", place.resource(vec![], true, false)),
            ("foreign", place.resource(place.foreign(), false, false)),
            ("all", place.resource(place.foreign(), true, true)),
        ] {
            write(out, "secret", &format!("{label}-{form}"), &resource_policy(&policy)?)?;
        }
        let mut overridden = place.own_secrets();
        overridden.push(place.secret("shared/tokens"));
        for (form, policy) in [
            ("one-reader", place.key_of(vec![whole.clone()], &["app"])),
            ("two-readers", place.key_of(vec![whole.clone()], &["app", "worker"])),
            ("no-reader", place.key_of(vec![whole.clone()], &[])),
            ("overridden-name", place.key_of(overridden, &["app"])),
            (
                "named-callers",
                KeyPolicy {
                    operators: place.named(ProvisionerDecrypt::ValidationOnly),
                    ..place.key_of(vec![whole.clone()], &["app"])
                },
            ),
            (
                "copied",
                KeyPolicy {
                    operators: place.named(ProvisionerDecrypt::Values),
                    foreign_readers: by_account(&place.foreign()),
                    ..place.key_of(vec![whole], &["app"])
                },
            ),
        ] {
            write(out, "kms", &format!("{label}-{form}"), &key_policy(&policy)?)?;
        }
        let function = format!("arn:{partition}:lambda:{region}:{ACCOUNT}:function:{PROJECT}");
        for (form, source_account, source_arn) in [
            ("plain", None, None),
            ("source-account", Some(ACCOUNT.to_owned()), None),
            ("source-arn", None, Some(function.clone())),
            ("both-sources", Some(ACCOUNT.to_owned()), Some(function)),
        ] {
            let policy = trust_policy(&TrustPolicy { source_account, source_arn })?;
            write(out, "trust", &format!("{label}-{form}"), &policy)?;
        }
    }
    for (label, manifest) in [("whole", whole()), ("plain", plain()), ("china", china())] {
        callers(out, label, &manifest)?;
    }
    Ok(())
}

/// A manifest with everything that the policies of callers speak of
fn whole() -> String {
    let lambda = format!("arn:aws:lambda:us-west-2:{ACCOUNT}:function");
    let user = |name: &str| format!("[\"arn:aws:iam::{ACCOUNT}:user/{name}\"]");
    let (admin, ada) = (user("admin"), user("ada"));
    format!(
        "project: {PROJECT}\nregion: us-west-2\n\
         environments: {{ prod: {{ replicas: [us-east-1] }} }}\n\
         access: {{ provisioner: {admin}, planner: {ada}, writer: {ada}, break_glass: {ada}, github: {{ repo: octo/app }} }}\n\
         secrets:\n  \
           api-keys: {{ keys: {{ TOKEN: {{}}, CLIENT_ID: {{ default: public }} }} }}\n  \
           database: {{ type: string, rotation: {{ lambda_arn: \"{lambda}:{PROJECT}-prod-rotator\", every_days: 30 }} }}\n\
         functions: {{ app: {{ reads: [api-keys], writes: [api-keys] }}, rotator: {{ reads: [] }} }}\n\
         alarms: {{ log_group: trail }}\nlog_retention_days: 30\n"
    )
}

/// A manifest with the fewest statements
fn plain() -> String {
    let user = format!("[\"arn:aws:iam::{ACCOUNT}:user/ada\"]");
    format!(
        "project: {PROJECT}\nregion: us-west-2\nenvironments: {{ prod: {{}} }}\n\
         access: {{ provisioner: {user}, planner: {user}, writer: {user}, break_glass: {user} }}\n\
         secrets: {{ tokens: {{ name: shared/tokens, keys: [A] }} }}\n"
    )
}

fn china() -> String {
    whole()
        .replace("arn:aws:", "arn:aws-cn:")
        .replace("us-west-2", "cn-north-1")
        .replace("us-east-1", "cn-northwest-1")
}

/// Writes the policies and trusts of the callers' roles, and the environment's boundary
fn callers(out: &Path, label: &str, manifest: &str) -> Result<(), Box<dyn Error>> {
    let source = Source { name: label.to_owned(), text: manifest.to_owned() };
    let manifest = parse(&source).map_err(|problems| format!("{label}: {problems:?}"))?;
    let account = AccountId::parse(ACCOUNT)?;
    let desired: Desired = resolve(&manifest, "prod", &PolicyFiles::new(), Some(&account))?;
    let region = desired.region.as_str();
    let key = format!(
        "arn:{}:kms:{region}:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        desired.partition
    );
    for role in desired.roles.values() {
        let Holder::Caller(caller) = role.holder else { continue };
        let label = format!("{label}-{}", caller.slug());
        for (name, document) in &role.inline {
            write(out, "callers", &format!("{label}-{name}"), &document.replace_keys(&key))?;
        }
        write(out, "trust", &label, &role.trust)?;
    }
    for (name, policy) in &desired.policies {
        write(out, "callers", &format!("{label}-{name}"), &policy.document.replace_keys(&key))?;
    }
    Ok(())
}

fn write(out: &Path, kind: &str, name: &str, document: &Document) -> Result<(), Box<dyn Error>> {
    let folder = out.join(kind);
    fs::create_dir_all(&folder)?;
    let text = serde_json::to_string_pretty(document)?;
    fs::write(folder.join(format!("{name}.json")), text + "\n")?;
    Ok(())
}
