//! `cost`: what is printed, and how it exits.

use crate::workplace::{MANIFEST, Workplace};

#[test]
fn a_bill_reads_as_written() {
    let place = Workplace::new(MANIFEST);
    let run = place.run(&["cost", "--env", "dev", "--cold-starts", "50000"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    insta::assert_snapshot!(run.stdout);
}

#[test]
fn copies_are_told_where_there_are_any() {
    let place = Workplace::new(&MANIFEST.replace("dev: {}", "dev: { replicas: [eu-central-1] }"));
    let bill = |env| place.run(&["cost", "--env", env]).stdout;
    assert!(bill("dev").contains("$3.20  8 secrets, copies counted\n"), "{}", bill("dev"));
    assert!(bill("prod").contains("$1.60  4 secrets\n"), "{}", bill("prod"));
}

#[test]
fn a_budget_is_told_by_the_exit_code() {
    let place = Workplace::new(MANIFEST);
    // two environments of four secrets and a key
    let within = place.run(&["cost", "--budget", "5.20"]);
    assert_eq!(within.code, 0, "{}", within.stdout);
    let over = place.run(&["cost", "--budget", "5.199999", "--output", "json"]);
    assert_eq!(over.code, 2);
    let document: serde_json::Value = serde_json::from_str(&over.stdout).unwrap();
    assert_eq!(document["usd"], "5.20");
    assert_eq!(document["over_budget"], "0.000001");
    assert_eq!(place.run(&["cost", "--budget", "much"]).code, 64);
}

#[test]
fn prices_of_ones_own_are_taken_or_refused_with_their_place() {
    let place = Workplace::new(MANIFEST);
    place.write("prices.json", r#"{"prices": {"secrets": {"usd": "1"}}}"#);
    let run = place.run(&["cost", "--env", "dev", "--prices", "prices.json"]);
    assert!(run.stdout.contains("$4.00  4 secrets"), "{}", run.stdout);
    place.write("broken.json", "{\"prices\": {\n  \"secrets\": 1}}");
    let run = place.run(&["cost", "--prices", "broken.json"]);
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("`broken.json`: line 2"), "{}", run.stderr);
    assert!(run.stderr.contains("hint:"));
}
