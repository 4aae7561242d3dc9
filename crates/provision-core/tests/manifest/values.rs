//! Secret values in a manifest: refused, and shown nowhere.
//!
//! The values are put together here, so that no scanner of repositories takes them for real.

use provision_core::manifest::{Problems, parse};

use crate::{good, lines, source};

const BASE: &str = "project: p\nregion: us-west-2\nenvironments: { dev: }\n";

/// Everything that a caller could print of the problems
fn printed(problems: &Problems) -> String {
    let mut text = format!("{problems} {problems:?} {}", serde_json::to_string(problems).unwrap());
    for width in [40, 80, 400] {
        let handler = miette::GraphicalReportHandler::new_themed(miette::GraphicalTheme::unicode())
            .with_width(width)
            .with_context_lines(20);
        handler.render_report(&mut text, problems).unwrap();
    }
    miette::NarratableReportHandler::new().render_report(&mut text, problems).unwrap();
    for problem in problems {
        text.push_str(&format!("{problem} {problem:?}"));
    }
    text
}

/// Parses a text that holds `secret` and must be refused without showing it
#[track_caller]
fn refused(text: &str, secret: &str) -> Vec<String> {
    let held = secret.lines().all(|line| text.contains(line.trim()));
    assert!(held, "the text does not hold the value");
    let problems = parse(&source(text)).unwrap_err();
    let printed = printed(&problems);
    for part in secret.lines().filter(|line| !line.trim().is_empty()) {
        assert!(!printed.contains(part.trim()), "{part} is shown in\n{printed}");
    }
    lines(&problems)
}

fn samples() -> Vec<(&'static str, String)> {
    let mixed = "a8F3kd92LmQ0x7Zp1Rt5".repeat(2);
    let upper = "Q7W2E9R4T6Y1U3I8";
    vec![
        ("a GitHub token", format!("ghp_{}", &mixed[..36])),
        ("a GitHub token", format!("gho_{}", "x".repeat(21))),
        ("a GitHub token", format!("github_pat_{}", &mixed[..30])),
        ("a GitLab token", format!("glpat-{}", &mixed[..20])),
        ("an Anthropic key", format!("sk-ant-api03-{mixed}")),
        ("an OpenAI key", format!("sk-{mixed}")),
        ("an OpenAI key", format!("sk-proj-{mixed}")),
        ("a Stripe key", format!("sk_live_{}", &mixed[..24])),
        ("an AWS access key", format!("AKIA{upper}")),
        ("an AWS access key", format!("ASIA{upper}")),
        ("a Slack token", format!("xoxb-{}-{}", "1234567890", &mixed[..24])),
        (
            "a Slack webhook",
            format!("https://hooks.slack.com/services/T00000000/B00000000/{}", &mixed[..24]),
        ),
        ("a Google key", format!("AIza{}", &mixed[..35])),
        ("an npm token", format!("npm_{}", &mixed[..36])),
        ("a Hugging Face token", format!("hf_{}", &mixed[..34])),
        ("a JSON Web Token", format!("eyJ{}.eyJ{}.{}", &mixed[..20], &mixed[..20], &mixed[..20])),
        (
            "a URL with a password",
            format!("postgres://admin:{}@db.internal:5432/app", "hunter2hunter2"),
        ),
        ("a random key", mixed.clone()),
        ("a random key", "4f3c2b1a9d8e7f6a5b4c3d2e1f0a9b8c".to_owned()),
    ]
}

