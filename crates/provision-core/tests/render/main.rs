//! One manifest in every language: the same bytes each time, nothing of it evaluated, nothing lost.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

use provision_core::desired::{Desired, PolicyFiles, resolve};
use provision_core::manifest::{Environment, Manifest, Source, parse};
use provision_core::policy::Document;
use provision_core::render::{Files, Format, Subject, Upkeep, mark, render};

const MANIFEST: &str = r#"
project: shop
region: eu-west-1
environments:
  dev: {}
  prod:
    account: "123456789012"
    replicas: [us-east-1, { region: eu-north-1, kms_key_arn: "arn:aws:kms:eu-north-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab" }]
secrets:
  api-keys:
    description: 'say "${file("/etc/passwd")}" %{ if true }'
    keys:
      TOKEN: { required: true }
      CLIENT_ID: { default: shop-client }
  database:
    type: string
    rotation: { lambda_arn: "arn:aws:lambda:eu-west-1:123456789012:function:shop-prod-rotator", every_days: 30 }
    resource_policy: { deny_others: true, readers: ["arn:aws:iam::210987654321:role/auditor"] }
functions:
  web: { reads: [api-keys, database], logs: own, policies: [own.json] }
  rotator: { runtime: python3.12 }
alarms: { log_group: trail, which: [tampering] }
log_retention_days: 30
"#;

const OWN: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"Own","Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/${aws:username}/*"}]}"#;

fn manifest() -> Manifest {
    manifest_of(MANIFEST)
}

fn manifest_of(text: &str) -> Manifest {
    let source = Source { name: "secrets.yaml".into(), text: text.into() };
    parse(&source).unwrap_or_else(|problems| panic!("{problems:?}"))
}

fn environment<'a>(manifest: &'a Manifest, name: &str) -> &'a Environment {
    manifest.environments.iter().find(|(known, _)| known.as_str() == name).unwrap().1
}

fn desired(manifest: &Manifest, name: &str) -> Desired {
    let files = PolicyFiles::from([("own.json".to_owned(), OWN.to_owned())]);
    let account = environment(manifest, name).account.as_ref();
    resolve(manifest, name, &files, account).unwrap()
}

fn files(format: Format) -> Files {
    files_of(MANIFEST, format)
}

fn files_of(text: &str, format: Format) -> Files {
    let manifest = manifest_of(text);
    let desired = desired(&manifest, "prod");
    let declared = environment(&manifest, "prod");
    let manifest = "./infra/secrets.yaml";
    let subject = Subject { declared, desired: &desired, manifest, live: None };
    render(format, subject).unwrap()
}

#[test]
fn the_same_environment_gives_the_same_bytes() {
    for format in Format::ALL {
        let files_once = files(format);
        assert!(!files_once.is_empty(), "{format:?}");
        assert_eq!(files_once, files(format), "{format:?}");
    }
}

#[test]
fn every_file_says_how_it_was_made_and_whether_it_may_be_changed() {
    let manifest = manifest();
    let desired = desired(&manifest, "prod");
    for format in Format::ALL {
        let made = format!("{} --env prod`.", mark(format, &desired).trim_start_matches("# "));
        let rule = match format.upkeep() {
            Upkeep::Rewritten => "Do not change this file: it is written anew.",
            Upkeep::Start => "This is a start: change it as you like. It is not written over.",
        };
        let files = files(format);
        for (path, text) in &files {
            match path.as_str() {
                // JSON has no comments: the page beside it says so
                json if json.ends_with(".json") => {
                    assert!(Document::parse(text).is_ok(), "{path}");
                    assert!(files.contains_key("README.md"));
                }
                "README.md" => assert!(text.contains(&made) && text.contains("written anew")),
                _ => {
                    let lines: Vec<&str> = text.lines().take(2).collect();
                    let [first, second] = lines.as_slice() else { panic!("{path}: {text}") };
                    assert_eq!(first.trim_start_matches("# "), made, "{path}");
                    assert!(second.trim_start_matches("# ").starts_with(rule), "{path}: {second}");
                }
            }
        }
    }
}

#[test]
fn paths_stay_below_the_folder() {
    for format in Format::ALL {
        for path in files(format).keys() {
            let safe = |part: &str| !part.is_empty() && part != "." && part != "..";
            assert!(path.split('/').all(safe), "{path}");
        }
    }
}

#[test]
fn no_policy_takes_the_file_of_another() {
    let text = r#"
project: shop
region: eu-west-1
environments: { prod: {} }
secrets:
  one: { name: "a/b", resource_policy: { deny_insecure: true } }
  two: { name: "a_b", resource_policy: { deny_insecure: true, deny_others: true } }
"#;
    let files = files_of(text, Format::Policies);
    let found: Vec<&str> =
        files.keys().filter(|path| path.starts_with("secrets/")).map(String::as_str).collect();
    assert_eq!(found, ["secrets/a_b.2.json", "secrets/a_b.json"]);
    assert_ne!(files["secrets/a_b.2.json"], files["secrets/a_b.json"]);
}

