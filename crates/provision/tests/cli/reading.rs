//! What is found of an environment under names that its manifest does not say.

use crate::workplace::{MANIFEST, Workplace};

const LOCAL: [&str; 4] = ["--env", "dev", "--local", "--yes"];

fn remarks(place: &Workplace, name: &str) -> Vec<String> {
    let plan = place.plan();
    let notes = plan["notes"].as_array().unwrap().iter();
    let ours = notes.filter(|note| note["resource"]["name"] == name);
    ours.map(|note| note["remark"].to_string()).collect()
}

#[test]
fn a_secret_under_a_name_of_before_is_noted_and_destroyed_with_its_key() {
    let named = |name: &str| {
        MANIFEST.replace("  greeting: {", &format!("  greeting: {{ name: \"{name}/{{env}}\","))
    };
    let place = Workplace::applied(&named("before"));
    assert!(!remarks(&place, "before/dev").contains(&"\"undeclared\"".to_owned()));

    place.write("secrets.yaml", &named("after"));
    assert_eq!(remarks(&place, "before/dev"), ["\"undeclared\""]);
    let run = place.run(&[&["destroy"][..], &LOCAL].concat());
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.contains("before/dev"), "{}", run.stdout);
    let run = place.run(&[&["destroy"][..], &LOCAL].concat());
    assert!(run.stdout.contains("Nothing to do"), "{}", run.stdout);

    let run = place.run(&[&["restore"][..], &LOCAL].concat());
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.contains("before/dev"), "{}", run.stdout);
    assert_eq!(remarks(&place, "before/dev"), ["\"undeclared\""]);
}
