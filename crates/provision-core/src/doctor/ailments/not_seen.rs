//! LD007: something could not be looked at.

// told by whoever reads: the rest is examined all the same
use super::prelude::*;

pub(in crate::doctor) const AILMENT: Ailment = Ailment {
    id: "LD007",
    name: "not-seen",
    severity: Severity::Note,
    layer: Layer::Caller,
    title: "Something could not be looked at",
    look: Look::Elsewhere,
};
