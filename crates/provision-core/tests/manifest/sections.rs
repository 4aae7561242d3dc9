//! The sections beside secrets and functions: what is wrong with them is told at its place.

use provision_core::manifest::parse;

use crate::{bad, good, source};

#[test]
fn every_section_at_once_is_a_manifest() {
    let text = r#"
project: p
region: us-west-2
environments:
  dev: { replicas: [us-east-1, { region: eu-west-1, kms_key_arn: "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab" }] }
secrets:
  a:
    rotation: { lambda_arn: "arn:aws:lambda:us-west-2:123456789012:function:r", every_days: 30, window: 3h }
    resource_policy: { deny_others: true, readers: ["arn:aws:iam::123456789012:role/reader"], deny_insecure: true }
functions:
  f: { boundary: "arn:aws:iam::123456789012:policy/b" }
access:
  provisioner: ["arn:aws:iam::123456789012:role/ci"]
  github: { repo: octo/app, environments: [dev] }
alarms:
  sns_topic_arn: arn:aws:sns:us-west-2:123456789012:topic
  log_group: aws-cloudtrail-logs
  via: metric_filter
  which: [failed_retrievals, kms_errors, access_denied, pending_deletion, tampering]
log_retention_days: 30
"#;
    parse(&source(text)).unwrap();
}

#[test]
fn replicas_that_are_none() {
    bad(
        r#"
project: p
region: us-west-2
environments: { dev: { replicas: [us-west-2, us-east-1, us-east-1, us-east, 7, { regin: x }, { region: eu-west-1, kms_key_arn: key }] } }
"#,
        &[
            "3:35 contradiction: `us-west-2` is the region of `dev` itself | a replica lies in another region",
            "3:57 duplicate-key: the replica `us-east-1` is listed twice | keep one of the two",
            "3:68 bad-name: `environments.dev.replicas[3]` is not a valid region: it must look like `us-west-2` | the list is at the top right of the AWS console",
            "3:77 wrong-type: `environments.dev.replicas[4]` must be a mapping or a text, not a number | put it in quotes",
            "3:82 unknown-field: unknown field `regin` in `environments.dev.replicas[5]` | did you mean `region`?",
            "3:128 bad-name: `environments.dev.replicas[5].kms_key_arn` is not a valid ARN: it must look like `arn:aws:service:region:account:resource` | copy the whole ARN, from `arn:` on",
        ],
    );
}

#[test]
fn schedules_that_aws_would_refuse() {
    let manifest = |schedule: &str| {
        format!(
            "project: p\nregion: us-west-2\nenvironments: {{ dev: }}\nsecrets:\n  a:\n    rotation:\n      \
             lambda_arn: \"arn:aws:lambda:us-west-2:123456789012:function:r\"\n      schedule: {schedule}\n"
        )
    };
    for schedule in [
        "rate(4 hours)",
        "rate(1 day)",
        "rate(999 days)",
        "cron(0 16 1,15 * ? *)",
        "cron(0 8/12 ? * MON-FRI *)",
        "cron(0 0 L * ? *)",
        "cron(0 4 ? 1/3 SUN#1 *)",
    ] {
        good(&manifest(schedule));
    }
    for (schedule, rule) in [
        ("rate(99)", "must be a number and its unit, `rate(N hours)` or `rate(N days)`"),
        ("rate(0 days)", "must be a number and its unit, `rate(N hours)` or `rate(N days)`"),
        ("rate(+5 days)", "must be a number and its unit, `rate(N hours)` or `rate(N days)`"),
        ("rate(2 weeks)", "must be a number and its unit, `rate(N hours)` or `rate(N days)`"),
        ("rate(3 hours)", "is shorter than 4 hours, which AWS refuses"),
        ("rate(1000 days)", "is longer than 999 days, which AWS refuses"),
        ("rate(99999999999999999999 days)", "is longer than 999 days, which AWS refuses"),
        (
            "cron(0 16 * * ?)",
            "must have six fields: minutes, hours, day, month, day of the week, year",
        ),
        ("cron(30 16 * * ? *)", "must open on the hour, with `0` as its minutes"),
        ("cron(0 16 * * ? 2027)", "must have `*` as its year, the last field"),
        ("cron(0 16  * ? *)", "has a field that is no field of `cron`"),
    ] {
        let example = if schedule.starts_with("cron") {
            "`cron(0 16 1,15 * ? *)`"
        } else {
            "`rate(30 days)`"
        };
        let line =
            format!("8:17 bad-name: `secrets.a.rotation.schedule` {rule} | for example {example}");
        bad(&manifest(schedule), &[&line]);
    }
}

