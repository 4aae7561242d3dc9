//! Alarms, filters, rules and logs in a plan.

use provision_core::actual::Actual;
use provision_core::desired::{Desired, Tags};
use provision_core::diff::{adopt, destroy, diff, prune};
use provision_core::name::ResourceName;
use provision_core::plan::{Change, Plan, Reason, Remark, Resource};
use provision_core::policy::limits;
use provision_core::show::show;

use crate::world::{MANIFEST, apply, desired, nothing};

const TRAIL: &str = "alarms: { log_group: trail, which: [tampering] }\n";
const OTHER: &str = "alarms: { log_group: other, which: [tampering] }\n";

fn made(alarms: &str) -> (Desired, Actual) {
    let desired = desired(&format!("{MANIFEST}{alarms}"), "dev");
    let actual = apply(&nothing(), &diff(&desired, &nothing()));
    (desired, actual)
}

fn ids(plan: &Plan) -> Vec<String> {
    plan.changes.iter().map(Change::id).collect()
}

fn name() -> ResourceName {
    ResourceName::parse("shop-dev-tampering").unwrap()
}

#[test]
fn a_filter_on_the_log_group_of_before_is_told_until_it_is_pruned() {
    let (_, actual) = made(TRAIL);
    let (moved, _) = made(OTHER);
    let plan = diff(&moved, &actual);
    assert_eq!(ids(&plan), ["metric filter shop-dev-tampering#put_metric_filter"]);
    let both = apply(&actual, &plan);
    assert_eq!(both.monitoring.as_ref().unwrap().filters[&name()].len(), 2);

    let told = |plan: &Plan| -> Vec<Remark> {
        let filters = plan.notes.iter().filter(|note| note.resource.kind() == "metric filter");
        filters.map(|note| note.remark.clone()).collect()
    };
    let again = diff(&moved, &both);
    assert!(again.is_empty());
    assert_eq!(told(&again), [Remark::UndeclaredFilter("trail".into())]);

    let plan = prune(&moved, &both);
    assert_eq!(ids(&plan), ["metric filter shop-dev-tampering#delete_metric_filter:trail"]);
    let pruned = apply(&both, &plan);
    assert!(prune(&moved, &pruned).is_empty() && told(&diff(&moved, &pruned)).is_empty());
}

#[test]
fn a_destroy_takes_a_filter_from_every_log_group() {
    let (_, actual) = made(TRAIL);
    let (moved, _) = made(OTHER);
    let both = apply(&actual, &diff(&moved, &actual));
    let plan = destroy(&moved, &both);
    let gone: Vec<_> = ids(&plan).into_iter().filter(|id| id.contains("filter")).collect();
    assert_eq!(
        gone,
        [
            "metric filter shop-dev-tampering#delete_metric_filter:other",
            "metric filter shop-dev-tampering#delete_metric_filter:trail",
        ]
    );
    let filters = apply(&both, &plan).monitoring.unwrap().filters;
    assert!(filters.values().all(|places| places.is_empty()));
}

#[test]
fn a_filter_that_counts_for_somebody_else_stands_in_the_way_and_is_no_matter_of_adopt() {
    let (desired, mut actual) = made(TRAIL);
    let places = actual.monitoring.as_mut().unwrap().filters.get_mut(&name()).unwrap();
    places.get_mut("trail").unwrap().namespace = "theirs".into();
    let plan = diff(&desired, &actual);
    assert_eq!(plan.blockers.len(), 1);
    let reason = &plan.blockers[0].reason;
    assert!(matches!(reason, Reason::ForeignFilter { namespace, .. } if namespace == "theirs"));
    assert!(!reason.hint().contains("adopt"), "a filter has no tags to adopt it by");
    assert!(!ids(&destroy(&desired, &actual)).iter().any(|id| id.contains("filter")));
}

/// The details that a plan prints
fn text(plan: &Plan) -> String {
    show(plan).iter().map(|line| format!("{}\n", line.text)).collect()
}

