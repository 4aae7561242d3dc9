//! LD060: an alarm, its filter or its rule does not exist.

use super::prelude::*;

pub(in crate::doctor) const AILMENT: Ailment = Ailment {
    id: "LD060",
    name: "alarm-missing",
    severity: Severity::Error,
    layer: Layer::Alarms,
    title: "An alarm, its filter or its rule does not exist",
    look: Look::Situation(look),
};

fn look(s: &Situation<'_>, spots: &mut Spots) {
    for (resource, action, _) in s.changes() {
        let Action::Monitoring(action) = action else { continue };
        let is_new = matches!(
            action,
            MonitoringAction::CreateAlarm { .. }
                | MonitoringAction::CreateRule { .. }
                | MonitoringAction::PutMetricFilter { live: None, .. }
        );
        if is_new {
            spots.add(format!("{resource} does not exist"), s.apply());
        }
    }
}