#[test]
fn rotations_that_cannot_run() {
    bad(
        r#"
project: p
region: us-west-2
environments:
  dev:
secrets:
  a: { rotation: { every_days: 30 } }
  b: { rotation: { lambda_arn: "arn:aws:sqs:us-west-2:123456789012:r" } }
  c: { rotation: { lambda_arn: r, every_days: 0, window: 25h } }
  d: { rotation: { lambda_arn: "arn:aws:lambda:us-west-2:123456789012:function:r", every_days: 7, schedule: daily } }
"#,
        &[
            "6:8 missing-field: `secrets.a.rotation.lambda_arn` is missing | add `lambda_arn: …`",
            "7:8 missing-field: `secrets.b.rotation` does not say when | add `every_days: 30` or `schedule: rate(30 days)`",
            "7:32 bad-name: `secrets.b.rotation.lambda_arn` must be an ARN of `lambda`, not of `sqs` | it starts with `arn:aws:lambda:`",
            "8:8 missing-field: `secrets.c.rotation` does not say when | add `every_days: 30` or `schedule: rate(30 days)`",
            "8:32 bad-name: `secrets.c.rotation.lambda_arn` is not a valid ARN: it must look like `arn:aws:service:region:account:resource` | copy the whole ARN, from `arn:` on",
            "8:47 out-of-range: `secrets.c.rotation.every_days` must be between 1 and 1000 | choose a number from 1 to 1000",
            "8:58 bad-name: `secrets.c.rotation.window` must be 1 to 24 hours | for example `3h`",
            "9:99 contradiction: `secrets.d.rotation` has both `every_days` and `schedule` | keep one of the two",
            "9:109 bad-name: `secrets.d.rotation.schedule` must be `rate(…)` or `cron(…)` | for example `rate(30 days)`",
        ],
    );
}

#[test]
fn resource_policies_that_name_nobody() {
    bad(
        r#"
project: p
region: us-west-2
environments:
  dev:
secrets: { a: { resource_policy: { readers: [everybody, "*"], deny_all: true } } }
"#,
        &[
            "5:46 bad-name: `secrets.a.resource_policy.readers[0]` is not a valid ARN: it must look like `arn:aws:service:region:account:resource` | copy the whole ARN, from `arn:` on",
            "5:57 bad-name: `secrets.a.resource_policy.readers[1]` is not a valid ARN: it must look like `arn:aws:service:region:account:resource` | copy the whole ARN, from `arn:` on",
            "5:63 unknown-field: unknown field `deny_all` in `secrets.a.resource_policy` | allowed here: `deny_insecure`, `deny_others`, `readers`",
        ],
    );
}

#[test]
fn a_boundary_that_is_none() {
    bad(
        r#"
project: p
region: us-west-2
environments:
  dev:
functions: { f: { boundary: boundary } }
"#,
        &[
            "5:29 bad-name: `functions.f.boundary` is not a valid ARN: it must look like `arn:aws:service:region:account:resource` | copy the whole ARN, from `arn:` on",
        ],
    );
}

#[test]
fn access_for_nobody() {
    bad(
        r#"
project: p
region: us-west-2
environments:
  dev:
access: { provisioner: admin, planner: [ci], github: { repo: app, environments: [prod, dev] }, reader: [] }
"#,
        &[
            "5:24 wrong-type: `access.provisioner` must be a list, not a text | write it as a list: `[a, b]`",
            "5:41 bad-name: `access.planner[0]` is not a valid ARN: it must look like `arn:aws:service:region:account:resource` | copy the whole ARN, from `arn:` on",
            "5:62 bad-name: `access.github.repo` must be `owner/name` | for example `octo/app`",
            "5:82 bad-reference: `access.github` names `prod`, which is no environment | allowed here: `dev`",
            "5:96 unknown-field: unknown field `reader` in `access` | allowed here: `break_glass`, `github`, `planner`, `provisioner`, `writer`",
        ],
    );
}

#[test]
fn alarms_that_cannot_ring() {
    bad(
        r#"
project: p
region: us-west-2
environments:
  dev:
alarms: { sns_topic_arn: topic, log_group: "a b", via: email, which: [everything] }
"#,
        &[
            "5:26 bad-name: `alarms.sns_topic_arn` is not a valid ARN: it must look like `arn:aws:service:region:account:resource` | copy the whole ARN, from `arn:` on",
            "5:44 bad-name: `alarms.log_group` must be 1 to 512 letters, digits and `._/#-` | for example `aws-cloudtrail-logs`",
            "5:56 unknown-value: `alarms.via` must be one of `metric_filter`, `eventbridge` | choose one of `metric_filter`, `eventbridge`",
            "5:63 contradiction: `alarms.which` lists no alarm | leave it out for all five, or remove `alarms`",
            "5:71 unknown-value: `alarms.which[0]` must be one of `failed_retrievals`, `kms_errors`, `access_denied`, `pending_deletion`, `tampering` | choose one of `failed_retrievals`, `kms_errors`, `access_denied`, `pending_deletion`, `tampering`",
        ],
    );
}

#[test]
fn retention_that_cloudwatch_refuses() {
    bad(
        r#"
project: p
region: us-west-2
environments:
  dev:
log_retention_days: 45
"#,
        &["5:21 out-of-range: CloudWatch Logs cannot keep logs for 45 days | the nearest is 30"],
    );
}

#[test]
fn retention_out_of_range() {
    bad(
        r#"
project: p
region: us-west-2
environments:
  dev:
log_retention_days: 0
"#,
        &[
            "5:21 out-of-range: `log_retention_days` must be between 1 and 3653 | choose a number from 1 to 3653",
        ],
    );
}

#[test]
fn sections_in_overrides() {
    bad(
        r#"
project: p
region: us-west-2
environments: { dev: { overrides: { alarms: { via: eventbridge }, log_retention_days: 7, secrets: { a: { rotation: { lambda_arn: x, schedule: rate(1 day) } } } } } }
"#,
        &[
            "3:37 missing-field: `alarms` has neither a `log_group` to filter nor a topic to tell | add `log_group`, the log group of the trail, or `sns_topic_arn` for EventBridge",
            "3:130 bad-name: `secrets.a.rotation.lambda_arn` is not a valid ARN: it must look like `arn:aws:service:region:account:resource` | copy the whole ARN, from `arn:` on",
        ],
    );
}
