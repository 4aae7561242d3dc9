//! A month's bill from outside: the five systems' own tables, and what changes a figure.
#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

mod seeds;

use provision_core::cost::{Bill, FreeTier, Item, NoPrice, Prices, Usage, bill};
use provision_core::desired::{Desired, PolicyFiles, resolve};
use provision_core::manifest::{Source, parse};

const TWO_SECRETS: &str = "
project: p
region: us-east-1
environments:
  dev: {}
secrets:
  api-keys: { keys: [TOKEN] }
  config: { keys: [URL] }
functions:
  app: { reads: [api-keys, config] }
  worker: { reads: [config] }
";

fn desired(text: &str) -> Vec<Desired> {
    let source = Source { name: "secrets.yaml".into(), text: text.into() };
    let manifest = parse(&source).unwrap_or_else(|problems| panic!("{problems:?}"));
    let declared = manifest.environments.iter();
    declared
        .map(|(name, declared)| {
            let account = declared.account.as_ref();
            resolve(&manifest, name.as_str(), &PolicyFiles::new(), account).unwrap()
        })
        .collect()
}

fn billed(text: &str, usage: &Usage) -> Result<Bill, NoPrice> {
    let all = desired(text);
    bill(&all.iter().collect::<Vec<_>>(), usage, &Prices::built_in())
}

/// The sum of the bill
fn total(text: &str, usage: &Usage) -> String {
    billed(text, usage).unwrap().total().to_string()
}

/// `count (free) = amount` of one item, environment after environment
fn lines(text: &str, usage: &Usage, item: Item) -> Vec<String> {
    let bill = billed(text, usage).unwrap();
    let all = bill.environments.iter().flat_map(|environment| &environment.lines);
    all.filter(|line| line.item == item)
        .map(|line| format!("{} ({}) = {}", line.count, line.free, line.usd))
        .collect()
}

#[test]
fn two_secrets_one_key_and_100_000_reads() {
    let usage = Usage { reads: 100_000, ..Usage::default() };
    assert_eq!(total(TWO_SECRETS, &usage), "2.54");
}

#[test]
fn a_copy_is_a_secret_and_needs_a_key_and_both_keys_rotate() {
    let text = TWO_SECRETS.replace("dev: {}", "dev: { replicas: [eu-west-1] }");
    let usage = Usage { reads: 100_000, key_rotations: 1, ..Usage::default() };
    assert_eq!(total(&text, &usage), "6.34");
}

#[test]
fn a_key_that_exists_is_on_somebody_elses_bill() {
    let arn = "arn:aws:kms:eu-west-1:123456789012:key/12345678-1234-1234-1234-123456789012";
    let given = format!("dev: {{ replicas: [{{ region: eu-west-1, kms_key_arn: \"{arn}\" }}] }}");
    let text = TWO_SECRETS.replace("dev: {}", &given);
    let usage = Usage { key_rotations: 1, ..Usage::default() };
    assert_eq!(lines(&text, &usage, Item::Secrets), ["4 (0) = 1.60"]);
    assert_eq!(lines(&text, &usage, Item::Keys), ["1 (0) = 1.00"]);
    assert_eq!(lines(&text, &usage, Item::KeyRotations), ["1 (0) = 1.00"]);
}

#[test]
fn the_third_rotation_of_a_key_costs_nothing_more() {
    let with = |key_rotations| total(TWO_SECRETS, &Usage { key_rotations, ..Usage::default() });
    assert_eq!([with(0), with(1), with(2), with(9)], ["1.80", "2.80", "3.80", "3.80"]);
}

#[test]
fn a_cold_start_reads_each_secret_of_its_function() {
    let usage = Usage { cold_starts: 10_000, ..Usage::default() };
    // two of the one function and one of the other
    assert_eq!(lines(TWO_SECRETS, &usage, Item::Calls), ["30000 (0) = 0.15"]);
    assert_eq!(lines(TWO_SECRETS, &usage, Item::KmsRequests), ["30000 (20000) = 0.03"]);
}

#[test]
fn what_is_free_is_free_once_in_an_account() {
    let usage = Usage { reads: 15_000, ..Usage::default() };
    let one = TWO_SECRETS.replace("  dev: {}", "  dev: {}\n  prod: {}");
    let kms = |text: &str, usage| lines(text, usage, Item::KmsRequests);
    assert_eq!(kms(&one, &usage), ["15000 (15000) = 0.00", "15000 (5000) = 0.03"]);
    let two = one
        .replace("dev: {}", "dev: { account: \"111111111111\" }")
        .replace("prod: {}", "prod: { account: \"222222222222\" }");
    assert_eq!(kms(&two, &usage), ["15000 (15000) = 0.00", "15000 (15000) = 0.00"]);
    let used_up = Usage { free_tier: FreeTier::UsedUp, ..usage };
    assert_eq!(kms(&one, &used_up), ["15000 (0) = 0.045", "15000 (0) = 0.045"]);
}

#[test]
fn alarms_cost_by_the_way_that_events_take() {
    let usage = Usage { trail_gigabytes: 7, free_tier: FreeTier::UsedUp, ..Usage::default() };
    let filters = format!("{TWO_SECRETS}alarms: {{ log_group: trail }}\n")
        .replace("  dev: {}", "  dev: {}\n  prod: {}");
    assert_eq!(lines(&filters, &usage, Item::Metrics), ["5 (0) = 1.50", "5 (0) = 1.50"]);
    assert_eq!(lines(&filters, &usage, Item::Alarms), ["5 (0) = 0.50", "5 (0) = 0.50"]);
    assert_eq!(lines(&filters, &usage, Item::TrailGigabytes), ["7 (0) = 3.50"], "one trail");
    let topic = "arn:aws:sns:us-east-1:123456789012:alarms";
    let rules =
        format!("{TWO_SECRETS}alarms: {{ via: eventbridge, sns_topic_arn: \"{topic}\" }}\n");
    assert_eq!(lines(&rules, &usage, Item::Rules), ["5 (0) = 0.00"]);
    assert!(lines(&rules, &usage, Item::TrailGigabytes).is_empty());
    assert!(lines(&rules, &usage, Item::Metrics).is_empty());
}

#[test]
fn a_rotated_secret_makes_calls_of_its_own() {
    let lambda = "arn:aws:lambda:us-east-1:123456789012:function:rotate";
    let rotation = format!("rotation: {{ lambda_arn: \"{lambda}\", every_days: 1 }}");
    let text = TWO_SECRETS
        .replace("keys: [TOKEN] }", &format!("keys: [TOKEN], {rotation} }}"))
        .replace("dev: {}", "dev: { replicas: [eu-west-1] }");
    assert_eq!(lines(&text, &Usage::default(), Item::Calls), ["372 (0) = 0.00186"]);
    assert_eq!(lines(&text, &Usage::default(), Item::KmsRequests), ["217 (217) = 0.00"]);
}

#[test]
fn where_no_price_is_known_there_is_no_bill() {
    let text = TWO_SECRETS.replace("us-east-1", "cn-north-1");
    let error = billed(&text, &Usage::default()).unwrap_err();
    assert_eq!((error.item, error.region.as_str()), (Item::Secrets, "cn-north-1"));
}

#[test]
fn no_count_overflows() {
    let usage = Usage { cold_starts: u64::MAX, reads: u64::MAX, ..Usage::default() };
    assert!(total(TWO_SECRETS, &usage).len() > 10);
}
