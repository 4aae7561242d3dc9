//! LD004: another region is meant than the manifest names.

// told by whoever connects: nothing else can be read then
use super::prelude::*;

pub(in crate::doctor) const AILMENT: Ailment = Ailment {
    id: "LD004",
    name: "other-region",
    severity: Severity::Error,
    layer: Layer::Caller,
    title: "Another region is meant than the manifest names",
    look: Look::Elsewhere,
};
