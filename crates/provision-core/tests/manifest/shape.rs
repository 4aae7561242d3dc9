//! Fields, types and ranges.

use crate::bad;

#[test]
fn unknown_fields_everywhere() {
    bad(
        r#"
projct: p
region: us-west-2
environments:
  dev: { recovery_days: 30 }
secrets:
  api-keys: { desc: x, keys: { A: { requird: true } } }
functions:
  app: { read: [api-keys], colour: blue }
"#,
        &[
            "1:1 unknown-field: unknown field `projct` at the top of the manifest | did you mean `project`?",
            "4:10 unknown-field: unknown field `recovery_days` in `environments.dev` | did you mean `recovery_window_days`?",
            "6:15 unknown-field: unknown field `desc` in `secrets.api-keys` | did you mean `description`?",
            "6:37 unknown-field: unknown field `requird` in `secrets.api-keys.keys.A` | did you mean `required`?",
            "8:10 unknown-field: unknown field `read` in `functions.app` | did you mean `reads`?",
            "8:28 unknown-field: unknown field `colour` in `functions.app` | allowed here: `boundary`, `function_name`, `logs`, `policies`, `reads`, `role_name`, `runtime`, `trust_source_account`, `trust_source_arn`, `writes`",
        ],
    );
}

#[test]
fn a_field_in_the_wrong_section() {
    bad(
        r#"
project: p
region: us-west-2
environments:
  dev:
recovery_window_days: 30
reads: []
required: true
sns_topic_arn: x
"#,
        &[
            "5:1 unknown-field: unknown field `recovery_window_days` at the top of the manifest | `recovery_window_days` belongs under `environments.<name>`",
            "6:1 unknown-field: unknown field `reads` at the top of the manifest | `reads` belongs under `functions.<name>`",
            "7:1 unknown-field: unknown field `required` at the top of the manifest | `required` belongs under `secrets.<name>.keys.<key>`",
            "8:1 unknown-field: unknown field `sns_topic_arn` at the top of the manifest | `sns_topic_arn` belongs under `alarms`",
        ],
    );
}

#[test]
fn a_top_field_in_an_environment() {
    bad(
        r#"
project: p
environments: { dev: { region: us-west-2, secrets: {} } }
"#,
        &[
            "2:43 unknown-field: unknown field `secrets` in `environments.dev` | `secrets` belongs at the top of the manifest",
        ],
    );
}

#[test]
fn a_value_in_the_manifest() {
    bad(
        r#"
project: p
region: us-west-2
environments:
  dev:
secrets: { a: { value: x }, b: { default: x } }
"#,
        &[
            "5:17 unknown-field: unknown field `value` in `secrets.a` | values never stand in the manifest: `provision set` writes them",
            "5:34 unknown-field: unknown field `default` in `secrets.b` | a default belongs to a key: `keys: { NAME: { default: … } }`",
        ],
    );
}

#[test]
fn overrides_of_what_cannot_be_overridden() {
    bad(
        r#"
project: p
region: us-west-2
environments: { dev: { overrides: { project: q } } }
"#,
        &[
            "3:37 unknown-field: unknown field `project` in `environments.dev.overrides` | `project` belongs at the top of the manifest",
        ],
    );
}

#[test]
fn nothing_but_a_region() {
    bad(
        r#"
region: us-west-2
"#,
        &[
            "1:1 missing-field: `environments` is missing | add `environments:` with at least one, such as `dev: {}`",
            "1:1 missing-field: `project` is missing | add `project: my-project`",
        ],
    );
}

#[test]
fn no_environment() {
    bad(
        r#"
project: p
region: us-west-2
environments: {}
"#,
        &["3:1 missing-field: `environments` is empty | name at least one, such as `dev: {}`"],
    );
}

#[test]
fn environments_without_value() {
    bad(
        r#"
project: p
region: us-west-2
environments:
"#,
        &[
            "3:1 wrong-type: `environments` has no value | name at least one below it, such as `dev: {}`",
        ],
    );
}

