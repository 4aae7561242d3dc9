//! The roles of people and pipelines, and the boundary, in a plan.

use provision_core::actual::Actual;
use provision_core::desired::{Desired, PolicyFiles, ResolveError, resolve};
use provision_core::diff::{destroy, diff, prune};
use provision_core::manifest::{Source, parse};
use provision_core::name::{PolicyName, RoleName};
use provision_core::plan::{Action, Change, Plan, Resource};
use provision_core::policy::{Document, limits};

use crate::world::{MANIFEST, account, apply, arn, desired, make, nothing};

const ACCESS: &str = "\
access:
  provisioner: [\"arn:aws:iam::123456789012:user/admin\"]
  planner: [\"arn:aws:iam::123456789012:role/ci\"]
  writer: [\"arn:aws:iam::123456789012:user/ada\"]
  break_glass: [\"arn:aws:iam::123456789012:user/ada\"]
  github: { repo: octo/shop, environments: [dev] }
";
const BOUNDARY: &str = "arn:aws:iam::123456789012:policy/shop/_access/dev/shop-dev-boundary";

fn manifest() -> String {
    format!("{MANIFEST}{ACCESS}")
}

fn made() -> (Desired, Actual) {
    let desired = desired(&manifest(), "dev");
    let actual = apply(&nothing(), &diff(&desired, &nothing()));
    (desired, actual)
}

fn ids(plan: &Plan) -> Vec<String> {
    plan.changes.iter().map(Change::id).collect()
}

fn role(name: &str) -> RoleName {
    RoleName::parse(name).unwrap()
}

fn boundary() -> PolicyName {
    PolicyName::parse("shop-dev-boundary").unwrap()
}

fn growth(plan: &Plan) -> Vec<String> {
    plan.widening().flat_map(|c| &c.growth).map(ToString::to_string).collect()
}

/// Whether a change alters what decides over the callers
fn decides(change: &Change) -> bool {
    match &change.resource {
        Resource::Role(name) => name.as_str().starts_with("shop-dev."),
        Resource::Policy(name) => *name == boundary(),
        _ => false,
    }
}

#[test]
fn the_boundary_comes_before_the_roles_that_carry_it() {
    let plan = diff(&desired(&manifest(), "dev"), &nothing());
    assert!(plan.blockers.is_empty(), "{:?}", plan.blockers);
    assert_eq!(plan.widening().count(), 0, "what a new environment grants is no growth");
    let ids = ids(&plan);
    let place = |id: &str| {
        ids.iter().position(|other| other == id).unwrap_or_else(|| panic!("{id}: {ids:?}"))
    };
    let first = place("policy shop-dev-boundary#create_policy");
    for change in &plan.changes {
        let Action::CreateRole { path, boundary, .. } = &change.action else { continue };
        assert!(first < place(&change.id()));
        match decides(change) {
            true => assert_eq!((path.as_str(), boundary), ("/shop/_access/dev/", &None)),
            false => assert_eq!((path.as_str(), boundary), ("/shop/dev/", &Some(arn(BOUNDARY)))),
        }
    }
    for caller in ["provisioner", "planner", "writer", "break-glass", "github-deploy"] {
        place(&format!("role shop-dev.{caller}#create_role"));
    }
}

#[test]
fn after_an_apply_nothing_is_to_do() {
    let (desired, actual) = made();
    let plan = diff(&desired, &actual);
    assert_eq!(ids(&plan), [""; 0]);
    assert!(plan.blockers.is_empty() && prune(&desired, &actual).is_empty());
}

#[test]
fn a_run_that_ends_after_any_change_is_taken_up_again_without_asking_anew() {
    let desired = desired(&manifest(), "dev");
    let full = diff(&desired, &nothing());
    for end in 0..=full.changes.len() {
        let mut state = nothing();
        full.changes[..end].iter().for_each(|change| make(&mut state, change));
        let rest = diff(&desired, &state);
        assert_eq!(ids(&rest), ids(&full)[end..], "after {end}");
        assert_eq!(rest.widening().count(), 0, "after {end}");
    }
}

#[test]
fn each_drift_of_what_decides_is_mended() {
    let foreign = Document::parse(
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#,
    )
    .unwrap();
    type Edit = Box<dyn Fn(&mut Actual)>;
    let of_role =
        |name: &'static str, edit: fn(&mut provision_core::actual::ActualRole, Document)| -> Edit {
            let foreign = foreign.clone();
            Box::new(move |a| edit(a.roles.get_mut(&role(name)).unwrap(), foreign.clone()))
        };
    let cases: Vec<(Edit, &str)> = vec![
        (
            Box::new({
                let foreign = foreign.clone();
                move |a: &mut Actual| {
                    a.policies.get_mut(&boundary()).unwrap().document = foreign.clone();
                }
            }),
            "policy shop-dev-boundary#put_policy",
        ),
        (of_role("shop-dev-web", |role, _| role.boundary = None), "role shop-dev-web#put_boundary"),
        (
            of_role("shop-dev.planner", |role, foreign| role.trust = foreign),
            "role shop-dev.planner#put_trust",
        ),
        (
            of_role("shop-dev.writer", |role, foreign| {
                role.inline.values_mut().for_each(|document| *document = foreign.clone());
            }),
            "role shop-dev.writer#put_role_policy:writer",
        ),
        (
            of_role("shop-dev.planner", |role, foreign| {
                role.inline.insert(PolicyName::parse("more").unwrap(), foreign);
            }),
            "role shop-dev.planner#delete_role_policy:more",
        ),
    ];
    for (edit, id) in cases {
        let (desired, mut actual) = made();
        edit(&mut actual);
        let plan = diff(&desired, &actual);
        assert_eq!(ids(&plan), [id]);
        assert!(diff(&desired, &apply(&actual, &plan)).is_empty(), "{id}");
    }
}

#[test]
fn what_functions_read_is_no_matter_of_the_callers() {
    let (_, actual) = made();
    let more = manifest().replace("reads: [config]", "reads: [config, api-keys]");
    let plan = diff(&desired(&more, "dev"), &actual);
    assert!(!plan.is_empty());
    assert!(!plan.changes.iter().any(decides), "{:?}", ids(&plan));
}

#[test]
fn a_person_more_a_secret_more_and_a_window_less_are_asked_for() {
    let (_, actual) = made();
    let more =
        manifest().replace("planner: [", "planner: [\"arn:aws:iam::123456789012:user/bob\", ");
    let plan = diff(&desired(&more, "dev"), &actual);
    assert_eq!(ids(&plan), ["role shop-dev.planner#put_trust"]);
    assert!(growth(&plan)[0].contains("user/bob"), "{:?}", growth(&plan));

    let more = manifest().replace("  config:\n", "  tokens: { keys: [A] }\n  config:\n");
    let plan = diff(&desired(&more, "dev"), &actual);
    let grown: Vec<String> = plan.widening().map(Change::id).collect();
    assert_eq!(grown, ["role shop-dev.writer#put_role_policy:writer"]);
    assert!(growth(&plan).iter().all(|g| g.contains("shop/dev/tokens-??????")));

    let sooner = manifest().replace("dev: {}", "dev: { recovery_window_days: 7 }");
    let plan = diff(&desired(&sooner, "dev"), &actual);
    assert!(plan.widening().all(decides));
    let grown = growth(&plan);
    assert!(
        !grown.is_empty() && grown.iter().all(|g| g.contains("is no longer denied")),
        "{grown:?}"
    );
}

#[test]
fn access_that_comes_later_is_growth_but_for_the_boundary_on_roles() {
    let before = desired(MANIFEST, "dev");
    let actual = apply(&nothing(), &diff(&before, &nothing()));
    let desired = desired(&manifest(), "dev");
    let plan = diff(&desired, &actual);
    let grown: Vec<String> = plan.widening().map(Change::id).collect();
    assert!(
        grown.contains(&"role shop-dev.provisioner#put_role_policy:provisioner".to_owned())
            || grown.iter().any(|id| id.starts_with("role shop-dev.provisioner#attach_policy")),
        "{grown:?}"
    );
    assert!(!grown.contains(&"role shop-dev-web#put_boundary".to_owned()));
    assert!(ids(&plan).contains(&"role shop-dev-web#put_boundary".to_owned()));
    assert!(diff(&desired, &apply(&actual, &plan)).is_empty());
}

#[test]
fn access_that_is_no_longer_declared_is_kept_until_it_is_pruned() {
    let (_, actual) = made();
    let without = desired(MANIFEST, "dev");
    let plan = diff(&without, &actual);
    assert!(plan.notes.iter().any(|n| n.resource == Resource::Role(role("shop-dev.writer"))));
    let lifted = plan.widening().map(Change::id);
    assert!(lifted.into_iter().any(|id| id == "role shop-dev-web#delete_boundary"));
    let pruned = apply(&actual, &prune(&without, &actual));
    assert!(!pruned.roles.keys().any(|name| name.as_str().starts_with("shop-dev.")));
    assert!(pruned.policies.is_empty());
    assert!(prune(&without, &pruned).is_empty());
}

#[test]
fn a_destroy_leaves_neither_callers_nor_boundary() {
    let (desired, actual) = made();
    let gone = apply(&actual, &destroy(&desired, &actual));
    assert!(gone.roles.is_empty() && gone.policies.is_empty());
}

#[test]
fn pipelines_deploy_the_environments_that_are_named() {
    let names = |environment: &str| -> Vec<String> {
        desired(&manifest(), environment).roles.keys().map(ToString::to_string).collect()
    };
    assert!(names("dev").contains(&"shop-dev.github-deploy".to_owned()));
    assert!(!names("prod").contains(&"shop-prod.github-deploy".to_owned()));
    assert!(names("prod").contains(&"shop-prod.provisioner".to_owned()));
}

#[test]
fn what_a_role_cannot_hold_stands_in_managed_policies_beside_it() {
    let secrets: String = (0..120)
        .map(|i| {
            format!("  secret-{i:03}: {{ name: \"team/{{env}}/secret-{i:03}\", keys: [A] }}\n")
        })
        .collect();
    let user = "[\"arn:aws:iam::123456789012:user/ada\"]";
    let manifest = format!(
        "project: shop\nregion: eu-west-1\nenvironments: {{ dev: {{}} }}\naccess: {{ planner: {user}, writer: {user} }}\nsecrets:\n{secrets}"
    );
    let desired = desired(&manifest, "dev");
    let plan = diff(&desired, &nothing());
    assert!(plan.blockers.is_empty(), "{:?}", plan.blockers);
    for name in ["shop-dev.writer", "shop-dev.planner"] {
        let role = &desired.roles[&role(name)];
        assert!(role.inline.is_empty() && role.attached.len() > 1, "{name}: {:?}", role.attached);
    }
    for (name, policy) in &desired.policies {
        assert_eq!(policy.path, "/shop/_access/dev/", "{name}");
        assert!(limits::length(&policy.document) <= limits::MANAGED_POLICY, "{name}");
    }
    assert!(diff(&desired, &apply(&nothing(), &plan)).is_empty());
}

#[test]
fn long_names_are_shortened_and_stay_apart() {
    let project = format!("shop{}", "-x".repeat(14));
    let long = manifest()
        .replace("project: shop", &format!("project: {project}"))
        .replace("dev: {}", "development12345: {}")
        .replace("environments: [dev]", "environments: [development12345]");
    let desired = desired(&long, "development12345");
    assert_eq!(desired.roles.len(), 5 + 2);
    assert!(desired.roles.keys().all(|name| name.as_str().len() <= 64));
    assert!(diff(&desired, &nothing()).blockers.is_empty());
}

#[test]
fn a_function_cannot_take_the_name_of_a_caller() {
    let text = manifest().replace("  web:\n", "  web:\n    role_name: \"SHOP-{env}.Writer\"\n");
    let manifest = parse(&Source { name: "m".into(), text }).unwrap();
    let error = resolve(&manifest, "dev", &PolicyFiles::new(), Some(&account())).unwrap_err();
    assert!(
        matches!(&error, ResolveError::Collision { name, .. } if name == "shop-dev.writer"),
        "{error}"
    );
}
