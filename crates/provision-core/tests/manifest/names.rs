//! Names, templates of names, and references.

use provision_core::manifest::parse;

use crate::{bad, lines, source};

#[test]
fn a_project_in_upper_case() {
    bad(
        r#"
project: My App
region: us-west-2
environments: { dev: }
secrets: { a: }
"#,
        &[
            "1:10 bad-name: `project` is not a valid project name: it must be 1 to 32 lower-case letters, digits and hyphens, starting with a letter | for example `my-app`",
        ],
    );
}

#[test]
fn a_project_that_is_too_long() {
    bad(
        r#"
project: ppppppppppppppppppppppppppppppppp
region: us-west-2
environments: { dev: }
"#,
        &[
            "1:10 bad-name: `project` is not a valid project name: it must be 1 to 32 lower-case letters, digits and hyphens, starting with a letter | choose a name within that rule",
        ],
    );
}

#[test]
fn environments_that_are_no_names() {
    bad(
        r#"
project: p
region: us-west-2
environments: { pre-prod: , 1st: , averyveryverylongname: , "": }
"#,
        &[
            "3:17 bad-name: `environments.pre-prod` is not a valid environment name: it must be 1 to 16 lower-case letters and digits, starting with a letter | for example `preprod`",
            "3:29 bad-name: `environments.1st` is not a valid environment name: it must be 1 to 16 lower-case letters and digits, starting with a letter | choose a name within that rule",
            "3:36 bad-name: `environments.averyveryverylongname` is not a valid environment name: it must be 1 to 16 lower-case letters and digits, starting with a letter | choose a name within that rule",
            r#"3:61 bad-name: `environments.""` is not a valid environment name: it must be 1 to 16 lower-case letters and digits, starting with a letter | choose a name within that rule"#,
        ],
    );
}

#[test]
fn regions_that_are_none() {
    bad(
        r#"
project: p
region: us-west
environments: { dev: , prod: { region: us_east_1 } }
"#,
        &[
            "2:9 bad-name: `region` is not a valid region: it must look like `us-west-2` | the list is at the top right of the AWS console",
            "3:40 bad-name: `environments.prod.region` is not a valid region: it must look like `us-west-2` | for example `us-east-1`",
        ],
    );
}

#[test]
fn no_region_anywhere() {
    bad(
        r#"
project: p
environments:
  dev:
  prod: { region: us-west-2 }
"#,
        &[
            "3:3 missing-field: `environments.dev` has no region | add `region: us-west-2`, here or at the top of the manifest",
        ],
    );
}

#[test]
fn an_account_that_is_none() {
    bad(
        r#"
project: p
region: us-west-2
account: "12345678901"
environments: { dev: { account: prod } }
"#,
        &[
            "3:10 bad-name: `account` is not a valid account: it must be 12 digits | `aws sts get-caller-identity` shows the 12 digits",
            "4:33 bad-name: `environments.dev.account` is not a valid account: it must be 12 digits | `aws sts get-caller-identity` shows the 12 digits",
        ],
    );
}

#[test]
fn a_partition_that_the_region_denies() {
    bad(
        r#"
project: p
region: cn-north-1
environments: { dev: { partition: aws } }
"#,
        &[
            "3:35 contradiction: `environments.dev.partition` is `aws`, and `cn-north-1` lies in `aws-cn` | remove it: the region says it already",
        ],
    );
}

#[test]
fn aliases_that_are_none() {
    bad(
        r#"
project: p
region: us-west-2
key_alias: "{project}/{env}"
environments: { dev: , prod: { key_alias: alias/aws/p } }
"#,
        &[
            "3:12 bad-name: `key_alias` is not a valid key alias: it must start with `alias/` | filled in, it could be `alias/p/dev`",
            "4:43 bad-name: `environments.prod.key_alias` is not a valid key alias: it must not start with `alias/aws/`, which AWS keeps for itself | filled in, it could be `alias/p`",
        ],
    );
}

