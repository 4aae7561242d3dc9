//! `check`: files of others beside the manifest, what is printed, and how it exits.

use serde_json::Value;

use crate::workplace::{MANIFEST, Workplace};

const LOOSE: &str = r#"{
  "Version": "2012-10-17",
  "Statement": {
    "Effect": "Allow",
    "Action": "secretsmanager:GetSecretValue",
    "Resource": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop/dev/api-keys-*"
  }
}
"#;

#[test]
fn a_policy_of_somebody_else_is_told_at_its_line() {
    let place = Workplace::new(MANIFEST);
    place.write("policy.json", LOOSE);
    let run = place.run(&["check", "policy.json"]);
    assert_eq!((run.code, run.stderr.as_str()), (2, ""));
    insta::assert_snapshot!(run.stdout);
    let run = place.run(&["check", "policy.json", "--output", "json"]);
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(document["files"], serde_json::json!(["policy.json"]));
    assert_eq!(document["environments"], serde_json::json!(["dev", "prod"]));
    assert_eq!(document["findings"][0]["rule"], "LS003");
}

#[test]
fn a_folder_is_searched_and_needs_no_manifest() {
    let place = Workplace::new(MANIFEST);
    std::fs::create_dir_all(place.path().join("iam/deep")).unwrap();
    std::fs::create_dir_all(place.path().join("iam/.hidden")).unwrap();
    place.write("iam/deep/policy.json", LOOSE);
    place.write("iam/.hidden/policy.json", LOOSE);
    place.write("iam/README.md", "no policy");
    std::fs::remove_file(place.path().join("secrets.yaml")).unwrap();
    let run = place.run(&["check", "--policies", "iam", "--output", "sarif"]);
    assert_eq!(run.code, 2, "{}", run.stderr);
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    let results = report["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), 1);
    let place_of = &results[0]["locations"][0]["physicalLocation"];
    assert_eq!(place_of["artifactLocation"]["uri"], "iam/deep/policy.json");
    assert_eq!(place_of["region"]["startLine"], 6);
    // named outright, a manifest that is missing is an error
    assert_eq!(place.run(&["check", "iam", "--file", "other.yaml"]).code, 1);
    assert_eq!(place.run(&["check"]).code, 1);
}

#[test]
fn what_render_writes_passes() {
    let place = Workplace::new(&MANIFEST.replace("dev: {}", "dev: { account: \"123456789012\" }"));
    let run = place.run(&["render", "policies", "--env", "dev", "--out", "policies"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    // the key is not known offline, as the manifest's own policies say it
    let run = place.run(&["check", "--policies", "policies"]);
    assert_eq!(run.code, 0, "{}", run.stdout);
    // with no manifest to tell whose they are, they are told, and nothing else is wrong
    std::fs::remove_file(place.path().join("secrets.yaml")).unwrap();
    let run = place.run(&["check", "--policies", "policies", "--output", "json"]);
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    let rules: Vec<&Value> =
        document["findings"].as_array().unwrap().iter().map(|f| &f["rule"]).collect();
    assert!(rules.iter().all(|rule| **rule == "LS023") && !rules.is_empty(), "{document:#}");
    let findings = document["findings"].as_array().unwrap();
    let mut files: Vec<&Value> = findings.iter().map(|finding| &finding["file"]).collect();
    files.dedup();
    assert_eq!(files.len(), findings.len(), "once for each file: {document:#}");
    for finding in findings {
        assert!(finding["hint"].as_str().unwrap().contains("once it is made"), "{finding:#}");
    }
}

#[test]
fn a_policy_that_was_changed_is_the_manifests_own_no_longer() {
    let place = Workplace::new(&MANIFEST.replace("dev: {}", "dev: { account: \"123456789012\" }"));
    place.run(&["render", "policies", "--env", "dev", "--out", "policies"]);
    let file = "policies/roles/shop-dev-web.secrets-access.json";
    let text = std::fs::read_to_string(place.path().join(file)).unwrap();
    place.write(file, &text.replace("kms:Decrypt", "kms:DescribeKey"));
    let run = place.run(&["check", "--policies", "policies"]);
    assert_eq!(run.code, 2, "{}", run.stdout);
    assert!(run.stdout.contains(file) && run.stdout.contains("[LS023]"), "{}", run.stdout);
}

#[test]
fn templates_that_render_writes_pass() {
    let place = Workplace::new(MANIFEST);
    for format in ["sam", "cloudformation"] {
        let run = place.run(&["render", format, "--env", "dev", "--out", format]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        let run = place.run(&["check", format]);
        assert_eq!(run.code, 0, "{}", run.stdout);
    }
    let sam = ["render", "sam", "--env", "dev", "--out", "sam"];
    assert_eq!(place.run(&sam).stderr, "unchanged sam/template.yaml\n");
    place.write(
        "secrets.yaml",
        &MANIFEST.replace("  config:\n", "  more: { type: string }\n  config:\n"),
    );
    let told = place.run(&sam).stderr;
    assert!(told.starts_with("kept sam/template.yaml\nwarning: "), "{told}");
    let next = "hint: `provision render sam --env dev --out sam.new && diff -ru sam sam.new`";
    assert!(told.contains(next), "{told}");
}

#[test]
fn whatever_a_rich_manifest_is_rendered_as_passes() {
    let place = Workplace::new(RICH);
    for format in ["sam", "cloudformation", "github"] {
        let run = place.run(&["render", format, "--env", "prod", "--out", format]);
        assert_eq!(run.code, 0, "{}", run.stderr);
    }
    let folders = ["sam", "cloudformation", "github/.github"];
    let run = place.run(&[["check", "--output", "json"].as_slice(), &folders].concat());
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    let files = document["files"].as_array().unwrap();
    assert_eq!(files.len(), 5, "{files:?}");
    let told: Vec<(&str, &str)> = document["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| (f["rule"].as_str().unwrap(), f["file"].as_str().unwrap()))
        .collect();
    // a workflow has no policy, which is no reason to fail
    let workflow = "github/.github/workflows/secrets-prod.yml";
    assert_eq!((run.code, told.as_slice()), (0, [("LS031", workflow)].as_slice()));
}

#[test]
fn a_folder_in_which_nothing_is_looked_at_does_not_pass() {
    let place = Workplace::new(MANIFEST);
    let run = place.run(&["render", "terraform", "--env", "dev", "--out", "tf"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    for arguments in [["check", "tf"], ["check", "--policies=tf"]] {
        let run = place.run(&arguments);
        assert_eq!((run.code, run.stdout.as_str()), (1, ""), "{}", run.stderr);
        let cause = "`tf` has no file that is looked at: `*.json`, `*.yaml`, `*.yml`, `*.template`";
        assert!(run.stderr.contains(cause) && run.stderr.contains("hint:"), "{}", run.stderr);
    }
    std::fs::remove_file(place.path().join("secrets.yaml")).unwrap();
    let run = place.run(&["check", "tf"]);
    assert!(run.code == 1 && run.stderr.contains("`tf` has no file"), "{}", run.stderr);
}

#[test]
fn problems_of_a_manifest_are_findings_for_programs() {
    let place = Workplace::new(&MANIFEST.replace("region:", "regoin:"));
    let run = place.run(&["check", "--output", "sarif"]);
    assert_eq!(run.code, 2);
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    let result = &report["runs"][0]["results"][0];
    assert_eq!(result["ruleId"], "LS000");
    let place_of = &result["locations"][0]["physicalLocation"];
    assert_eq!(place_of["artifactLocation"]["uri"], "secrets.yaml");
    assert_eq!(place_of["region"]["startLine"], 2);
}

const UNKNOWN_ROTATOR: &str = "  config:
    rotation:
      lambda_arn: arn:aws:lambda:eu-west-1:123456789012:function:f
      every_days: 9
";

#[test]
fn what_cannot_be_made_is_told_at_its_place_and_once() {
    let closed = format!("{UNKNOWN_ROTATOR}    resource_policy: {{ deny_others: true }}\n");
    let place = Workplace::new(&MANIFEST.replace("  config:\n", &closed));
    let run = place.run(&["check"]);
    assert_eq!(run.code, 2, "{}{}", run.stdout, run.stderr);
    insta::assert_snapshot!(run.stdout);
    let run = place.run(&["check", "--output", "sarif"]);
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    let result = &report["runs"][0]["results"][0];
    assert_eq!(result["locations"][0]["physicalLocation"]["region"]["startLine"], 15);
    // who makes it of its own accord sees the line as well
    let run = place.run(&["render", "sam", "--env", "dev"]);
    assert_eq!(run.code, 1);
    insta::assert_snapshot!(run.stderr);
}

#[test]
fn what_cannot_be_made_of_one_environment_is_no_matter_of_the_other() {
    let manifest = MANIFEST.replace("  config:\n", UNKNOWN_ROTATOR).replace(
        "dev: {}",
        "dev: { overrides: { secrets: { config: { resource_policy: { deny_others: true } } } } }",
    );
    let place = Workplace::new(&manifest);
    let run = place.run(&["check", "--output", "json"]);
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    let findings = document["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 1, "{document:#}");
    assert_eq!(findings[0]["environment"], "dev");
    assert_eq!((&findings[0]["rule"], &findings[0]["line"]), (&"LS032".into(), &15.into()));
    let run = place.run(&["check", "--output", "sarif"]);
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    let region = &report["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"];
    assert_eq!(region["startLine"], 15, "{report:#}");
    assert_eq!(place.run(&["render", "sam", "--env", "prod"]).code, 0);
    assert_eq!(place.run(&["render", "sam", "--env", "dev"]).code, 1);
}

#[test]
fn sarif_is_for_check_alone() {
    let run = Workplace::new(MANIFEST).run(&["plan", "--env", "dev", "--output", "sarif"]);
    assert_eq!(run.code, 64);
    assert!(run.stderr.contains("hint:"));
    let place = Workplace::new(MANIFEST);
    let help = |command| place.run(&[command, "--help"]).stdout;
    assert!(help("check").contains("sarif:") && help("check").contains("[default: text]"));
    assert!(!help("plan").contains("sarif"), "{}", help("plan"));
    for shell in ["bash", "zsh", "fish"] {
        let script = place.run(&["completions", shell]).stdout;
        assert_eq!(script.matches("sarif").count(), 1, "{shell}: of `check` alone");
    }
    // before the command as well as behind it
    assert!(place.run(&["--output", "sarif", "check"]).stdout.contains("\"runs\""));
}

/// Whatever a template can hold
const RICH: &str = r#"
project: shop
region: us-west-2
environments:
  prod: { account: "123456789012", replicas: [us-east-1] }
secrets:
  api-keys:
    keys: [TOKEN]
    resource_policy:
      deny_others: true
      deny_insecure: true
      readers: ["arn:aws:iam::210987654321:role/reader"]
  database:
    type: string
    rotation:
      lambda_arn: "arn:aws:lambda:us-west-2:123456789012:function:shop-prod-rotate"
      role_arn: "arn:aws:iam::123456789012:role/rotate"
      every_days: 30
functions:
  app: { reads: [api-keys, database], runtime: python3.12, logs: own }
access:
  provisioner: ["arn:aws:iam::123456789012:role/ci"]
  planner: ["arn:aws:iam::123456789012:role/auditor"]
  writer: ["arn:aws:iam::123456789012:user/ada"]
  break_glass: ["arn:aws:iam::123456789012:user/ada"]
  github: { repo: octo/app, environments: [prod] }
alarms: { sns_topic_arn: "arn:aws:sns:us-west-2:123456789012:alarms", log_group: trail }
log_retention_days: 30
"#;
