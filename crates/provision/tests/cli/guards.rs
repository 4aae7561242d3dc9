//! What is asked for before anything is changed, and what happens where nobody answers.

use crate::workplace::{MANIFEST, Workplace};

const MORE: &str = "  reporter:\n    reads: [api-keys]\n";

#[test]
fn nobody_to_answer_means_no() {
    let place = Workplace::new(MANIFEST);
    let run = place.run(&["--env", "dev", "--local"]);
    assert_eq!(run.code, 3);
    assert!(run.stderr.contains("this is no terminal"), "{}", run.stderr);
    assert!(run.stderr.contains("--yes"), "{}", run.stderr);
    let json = place.run(&["--env", "dev", "--local", "--output", "json"]);
    assert_eq!(json.code, 3);
    assert!(json.stdout.contains("JSON is wanted"), "{}", json.stdout);
    assert!(!place.plan()["changes"].as_array().unwrap().is_empty(), "nothing was made");
}

#[test]
fn a_dry_run_only_shows() {
    let place = Workplace::new(MANIFEST);
    let run = place.run(&["--env", "dev", "--local", "--dry-run", "--yes"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(place.run(&["plan", "--env", "dev", "--local", "--detailed-exitcode"]).code, 2);
}

#[test]
fn access_that_grows_is_asked_for_apart() {
    let place = Workplace::applied(MANIFEST);
    place.write("secrets.yaml", &format!("{MANIFEST}{MORE}"));
    let run = place.run(&["--env", "dev", "--local", "--yes"]);
    assert_eq!(run.code, 3, "{}", run.stdout);
    assert!(run.stdout.contains("Access that widens"), "{}", run.stdout);
    assert!(run.stderr.contains("--allow-widening"), "{}", run.stderr);
    let run = place.run(&["--env", "dev", "--local", "--yes", "--allow-widening"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
}

#[test]
fn a_managed_policy_without_a_text_is_never_proven() {
    const ALL: &str = "arn:aws:iam::aws:policy/AdministratorAccess";
    let basic = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";
    let with = |arn: &str| format!("{MANIFEST}{MORE}    policies: [\"{arn}\"]\n");
    let live = ["access", "--live", "--env", "dev", "--local"];
    let place = Workplace::applied(&with(basic));
    let run = place.run(&[&live[..], &["--prove"]].concat());
    assert_eq!(run.code, 0, "a text that is known: {}", run.stdout);
    place.write("secrets.yaml", &with(ALL));
    assert_eq!(place.run(&["--env", "dev", "--local", "--yes", "--allow-widening"]).code, 0);

    let run = place.run(&[&live[..], &["--prove", "--html", "access.html"]].concat());
    assert_eq!(run.code, 2, "{}", run.stdout);
    let why = format!("the text of the attached policy `{ALL}` is not known here");
    assert!(run.stdout.contains(&why), "{}", run.stdout);
    let page = std::fs::read_to_string(place.path().join("access.html")).unwrap();
    assert!(!page.contains("All as the manifest says"));
    let run = place.run(&live);
    assert!(run.stdout.contains(&format!("not known here: {ALL}")), "{}", run.stdout);
    let json = place.run(&[&live[..], &["--output", "json"]].concat());
    let graph: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    let roles = graph["environments"][0]["roles"].as_array().unwrap();
    let reporter = roles.iter().find(|role| role["title"] == "shop-dev-reporter").unwrap();
    assert_eq!(reporter["unseen"], serde_json::json!([ALL]));
}

#[test]
fn a_reader_that_may_not_read_loses_nothing_by_the_hint() {
    let reader = "arn:aws:iam::123456789012:role/other/dev/other-dev-app";
    let policy = format!("{{ type: string, resource_policy: {{ readers: [\"{reader}\"] }} }}");
    let place = Workplace::applied(
        &MANIFEST.replace("greeting: { type: string }", &format!("greeting: {policy}")),
    );
    // a role of the account that another project made, with rights of its own
    let other = "project: other\nregion: eu-west-1\nenvironments: { dev: {} }\n\
                 secrets: { s: { type: string } }\nfunctions: { app: { reads: [s] } }\n";
    place.write("other.yaml", other);
    let made = place.run(&["--file", "other.yaml", "--env", "dev", "--local", "--yes"]);
    assert_eq!(made.code, 0, "{}", made.stderr);
    let run = place.run(&["access", "--prove", "--live", "--env", "dev", "--local"]);
    assert_eq!(run.code, 2, "{}", run.stdout);
    for part in ["by its own policy", "`provision --env dev --local` puts back"] {
        assert!(run.stdout.contains(part), "{part}: {}", run.stdout);
    }
    assert!(!run.stdout.contains("takes it away"), "{}", run.stdout);
}

#[test]
fn a_protected_environment_is_confirmed_by_its_name() {
    let place = Workplace::new(MANIFEST);
    let prod = ["--env", "prod", "--local", "--yes"];
    assert_eq!(place.run(&prod).code, 0, "a new environment only creates");
    place.write("secrets.yaml", &format!("{MANIFEST}{MORE}"));
    let run = place.run(&prod);
    assert_eq!(run.code, 3);
    let all = "add `--allow-widening` and `--confirm shop/prod`";
    assert!(run.stderr.contains(all), "{}", run.stderr);
    let run = place.run(&prod[..3]);
    let all = "add `--allow-widening`, `--confirm shop/prod` and `--yes`";
    assert!(run.stderr.contains(all), "{}", run.stderr);
    let widening = [&prod[..], &["--allow-widening"]].concat();
    assert_eq!(place.run(&widening).code, 3);
    let wrong = [&widening[..], &["--confirm", "shop/dev"]].concat();
    assert_eq!(place.run(&wrong).code, 3);
    let right = [&widening[..], &["--confirm", "shop/prod"]].concat();
    assert_eq!(place.run(&right).code, 0);

    let destroy = [&["destroy"][..], &prod].concat();
    let run = place.run(&destroy);
    assert_eq!(run.code, 3);
    assert!(run.stderr.contains("--confirm shop/prod"), "{}", run.stderr);
    let run = place.run(&[&destroy[..], &["--confirm", "shop/prod"]].concat());
    assert_eq!(run.code, 0, "{}", run.stderr);
}

#[test]
fn another_region_is_refused_before_anything_is_read() {
    let place = Workplace::new(MANIFEST);
    let run = place.run(&["--env", "dev", "--local", "--yes", "--region", "us-east-1"]);
    assert_eq!(run.code, 3);
    assert!(run.stderr.contains("eu-west-1"), "{}", run.stderr);
}

#[test]
fn the_local_aws_stands_in_for_whatever_account_is_meant() {
    let place = Workplace::new(&MANIFEST.replace("dev: {}", "dev: { account: \"999999999999\" }"));
    let run = place.run(&["--env", "dev", "--local", "--yes"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
}

#[test]
fn a_destroy_can_be_looked_at_first() {
    let place = Workplace::applied(MANIFEST);
    let run = place.run(&["destroy", "--env", "dev", "--local", "--dry-run"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.contains("7 to delete"), "{}", run.stdout);
    assert!(place.plan()["changes"].as_array().is_some_and(Vec::is_empty), "nothing was deleted");
}