#[test]
fn no_resource_takes_the_place_of_another() {
    let text = r#"
project: shop
region: eu-west-1
environments: { prod: {} }
secrets: { api-keys: {}, api_keys: {}, a-1: {}, a1: {}, alone: {} }
functions:
  my-app: { runtime: python3.12, reads: [api-keys] }
  my_app: { runtime: python3.12, reads: [api_keys] }
"#;
    for (format, functions) in [(Format::Cloudformation, 0), (Format::Sam, 2)] {
        let template = &files_of(text, format)["template.yaml"];
        let of = |kind: &str| template.matches(&format!("    Type: {kind}\n")).count();
        assert_eq!(of("AWS::SecretsManager::Secret"), 5, "{template}");
        assert_eq!(of("AWS::IAM::Role"), 2, "{template}");
        assert_eq!(of("AWS::Serverless::Function"), functions, "{template}");
        // a name that stands alone keeps an id that people can read
        assert!(template.contains("\n  AloneSecret:\n"), "{template}");
    }
}

#[test]
fn a_program_of_ones_own_is_told_how_it_is_built() {
    let note = "#   Metadata: { BuildMethod: rust-cargolambda }";
    let template = |text: &str| files_of(text, Format::Sam)["template.yaml"].clone();
    let text = template(MANIFEST);
    assert!(text.split("\n\n").next().unwrap().contains(note), "{text}");
    let python = MANIFEST.replace("logs: own,", "logs: own, runtime: python3.12,");
    assert!(!template(&python).contains("Metadata"));
    assert!(!files(Format::Cloudformation)["template.yaml"].contains("Metadata"));
}