#[test]
fn a_known_shape_is_refused_wherever_it_stands() {
    for (what, secret) in samples() {
        let hidden = secret.rsplit_once("services/").map_or(secret.as_str(), |(_, path)| path);
        let hidden = hidden.strip_prefix("postgres://admin:").map_or(hidden, |rest| &rest[..14]);
        for (text, place) in [
            (
                format!(
                    "{BASE}secrets: {{ a: {{ keys: {{ K: {{ default: \"{secret}\" }} }} }} }}\n"
                ),
                "`secrets.a.keys.K.default` holds",
            ),
            (
                format!("{BASE}secrets: {{ a: {{ description: 'see {secret} there' }} }}\n"),
                "`secrets.a.description` holds",
            ),
            (
                format!("{BASE}secrets:\n  a:\n    description: >-\n      {secret}\n"),
                "`secrets.a.description` holds",
            ),
            (
                format!("{BASE}functions: {{ f: {{ reads: ['{secret}'] }} }}\n"),
                "`functions.f.reads[0]` holds",
            ),
            (format!("{BASE}secrets: {{ '{secret}': }}\n"), "`secrets` holds"),
        ] {
            let found = refused(&text, hidden);
            let message = format!("{place} what looks like {what}");
            assert!(found.iter().any(|line| line.contains(&message)), "{message}\n{found:#?}");
        }
    }
}

#[test]
fn a_known_shape_in_a_comment_is_refused() {
    for (what, secret) in samples().into_iter().filter(|(what, _)| *what != "a random key") {
        let hidden = secret.rsplit_once("services/").map_or(secret.as_str(), |(_, path)| path);
        let hidden = hidden.strip_prefix("postgres://admin:").map_or(hidden, |rest| &rest[..14]);
        let found = refused(&format!("# was {secret}\n{BASE}"), hidden);
        assert!(
            found
                .iter()
                .any(|line| line.contains(&format!("the manifest holds what looks like {what}"))),
            "{found:#?}"
        );
    }
}

#[test]
fn a_private_key_is_masked_to_its_end() {
    let body = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj\n        AgEAAoIBAQC7VJTUt9Us8cKj\n";
    for kind in ["", "RSA ", "OPENSSH ", "EC "] {
        let text = format!(
            "{BASE}secrets:\n  a:\n    description: |\n        -----BEGIN {kind}PRIVATE KEY-----\n        {body}        -----END {kind}PRIVATE KEY-----\n  b: {{ typ: string }}\n"
        );
        let found = refused(&text, body);
        assert!(
            found[0].contains("`secrets.a.description` holds what looks like a private key"),
            "{found:#?}"
        );
        assert!(found[1].contains("unknown field `typ`"), "{found:#?}");
    }
    refused(&format!("{BASE}# -----BEGIN PRIVATE KEY-----\n# {body}"), body);
}

#[test]
fn an_escape_hides_nothing() {
    let tail = "a8F3kd92LmQ0x7Zp1Rt5a8F3kd92LmQ0x7Zp";
    let text = format!("{BASE}secrets: {{ a: {{ description: \"gh\\x70_{tail}\" }} }}\n");
    let found = refused(&text, tail);
    assert!(found[0].contains("a GitHub token"), "{found:#?}");
    let (start, end) = tail.split_at(18);
    let folded = format!(
        "{BASE}secrets:\n  a:\n    description: \"gh\\\n      p_{start}\\\n      {end}\"\n"
    );
    refused(&folded, &format!("{start}\n{end}"));
}

#[test]
fn a_default_under_a_secret_name_is_refused() {
    for name in
        ["DB_PASSWORD", "CLIENT_SECRET", "github.token", "openai.api-key", "TLS_PRIVATE_KEY"]
    {
        for value in ["hunter2", "90210777", "'it is public'"] {
            let text = format!(
                "{BASE}secrets: {{ a: {{ keys: {{ {name}: {{ default: {value} }} }} }} }}\n"
            );
            let found = refused(&text, value.trim_matches('\''));
            let message =
                format!("`secrets.a.keys.{name}.default` holds what looks like a secret value");
            assert!(found.iter().any(|line| line.contains(&message)), "{found:#?}");
        }
    }
}

#[test]
fn a_default_under_another_name_or_an_empty_one_is_taken() {
    good(&format!(
        "{BASE}secrets:
  a:
    keys:
      DB_PASSWORD: {{ default: '' }}
      TOKEN_URL: {{ default: x }}
"
    ));
}

