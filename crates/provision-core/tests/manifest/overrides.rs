//! What an environment changes: mappings merge by key, lists and single values replace.

use provision_core::manifest::{Environment, KeyRule, Logs, PublicText, ValueShape};
use provision_core::name::{EnvironmentName, FunctionKey, SecretKey};

use crate::{bad, good};

const MANIFEST: &str = r#"
project: p
region: us-west-2
account: "123456789012"
key_alias: alias/{project}-{env}
secrets:
  api-keys:
    description: everywhere
    keys:
      A: { required: true, description: the first }
      B: { default: x }
  config:
    keys: [X, Y]
functions:
  app:
    runtime: python3.12
    reads: [api-keys, config]
environments:
  dev:
  prod:
    account: "210987654321"
    region: eu-central-1
    key_alias: alias/live
    protected: true
    recovery_window_days: 7
    rotate_kms_key_days: 90
    overrides:
      secrets:
        api-keys:
          description: live
          keys:
            A: { default: y }
            B:
            C: { required: true }
        config:
          keys: { Y: { required: true } }
        extra: { type: binary, name: "{project}/{env}/extra" }
      functions:
        app: { reads: [extra], logs: own }
        job: { reads: [config] }
"#;

fn environment(name: &str) -> Environment {
    good(MANIFEST).environments.remove(&EnvironmentName::parse(name).unwrap()).unwrap()
}

fn keys<'e>(environment: &'e Environment, secret: &str) -> Vec<(&'e str, &'e KeyRule)> {
    match &environment.secrets[&SecretKey::parse(secret).unwrap()].value {
        ValueShape::Json(keys) => keys.iter().map(|(key, rule)| (key.as_str(), rule)).collect(),
        other => panic!("{other:?}"),
    }
}

fn rule(required: bool, default: Option<&str>, description: Option<&str>) -> KeyRule {
    KeyRule {
        required,
        default: default.map(|text| PublicText(text.into())),
        description: description.map(Into::into),
    }
}

#[test]
fn an_environment_without_overrides_has_what_stands_at_the_top() {
    let dev = environment("dev");
    assert_eq!(dev.region.as_str(), "us-west-2");
    assert_eq!(dev.account.as_ref().unwrap().as_str(), "123456789012");
    assert_eq!(dev.key_alias, "alias/{project}-{env}");
    assert!(!dev.protected);
    assert_eq!((dev.recovery_window_days, dev.rotate_kms_key_days), (30, 365));
    let api_keys = keys(&dev, "api-keys");
    assert_eq!(
        api_keys,
        [("A", &rule(true, None, Some("the first"))), ("B", &rule(false, Some("x"), None))]
    );
    assert_eq!(keys(&dev, "config"), [("X", &KeyRule::default()), ("Y", &KeyRule::default())]);
    assert_eq!(dev.secrets.len(), 2);
    assert_eq!(dev.functions.len(), 1);
}

#[test]
fn an_environment_has_its_own_account_region_and_key() {
    let prod = environment("prod");
    assert_eq!(prod.region.as_str(), "eu-central-1");
    assert_eq!(prod.account.as_ref().unwrap().as_str(), "210987654321");
    assert_eq!(prod.key_alias, "alias/live");
    assert!(prod.protected);
    assert_eq!((prod.recovery_window_days, prod.rotate_kms_key_days), (7, 90));
}

#[test]
fn mappings_merge_to_the_depth_of_a_rule() {
    let prod = environment("prod");
    assert_eq!(
        keys(&prod, "api-keys"),
        [
            ("A", &rule(true, Some("y"), Some("the first"))),
            ("B", &rule(false, Some("x"), None)),
            ("C", &rule(true, None, None)),
        ]
    );
    let api_keys = &prod.secrets[&SecretKey::parse("api-keys").unwrap()];
    assert_eq!(api_keys.description.as_deref(), Some("live"));
    let extra = &prod.secrets[&SecretKey::parse("extra").unwrap()];
    assert_eq!(
        (extra.name.as_deref(), &extra.value),
        (Some("{project}/{env}/extra"), &ValueShape::Binary)
    );
}

#[test]
fn a_list_of_keys_is_a_mapping_without_rules() {
    let prod = environment("prod");
    assert_eq!(keys(&prod, "config"), [("X", &KeyRule::default()), ("Y", &rule(true, None, None))]);
}

#[test]
fn lists_and_single_values_replace() {
    let prod = environment("prod");
    let app = &prod.functions[&FunctionKey::parse("app").unwrap()];
    let reads: Vec<_> = app.reads.iter().map(SecretKey::as_str).collect();
    assert_eq!(reads, ["extra"]);
    assert_eq!(app.logs, Logs::Own);
    assert_eq!(app.runtime.as_deref(), Some("python3.12"));
    assert!(prod.functions.contains_key(&FunctionKey::parse("job").unwrap()));
}

#[test]
fn an_alias_of_yaml_stands_for_its_value() {
    let manifest = good(
        "project: p\nregion: us-west-2\nenvironments: { dev: }\nsecrets:\n  a: &a { keys: [X] }\n  b: *a\n",
    );
    let dev = manifest.environments.values().next().unwrap();
    assert_eq!(keys(dev, "a"), keys(dev, "b"));
}

#[test]
fn a_problem_in_an_override_is_shown_there() {
    bad(
        r"project: p
region: us-west-2
secrets: { a: { keys: [A_B] } }
functions: { f: { reads: [a] } }
environments:
  dev:
  prod:
    overrides:
      secrets:
        a: { keys: { a.b: , A-B: } }
      functions:
        f: { reads: [b], runtime: rust }
",
        &[
            "10:29 name-collision: `A-B` and `A_B` would both arrive in `A_B` | rename one of the two",
            "12:22 bad-reference: `functions.f` reads `b`, which is not declared | declared are `a`",
            "12:35 unknown-value: `functions.f.runtime` is no runtime of Lambda | for example `python3.12`, `nodejs22.x` or `provided.al2023`",
        ],
    );
}

#[test]
fn environments_of_two_accounts_may_share_names_and_of_two_regions_but_roles() {
    good(
        r#"project: p
region: us-west-2
key_alias: alias/p
secrets: { a: { name: "{project}/{secret}" } }
functions: { f: { function_name: f, role_name: f } }
environments: { dev: { account: "123456789012" }, prod: { account: "210987654321" } }
"#,
    );
    good(
        r#"project: p
key_alias: alias/p
secrets: { a: { name: "{project}/{secret}" } }
functions: { f: { function_name: f } }
environments: { dev: { region: us-west-2 }, prod: { region: us-east-1 } }
"#,
    );
}
