//! LD065: the trail leaves out KMS.

use super::prelude::*;
use crate::manifest::AlarmKind;

pub(in crate::doctor) const AILMENT: Ailment = Ailment {
    id: "LD065",
    name: "trail-without-kms",
    severity: Severity::Error,
    layer: Layer::Alarms,
    title: "The trail leaves out KMS",
    look: Look::Situation(look),
};

fn look(s: &Situation<'_>, spots: &mut Spots) {
    let (Some(trails), Some(wanted)) = (s.trails, Wanted::of(s)) else { return };
    let slugs = [AlarmKind::KmsErrors.slug(), AlarmKind::Tampering.slug()];
    let needs_kms = s
        .desired
        .monitoring
        .alarms
        .keys()
        .any(|name| slugs.iter().any(|slug| name.as_str().contains(slug)));
    let writing: Vec<&Trail> = serving(trails, &wanted).filter(|trail| trail.is_logging).collect();
    if !needs_kms || writing.iter().any(|trail| !trail.without_kms) {
        return;
    }
    for trail in writing {
        spots.add(
            format!(
                "trail `{}` leaves out `kms.amazonaws.com`: the alarms on the key never ring",
                trail.name
            ),
            vec![all_events(s, trail)],
        );
    }
}
