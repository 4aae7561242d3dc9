//! LD011: the key is disabled, or in another state in which it is of no use.

use super::prelude::*;
use crate::actual::KeyState;

pub(in crate::doctor) const AILMENT: Ailment = Ailment {
    id: "LD011",
    name: "key-disabled",
    severity: Severity::Error,
    layer: Layer::Key,
    title: "The key is disabled, or in another state in which it is of no use",
    look: Look::Situation(look),
};

fn look(s: &Situation<'_>, spots: &mut Spots) {
    for blocker in &s.plan.blockers {
        let (Resource::Key(place), Reason::KeyState(state)) = (&blocker.resource, &blocker.reason)
        else {
            continue;
        };
        let key = match &place.replica {
            None => s.actual.key.as_ref(),
            Some(region) => s.actual.replica_keys.get(region),
        };
        let enable = key
            .filter(|key| key.state == KeyState::Disabled)
            .map(|key| s.aws(&format!("kms enable-key --key-id {}", key.arn.id())));
        spots.hint(
            format!("{} is in the state {state}: no secret can be read", blocker.resource),
            "whoever disabled it may have had a reason: CloudTrail tells who it was",
            enable.into_iter().collect(),
        );
    }
}