#[test]
fn words_of_the_manifest_are_not_evaluated() {
    let main = &files(Format::Terraform)["main.tf"];
    assert!(main.contains(r#"say \"$${file(\"/etc/passwd\")}\" %%{ if true }"#), "{main}");
    // a variable of IAM stays one
    assert!(main.contains("arn:aws:s3:::b/$${aws:username}/*"), "{main}");
    let template = &files(Format::Cloudformation)["template.yaml"];
    assert!(template.contains("arn:aws:s3:::b/${aws:username}/*"), "{template}");
}

#[test]
fn no_template_writes_a_value() {
    for format in [Format::Terraform, Format::Sam, Format::Cloudformation] {
        for (path, text) in files(format) {
            if path.starts_with("modules/") {
                continue;
            }
            for word in ["SecretString", "GenerateSecretString", "shop-client"] {
                assert!(!text.contains(word), "{path} holds {word}");
            }
        }
    }
}

#[test]
fn a_stack_comes_up_before_there_is_anything_to_rotate() {
    for format in [Format::Sam, Format::Cloudformation] {
        let files = files(format);
        let template: serde_yaml::Value = serde_yaml::from_str(&files["template.yaml"]).unwrap();
        let rotate = &template["Parameters"]["Rotate"];
        assert_eq!(rotate["Default"], "false");
        let resources = template["Resources"].as_mapping().unwrap();
        let of = |kind: &str| -> Vec<&serde_yaml::Value> {
            resources.values().filter(|resource| resource["Type"] == kind).collect()
        };
        let schedules = of("AWS::SecretsManager::RotationSchedule");
        assert_eq!(schedules.len(), 1);
        let condition = schedules[0]["Condition"].as_str().unwrap();
        let asked = &template["Conditions"][condition]["Fn::Equals"];
        assert_eq!((&asked[0]["Ref"], &asked[1]), (&"Rotate".into(), &"true".into()));
        // what a deployment made that failed is not in the way of the next
        for kept in [of("AWS::SecretsManager::Secret"), of("AWS::KMS::Key")].concat() {
            assert_eq!(kept["DeletionPolicy"], "RetainExceptOnCreate", "{kept:?}");
            assert_eq!(kept["UpdateReplacePolicy"], "Retain", "{kept:?}");
        }
        let without = MANIFEST.replace("    rotation:", "    # rotation:");
        let template = &files_of(&without, format)["template.yaml"];
        assert!(!template.contains("Rotate:") && !template.contains("Conditions:"), "{template}");
    }
}

#[test]
fn secrets_manager_may_invoke_a_rotation_function_of_the_stack_before_it_has_to() {
    let template = |text: &str, format| -> serde_yaml::Value {
        serde_yaml::from_str(&files_of(text, format)["template.yaml"]).unwrap()
    };
    let of = |template: &serde_yaml::Value, kind: &str| -> Vec<(String, serde_yaml::Value)> {
        let resources = template["Resources"].as_mapping().unwrap().iter();
        let of = resources.filter(|(_, resource)| resource["Type"] == kind);
        of.map(|(id, resource)| (id.as_str().unwrap().to_owned(), resource.clone())).collect()
    };
    let rotator = "shop-prod-rotator";
    let twice = MANIFEST.replace("secrets:\n", &format!(
        "secrets:\n  more: {{ rotation: {{ lambda_arn: \"arn:aws:lambda:eu-west-1:123456789012:function:{rotator}\", every_days: 7 }} }}\n"
    ));
    let given = MANIFEST.replace(
        "every_days: 30",
        r#"every_days: 30, role_arn: "arn:aws:iam::123456789012:role/rotator""#,
    );
    let alias = MANIFEST.replace(rotator, &format!("{rotator}:live"));
    for (text, schedules, name) in [
        (MANIFEST, 1, "{Ref: RotatorFunction}"),
        (&twice, 2, "{Ref: RotatorFunction}"),
        (&given, 1, "{Ref: RotatorFunction}"),
        (&alias, 1, r#"{"Fn::Sub": "${RotatorFunction}:live"}"#),
    ] {
        let template = template(text, Format::Sam);
        let permissions = of(&template, "AWS::Lambda::Permission");
        let [(id, permission)] = permissions.as_slice() else { panic!("{permissions:?}") };
        let wanted = format!(
            "{{ Action: 'lambda:InvokeFunction', FunctionName: {name}, \
             Principal: secretsmanager.amazonaws.com, SourceAccount: {{ Ref: 'AWS::AccountId' }} }}"
        );
        let wanted: serde_yaml::Value = serde_yaml::from_str(&wanted).unwrap();
        assert_eq!(permission["Properties"], wanted, "{text}");
        assert_eq!(permission["Condition"], "Rotates");
        let found = of(&template, "AWS::SecretsManager::RotationSchedule");
        assert_eq!(found.len(), schedules);
        assert!(found.iter().all(|(_, s)| s["DependsOn"] == id.as_str()), "{found:?}");
    }
    // a function that the stack does not make has its permissions elsewhere
    let other = MANIFEST.replace(rotator, "another");
    let account =
        MANIFEST.replace("eu-west-1:123456789012:function", "eu-west-1:210987654321:function");
    for (text, format) in
        [(MANIFEST, Format::Cloudformation), (&other, Format::Sam), (&account, Format::Sam)]
    {
        let template = template(&text.replace("deny_others: true, ", ""), format);
        assert_eq!(of(&template, "AWS::Lambda::Permission"), []);
        let found = of(&template, "AWS::SecretsManager::RotationSchedule");
        assert!(found.iter().all(|(_, s)| s.get("DependsOn").is_none()), "{found:?}");
        assert_eq!(found.len(), 1);
    }
}

#[test]
fn a_template_that_names_roles_says_what_its_deployment_needs() {
    for format in [Format::Sam, Format::Cloudformation] {
        for (path, text) in files(format) {
            let names_roles = text.contains("RoleName:");
            assert_eq!(text.contains("CAPABILITY_NAMED_IAM"), names_roles, "{path}");
            assert_eq!(names_roles, path == "template.yaml", "{path}");
        }
    }
}

#[test]
fn nothing_unknown_is_left_in_what_a_tool_reads() {
    for format in [Format::Terraform, Format::Sam, Format::Cloudformation] {
        for (path, text) in files(format) {
            for placeholder in ["${KEY_ARN", "${KEY_ID}", "${ACCOUNT}"] {
                assert!(!text.contains(placeholder), "{path} holds {placeholder}");
            }
        }
    }
}

#[test]
fn the_root_reads_as_written() {
    insta::assert_snapshot!(files(Format::Terraform)["main.tf"]);
}

#[test]
fn a_pipeline_takes_its_role_after_what_it_runs_is_there_and_proven() {
    let text = &files(Format::Github)[".github/workflows/secrets-prod.yml"];
    let jobs: Vec<&str> = text.split("    steps:\n").skip(1).collect();
    assert_eq!(jobs.len(), 2);
    for job in jobs {
        let at = |part: &str| job.find(part).unwrap_or_else(|| panic!("{part}: {job}"));
        assert!(at("curl") < at("sha256sum --check") && at("sha256sum --check") < at("tar -xzf"));
        assert!(at("tar -xzf") < at("aws-actions/"), "{job}");
    }
    // a name in a registry belongs to whoever registers it
    for word in ["cargo install", "npm ", "pip ", "docker "] {
        assert!(!text.contains(word), "{word}");
    }
}

#[test]
fn a_protected_environment_cannot_be_destroyed_by_its_plan() {
    let guarded = [
        ("modules/key/main.tf", r#"resource "aws_kms_key" "this""#),
        ("modules/secrets/main.tf", r#"resource "aws_secretsmanager_secret" "this""#),
    ];
    let protected = MANIFEST.replace("  prod:\n", "  prod:\n    protected: true\n");
    for (text, expected) in [(MANIFEST, 0), (&protected, 1)] {
        let files = files_of(text, Format::Terraform);
        for (path, resource) in guarded {
            let (_, resource) = files[path].split_once(resource).unwrap();
            let (resource, rest) = resource.split_once("\n}\n").unwrap();
            assert_eq!(resource.matches("prevent_destroy = true").count(), expected, "{resource}");
            assert!(!rest.contains("prevent_destroy"), "{rest}");
        }
    }
}

#[test]
fn the_workflow_reads_as_written() {
    insta::assert_snapshot!(files(Format::Github)[".github/workflows/secrets-prod.yml"]);
}
