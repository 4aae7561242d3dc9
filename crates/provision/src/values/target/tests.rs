//! Names of every kind of source, and where they go.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

use provision_core::desired::resolve;
use provision_core::manifest::{Source, parse};

use super::super::source;
use super::*;
use crate::cli::SourceFormat;

const MANIFEST: &str = "\
project: shop
region: eu-west-1
environments: { dev: {} }
secrets:
  api-keys:
    keys: [TOKEN, openai.key, SHARED]
  config:
    keys: [BASE_URL, SHARED, limits]
  database: { type: string }
  keystore: { type: binary }
";

fn desired() -> Desired {
    let source = Source { name: "secrets.yaml".into(), text: MANIFEST.into() };
    resolve(&parse(&source).unwrap(), "dev", &Default::default(), None).unwrap()
}

fn assign_with(format: SourceFormat, text: &str, rules: &Rules<'_>) -> Result<Sorted, Vec<String>> {
    assign(&desired(), rules, source::parse(format, text.as_bytes()).unwrap())
}

fn places(sorted: &Sorted) -> Vec<String> {
    sorted.assigned.iter().map(|a| target(&a.secret, &a.edit.place)).collect()
}

fn env(text: &str) -> Result<Sorted, Vec<String>> {
    assign_with(SourceFormat::Env, text, &Rules::default())
}

#[test]
fn a_name_finds_its_key_as_itself_as_a_variable_or_in_any_case() {
    let sorted = env("TOKEN=1\nOPENAI__KEY=2\nbase_url=3\nDATABASE=4\n").unwrap();
    assert_eq!(
        places(&sorted),
        [
            "TOKEN in shop/dev/api-keys",
            "openai.key in shop/dev/api-keys",
            "BASE_URL in shop/dev/config",
            "shop/dev/database"
        ]
    );
}

#[test]
fn terraforms_names_stand_for_the_same_keys() {
    let sorted = env("export TF_VAR_token=1\nTF_VAR_base_url=2\n").unwrap();
    assert_eq!(places(&sorted), ["TOKEN in shop/dev/api-keys", "BASE_URL in shop/dev/config"]);
    let text = "token = \"1\"\napi_keys = { SHARED = \"2\" }\n";
    let sorted = assign_with(SourceFormat::Tfvars, text, &Rules::default()).unwrap();
    assert_eq!(places(&sorted), ["TOKEN in shop/dev/api-keys", "SHARED in shop/dev/api-keys"]);
}

#[test]
fn objects_are_secrets_or_dotted_names_or_values() {
    let text = r#"{"config": {"BASE_URL": "u", "SHARED": 1}, "openai": {"key": "k"},
                   "limits": {"rps": 5}, "shop/dev/api-keys": {"SHARED": true}}"#;
    let sorted = assign_with(SourceFormat::Json, text, &Rules::default()).unwrap();
    assert_eq!(
        places(&sorted),
        [
            "BASE_URL in shop/dev/config",
            "SHARED in shop/dev/config",
            "openai.key in shop/dev/api-keys",
            "limits in shop/dev/config",
            "SHARED in shop/dev/api-keys"
        ]
    );
}

#[test]
fn what_goes_nowhere_is_told_with_its_reason() {
    let sorted = env("LOG=1\nAWS_REGION=x\nPATH=y\nTOKEN=1\n").unwrap();
    let passed: Vec<_> = sorted.passed.iter().map(|p| (p.source.as_str(), p.why)).collect();
    assert_eq!(
        passed,
        [("`LOG`", Why::Undeclared), ("`AWS_REGION`", Why::Reserved), ("`PATH`", Why::Reserved)]
    );
    let text = r#"{"TOKEN": null, "BASE_URL": "x"}"#;
    let sorted = assign_with(SourceFormat::Json, text, &Rules::default()).unwrap();
    assert_eq!(sorted.passed[0].why, Why::Null);
}

#[test]
fn one_key_from_two_names_is_a_problem_where_they_differ() {
    let problems = env("TOKEN=canary1\n\ntoken=canary2\n").unwrap_err();
    assert_eq!(
        problems,
        ["`TOKEN` (line 1) and `token` (line 3) both go to TOKEN in shop/dev/api-keys and differ"]
    );
    assert_eq!(env("TOKEN=1\nTOKEN=1\n").unwrap().assigned.len(), 1);
}

#[test]
fn a_name_of_two_secrets_is_asked_for() {
    let problems = env("SHARED=1\n").unwrap_err();
    assert!(problems[0].contains("`api-keys:SHARED` or `config:SHARED`"), "{problems:?}");
    let desired = desired();
    let config = desired.secrets.keys().find(|name| name.as_str().ends_with("config"));
    let rules = Rules { secret: config, ..Rules::default() };
    let sorted = assign_with(SourceFormat::Env, "SHARED=1\nTOKEN=2\n", &rules).unwrap();
    assert_eq!(places(&sorted), ["SHARED in shop/dev/config"]);
    assert_eq!(sorted.passed[0].why, Why::Undeclared);
}

#[test]
fn prefix_map_and_only() {
    let prefixed = Rules { prefix: Some("APP_"), ..Rules::default() };
    let sorted = assign_with(SourceFormat::Env, "APP_TOKEN=1\nBASE_URL=2\n", &prefixed).unwrap();
    assert_eq!(places(&sorted), ["TOKEN in shop/dev/api-keys"]);
    assert!(sorted.passed.is_empty());
    let mapped = Rules {
        map: [("PW", "database:"), ("X", "config:SHARED"), ("Y", "TOKEN")].into(),
        ..Rules::default()
    };
    let sorted = assign_with(SourceFormat::Env, "PW=1\nX=2\nY=3\n", &mapped).unwrap();
    assert_eq!(
        places(&sorted),
        ["shop/dev/database", "SHARED in shop/dev/config", "TOKEN in shop/dev/api-keys"]
    );
    let only = Rules { only: ["TOKEN", "GONE"].into(), ..Rules::default() };
    let problems = assign_with(SourceFormat::Env, "TOKEN=1\nBASE_URL=2\n", &only).unwrap_err();
    assert_eq!(problems, ["the source has no `GONE`"]);
    let wrong = Rules { map: [("X", "canary")].into(), ..Rules::default() };
    let problems = assign_with(SourceFormat::Env, "X=1\n", &wrong).unwrap_err();
    assert!(!problems[0].contains("canary"), "{problems:?}");
}

#[test]
fn what_no_place_can_hold_is_a_problem_without_its_value() {
    let text = r#"{"TOKEN": "canary\u0000", "database": "", "BASE_URL": ""}"#;
    let problems = assign_with(SourceFormat::Json, text, &Rules::default()).unwrap_err();
    assert_eq!(problems.len(), 2, "{problems:?}");
    assert!(!format!("{problems:?}").contains("canary"));
}

#[test]
fn the_end_of_a_key_is_not_shown_as_a_name() {
    for text in ["aB3dE6gH9jK2mN5pQ8rS==", &format!("{}=", "A".repeat(70))] {
        let sorted = env(&format!("TOKEN=1\n{text}\n")).unwrap();
        assert_eq!(sorted.passed[0].source, "a name that looks like a value", "{text}");
    }
}
