//! The page as text: whole, escaped, with nothing from outside, and the same each time.

use std::collections::{BTreeMap, BTreeSet};

use provision_core::access::{Cost, Dates, Facts, Page, Realm, page};
use provision_core::cost::{Prices, Usage, bill};
use provision_core::desired::{Desired, PolicyFiles};
use provision_core::prove::prove;

use crate::scene::{desired, realms};

const MANIFEST: &str = r#"
project: proj
region: us-west-2
environments: { dev: {}, prod: { protected: true, replicas: [us-east-1] } }
access:
  provisioner: ["arn:aws:iam::123456789012:user/admin"]
secrets:
  api-keys: { keys: [TOKEN] }
functions:
  app: { reads: [api-keys] }
alarms: { log_group: trail, sns_topic_arn: "arn:aws:sns:us-west-2:123456789012:t" }
"#;

fn made(alter: impl Fn(&mut Vec<Realm>, &mut BTreeMap<String, Facts>)) -> String {
    let all = realms(MANIFEST, &PolicyFiles::new());
    let mut facts: BTreeMap<_, _> =
        all.iter().map(|(realm, facts)| (realm.title(), facts.clone())).collect();
    let mut realms: Vec<Realm> = all.into_iter().map(|(realm, _)| realm).collect();
    alter(&mut realms, &mut facts);
    let proof = prove(&realms, &[]);
    page(&Page { realms: &realms, facts: &facts, proof: Some(&proof), live: false }).unwrap()
}

/// The values of an attribute
fn attributes<'a>(html: &'a str, name: &str) -> Vec<&'a str> {
    let open = format!(" {name}=\"");
    html.split(&open).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

#[test]
fn the_page_is_the_same_each_time_and_needs_nothing_from_outside() {
    let html = made(|_, _| {});
    assert_eq!(html, made(|_, _| {}));
    for outside in ["http://", "https://", "src=", "url(", "@import", "<link", "<iframe"] {
        assert!(!html.contains(outside), "{outside}");
    }
    assert!(html.starts_with("<!doctype html>"));
    assert!(html.contains("All as the manifest says"));
}

#[test]
fn every_link_leads_somewhere_and_every_name_is_given_once() {
    let html = made(|_, _| {});
    let ids = attributes(&html, "id");
    let unique: BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(ids.len(), unique.len());
    for link in attributes(&html, "href") {
        let target = link.strip_prefix('#').unwrap();
        assert!(unique.contains(target), "{link}");
    }
}

#[test]
fn what_is_shown_cannot_be_more_than_text() {
    const HOSTILE: &str = "\"><script>alert(1)</script>{{x}}&amp;";
    let html = made(|realms, facts| {
        for realm in realms {
            realm.project = HOSTILE.to_owned();
            realm.roles[0].title = HOSTILE.to_owned();
            realm.secrets[0].name = HOSTILE.to_owned();
            realm.secrets[0].rotation = Some(HOSTILE.to_owned());
            realm.roles[0].people = vec![HOSTILE.to_owned()];
            let region = format!(r#"{{"region": {}}}"#, serde_json::Value::from(HOSTILE));
            let prices = Prices::built_in().overridden_by(&region).unwrap();
            let of = Facts { cost: costs(&prices).pop(), ..Facts::default() };
            facts.insert(realm.title(), of);
        }
    });
    assert_eq!(html.matches("<script").count(), 1);
    assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
}

#[test]
fn dates_stand_where_they_are_known() {
    assert!(!made(|_, _| {}).contains("<time"));
    let html = made(|_, facts| {
        let facts = facts.get_mut("proj/prod").unwrap();
        let dates = Dates { rotated: None, changed: Some("2026-03-04T05:06:07Z".to_owned()) };
        facts.dates.insert("proj/prod/api-keys".to_owned(), dates);
    });
    assert!(html.contains("<time datetime=\"2026-03-04T05:06:07Z\">2026-03-04</time>"));
}

fn environments(manifest: &str) -> Vec<Desired> {
    desired(manifest, &PolicyFiles::new(), None).into_iter().map(|(desired, _)| desired).collect()
}

/// What each environment of the manifest costs
fn costs(prices: &Prices) -> Vec<Cost> {
    Cost::of(&environments(MANIFEST).iter().collect::<Vec<_>>(), prices)
}

/// The page with the costs by `prices`
fn priced(prices: &Prices) -> String {
    made(|realms, facts| {
        for (realm, cost) in realms.iter().zip(costs(prices)) {
            facts.get_mut(&realm.title()).unwrap().cost = Some(cost);
        }
    })
}

#[test]
fn what_an_environment_costs_is_its_bill_with_the_day_of_the_prices() {
    assert!(!made(|_, _| {}).contains("a month"));
    let prices = Prices::built_in();
    let html = priced(&prices);
    let environments = environments(MANIFEST);
    let environments: Vec<&Desired> = environments.iter().collect();
    let bill = bill(&environments, &Usage::default(), &prices).unwrap();
    // prod has a copy of the secret and of the key, and both share what is free
    let sums = ["$1.40", "$2.80"].map(str::to_owned);
    assert_eq!(bill.environments.iter().map(|e| e.total().in_cents()).collect::<Vec<_>>(), sums);
    for sum in sums {
        assert!(html.contains(&format!("{sum} a month</a>")), "{sum}");
        assert!(
            html.contains(&format!("<dt>a month, before any secret is read</dt><dd>{sum}</dd>"))
        );
    }
    assert!(html.contains("does not rotate by itself, $0.40 a month</p>"));
    assert!(html.contains("copied to us-east-1, $0.80 a month with its copies</p>"));
    assert_eq!(html.matches("rotates every 365 days, $1.00 a month").count(), 3);
    assert!(html.contains("<dt>2 secrets, copies counted</dt><dd>$0.80</dd>"));
    assert_eq!(html.matches(&prices.words()).count(), 2);
}

#[test]
fn where_no_price_is_known_it_says_so() {
    let in_china = MANIFEST.replace("us-west-2", "cn-north-1").replace("arn:aws:", "arn:aws-cn:");
    let environments = environments(&in_china.replace("replicas: [us-east-1]", ""));
    let costs = Cost::of(&environments.iter().collect::<Vec<_>>(), &Prices::built_in());
    let html = made(|realms, facts| {
        facts.get_mut(&realms[0].title()).unwrap().cost = costs.first().cloned();
    });
    assert!(html.contains("Not known: there is no price for "));
    assert!(html.contains(" in cn-north-1.</p>"));
    assert!(!html.contains("a month</a>"));
}