#[test]
fn environments_as_a_list() {
    bad(
        r#"
project: p
region: us-west-2
environments: [dev, prod]
"#,
        &[
            "3:1 wrong-type: `environments` must be a mapping, not a list | write each name as a key: `name: {}`",
        ],
    );
}

#[test]
fn values_left_out() {
    bad(
        r#"
project:
region: ~
environments: { dev: { protected: , account: } }
"#,
        &[
            "1:1 wrong-type: `project` has no value | give it a text",
            "2:1 wrong-type: `region` has no value | give it a text",
            "3:24 wrong-type: `environments.dev.protected` has no value | give it true or false",
            "3:37 wrong-type: `environments.dev.account` has no value | give it a text",
        ],
    );
}

#[test]
fn numbers_for_texts() {
    bad(
        r#"
project: 1
region: us-west-2
account: 123456789012
environments: { dev: { key_alias: 1.5 } }
"#,
        &[
            "1:10 wrong-type: `project` must be a text, not a number | put it in quotes",
            "3:10 wrong-type: `account` must be a text, not a number | put it in quotes",
            "4:35 wrong-type: `environments.dev.key_alias` must be a text, not a number | put it in quotes",
        ],
    );
}

#[test]
fn texts_for_numbers() {
    bad(
        r#"
project: p
region: us-west-2
environments: { dev: { recovery_window_days: "30", rotate_kms_key_days: yearly } }
"#,
        &[
            "3:46 wrong-type: `environments.dev.recovery_window_days` must be a whole number, not a text | write a whole number, without quotes",
            "3:73 wrong-type: `environments.dev.rotate_kms_key_days` must be a whole number, not a text | write a whole number, without quotes",
        ],
    );
}

#[test]
fn a_fraction() {
    bad(
        r#"
project: p
region: us-west-2
environments: { dev: { recovery_window_days: 7.5 } }
"#,
        &[
            "3:46 wrong-type: `environments.dev.recovery_window_days` must be a whole number, not a fraction | write a whole number, without quotes",
        ],
    );
}

#[test]
fn numbers_out_of_range() {
    bad(
        r#"
project: p
region: us-west-2
environments:
  a: { recovery_window_days: 6, rotate_kms_key_days: 89 }
  b: { recovery_window_days: 31, rotate_kms_key_days: 2561 }
  c: { recovery_window_days: -1, rotate_kms_key_days: 99999999999999999999 }
"#,
        &[
            "4:30 out-of-range: `environments.a.recovery_window_days` must be between 7 and 30 | choose a number from 7 to 30",
            "4:54 out-of-range: `environments.a.rotate_kms_key_days` must be between 90 and 2560 | choose a number from 90 to 2560",
            "5:30 out-of-range: `environments.b.recovery_window_days` must be between 7 and 30 | choose a number from 7 to 30",
            "5:55 out-of-range: `environments.b.rotate_kms_key_days` must be between 90 and 2560 | choose a number from 90 to 2560",
            "6:30 out-of-range: `environments.c.recovery_window_days` must be between 7 and 30 | choose a number from 7 to 30",
            "6:55 out-of-range: `environments.c.rotate_kms_key_days` must be between 90 and 2560 | choose a number from 90 to 2560",
        ],
    );
}

#[test]
fn yes_is_a_text_in_yaml() {
    bad(
        r#"
project: p
region: us-west-2
environments: { dev: { protected: yes } }
"#,
        &[
            "3:35 wrong-type: `environments.dev.protected` must be true or false, not a text | write `true` or `false`, without quotes",
        ],
    );
}

#[test]
fn words_that_are_not_known() {
    bad(
        r#"
project: p
region: us-west-2
environments:
  dev:
partition: aws-gov
secrets: { a: { type: JSON }, b: { type: xml } }
functions: { f: { logs: manged } }
"#,
        &[
            "5:12 unknown-value: `partition` must be one of `aws`, `aws-cn`, `aws-us-gov` | choose one of `aws`, `aws-cn`, `aws-us-gov`",
            "6:23 unknown-value: `secrets.a.type` must be one of `json`, `string`, `binary` | did you mean `json`?",
            "6:42 unknown-value: `secrets.b.type` must be one of `json`, `string`, `binary` | choose one of `json`, `string`, `binary`",
            "7:25 unknown-value: `functions.f.logs` must be one of `managed`, `own` | did you mean `managed`?",
        ],
    );
}

