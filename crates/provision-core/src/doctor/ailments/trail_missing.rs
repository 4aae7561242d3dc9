//! LD062: no trail tells the alarms what happens.

use super::prelude::*;

pub(in crate::doctor) const AILMENT: Ailment = Ailment {
    id: "LD062",
    name: "trail-missing",
    severity: Severity::Error,
    layer: Layer::Alarms,
    title: "No trail tells the alarms what happens",
    look: Look::Situation(look),
};

fn look(s: &Situation<'_>, spots: &mut Spots) {
    let (Some(trails), Some(wanted)) = (s.trails, Wanted::of(s)) else { return };
    if serving(trails, &wanted).next().is_some() {
        return;
    }
    let (message, hint) = match &wanted {
        Wanted::LogGroup(group) => (
            format!("no trail writes to the log group `{group}` that the filters look at"),
            format!("give a trail that log group: `aws cloudtrail update-trail --cloud-watch-logs-log-group-arn`, or name its own in `alarms.log_group` in place of `{group}`"),
        ),
        Wanted::AnyTrail => (
            "no trail writes management events in this region, and without one EventBridge sees no calls".to_owned(),
            "make one: the first copy of management events costs nothing".to_owned(),
        ),
    };
    spots.hint(message, hint, vec![s.aws("cloudtrail describe-trails")]);
}
