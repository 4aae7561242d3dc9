//! The real manifest of the miyabi system, read as a stranger's clone reads it.

use provision_core::manifest::{Logs, Manifest, PolicySource, Source, ValueShape, parse};

fn miyabi() -> Manifest {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/miyabi/secrets.yaml");
    let bytes = std::fs::read(path).unwrap();
    parse(&Source::from_bytes("secrets.yaml", bytes).unwrap())
        .unwrap_or_else(|problems| panic!("{:?}", miette::Report::new(problems)))
}

#[test]
fn it_has_both_environments_and_an_alias_for_each() {
    let manifest = miyabi();
    assert_eq!(manifest.project.as_str(), "miyabi");
    let environments: Vec<_> = manifest
        .environments
        .iter()
        .map(|(name, environment)| {
            assert_eq!(environment.region.as_str(), "us-west-2");
            assert_eq!(environment.partition.as_str(), "aws");
            assert_eq!(environment.account, None);
            assert_eq!(environment.recovery_window_days, 30);
            assert_eq!(environment.rotate_kms_key_days, 365);
            (name.as_str(), environment.key_alias.as_str())
        })
        .collect();
    assert_eq!(
        environments,
        [("dev", "alias/miyabi-secrets-dev"), ("prod", "alias/miyabi-secrets")]
    );
}

#[test]
fn every_key_of_both_secrets_is_declared() {
    for environment in miyabi().environments.values() {
        let keys = |name: &str| {
            let secret =
                environment.secrets.iter().find(|(key, _)| key.as_str() == name).unwrap().1;
            assert!(secret.description.is_some());
            match &secret.value {
                ValueShape::Json(keys) => keys.clone(),
                other => panic!("{other:?}"),
            }
        };
        let api_keys = keys("api-keys");
        let names: Vec<_> = api_keys.keys().map(|key| key.as_str()).collect();
        assert_eq!(
            names,
            [
                "GITHUB_OAUTH_CALLBACK_URL",
                "GITHUB_OAUTH_CLIENT_ID",
                "GITHUB_OAUTH_CLIENT_SECRET",
                "GITHUB_TOKEN",
                "MIYABI_ACCESS_TOKEN",
                "OAUTH_CLIENT_ID",
                "OAUTH_CLIENT_SECRET",
                "OAUTH_ISSUER",
            ]
        );
        let required: Vec<_> = api_keys
            .iter()
            .filter(|(_, rule)| rule.required)
            .map(|(key, _)| key.as_str())
            .collect();
        assert_eq!(required, ["GITHUB_TOKEN", "MIYABI_ACCESS_TOKEN"]);
        let defaults: Vec<_> = api_keys
            .iter()
            .filter_map(|(key, rule)| Some((key.as_str(), rule.default.as_ref()?.0.as_str())))
            .collect();
        assert_eq!(
            defaults,
            [
                ("OAUTH_CLIENT_ID", "miyabi-mcp-client"),
                ("OAUTH_ISSUER", "https://miyabi-mcp.local"),
            ]
        );
        let config = keys("config");
        let names: Vec<_> = config.keys().map(|key| key.as_str()).collect();
        assert_eq!(names, ["BASE_URL", "MIYABI_REPO_NAME", "MIYABI_REPO_OWNER", "MIYABI_ROOT"]);
    }
}

#[test]
fn the_function_reads_both_and_brings_a_policy_that_exists() {
    for environment in miyabi().environments.values() {
        let (name, function) = environment.functions.iter().next().unwrap();
        assert_eq!(environment.functions.len(), 1);
        assert_eq!(name.as_str(), "miyabi-app");
        let reads: Vec<_> = function.reads.iter().map(|secret| secret.as_str()).collect();
        assert_eq!(reads, ["api-keys", "config"]);
        assert_eq!(function.runtime.as_deref(), Some("provided.al2023"));
        assert_eq!(function.logs, Logs::Managed);
        let [PolicySource::File(file)] = function.policies.as_slice() else {
            panic!("{:?}", function.policies)
        };
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../examples/miyabi")
            .join(file);
        let policy: serde_json::Value =
            serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        assert_eq!(policy["Version"], "2012-10-17");
        assert_eq!(policy["Statement"][0]["Effect"], "Allow");
    }
}