#[test]
fn a_value_in_place_of_a_rule_is_not_shown() {
    let text = format!(
        "{BASE}secrets:\n  a:\n    keys:\n      NAME: hunter2\n      PIN: 90210777\n      OK: {{ requird: true }}\n"
    );
    assert_eq!(
        refused(&text, "hunter2\n90210777"),
        [
            "7:13 wrong-type: `secrets.a.keys.NAME` must be a mapping, not a text | a key has a rule, such as `{ required: true }`; `provision set` gives its value",
            "8:12 wrong-type: `secrets.a.keys.PIN` must be a mapping, not a number | a key has a rule, such as `{ required: true }`; `provision set` gives its value",
            "9:13 unknown-field: unknown field `requird` in `secrets.a.keys.OK` | did you mean `required`?",
        ]
    );
}

#[test]
fn a_value_in_a_field_that_does_not_exist_is_not_shown() {
    for secret in [
        "{ type: string, value: hunter2 }",
        "{ values: [hunter2, { A: hunter2 }] }",
        "{ password: hunter2 }",
        "{ type: string, default: hunter2 }",
        "{ keys: { A: hunter2 } }",
        "{ keys: { A: [hunter2] } }",
        "{ keys: [A: hunter2] }",
        "{ keys: [{ name: A, from: hunter2 }] }",
        "{ keys: [A=hunter2] }",
        "{ keys: ['A=hunter2'] }",
        "{ keys: { A=hunter2: } }",
    ] {
        refused(&format!("{BASE}secrets: {{ a: {secret} }}\n"), "hunter2");
    }
    refused(&format!("{BASE}secrets: {{ a: {{ keys: [A], token: 90210777 }} }}\n"), "90210777");
    refused(&format!("{BASE}secrets: {{ db-password: hunter2 }}\n"), "hunter2");
    refused(&format!("{BASE}api_key: hunter2\n"), "hunter2");
}

#[test]
fn a_problem_beside_a_value_does_not_show_it() {
    let secret = format!("ghp_{}", "a1B2c3D4e5F6".repeat(3));
    let beside = refused(&format!("{BASE}# {secret}\nregoin: x\n# {secret}\n"), &secret);
    assert!(beside.iter().any(|line| line.contains("did you mean `region`?")), "{beside:#?}");
    let broken = refused(&format!("{BASE}secrets:\n  a: [{secret}\n"), &secret);
    assert!(broken.iter().any(|line| line.contains("syntax")), "{broken:#?}");
    assert!(broken.iter().any(|line| line.contains("looks like a GitHub token")), "{broken:#?}");
    refused(&format!("{BASE}{secret}: x\n"), &secret);
    refused(&format!("{BASE}partition: {secret}\n"), &secret);
    refused(&format!("{BASE}environments: {secret}\n"), &secret);
    let random = "a8F3kd92LmQ0x7Zp1Rt5";
    refused(&format!("{BASE}secrets:\n  a: [{random}\n"), random);
    refused(&format!("# not a value we know: {random}\n{BASE}regoin: x\n"), random);
}

#[test]
fn what_is_public_is_taken() {
    good(&format!(
        "{BASE}account: \"123456789012\"\nsecrets:
  a:
    description: Tokens start with ghp_ or sk-ant-, see https://docs.example.com/v2/api1/tokens?page=2
    keys:
      A: {{ default: https://d111111abcdef8.cloudfront.net/assets/v1 }}
      B: {{ default: miyabi-mcp-client }}
      C: {{ default: arn:aws:kms:us-west-2:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab }}
      D: {{ default: 1234abcd-12ab-34cd-56ef-1234567890ab }}
      E: {{ default: 123456789012-abcdef1234ghijk5678.apps.googleusercontent.com }}
      F: {{ default: postgres://db.internal:5432/app }}
      G: {{ default: '{{\"model\": \"claude-3-5-sonnet-20241022\", \"region\": \"us-east-1\"}}' }}
      H: {{ default: 'postgres://user:<password>@db.internal/app' }}
      I: {{ default: MyCompanyProductionService2024Backup }}
      J: {{ default: risk-management-2-service-for-eu-west-1-and-us-east-1 }}
  task-management-production-service-name:
functions:
  f: {{ trust_source_arn: arn:aws:lambda:us-west-2:123456789012:function:p-dev-f }}
"
    ));
}
