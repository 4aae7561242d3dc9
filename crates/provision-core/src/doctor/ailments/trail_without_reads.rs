//! LD064: the trail leaves out readings.

use super::prelude::*;

pub(in crate::doctor) const AILMENT: Ailment = Ailment {
    id: "LD064",
    name: "trail-without-reads",
    severity: Severity::Error,
    layer: Layer::Alarms,
    title: "The trail leaves out readings",
    look: Look::Situation(look),
};

fn look(s: &Situation<'_>, spots: &mut Spots) {
    let (Some(trails), Some(wanted)) = (s.trails, Wanted::of(s)) else { return };
    let writing: Vec<&Trail> = serving(trails, &wanted).filter(|trail| trail.is_logging).collect();
    if writing.iter().any(|trail| trail.reads && trail.writes) {
        return;
    }
    for trail in writing {
        let what = if trail.writes { "readings" } else { "changes" };
        spots.add(
            format!("trail `{}` leaves out {what} among the management events, and reading a secret is one", trail.name),
            vec![all_events(s, trail)],
        );
    }
}
