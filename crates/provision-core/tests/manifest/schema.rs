//! The JSON Schema agrees with what the parser takes.

use provision_core::manifest::{parse, schema, starter};
use serde_json::{Value, json};

use crate::source;

/// The fields of the grammar, section by section
const FIELDS: &[(&str, &[&str])] = &[
    (
        "",
        &[
            "project",
            "region",
            "account",
            "partition",
            "key_alias",
            "environments",
            "secrets",
            "functions",
            "access",
            "alarms",
            "log_retention_days",
        ],
    ),
    (
        "Environment",
        &[
            "region",
            "account",
            "partition",
            "key_alias",
            "protected",
            "recovery_window_days",
            "rotate_kms_key_days",
            "replicas",
            "overrides",
        ],
    ),
    ("Overrides", &["secrets", "functions", "alarms", "log_retention_days"]),
    ("KeyedReplica", &["region", "kms_key_arn"]),
    ("Secret", &["name", "description", "type", "keys", "rotation", "resource_policy"]),
    ("KeyRule", &["required", "default", "description"]),
    (
        "Rotation",
        &["lambda_arn", "every_days", "schedule", "window", "role_arn", "rotate_immediately"],
    ),
    ("ResourcePolicy", &["deny_others", "readers", "deny_insecure"]),
    (
        "Function",
        &[
            "function_name",
            "role_name",
            "runtime",
            "reads",
            "policies",
            "logs",
            "boundary",
            "trust_source_account",
            "trust_source_arn",
            "writes",
        ],
    ),
    ("Access", &["provisioner", "planner", "writer", "github", "break_glass"]),
    ("Github", &["repo", "environments"]),
    ("Alarms", &["sns_topic_arn", "log_group", "via", "which"]),
];

fn section<'s>(schema: &'s Value, name: &str) -> &'s Value {
    if name.is_empty() { schema } else { &schema["$defs"][name] }
}

fn valid(text: &str) -> bool {
    let value: Value = serde_yaml::from_str(text).unwrap();
    jsonschema::validator_for(&schema()).unwrap().is_valid(&value)
}

#[test]
fn every_field_of_the_grammar_is_there_with_a_description_and_no_other() {
    let schema = schema();
    for (name, fields) in FIELDS {
        let section = section(&schema, name);
        assert_eq!(section["additionalProperties"], json!(false), "{name}");
        let properties = section["properties"].as_object().unwrap();
        let mut expected = fields.to_vec();
        expected.sort_unstable();
        let mut found: Vec<&str> = properties.keys().map(String::as_str).collect();
        found.sort_unstable();
        assert_eq!(found, expected, "{name}");
        for (field, schema) in properties {
            assert!(schema["description"].is_string(), "{name}.{field} says nothing");
        }
    }
    let objects = schema["$defs"].as_object().unwrap().iter();
    let objects = objects.filter(|(_, schema)| schema["properties"].is_object()).count();
    assert_eq!(objects + 1, FIELDS.len(), "a section is missing in the table above");
}

#[test]
fn it_is_valid_against_its_own_meta_schema() {
    assert!(jsonschema::meta::is_valid(&schema()));
    assert_eq!(schema()["$schema"], "https://json-schema.org/draft/2020-12/schema");
}

#[test]
fn what_parses_is_valid() {
    let miyabi = include_str!("../../../../examples/miyabi/secrets.yaml");
    for text in [
        miyabi,
        &starter("my-project"),
        "project: p\nregion: us-west-2\nenvironments:\n  dev:\n",
        "project: p\nenvironments: { dev: { region: cn-north-1, partition: aws-cn, overrides: } }\nsecrets:\nfunctions:\n",
        "project: p\nregion: us-gov-west-1\nenvironments: { dev: {} }\nsecrets: { a: , b: { keys: }, c: { keys: { X: , Y: {} } } }\nfunctions: { f: }\n",
    ] {
        parse(&source(text)).unwrap();
        assert!(valid(text), "{text}");
    }
}

#[test]
fn what_is_refused_for_its_shape_is_not_valid() {
    for text in [
        "project: p\n",
        "project: p\nenvironments: {}\n",
        "project: P\nenvironments: { dev: }\n",
        "project: p\nenvironments: { pre-prod: }\n",
        "project: p\nenvironments: { dev: { recovery_window_days: 6 } }\n",
        "project: p\nenvironments: { dev: { protected: } }\n",
        "project: p\nenvironments: { dev: }\naccount: 123456789012\n",
        "project: p\nenvironments: { dev: }\nkey_alias: p\n",
        "project: p\nenvironments: { dev: }\nsecrets: { a: { type: xml } }\n",
        "project: p\nenvironments: { dev: }\nsecrets: { a: { keys: [1] } }\n",
        "project: p\nenvironments: { dev: }\nvalue: x\n",
    ] {
        parse(&source(text)).unwrap_err();
        assert!(!valid(text), "{text}");
    }
}

#[test]
fn every_section_is_valid() {
    let text = r#"
project: p
region: us-west-2
environments:
  dev: { replicas: [us-east-1, { region: eu-west-1 }] }
secrets:
  a:
    rotation: { lambda_arn: "arn:aws:lambda:us-west-2:123456789012:function:r", schedule: rate(3 days), window: 3h }
    resource_policy: { readers: ["arn:aws:iam::123456789012:role/r"] }
access: { github: { repo: octo/app }, provisioner: ["arn:aws:iam::123456789012:role/ci"] }
alarms: { via: eventbridge, sns_topic_arn: "arn:aws:sns:us-west-2:123456789012:t", which: [tampering] }
log_retention_days: 30
"#;
    assert!(valid(text));
    parse(&source(text)).unwrap();
}