#[test]
fn templates_that_cannot_be_filled() {
    bad(
        r#"
project: p
region: us-west-2
environments:
  dev:
    key_alias: alias/{secret}
secrets:
  a: { name: "{project}/{enviroment}/{secret}" }
  b: { name: "{project/{env}" }
  c: { name: "a}" }
functions:
  f: { function_name: "{secret}", role_name: "{}" }
"#,
        &[
            "5:16 bad-template: `environments.dev.key_alias` has the unknown placeholder `{secret}` | allowed here: `{project}`, `{env}`",
            "7:14 bad-template: `secrets.a.name` has the unknown placeholder `{enviroment}` | did you mean `{env}`?",
            "8:14 bad-template: `secrets.b.name` has a brace without its counterpart | placeholders are written as `{project}` and `{env}`",
            "9:14 bad-template: `secrets.c.name` has a brace without its counterpart | placeholders are written as `{project}` and `{env}`",
            "11:23 bad-template: `functions.f.function_name` has the unknown placeholder `{secret}` | allowed here: `{project}`, `{env}`, `{function}`",
            "11:46 bad-template: `functions.f.role_name` has the unknown placeholder `{}` | allowed here: `{project}`, `{env}`, `{function}`",
        ],
    );
}

#[test]
fn secrets_that_aws_refuses() {
    bad(
        r#"
project: p
region: us-west-2
environments:
  dev:
secrets: { "a b": , api-secret: , c: { name: "{env}/c-abcdef" }, d: { name: "ö" }, "": }
"#,
        &[
            "5:12 bad-name: `secrets.a b` is not a valid secret name: it must hold letters, digits and `/_+=.@-` only | for example `a-b`",
            "5:21 bad-name: `secrets.api-secret` is not a valid secret name: it must not end in a hyphen and six letters or digits, which AWS reads as an ARN's suffix | for example `api-secrets`",
            "5:46 bad-name: `secrets.c.name` is not a valid secret name: it must not end in a hyphen and six letters or digits, which AWS reads as an ARN's suffix | filled in, it could be `dev/c-abcdefs`",
            "5:77 bad-name: `secrets.d.name` is not a valid secret name: it must hold letters, digits and `/_+=.@-` only | choose a name within that rule",
            r#"5:84 bad-name: `secrets.""` is not a valid secret name: it must be 1 to 256 characters | choose a name within that rule"#,
        ],
    );
}

#[test]
fn a_secret_name_that_is_too_long() {
    bad(
        r#"
project: p
region: us-west-2
environments:
  dev:
secrets: { a: { name: "{project}/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" } }
"#,
        &[
            "5:23 bad-name: `secrets.a.name` is not a valid secret name: it must be 1 to 256 characters | choose a name within that rule",
        ],
    );
}

#[test]
fn functions_that_aws_refuses() {
    bad(
        r#"
project: p
region: us-west-2
environments:
  dev:
functions: { "my app": , g: { function_name: "{project}.{env}", role_name: "{project}/{env}" }, h: { role_name: "rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr" } }
"#,
        &[
            "5:14 bad-name: `functions.my app` is not a valid function name: it must be 1 to 64 letters, digits, `-` and `_` | for example `my-app`",
            "5:46 bad-name: `functions.g.function_name` is not a valid function name: it must be 1 to 64 letters, digits, `-` and `_` | filled in, it could be `p-dev`",
            "5:76 bad-name: `functions.g.role_name` is not a valid role name: it must be 1 to 64 letters, digits and `+=,.@_-` | filled in, it could be `p-dev`",
            "5:113 bad-name: `functions.h.role_name` is not a valid role name: it must be 1 to 64 letters, digits and `+=,.@_-` | choose a name within that rule",
        ],
    );
}

#[test]
fn runtimes_that_are_none() {
    bad(
        r#"
project: p
region: us-west-2
environments:
  dev:
functions: { f: { runtime: pyhton3.12 }, g: { runtime: rust }, h: { runtime: Python3.12 } }
"#,
        &[
            "5:28 unknown-value: `functions.f.runtime` is no runtime of Lambda | did you mean `python` and its version?",
            "5:56 unknown-value: `functions.g.runtime` is no runtime of Lambda | for example `python3.12`, `nodejs22.x` or `provided.al2023`",
            "5:78 unknown-value: `functions.h.runtime` is no runtime of Lambda | did you mean `python` and its version?",
        ],
    );
}

#[test]
fn secrets_that_are_not_declared() {
    bad(
        r#"
project: p
region: us-west-2
environments:
  dev:
secrets: { api-keys: , config: }
functions: { f: { reads: [api_keys, database, config, config] } }
"#,
        &[
            "6:27 bad-reference: `functions.f` reads `api_keys`, which is not declared | did you mean `api-keys`?",
            "6:37 bad-reference: `functions.f` reads `database`, which is not declared | declared are `api-keys`, `config`",
            "6:55 duplicate-key: `functions.f` reads `config` twice | keep one of the two",
        ],
    );
}

