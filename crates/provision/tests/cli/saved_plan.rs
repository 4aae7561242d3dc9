//! A plan in a file: applied as it was shown, or not at all.

use crate::workplace::{MANIFEST, Workplace};

fn saved() -> Workplace {
    let place = Workplace::new(MANIFEST);
    let run = place.run(&["plan", "--env", "dev", "--local", "--out", "plan.json"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    place
}

const APPLY: [&str; 4] = ["apply", "plan.json", "--local", "--yes"];

#[test]
fn a_saved_plan_is_applied_and_only_once() {
    let place = saved();
    let run = place.run(&APPLY);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let again = place.run(&["plan", "--env", "dev", "--local", "--out", "again.json"]);
    assert_eq!(again.stderr, "saved: there is nothing to apply\n");
    let run = place.run(&APPLY);
    assert_eq!(run.code, 3, "the state has moved");
    assert!(run.stderr.contains("live state has changed"), "{}", run.stderr);
}

#[test]
fn a_plan_for_another_environment_says_so() {
    let place = saved();
    let run = place.run(&[&APPLY[..], &["--env", "prod"]].concat());
    assert_eq!(run.code, 3, "{}", run.stderr);
    assert!(run.stderr.contains("is for `dev` and not for `prod`"), "{}", run.stderr);
    assert!(run.stderr.contains("hint: leave out `--env`"), "{}", run.stderr);
    assert_eq!(place.run(&[&APPLY[..], &["--env", "dev"]].concat()).code, 0);
}

#[test]
fn a_manifest_that_changed_refuses_the_plan() {
    let place = saved();
    place.write("secrets.yaml", &format!("{MANIFEST}# changed\n"));
    let run = place.run(&APPLY);
    assert_eq!(run.code, 3);
    assert!(
        run.stderr.contains("the manifest or a file that it names has changed"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_plan_that_was_changed_by_hand_is_refused() {
    let place = saved();
    let path = place.path().join("plan.json");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("shop/dev/config", "shop/dev/other")).unwrap();
    let run = place.run(&APPLY);
    assert_eq!(run.code, 3, "{}", run.stdout);
    assert!(run.stderr.contains("changed by hand"), "{}", run.stderr);
    assert!(!place.plan()["changes"].as_array().unwrap().is_empty(), "nothing was made");
}
