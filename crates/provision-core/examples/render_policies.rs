//! Renders every policy template, in every form that it takes, into a folder that
//! `scripts/judge-policies` reads: `iam/`, `kms/` and `trust/`.
//!
//! `cargo run -p provision-core --example render_policies -- OUT`

use std::error::Error;
use std::fs;
use std::path::Path;

use provision_core::policy::{
    Document, FunctionPolicy, KeyPolicy, Operators, TrustPolicy, function_policy, key_policy,
    secret_arn_pattern, trust_policy,
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

    fn key(&self) -> String {
        let Self { partition, region, .. } = self;
        format!("arn:{partition}:kms:{region}:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab")
    }

    fn function(&self, secrets: Vec<String>, log_group: Option<String>) -> FunctionPolicy {
        FunctionPolicy {
            partition: self.partition.into(),
            region: self.region.into(),
            account: ACCOUNT.into(),
            secrets,
            key: self.key(),
            log_group,
        }
    }

    fn key_of(&self, secrets: Vec<String>, functions: &[&str]) -> KeyPolicy {
        let Self { partition, region, environment, .. } = self;
        let role = |function: &&str| {
            let role = format!("{PROJECT}-{environment}-{function}");
            format!("arn:{partition}:iam::{ACCOUNT}:role/{PROJECT}/{environment}/{role}")
        };
        KeyPolicy {
            partition: (*partition).into(),
            region: (*region).into(),
            account: ACCOUNT.into(),
            project: PROJECT.into(),
            secrets,
            readers: functions.iter().map(role).collect(),
            operators: Operators::AnyoneWithIamPermission,
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
        let log_group = || Some(format!("/aws/lambda/{PROJECT}-{environment}-app"));
        let whole = place.secret("").replace("-??????", &format!("{PROJECT}/{environment}/*"));
        for (form, policy) in [
            ("managed-logs", place.function(place.own_secrets(), None)),
            ("own-logs", place.function(place.own_secrets(), log_group())),
            ("no-secrets", place.function(vec![], log_group())),
        ] {
            write(out, "iam", &format!("{label}-{form}"), &function_policy(&policy)?)?;
        }
        let mut overridden = place.own_secrets();
        overridden.push(place.secret("shared/tokens"));
        for (form, policy) in [
            ("one-reader", place.key_of(vec![whole.clone()], &["app"])),
            ("two-readers", place.key_of(vec![whole.clone()], &["app", "worker"])),
            ("no-reader", place.key_of(vec![whole], &[])),
            ("overridden-name", place.key_of(overridden, &["app"])),
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
    Ok(())
}

fn write(out: &Path, kind: &str, name: &str, document: &Document) -> Result<(), Box<dyn Error>> {
    let folder = out.join(kind);
    fs::create_dir_all(&folder)?;
    let text = serde_json::to_string_pretty(document)?;
    fs::write(folder.join(format!("{name}.json")), text + "\n")?;
    Ok(())
}
