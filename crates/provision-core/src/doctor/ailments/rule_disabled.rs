//! LD061: a rule of EventBridge does not see readings.

use super::prelude::*;

pub(in crate::doctor) const AILMENT: Ailment = Ailment {
    id: "LD061",
    name: "rule-disabled",
    severity: Severity::Error,
    layer: Layer::Alarms,
    title: "A rule of EventBridge does not see readings",
    look: Look::Situation(look),
};

fn look(s: &Situation<'_>, spots: &mut Spots) {
    for (resource, action, _) in s.changes() {
        if let Action::Monitoring(MonitoringAction::PutRule(drift)) = action {
            let (live, desired) = (&drift.live.state, &drift.desired.state);
            if live != desired {
                spots.add(format!("{resource} is in state {live} and not {desired}: it sees no reading of a secret"), s.apply());
            }
        }
    }
}
