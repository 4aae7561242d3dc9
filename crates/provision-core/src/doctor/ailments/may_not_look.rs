//! LD006: the caller may not look at what is to be examined.

// told by whoever connects: nothing else can be read then
use super::prelude::*;

pub(in crate::doctor) const AILMENT: Ailment = Ailment {
    id: "LD006",
    name: "may-not-look",
    severity: Severity::Error,
    layer: Layer::Caller,
    title: "The caller may not look at what is to be examined",
    look: Look::Elsewhere,
};