#[test]
fn what_somebody_set_on_an_alarm_is_shown_and_taken_off() {
    let (desired, mut actual) = made(TRAIL);
    let alarm = &mut actual.monitoring.as_mut().unwrap().alarms.get_mut(&name()).unwrap().alarm;
    alarm.beside = ["dimension a=b".to_owned(), "unit Bytes".to_owned()].into();
    let plan = diff(&desired, &actual);
    assert_eq!(ids(&plan), ["alarm shop-dev-tampering#put_alarm"]);
    assert!(text(&plan).contains("dimension a=b, unit Bytes -> nothing"), "{}", text(&plan));
    assert!(diff(&desired, &apply(&actual, &plan)).is_empty());
}

#[test]
fn whom_a_rule_told_stands_beside_whom_it_is_to_tell() {
    let topic = "arn:aws:sns:eu-west-1:123456789012:t";
    let events =
        format!("alarms: {{ via: eventbridge, sns_topic_arn: \"{topic}\", which: [tampering] }}\n");
    let (desired, mut actual) = made(&events);
    let rule = actual.monitoring.as_mut().unwrap().rules.get_mut(&name()).unwrap();
    rule.targets.insert("topic".into(), format!("{topic} (always \"calm\")"));
    rule.targets.insert("more".into(), "arn:aws:lambda:eu-west-1:123456789012:function:x".into());
    let plan = diff(&desired, &actual);
    assert_eq!(
        ids(&plan),
        ["rule shop-dev-tampering#put_targets", "rule shop-dev-tampering#remove_targets"]
    );
    let text = text(&plan);
    assert!(text.contains(&format!("{topic} (always \"calm\") -> {topic}")), "{text}");
    assert!(text.contains("more, which tells arn:aws:lambda"), "{text}");
    assert!(diff(&desired, &apply(&actual, &plan)).is_empty());
}

#[test]
fn an_alarm_with_the_name_of_a_rule_is_neither_taken_over_nor_told_twice() {
    let topic = "arn:aws:sns:eu-west-1:123456789012:t";
    let (_, of_alarm) = made(TRAIL);
    let (desired, mut actual) = made(&format!(
        "alarms: {{ via: eventbridge, sns_topic_arn: \"{topic}\", which: [tampering] }}\n"
    ));
    let mut theirs = of_alarm.monitoring.unwrap().alarms.remove(&name()).unwrap();
    theirs.tags = Some(Tags::new());
    actual.monitoring.as_mut().unwrap().alarms.insert(name(), theirs);
    assert_eq!(ids(&adopt(&desired, &actual)), [""; 0]);
    for plan in [diff(&desired, &actual), destroy(&desired, &actual)] {
        let told = plan.notes.iter().filter(|note| note.resource == Resource::Alarm(name()));
        assert_eq!(told.count(), 1, "{:?}", plan.notes);
    }
}

#[test]
fn a_pattern_that_aws_would_refuse_for_its_length_blocks_the_plan() {
    let topic = "sns_topic_arn: \"arn:aws:sns:eu-west-1:123456789012:t\"";
    let named = |count: usize| -> String {
        let secret =
            |i| format!("  s{i:02}: {{ name: \"team/{{env}}/part-{i:02}\", keys: [A] }}\n");
        let secrets: String = (0..count).map(secret).collect();
        format!(
            "project: shop\nregion: eu-west-1\nenvironments: {{ dev: {{}} }}\nsecrets:\n{secrets}"
        )
    };
    let reasons = |manifest: String| -> Vec<Reason> {
        let plan = diff(&desired(&manifest, "dev"), &nothing());
        plan.blockers.into_iter().map(|blocker| blocker.reason).collect()
    };
    for (via, limit, fits, is_too_many) in [
        (format!("log_group: trail, {topic}"), limits::FILTER_PATTERN, 3, 20),
        (format!("via: eventbridge, {topic}"), limits::EVENT_PATTERN, 3, 40),
    ] {
        let alarms = format!("alarms: {{ {via}, which: [tampering] }}\n");
        assert!(reasons(named(fits) + &alarms).is_empty(), "{via}");
        let found = reasons(named(is_too_many) + &alarms);
        let [Reason::PatternTooLong { length, most }] = found.as_slice() else {
            panic!("{via}: {found:?}");
        };
        assert!(*most == limit && *length > limit, "{via}: {length}");
    }
}
