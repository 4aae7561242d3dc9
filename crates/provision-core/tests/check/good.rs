//! Nothing is found where everything is right. The manifests of the project are judged in
//! `tests/access/both.rs`.

use std::path::Path;

use provision_core::check::{Origin, Subject, check, rendered};
use provision_core::desired::{PolicyFiles, resolve};
use provision_core::manifest::{Source, parse};
use provision_core::name::AccountId;

#[test]
fn nothing_is_found_where_everything_is_declared() {
    let source = Source { name: "secrets.yaml".into(), text: EVERYTHING.into() };
    let manifest = parse(&source).unwrap_or_else(|problems| panic!("{problems:?}"));
    let Source { name, text } = source;
    let mut subjects = vec![Subject { name, text, origin: Origin::Manifest, kind: None }];
    let (account, files) = (AccountId::parse("123456789012").unwrap(), PolicyFiles::new());
    for name in manifest.environments.keys() {
        let desired = resolve(&manifest, name.as_str(), &files, Some(&account)).unwrap();
        subjects.extend(rendered(&desired, &files));
    }
    assert!(subjects.len() > 15, "{}", subjects.len());
    assert_eq!(check(&subjects, &[]), []);
}

#[test]
fn nothing_is_found_in_templates_of_the_project() {
    let name = "sam/template.yaml";
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let text = std::fs::read_to_string(root.join(name)).unwrap();
    let subject = Subject { name: name.into(), text, origin: Origin::File, kind: None };
    assert_eq!(check(&[subject], &[]), []);
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
