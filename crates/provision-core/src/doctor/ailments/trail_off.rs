//! LD063: the trail does not write.

use super::prelude::*;

pub(in crate::doctor) const AILMENT: Ailment = Ailment {
    id: "LD063",
    name: "trail-off",
    severity: Severity::Error,
    layer: Layer::Alarms,
    title: "The trail does not write",
    look: Look::Situation(look),
};

fn look(s: &Situation<'_>, spots: &mut Spots) {
    let (Some(trails), Some(wanted)) = (s.trails, Wanted::of(s)) else { return };
    let serving: Vec<&Trail> = serving(trails, &wanted).collect();
    if serving.iter().any(|trail| trail.is_logging) {
        return;
    }
    for trail in serving {
        let command = format!("cloudtrail start-logging --name {}", trail.name);
        spots.add(
            format!("trail `{}` has been stopped: no alarm rings", trail.name),
            vec![s.aws(&command)],
        );
    }
}
