//! Nothing is found where everything is right: in what is rendered for every example, in every form.

use std::path::{Path, PathBuf};

use provision_core::check::{Finding, Origin, Subject, check, rendered};
use provision_core::desired::{PolicyFiles, resolve};
use provision_core::manifest::{PolicySource, Source, parse};

fn root() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// What is found in a manifest, its policy files and everything rendered from it
fn found(path: &Path, account: &str) -> (usize, Vec<Finding>) {
    let text = std::fs::read_to_string(path).unwrap();
    let source = Source { name: path.display().to_string(), text: text.clone() };
    let manifest = parse(&source).unwrap_or_else(|problems| panic!("{problems:?}"));
    let mut files = PolicyFiles::new();
    for function in manifest.environments.values().flat_map(|e| e.functions.values()) {
        for policy in &function.policies {
            if let PolicySource::File(name) = policy {
                let text = std::fs::read_to_string(path.with_file_name("").join(name)).unwrap();
                files.insert(name.clone(), text);
            }
        }
    }
    let mut subjects =
        vec![Subject { name: source.name, text, origin: Origin::Manifest, kind: None }];
    for (name, text) in &files {
        let (name, text) = (name.clone(), text.clone());
        subjects.push(Subject { name, text, origin: Origin::File, kind: None });
    }
    let account = provision_core::name::AccountId::parse(account).unwrap();
    for name in manifest.environments.keys() {
        let desired = resolve(&manifest, name.as_str(), &files, Some(&account)).unwrap();
        subjects.extend(rendered(&desired, &files));
    }
    (subjects.len(), check(&subjects, &[]))
}

#[test]
fn nothing_is_found_in_the_examples() {
    let mut manifests = Vec::new();
    for folder in std::fs::read_dir(root().join("examples")).unwrap() {
        let manifest = folder.unwrap().path().join("secrets.yaml");
        if manifest.exists() {
            manifests.push(manifest);
        }
    }
    assert!(!manifests.is_empty());
    manifests.push(root().join("sam/secrets.yaml"));
    for path in manifests {
        let (subjects, findings) = found(&path, "123456789012");
        assert!(subjects > 3, "{}", path.display());
        assert_eq!(findings, [], "{}", path.display());
    }
}

#[test]
fn nothing_is_found_where_everything_is_declared() {
    let folder = tempfile();
    let path = folder.join("secrets.yaml");
    std::fs::write(&path, EVERYTHING).unwrap();
    let (subjects, findings) = found(&path, "123456789012");
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(subjects > 15, "{subjects}");
    assert_eq!(findings, []);
}

#[test]
fn nothing_is_found_in_templates_of_the_project() {
    let name = "sam/template.yaml";
    let text = std::fs::read_to_string(root().join(name)).unwrap();
    let subject = Subject { name: name.into(), text, origin: Origin::File, kind: None };
    assert_eq!(check(&[subject], &[]), []);
}

fn tempfile() -> PathBuf {
    let name = format!("provision-core-check-{}", std::process::id());
    let folder = std::env::temp_dir().join(name);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

const EVERYTHING: &str = r#"
project: shop
region: us-west-2
environments:
  dev: {}
  prod:
    replicas: [us-east-1]
secrets:
  api-keys:
    keys: [TOKEN]
    resource_policy:
      deny_others: true
      deny_insecure: true
      readers: ["arn:aws:iam::210987654321:role/reader"]
  config: { name: "{project}-{env}-configuration", keys: [URL] }
  database:
    type: string
    rotation:
      lambda_arn: "arn:aws:lambda:us-west-2:123456789012:function:shop-prod-rotate"
      role_arn: "arn:aws:iam::123456789012:role/rotate"
      every_days: 30
functions:
  app:
    reads: [api-keys, config]
    logs: own
    trust_source_account: "123456789012"
  rotate: { reads: [database] }
access:
  provisioner: ["arn:aws:iam::123456789012:role/ci"]
  planner: ["arn:aws:iam::123456789012:role/auditor"]
  writer: ["arn:aws:iam::123456789012:user/ada"]
  break_glass: ["arn:aws:iam::123456789012:user/ada"]
  github: { repo: octo/app, environments: [prod] }
alarms:
  sns_topic_arn: "arn:aws:sns:us-west-2:123456789012:alarms"
  via: eventbridge
log_retention_days: 30
"#;