#[test]
fn a_name_that_is_refused_itself_is_not_what_was_meant() {
    let text = "project: p\nregion: us-west-2\nenvironments: { dev: }\n\
                secrets: { api keys!: }\nfunctions: { f: { reads: [api-keys] } }\n";
    let problems = parse(&source(text)).unwrap_err();
    let told = lines(&problems);
    let reads = told.iter().find(|line| line.contains("reads `api-keys`")).unwrap();
    assert!(reads.ends_with("| declare it under `secrets`"), "{reads}");
}

#[test]
fn a_secret_where_none_is_declared() {
    bad(
        r#"
project: p
region: us-west-2
environments:
  dev:
functions: { f: { reads: [config] } }
"#,
        &[
            "5:27 bad-reference: `functions.f` reads `config`, which is not declared | declare it under `secrets`",
        ],
    );
}

#[test]
fn policies_that_are_none() {
    bad(
        r#"
project: p
region: us-west-2
environments:
  dev:
functions:
  f:
    policies:
      - arn:aws:s3:::bucket
      - arn:aws:iam::123456789012:role/x
      - arn:nonsense
      - /etc/passwd.json
      - ../other/access.json
      - C:\access.json
      - access.yaml
      - a/access.json
      - b/Access.json
      - a/access.json
      - "a/my access.json"
"#,
        &[
            "8:9 bad-name: `functions.f.policies[0]` must be an ARN of `iam`, not of `s3` | it starts with `arn:aws:iam:`",
            "9:9 bad-name: `functions.f.policies[1]` is not the ARN of a managed policy | it looks like `arn:aws:iam::123456789012:policy/name`",
            "10:9 bad-name: `functions.f.policies[2]` is not a valid ARN: it must look like `arn:aws:service:region:account:resource` | copy the whole ARN, from `arn:` on",
            "11:9 bad-name: `functions.f.policies[3]` must be a file beside the manifest | for example `policies/access.json`, or `arn:aws:iam::aws:policy/…`",
            "12:9 bad-name: `functions.f.policies[4]` must be a file beside the manifest | for example `policies/access.json`, or `arn:aws:iam::aws:policy/…`",
            "13:9 bad-name: `functions.f.policies[5]` must be a file beside the manifest | for example `policies/access.json`, or `arn:aws:iam::aws:policy/…`",
            "14:9 bad-name: `functions.f.policies[6]` must be an ARN or a file that ends in `.json` | for example `policies/access.json`, or `arn:aws:iam::aws:policy/…`",
            "16:9 duplicate-name: `a/access.json` and `b/Access.json` would be one inline policy, `Access` | an inline policy is named after its file: rename one of the files",
            "17:9 duplicate-key: `functions.f.policies[9]` is given twice | keep one of the two",
            "18:9 bad-name: `functions.f.policies[10]` is not a valid policy name: it must be 1 to 128 letters, digits and `+=,.@_-` | for example `my-access`",
        ],
    );
}

#[test]
fn a_trust_in_nobody() {
    bad(
        r#"
project: p
region: us-west-2
environments:
  dev:
functions: { f: { trust_source_account: "1", trust_source_arn: f } }
"#,
        &[
            "5:41 bad-name: `functions.f.trust_source_account` is not a valid account: it must be 12 digits | `aws sts get-caller-identity` shows the 12 digits",
            "5:64 bad-name: `functions.f.trust_source_arn` is not a valid ARN: it must look like `arn:aws:service:region:account:resource` | copy the whole ARN, from `arn:` on",
        ],
    );
}

#[test]
fn keys_that_are_no_names() {
    bad(
        r#"
project: p
region: us-west-2
environments:
  dev:
secrets: { a: { keys: ["", "A=", "A\nB"] } }
"#,
        &[
            r#"5:24 bad-name: `secrets.a.keys.""` is not a valid key: it must be 1 to 256 bytes | choose a name within that rule"#,
            "5:28 bad-name: `secrets.a.keys.A=` is not a valid key: it must hold no control character and no `=` | for example `A`",
            "5:34 bad-name: `secrets.a.keys.A?B` is not a valid key: it must hold no control character and no `=` | for example `A-B`",
        ],
    );
}