#[test]
fn a_list_where_a_mapping_belongs() {
    bad(
        r#"
project: p
region: us-west-2
environments:
  dev:
secrets: [a, b]
functions:
  - f
"#,
        &[
            "5:1 wrong-type: `secrets` must be a mapping, not a list | write each name as a key: `name: {}`",
            "6:1 wrong-type: `functions` must be a mapping, not a list | write each name as a key: `name: {}`",
        ],
    );
}

#[test]
fn a_list_of_keys_without_its_name() {
    bad(
        r#"
project: p
region: us-west-2
environments:
  dev:
secrets:
  config: [A, B]
functions: { f: { reads: [config] } }
"#,
        &[
            "6:3 wrong-type: `secrets.config` must be a mapping, not a list | put the list under `keys`",
        ],
    );
}

#[test]
fn a_text_where_a_list_belongs() {
    bad(
        r#"
project: p
region: us-west-2
environments:
  dev:
secrets: { a: { keys: A } }
functions: { f: { reads: a, policies: a.json } }
"#,
        &[
            "5:23 wrong-type: `secrets.a.keys` must be a list or a mapping, not a text | write it as a list: `[a, b]`",
            "6:26 wrong-type: `functions.f.reads` must be a list, not a text | write it as a list: `[a, b]`",
            "6:39 wrong-type: `functions.f.policies` must be a list, not a text | write it as a list: `[a, b]`",
        ],
    );
}

#[test]
fn a_mapping_where_a_text_belongs() {
    bad(
        r#"
project: p
region: us-west-2
environments:
  dev:
secrets: { a: { description: { en: x } } }
functions: { f: { runtime: [python3.12] } }
"#,
        &[
            "5:17 wrong-type: `secrets.a.description` must be a text, not a mapping | see `provision schema` for what belongs here",
            "6:19 wrong-type: `functions.f.runtime` must be a text, not a list | write one text, without brackets",
        ],
    );
}

#[test]
fn keys_that_are_no_texts() {
    bad(
        r#"
project: p
region: us-west-2
environments:
  dev:
secrets: { a: { keys: [A, 7, B, true] }, b: { keys: { A: 7 } } }
"#,
        &[
            "5:27 wrong-type: `secrets.a.keys[1]` must be a text, not a number | put it in quotes",
            "5:33 wrong-type: `secrets.a.keys[3]` must be a text, not true or false | put it in quotes",
            "5:58 wrong-type: `secrets.b.keys.A` must be a mapping, not a number | a key has a rule, such as `{ required: true }`; `provision set` gives its value",
        ],
    );
}

#[test]
fn defaults_that_are_no_texts() {
    bad(
        r#"
project: p
region: us-west-2
environments:
  dev:
secrets: { a: { keys: { PORT: { default: 8080 }, DEBUG: { default: true } } } }
"#,
        &[
            "5:42 wrong-type: `secrets.a.keys.PORT.default` must be a text, not a number | put it in quotes",
            "5:68 wrong-type: `secrets.a.keys.DEBUG.default` must be a text, not true or false | put it in quotes",
        ],
    );
}

#[test]
fn a_key_listed_twice() {
    bad(
        r#"
project: p
region: us-west-2
environments:
  dev:
secrets:
  a:
    keys: [A, B, A]
"#,
        &["7:18 duplicate-key: `A` is listed twice | keep one of the two"],
    );
}

#[test]
fn a_description_that_aws_would_refuse() {
    bad(
        r#"
project: p
region: us-west-2
environments:
  dev:
secrets: { a: { description: long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long long } }
"#,
        &["5:30 out-of-range: `secrets.a.description` is longer than 2048 characters | shorten it"],
    );
}
