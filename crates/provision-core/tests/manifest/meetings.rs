//! Names that would meet: in the environment of a function, and in AWS.

use crate::bad;

#[test]
fn keys_that_arrive_in_one_variable() {
    bad(
        r#"
project: p
region: us-west-2
environments:
  dev:
secrets:
  a:
    keys:
      openai.key: {}
      OPENAI__KEY: {}
      api-url: {}
      api_url: {}
      API_URL: {}
"#,
        &[
            "9:7 name-collision: `OPENAI__KEY` and `openai.key` would both arrive in `OPENAI__KEY` | rename one of the two",
            "11:7 name-collision: `api-url` and `api_url` would both arrive in `api_url` | rename one of the two",
        ],
    );
}

#[test]
fn keys_that_nobody_may_write() {
    bad(
        r#"
project: p
region: us-west-2
environments:
  dev:
secrets: { a: { keys: [PATH, aws_region, AWS_LAMBDA_X, ld.preload, LD_PRELOAD, MY_PATH] }, path: { type: string }, b: { type: binary, name: home } }
"#,
        &[
            "5:24 reserved-name: `secrets.a.keys.PATH` would arrive in `PATH`, which no secret may set | rename it, for example with the project's name in front",
            "5:30 reserved-name: `secrets.a.keys.aws_region` would arrive in `aws_region`, which no secret may set | rename it, for example with the project's name in front",
            "5:42 reserved-name: `secrets.a.keys.AWS_LAMBDA_X` would arrive in `AWS_LAMBDA_X`, which no secret may set | rename it, for example with the project's name in front",
            "5:68 reserved-name: `secrets.a.keys.LD_PRELOAD` would arrive in `LD_PRELOAD`, which no secret may set | rename it, for example with the project's name in front",
            "5:92 reserved-name: `secrets.path` would arrive in `PATH`, which no secret may set | rename it, for example with the project's name in front",
        ],
    );
}

#[test]
fn keys_that_are_no_variables() {
    bad(
        r#"
project: p
region: us-west-2
environments:
  dev:
secrets: { a: { keys: [2fa, a..b, "a b"] } }
"#,
        &[
            "5:24 bad-name: `secrets.a.keys.2fa` gives no name of a variable: letters, digits and `_`, no digit first | rename it, for example with the project's name in front",
            "5:29 bad-name: `secrets.a.keys.a..b` gives no name of a variable: letters, digits and `_`, no digit first | rename it, for example with the project's name in front",
            "5:35 bad-name: `secrets.a.keys.a b` gives no name of a variable: letters, digits and `_`, no digit first | rename it, for example with the project's name in front",
        ],
    );
}

#[test]
fn keys_of_what_is_no_object() {
    bad(
        r#"
project: p
region: us-west-2
environments:
  dev:
secrets: { a: { type: string, keys: [A] }, b: { type: binary, keys: { A: } }, c: { type: string, keys: } }
"#,
        &[
            "5:31 contradiction: `secrets.a.keys` is given, and a secret of type `string` has no keys | remove `keys`, or make the type `json`",
            "5:63 contradiction: `secrets.b.keys` is given, and a secret of type `binary` has no keys | remove `keys`, or make the type `json`",
        ],
    );
}

#[test]
fn an_alias_for_two_environments() {
    bad(
        r#"
project: p
region: us-west-2
key_alias: alias/p
environments: { dev: , prod: }
"#,
        &[
            "3:12 duplicate-name: `dev` and `prod` would share the key alias `alias/p` | put `{env}` into the name, or give each environment its own name or account",
        ],
    );
}

#[test]
fn two_secrets_with_one_name() {
    bad(
        r#"
project: p
region: us-west-2
environments:
  dev:
secrets:
  a: { name: shared/x }
  b: { name: "shared/{secret}" }
  x: { name: "shared/{secret}" }
"#,
        &[
            "8:14 duplicate-name: `secrets.a` and `secrets.x` would both be the secret `shared/x` in `dev` | give each a name of its own",
        ],
    );
}

#[test]
fn an_override_that_meets_a_default() {
    bad(
        r#"
project: p
region: us-west-2
environments:
  dev:
secrets:
  a:
  b: { name: p/dev/a }
"#,
        &[
            "7:14 duplicate-name: `secrets.a` and `secrets.b` would both be the secret `p/dev/a` in `dev` | give each a name of its own",
        ],
    );
}

#[test]
fn a_secret_for_two_environments() {
    bad(
        r#"
project: p
region: us-west-2
environments: { dev: , prod: }
secrets:
  a: { name: "{project}/{secret}" }
"#,
        &[
            "5:14 duplicate-name: `dev` and `prod` would share the secret `p/a` | put `{env}` into the name, or give each environment its own name or account",
        ],
    );
}

#[test]
fn roles_that_differ_in_case() {
    bad(
        r#"
project: p
region: us-west-2
environments:
  dev:
functions:
  f: { role_name: Runner }
  g: { role_name: runner }
"#,
        &[
            "7:19 duplicate-name: `functions.f` and `functions.g` would both be the role `runner` in `dev` | give each a name of its own",
        ],
    );
}

#[test]
fn roles_belong_to_an_account() {
    bad(
        r#"
project: p
environments: { dev: { region: us-west-2 }, prod: { region: us-east-1 } }
functions: { f: { role_name: runner, function_name: f } }
"#,
        &[
            "3:30 duplicate-name: `dev` and `prod` would share the role `runner` | put `{env}` into the name, or give each environment its own name or account",
        ],
    );
}

#[test]
fn more_environments_than_stages() {
    bad(
        r#"
project: p
region: us-west-2
environments: {e0: , e1: , e2: , e3: , e4: , e5: , e6: , e7: , e8: , e9: , e10: , e11: , e12: , e13: , e14: , e15: , e16: , e17: , e18: , e19: , e20: , e21: , e22: , e23: , e24: , e25: , e26: , e27: , e28: , e29: , e30: , e31: , e32: , e33: , e34: , e35: , e36: , e37: , e38: , e39: , e40: , e41: , e42: , e43: , e44: , e45: , e46: , e47: , e48: , e49: , e50: }
"#,
        &[
            "3:1 too-large: there are more than 50 environments | split the manifest: an environment is a stage, not a customer",
        ],
    );
}
