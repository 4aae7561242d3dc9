//! The page as text: whole, escaped, with nothing from outside, and the same each time.

use std::collections::{BTreeMap, BTreeSet};

use provision_core::access::{Dates, Facts, Page, Realm, page};
use provision_core::desired::PolicyFiles;
use provision_core::prove::prove;

use crate::scene::realms;

const MANIFEST: &str = r#"
project: proj
region: us-west-2
environments: { dev: {}, prod: { protected: true } }
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
            let of = Facts { cost: Some(HOSTILE.to_owned()), ..Facts::default() };
            facts.insert(realm.title(), of);
        }
    });
    assert_eq!(html.matches("<script").count(), 1);
    assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
}

#[test]
fn dates_and_cost_stand_where_they_are_known() {
    let without = made(|_, _| {});
    assert!(!without.contains("<time") && !without.contains("12.34"));
    let html = made(|_, facts| {
        let facts = facts.get_mut("proj/prod").unwrap();
        facts.cost = Some("USD 12.34 a month".to_owned());
        let dates = Dates { rotated: None, changed: Some("2026-03-04T05:06:07Z".to_owned()) };
        facts.dates.insert("proj/prod/api-keys".to_owned(), dates);
    });
    assert!(html.contains("<li>USD 12.34 a month</li>"));
    assert!(html.contains("<time datetime=\"2026-03-04T05:06:07Z\">2026-03-04</time>"));
}
