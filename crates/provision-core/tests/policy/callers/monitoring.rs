//! Alarms, rules, filters and logs.

use super::{Calls, DELETERS, MAKERS, NOBODY, READERS};

/// Adds the calls of CloudWatch and EventBridge
pub(super) fn add(calls: &mut Calls) {
    let at = |service: &str, rest: &str| format!("arn:aws:{service}:us-west-2:123456789012:{rest}");
    calls.add(&["events:ListRules", "logs:DescribeLogGroups"], "*", &[], READERS, NOBODY);
    let seen = ["cloudwatch:DescribeAlarms", "cloudwatch:ListTagsForResource"];
    calls.add(&seen, &at("cloudwatch", "alarm:proj-prod-tampering"), &[], READERS, NOBODY);
    let seen = ["events:DescribeRule", "events:ListTagsForResource", "events:ListTargetsByRule"];
    calls.add(&seen, &at("events", "rule/proj-prod-tampering"), &[], READERS, NOBODY);
    let seen = ["logs:DescribeMetricFilters", "logs:ListTagsForResource"];
    calls.add(&seen, &at("logs", "log-group:trail"), &[], READERS, NOBODY);

    let put = ["cloudwatch:PutMetricAlarm", "cloudwatch:TagResource"];
    let rule = ["events:PutRule", "events:PutTargets", "events:TagResource"];
    let unrule = ["events:DeleteRule", "events:RemoveTargets"];
    for kind in
        ["failed-retrievals", "kms-errors", "access-denied", "pending-deletion", "tampering"]
    {
        let alarm = at("cloudwatch", &format!("alarm:proj-prod-{kind}"));
        calls.add(&put, &alarm, &[], MAKERS, NOBODY);
        calls.add(&["cloudwatch:DeleteAlarms"], &alarm, &[], DELETERS, NOBODY);
        let arn = at("events", &format!("rule/proj-prod-{kind}"));
        calls.add(&rule, &arn, &[], MAKERS, NOBODY);
        calls.add(&unrule, &arn, &[], DELETERS, NOBODY);
    }
    for name in ["proj-production-tampering", "proj-prod-x-tampering", "proj-prod-tampering2"] {
        let alarm = at("cloudwatch", &format!("alarm:{name}"));
        calls.add(&put, &alarm, &[], NOBODY, NOBODY);
        calls.add(&["cloudwatch:DeleteAlarms"], &alarm, &[], NOBODY, NOBODY);
        let arn = at("events", &format!("rule/{name}"));
        calls.add(&rule, &arn, &[], NOBODY, NOBODY);
        calls.add(&unrule, &arn, &[], NOBODY, NOBODY);
    }
    let filter = ["logs:PutMetricFilter"];
    let unfilter = ["logs:DeleteMetricFilter"];
    let keep = ["logs:CreateLogGroup", "logs:PutRetentionPolicy", "logs:TagResource"];
    for form in ["", ":*"] {
        let trail = at("logs", &format!("log-group:trail{form}"));
        calls.add(&filter, &trail, &[], MAKERS, NOBODY);
        calls.add(&unfilter, &trail, &[], DELETERS, NOBODY);
        calls.add(&keep, &trail, &[], NOBODY, NOBODY);
        let group = at("logs", &format!("log-group:/aws/lambda/proj-prod-app{form}"));
        calls.add(&keep, &group, &[], MAKERS, NOBODY);
        calls.add(&filter, &group, &[], NOBODY, NOBODY);
        let other = at("logs", &format!("log-group:/aws/lambda/proj-prod-app2{form}"));
        calls.add(&keep, &other, &[], NOBODY, NOBODY);
    }
    let group = at("logs", "log-group:/aws/lambda/proj-prod-app");
    calls.add(&["logs:DeleteLogGroup", "logs:GetLogEvents"], &group, &[], NOBODY, NOBODY);
}
