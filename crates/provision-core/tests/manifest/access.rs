//! Who may take on the roles of people and pipelines, and what a boundary asks of functions.

use provision_core::name::EnvironmentName;

use crate::{bad, good};

const USER: &str = "arn:aws:iam::123456789012:user/ada";

fn with(access: &str, rest: &str) -> String {
    format!(
        "project: p\nregion: us-west-2\nenvironments: {{ dev: {{}}, prod: {{}} }}\naccess: {access}\n{rest}"
    )
}

#[test]
fn each_environment_has_its_callers() {
    let manifest = good(&with(
        &format!(
            "{{ provisioner: [\"{USER}\"], break_glass: [\"{USER}\"], github: {{ repo: octo/app, environments: [prod] }} }}"
        ),
        "",
    ));
    for (environment, deployed) in [("dev", false), ("prod", true)] {
        let access = &manifest.environments[&EnvironmentName::parse(environment).unwrap()].access;
        assert_eq!(access.github.as_deref() == Some("octo/app"), deployed, "{environment}");
        assert_eq!(access.provisioner.len() + access.break_glass.len(), 2);
        assert!(access.names_provisioner() && access.planner.is_empty());
    }
}

#[test]
fn a_repository_is_named_and_never_a_pattern() {
    for repository in ["octo/*", "*/app", "octo", "octo/app:ref", "octo/app/x", "${x}/app"] {
        let text = with(
            &format!("{{ provisioner: [\"{USER}\"], github: {{ repo: \"{repository}\" }} }}"),
            "",
        );
        bad(
            &text,
            &["4:80 bad-name: `access.github.repo` must be `owner/name` | for example `octo/app`"],
        );
    }
}

#[test]
fn a_principal_is_somebody_and_not_everybody() {
    for principal in [
        "arn:aws:iam::123456789012:root",
        "arn:aws:iam::123456789012:role/*",
        "arn:aws:iam::*:user/ada",
        "arn:aws:iam::123456789012:user/${aws:username}",
    ] {
        bad(
            &with(&format!("{{ planner: [\"{principal}\"] }}"), ""),
            &[
                "4:21 bad-name: `access.planner[0]` is not the ARN of a role or a user | it looks like `arn:aws:iam::123456789012:role/name`, without a wildcard",
            ],
        );
    }
}

#[test]
fn a_role_cannot_break_the_glass() {
    bad(
        &with("{ break_glass: [\"arn:aws:iam::123456789012:role/ops\"] }", ""),
        &[
            "4:25 bad-name: `access.break_glass[0]` is a role, whose sessions never carry MFA | name users: `arn:aws:iam::123456789012:user/name`",
        ],
    );
}

#[test]
fn pipelines_need_somebody_who_makes_their_role() {
    bad(
        &with("{ github: { repo: octo/app } }", ""),
        &[
            "4:11 missing-field: `access.github` stands without `access.provisioner` | list there who makes the first apply: the key is closed to everybody else",
        ],
    );
}

#[test]
fn what_the_boundary_would_hold_back_in_silence_is_told() {
    let functions = "functions:\n  f:\n    policies: [\"arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess\", policies/own.json, \"arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole\"]\n";
    let access = format!("{{ provisioner: [\"{USER}\"] }}");
    let told = "7:16 contradiction: `functions.f.policies[0]` would be held back by the environment's boundary | put its text into a file, or give the function a boundary of its own: `functions.f.boundary`";
    bad(&with(&access, functions), &[told]);
    good(&with("{}", functions));
    let own = "    boundary: \"arn:aws:iam::123456789012:policy/team/boundary\"\n";
    good(&with(&access, &format!("{functions}{own}")));
}

#[test]
fn a_boundary_lies_where_no_provisioner_changes_it() {
    let function =
        "functions:\n  f: { boundary: \"arn:aws:iam::123456789012:policy/p/ENV/boundary\" }\n";
    let access = format!("{{ provisioner: [\"{USER}\"] }}");
    bad(
        &with(&access, &function.replace("ENV", "dev")),
        &[
            "6:18 contradiction: `functions.f.boundary` lies where `access.provisioner` may change it | give the policy another path than `/p/dev/`",
        ],
    );
    good(&with(&access, &function.replace("ENV", "_access")));
    good(&with("{}", &function.replace("ENV", "dev")));
}
